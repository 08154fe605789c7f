#include "codec/wire/base64url.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::wire {
namespace {

std::optional<std::vector<std::uint8_t>> decode(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size());
  const auto size = from_base64url(text, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

// RFC 4648, 10, without its padding.
TEST(Base64url, WritesWhatTheRfcWrites) {
  EXPECT_EQ(to_base64url({}), "");
  EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(to_base64url(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64url(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64url(std::array<std::uint8_t, 3>{0xFB, 0xFF, 0xBF}), "-_-_");
}

TEST(Base64url, ReadsWhatItWrote) {
  Prng prng(8);
  for (std::size_t size = 0; size < 400; ++size) {
    std::vector<std::uint8_t> bytes(size);
    prng.fill(bytes);
    EXPECT_EQ(decode(to_base64url(bytes)), bytes) << size;
  }
}

// Each text of up to three characters either is refused or is what its bytes are written as.
TEST(Base64url, OneTextForOneSequenceOfBytes) {
  constexpr std::string_view kCharacters = "AZaz09-_QwBgDx+/= \n\0.";
  std::size_t accepted = 0;
  for (const char a : kCharacters) {
    for (const char b : kCharacters) {
      for (const char c : kCharacters) {
        const std::string text{a, b, c};
        for (std::size_t size = 0; size <= text.size(); ++size) {
          const std::string part = text.substr(0, size);
          if (const auto bytes = decode(part)) {
            ASSERT_EQ(to_base64url(*bytes), part);
            ++accepted;
          }
        }
      }
    }
  }
  EXPECT_GT(accepted, 100U);
  for (const char* bad : {"A", "Zg==", "Zh", "Zm9=", "Zm9v ", "Zm+v", "Zm/v", "ZmÃ9"}) {
    EXPECT_FALSE(decode(bad).has_value()) << bad;
  }
}

TEST(Base64url, RefusesWhatDoesNotFit) {
  std::array<std::uint8_t, 3> out{};
  EXPECT_EQ(from_base64url("Zm9v", out), 3U);
  EXPECT_FALSE(from_base64url("Zm9vYg", out).has_value());
  EXPECT_EQ(from_base64url("", {}), 0U);
}

}  // namespace
}  // namespace ringwire::wire
