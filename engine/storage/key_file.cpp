#include "engine/storage/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace ringwire::storage {
namespace {

constexpr std::size_t kDigits = 64;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

// Characters that spell a key, overwritten when they are no longer needed.
struct SecretText {
  std::array<char, kDigits + 2> text{};
  std::size_t size = 0;

  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { explicit_bzero(text.data(), text.size()); }
  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
};

Failure<KeyFileError> failure(KeyFileFault fault, const std::filesystem::path& path, std::string_view text) {
  return Failure{KeyFileError{fault, fmt::format("{}: {}", path.string(), text)}};
}

Failure<KeyFileError> refused(const std::filesystem::path& path, std::string_view operation) {
  const int error = errno;
  return failure(KeyFileFault::disk, path, fmt::format("{}: {}", operation, strerror(error)));
}

// Up to the size of the text, however many pieces it comes in. False on an error.
bool read_all(int descriptor, SecretText& secret) {
  while (secret.size < secret.text.size()) {
    const ssize_t got = read(descriptor, secret.text.data() + secret.size, secret.text.size() - secret.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    secret.size += static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
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

void spell(const crypto::SecretKey& key, SecretText& secret) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const std::uint8_t byte : key.reveal()) {
    secret.text[secret.size++] = kHex[byte >> 4];
    secret.text[secret.size++] = kHex[byte & 15];
  }
  secret.text[secret.size++] = '\n';
}

// Content and name on the disk, under a name that nobody uses yet.
bool write_new(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return file && fchmod(file.get(), 0600) == 0 && write_all(file.get(), text) && fsync(file.get()) == 0;
}

bool sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened && fsync(opened.get()) == 0;
}

}  // namespace

Result<crypto::SecretKey, KeyFileError> read_key_file(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) {
    return failure(KeyFileFault::absent, path,
                   fmt::format("no such file; make one: ringwire key generate {}", path.string()));
  }
  struct stat facts {};
  if (!file || fstat(file.get(), &facts) != 0) return refused(path, "cannot be opened");
  if (!S_ISREG(facts.st_mode)) return failure(KeyFileFault::no_key, path, "is not a file");
  if ((facts.st_mode & 077) != 0) {
    return failure(
        KeyFileFault::exposed, path,
        fmt::format("mode {:04o}, so others than its owner may use this key. If nobody did: chmod 600 "
                    "{}. Otherwise make a new one",
                    facts.st_mode & 07777, path.string()));
  }
  SecretText secret;
  if (!read_all(file.get(), secret)) return refused(path, "cannot be read");
  std::optional<crypto::SecretKey> key = parse_key(secret.view());
  if (!key)
    return failure(KeyFileFault::no_key, path, "does not hold a key: 64 hexadecimal digits in one line");
  return std::move(*key);
}

Result<crypto::SecretKey, KeyFileError> create_key_file(const std::filesystem::path& path) {
  std::optional<crypto::SecretKey> key = random_key();
  if (!key) return refused(path, "no randomness");
  SecretText secret;
  spell(*key, secret);
  // The key gets its name by link(2), which never replaces a file, and only once it is whole.
  std::filesystem::path draft = path;
  draft += fmt::format(".{}", getpid());
  unlink(draft.c_str());
  if (!write_new(draft, secret.view())) {
    const auto error = refused(path, "cannot be written");
    unlink(draft.c_str());
    return error;
  }
  const int linked = link(draft.c_str(), path.c_str());
  const int error = errno;
  unlink(draft.c_str());
  errno = error;
  if (linked != 0 && error == EEXIST) {
    return failure(KeyFileFault::exists, path, "exists already and is left as it is; name another file");
  }
  if (linked != 0) return refused(path, "cannot be made");
  if (!sync_folder(path)) return refused(path, "cannot be made durable");
  return std::move(*key);
}

}  // namespace ringwire::storage
