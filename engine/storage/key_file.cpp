#include "engine/storage/key_file.hpp"

#include <string.h>
#include <sys/random.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/storage/secret_file.hpp"

namespace ringwire::storage {
namespace {

constexpr std::size_t kDigits = 64;

Failure<KeyFileError> failure(KeyFileFault fault, const std::filesystem::path& path, std::string_view text) {
  return Failure{KeyFileError{fault, about(path, text)}};
}

constexpr std::string_view kForm = "does not hold a key: 64 hexadecimal digits in one line";

Failure<KeyFileError> failure(const SecretFileError& error, const std::filesystem::path& path) {
  switch (error.fault) {
    case SecretFileFault::absent:
      return failure(KeyFileFault::absent, path,
                     "no such file; make one: ringwire key generate " + path.string());
    case SecretFileFault::exists:
      return Failure{KeyFileError{KeyFileFault::exists, error.message}};
    case SecretFileFault::exposed:
      return Failure{KeyFileError{KeyFileFault::exposed, error.message}};
    case SecretFileFault::not_a_file:
      return Failure{KeyFileError{KeyFileFault::no_key, error.message}};
    case SecretFileFault::too_large:
      return failure(KeyFileFault::no_key, path, kForm);
    case SecretFileFault::disk:
      break;
  }
  return Failure{KeyFileError{KeyFileFault::disk, error.message}};
}

std::optional<crypto::SecretKey> parse_key(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::array<std::uint8_t, 32> bytes{};
  std::optional<crypto::SecretKey> key;
  if (text.size() == kDigits && from_hex(text, bytes)) key = crypto::SecretKey::from_bytes(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  return key;
}

// Nothing where the system has no randomness to give.
std::optional<crypto::SecretKey> random_key() {
  std::array<std::uint8_t, 32> bytes{};
  std::optional<crypto::SecretKey> key;
  while (!key && getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) {
    key = crypto::SecretKey::from_bytes(bytes);
  }
  explicit_bzero(bytes.data(), bytes.size());
  return key;
}

crypto::SecretBuffer spelled(const crypto::SecretKey& key) {
  constexpr std::string_view kHex = "0123456789abcdef";
  crypto::SecretBuffer text(kDigits + 1);
  auto to = text.writable().begin();
  for (const std::uint8_t byte : key.reveal()) {
    *to++ = static_cast<std::uint8_t>(kHex[byte >> 4]);
    *to++ = static_cast<std::uint8_t>(kHex[byte & 15]);
  }
  *to = '\n';
  return text;
}

}  // namespace

Result<crypto::SecretKey, KeyFileError> read_key_file(const std::filesystem::path& path) {
  const auto text = read_secret_file(path, kDigits + 1);
  if (!text) return failure(text.error(), path);
  std::optional<crypto::SecretKey> key = parse_key(as_text(text->reveal()));
  if (!key) return failure(KeyFileFault::no_key, path, kForm);
  return std::move(*key);
}

Result<crypto::SecretKey, KeyFileError> create_key_file(const std::filesystem::path& path) {
  std::optional<crypto::SecretKey> key = random_key();
  if (!key) return failure(KeyFileFault::disk, path, "the system has no randomness to give");
  const auto created = create_secret_file(path, spelled(*key).reveal());
  if (!created) return failure(created.error(), path);
  return std::move(*key);
}

}  // namespace ringwire::storage
