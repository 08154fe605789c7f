#include "codec/trie/hex_prefix.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::trie {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The model speaks hexadecimal: a digit is a nibble. A leaf's digits begin with 2 or 3, an extension's with 0
// or 1; even paths put a 0 behind that.
std::string model_encode(const std::string& path, bool is_leaf) {
  const bool odd = path.size() % 2 != 0;
  return std::string(1, "0123"[2 * is_leaf + odd]) + (odd ? "" : "0") + path;
}

struct ModelPath {
  std::string path;
  bool is_leaf;
};
std::optional<ModelPath> model_decode(const std::string& digits) {
  for (const bool is_leaf : {false, true}) {
    for (std::size_t skipped = 1; skipped <= 2 && skipped <= digits.size(); ++skipped) {
      const std::string path = digits.substr(skipped);
      if (model_encode(path, is_leaf) == digits) return ModelPath{path, is_leaf};
    }
  }
  return std::nullopt;
}

std::string digits_of(const CompactPath& path) {
  std::string digits;
  for (std::size_t i = 0; i < path.size(); ++i) digits += "0123456789abcdef"[path[i]];
  return digits;
}

Bytes nibbles_of(const std::string& digits) {
  Bytes nibbles;
  for (const char digit : digits)
    nibbles.push_back(static_cast<std::uint8_t>(std::stoi(std::string(1, digit), nullptr, 16)));
  return nibbles;
}

std::string random_path(Prng& prng, std::size_t size) {
  std::string path;
  for (std::size_t i = 0; i < size; ++i) path += "0123456789abcdef"[prng.below(16)];
  return path;
}

TEST(HexPrefix, WritesTheExamplesOfTheYellowPaper) {
  EXPECT_EQ(to_hex(HexPrefix(nibbles_of("12345"), false).view()), "112345");
  EXPECT_EQ(to_hex(HexPrefix(nibbles_of("012345"), false).view()), "00012345");
  EXPECT_EQ(to_hex(HexPrefix(nibbles_of("0f1cb8"), true).view()), "200f1cb8");
  EXPECT_EQ(to_hex(HexPrefix(nibbles_of("f1cb8"), true).view()), "3f1cb8");
  EXPECT_EQ(to_hex(HexPrefix({}, true).view()), "20");
  EXPECT_EQ(to_hex(HexPrefix({}, false).view()), "00");
}

TEST(HexPrefix, WritesWhatTheModelWritesAndReadsItBack) {
  Prng prng(1);
  for (std::size_t size = 0; size <= kNibblesMax; ++size) {
    for (const bool is_leaf : {false, true}) {
      const std::string path = random_path(prng, size);
      const HexPrefix written(nibbles_of(path), is_leaf);
      ASSERT_EQ(to_hex(written.view()), model_encode(path, is_leaf));
      const auto read = decode_hex_prefix(written.view());
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(digits_of(*read), path);
      EXPECT_EQ(read->is_leaf(), is_leaf);
    }
  }
}

// All of one and two bytes, and longer ones at random.
TEST(HexPrefix, AcceptsExactlyWhatTheModelAccepts) {
  std::vector<Bytes> inputs = {{}};
  for (unsigned first = 0; first < 256; ++first) {
    inputs.push_back({static_cast<std::uint8_t>(first)});
    for (unsigned second = 0; second < 256; ++second) {
      inputs.push_back({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)});
    }
  }
  Prng prng(2);
  for (int i = 0; i < 10'000; ++i) {
    inputs.emplace_back(prng.between(3, 40));
    prng.fill(inputs.back());
  }
  std::size_t accepted = 0;
  for (const Bytes& input : inputs) {
    const auto read = decode_hex_prefix(input);
    const auto model = model_decode(to_hex(input));
    ASSERT_EQ(read.ok(), model.has_value()) << to_hex(input);
    if (!read) continue;
    ++accepted;
    ASSERT_EQ(digits_of(*read), model->path);
    ASSERT_EQ(read->is_leaf(), model->is_leaf);
  }
  EXPECT_GT(accepted, 34U * 257);
}

TEST(HexPrefix, NamesWhatIsWrong) {
  const auto error_of = [](const Bytes& bytes) { return decode_hex_prefix(bytes).error(); };
  EXPECT_EQ(error_of({}), TrieError::path_empty);
  EXPECT_EQ(error_of({0x40}), TrieError::path_bad_flag);
  EXPECT_EQ(error_of({0x80, 0x12}), TrieError::path_bad_flag);
  EXPECT_EQ(error_of({0xF1, 0x12}), TrieError::path_bad_flag);
  EXPECT_EQ(error_of({0x01}), TrieError::path_bad_padding);
  EXPECT_EQ(error_of({0x2F, 0x12}), TrieError::path_bad_padding);
}

TEST(HexPrefix, CountsWhatAPathSharesWithAKey) {
  Prng prng(3);
  for (int i = 0; i < 1000; ++i) {
    const std::string path = random_path(prng, prng.below(10));
    std::string key = path.substr(0, prng.below(path.size() + 1)) + random_path(prng, prng.below(10));
    std::size_t same = 0;
    while (same < path.size() && same < key.size() && path[same] == key[same]) ++same;
    const HexPrefix written(nibbles_of(path), true);
    EXPECT_EQ(decode_hex_prefix(written.view())->common_prefix(nibbles_of(key)), same);
    EXPECT_EQ(common_prefix(nibbles_of(path), nibbles_of(key)), same);
  }
}

TEST(Nibbles, AreTheHalvesOfBytes) {
  const Bytes key = {0x01, 0xAB, 0xF0};
  const Nibbles nibbles(key);
  const Bytes expected = {0, 1, 10, 11, 15, 0};
  EXPECT_EQ(Bytes(nibbles.view().begin(), nibbles.view().end()), expected);
  const Nibbles child(nibbles.view().first(3), 7);
  const Bytes child_expected = {0, 1, 10, 7};
  EXPECT_EQ(Bytes(child.view().begin(), child.view().end()), child_expected);
  EXPECT_TRUE(Nibbles().view().empty());
}

}  // namespace
}  // namespace ringwire::trie
