// The door between what is stored and the operating system: to a real folder (posix_disk.hpp), or to a
// simulated disk on which the power fails, sectors tear and bits rot, from a seed (engine/sim/sim_disk.hpp).
//
// What a store may rely on, behind either door:
//  - What was written is read back, also by the next process after this one was killed.
//  - Bytes and size of a file outlast a power failure once File::sync() has returned. Until then each sector
//    of 512 bytes that was written, and the size, is there or is not, each for itself, in no order.
//  - A name (made, renamed, removed) outlasts it once sync_folder() of its folder has returned, whatever was
//    synced of the file. Until then each step is there or is not. A rename is one step: who looks for its
//    target finds the old file or the new one.
//  - A sync that failed: what it was to store may be lost for ever, even where it can still be read, and the
//    next sync says nothing of it, for Linux calls such pages clean. Write all of it anew, to a new file.
//  - No promise holds of a disk that lies, mistakes one sector for another, or forgets. What must never be
//    wrong carries a checksum, and what must never be lost a second copy.
//
// Paths: those of the process. rename() stays within one folder (asserted). Files and folders are made for
// their owner only.
//
// Errors: which operation, and errno; explain() says it to an operator. Thread: any, of a Disk; a File is
// used by one thread at a time, and ends before its Disk. All of it waits for the disk: never inside a turn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"

namespace ringwire::disk {

using Path = std::filesystem::path;

enum class Operation : std::uint8_t {
  open,
  create,
  read,
  write,
  resize,
  sync,
  rename,
  remove,
  list,
  make_folder,
  sync_folder,
};

struct Error {
  Operation operation{};
  int number = 0;  // errno

  friend bool operator==(const Error&, const Error&) = default;
};
// "cannot be written: No space left on device"
std::string explain(const Error& error);

class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Up to `room`; fewer only where the file ends.
  virtual Result<std::size_t, Error> read(std::uint64_t offset, ByteSpan room) = 0;
  // All of it, or an error; then any part of it may be there. Beyond the end the file grows, with zeros where
  // nothing was written.
  virtual Status<Error> write(std::uint64_t offset, ByteView bytes) = 0;
  [[nodiscard]] virtual Result<std::uint64_t, Error> size() = 0;
  // Cut, or grown with zeros.
  virtual Status<Error> resize(std::uint64_t size) = 0;
  virtual Status<Error> sync() = 0;
};

enum class Open : std::uint8_t {
  read,    // one that is there
  edit,    // one that is there; read and written
  create,  // one that is not there (EEXIST); read and written
};

class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  // What is no file is refused, and nobody waits for the other end of a pipe: EISDIR for a folder, ENOTSUP
  // for anything else.
  virtual Result<std::unique_ptr<File>, Error> open(const Path& path, Open how) = 0;
  // Over whatever file has that name.
  virtual Status<Error> rename(const Path& from, const Path& to) = 0;
  // A file. One that is open is read and written on, without a name.
  virtual Status<Error> remove(const Path& path) = 0;
  // What is in a folder, by name.
  virtual Result<std::vector<std::string>, Error> list(const Path& folder) = 0;
  // Its parent must be there; EEXIST where it is there itself.
  virtual Status<Error> make_folder(const Path& path) = 0;
  virtual Status<Error> sync_folder(const Path& path) = 0;
};

// The folder that a name is in.
Path folder_of(const Path& path);

// EFBIG where it is longer than `bytes_max`.
Result<std::vector<std::uint8_t>, Error> read_whole(Disk& disk, const Path& path, std::uint64_t bytes_max);

// With those above it; durable when it has returned. One that is there is left as it is; ENOTDIR where a file
// is.
Status<Error> make_folders(Disk& disk, const Path& path);

}  // namespace ringwire::disk
