// The disk of this machine, by POSIX calls that wait. Rules and errors: disk.hpp. It has no state of its own.
#pragma once

#include "engine/disk/disk.hpp"

namespace ringwire::disk {

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>, Error> open(const Path& path, Open how) override;
  Status<Error> rename(const Path& from, const Path& to) override;
  Status<Error> remove(const Path& path) override;
  Result<std::vector<std::string>, Error> list(const Path& folder) override;
  Status<Error> make_folder(const Path& path) override;
  Status<Error> sync_folder(const Path& path) override;
};

}  // namespace ringwire::disk
