#include "engine/disk/posix_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "engine/disk/descriptor.hpp"

namespace ringwire::disk {
namespace {

// The system's reason must be taken before anything else is called.
Failure<Error> failure(Operation operation) {
  return Failure{Error{operation, errno}};
}

Status<Error> status(Operation operation, int returned) {
  if (returned != 0) return failure(operation);
  return Done{};
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int number) : file_(number) {}

  Result<std::size_t, Error> read(std::uint64_t offset, ByteSpan room) override {
    const ssize_t got = read_up_to(file_.get(), offset, room);
    if (got < 0) return failure(Operation::read);
    return static_cast<std::size_t>(got);
  }
  Status<Error> write(std::uint64_t offset, ByteView bytes) override {
    if (!write_all(file_.get(), offset, bytes)) return failure(Operation::write);
    return Done{};
  }
  Result<std::uint64_t, Error> size() override {
    struct stat facts {};
    if (::fstat(file_.get(), &facts) != 0) return failure(Operation::read);
    return static_cast<std::uint64_t>(facts.st_size);
  }
  Status<Error> resize(std::uint64_t size) override {
    return status(Operation::resize, ::ftruncate(file_.get(), static_cast<off_t>(size)));
  }
  Status<Error> sync() override { return status(Operation::sync, ::fsync(file_.get())); }

 private:
  const Descriptor file_;
};

int flags_of(Open how) {
  switch (how) {
    case Open::read:
      return O_RDONLY;
    case Open::edit:
      return O_RDWR;
    case Open::create:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>, Error> PosixDisk::open(const Path& path, Open how) {
  const Operation operation = how == Open::create ? Operation::create : Operation::open;
  const int number = ::open(path.c_str(), flags_of(how) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (number < 0) return failure(operation);
  auto file = std::make_unique<PosixFile>(number);
  struct stat facts {};
  if (::fstat(number, &facts) != 0) return failure(operation);
  if (S_ISDIR(facts.st_mode)) return Failure{Error{operation, EISDIR}};
  if (!S_ISREG(facts.st_mode)) return Failure{Error{operation, ENOTSUP}};
  return std::unique_ptr<File>(std::move(file));
}

Status<Error> PosixDisk::rename(const Path& from, const Path& to) {
  RW_ASSERT(folder_of(from) == folder_of(to));
  return status(Operation::rename, std::rename(from.c_str(), to.c_str()));
}

Status<Error> PosixDisk::remove(const Path& path) {
  return status(Operation::remove, ::unlink(path.c_str()));
}

Result<std::vector<std::string>, Error> PosixDisk::list(const Path& folder) {
  DIR* opened = ::opendir(folder.c_str());
  if (opened == nullptr) return failure(Operation::list);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(opened)) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(opened);
  if (error != 0) return Failure{Error{Operation::list, error}};
  std::ranges::sort(names);
  return names;
}

Status<Error> PosixDisk::make_folder(const Path& path) {
  return status(Operation::make_folder, ::mkdir(path.c_str(), 0700));
}

Status<Error> PosixDisk::sync_folder(const Path& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failure(Operation::sync_folder);
  return status(Operation::sync_folder, ::fsync(folder.get()));
}

}  // namespace ringwire::disk
