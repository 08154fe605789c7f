#include "engine/disk/disk.hpp"

#include <string.h>

#include <cerrno>

namespace ringwire::disk {
namespace {

const char* failed(Operation operation) {
  switch (operation) {
    case Operation::open:
      return "cannot be opened";
    case Operation::create:
    case Operation::make_folder:
      return "cannot be made";
    case Operation::read:
      return "cannot be read";
    case Operation::write:
      return "cannot be written";
    case Operation::resize:
      return "cannot get another size";
    case Operation::sync:
    case Operation::sync_folder:
      return "cannot be made durable";
    case Operation::rename:
      return "cannot take its place";
    case Operation::remove:
      return "cannot be removed";
    case Operation::list:
      return "cannot be listed";
  }
  return "is of no use";
}

}  // namespace

std::string explain(const Error& error) {
  return std::string(failed(error.operation)) + ": " + strerror(error.number);
}

Path folder_of(const Path& path) {
  const Path parent = path.parent_path();
  return parent.empty() ? Path(".") : parent;
}

Result<std::vector<std::uint8_t>, Error> read_whole(Disk& disk, const Path& path, std::uint64_t bytes_max) {
  auto file = disk.open(path, Open::read);
  if (!file.ok()) return Failure{file.error()};
  const auto size = (*file)->size();
  if (!size.ok()) return Failure{size.error()};
  if (*size > bytes_max) return Failure{Error{Operation::read, EFBIG}};
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(*size));
  const auto got = (*file)->read(0, whole);
  if (!got.ok()) return Failure{got.error()};
  whole.resize(*got);
  return whole;
}

// A folder is made only once the one above it is on the disk: so above one that is there all are.
Status<Error> make_folders(Disk& disk, const Path& path) {
  if (!path.has_filename() && path.has_relative_path()) return make_folders(disk, path.parent_path());
  const auto found = disk.open(path, Open::read);
  if (found.ok()) return Failure{Error{Operation::make_folder, ENOTDIR}};
  const bool was_there = found.error().number == EISDIR;
  if (!was_there && folder_of(path) != path) {
    const auto above = make_folders(disk, folder_of(path));
    if (!above.ok()) return above;
    const auto made = disk.make_folder(path);
    if (!made.ok() && made.error().number != EEXIST) return made;
  }
  // One that was there may have been made by a process that was killed before it could sync; or by an
  // operator, in a folder that we may not open.
  const auto synced = disk.sync_folder(folder_of(path));
  return !synced.ok() && was_there && synced.error().number != EIO ? Done{} : synced;
}

}  // namespace ringwire::disk
