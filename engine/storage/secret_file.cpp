#include "engine/storage/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/disk/descriptor.hpp"
#include "engine/disk/posix_disk.hpp"

namespace ringwire::storage {
namespace {

Failure<SecretFileError> failure(SecretFileFault fault, const std::filesystem::path& path,
                                 std::string_view text) {
  return Failure{SecretFileError{fault, about(path, text)}};
}

Failure<SecretFileError> refused(const std::filesystem::path& path, std::string_view operation) {
  const int error = errno;
  return failure(SecretFileFault::disk, path, fmt::format("{}: {}", operation, strerror(error)));
}

// Content on the disk, under a name that nobody uses yet.
bool write_new(const std::filesystem::path& path, ByteView content) {
  const disk::Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return file && fchmod(file.get(), 0600) == 0 && disk::write_all(file.get(), 0, content) &&
         fsync(file.get()) == 0;
}

Result<crypto::SecretBuffer, SecretFileError> read_file(const std::filesystem::path& path,
                                                        std::size_t bytes_max, bool secret) {
  const disk::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return failure(SecretFileFault::absent, path, "no such file");
  struct stat facts {};
  if (!file || fstat(file.get(), &facts) != 0) return refused(path, "cannot be opened");
  if (!S_ISREG(facts.st_mode)) return failure(SecretFileFault::not_a_file, path, "is not a file");
  if (secret && (facts.st_mode & 077) != 0) {
    return failure(
        SecretFileFault::exposed, path,
        fmt::format("mode {:04o}, so others than its owner may use this key. If nobody did: chmod 600 "
                    "{}. Otherwise make a new one",
                    facts.st_mode & 07777, path.string()));
  }
  crypto::SecretBuffer room(bytes_max + 1);
  const ssize_t got = disk::read_up_to(file.get(), 0, room.writable());
  if (got < 0) return refused(path, "cannot be read");
  const auto size = static_cast<std::size_t>(got);
  if (size > bytes_max) {
    return failure(SecretFileFault::too_large, path, fmt::format("has more than {} bytes", bytes_max));
  }
  crypto::SecretBuffer content(size);
  std::copy_n(room.reveal().begin(), size, content.writable().begin());
  return content;
}

}  // namespace

std::string about(const std::filesystem::path& path, std::string_view message) {
  return fmt::format("{}: {}", path.string(), message);
}

Result<crypto::SecretBuffer, SecretFileError> read_secret_file(const std::filesystem::path& path,
                                                               std::size_t bytes_max) {
  return read_file(path, bytes_max, true);
}

Result<crypto::SecretBuffer, SecretFileError> read_open_file(const std::filesystem::path& path,
                                                             std::size_t bytes_max) {
  return read_file(path, bytes_max, false);
}

Status<SecretFileError> create_secret_file(const std::filesystem::path& path, ByteView content) {
  // The content gets its name by link(2), which never replaces a file, and only once it is whole.
  std::filesystem::path draft = path;
  draft += fmt::format(".{}", getpid());
  unlink(draft.c_str());
  if (!write_new(draft, content)) {
    const auto error = refused(path, "cannot be written");
    unlink(draft.c_str());
    return error;
  }
  const int linked = link(draft.c_str(), path.c_str());
  const int error = errno;
  unlink(draft.c_str());
  errno = error;
  if (linked != 0 && error == EEXIST) {
    return failure(SecretFileFault::exists, path, "exists already and is left as it is; name another file");
  }
  if (linked != 0) return refused(path, "cannot be made");
  const auto synced = disk::PosixDisk().sync_folder(disk::folder_of(path));
  if (!synced.ok()) return failure(SecretFileFault::disk, path, disk::explain(synced.error()));
  return Done{};
}

}  // namespace ringwire::storage
