// A small file that is replaced as a whole, of which the last good copy is always there.
//
// Faults: the process is killed, or the power fails, at any step of writing; the disk is full, or refuses to
// sync; a bit rots; an older program meets the file of a newer one.
//
// Two copies, NAME.0 and NAME.1, in turn. A new one is written to NAME.new, synced, and renamed over the
// OLDER of the two; then the folder is synced. So at every moment the newer copy is untouched, whichever of
// these steps reached the disk, in whatever order.
//
//   magic "ringwire" | kind, 4 characters | version u32 | generation u64 | size u64 | payload | Keccak-256
//
// Big-endian; the hash is over all bytes before it: every flipped bit and every cut is found. Reading takes
// the copy of the highest generation that is whole, is of this kind and version, and that the caller's check
// accepts. What had to be passed over is said, one line each: the caller logs and counts it. A copy of a
// newer version is no damage: nothing is read then, and nothing is ever written over it.
//
// After a write that failed the older copies are as they were, and the next write starts afresh: what a
// failed fsync may have lost is not relied upon.
//
// Errors: the operator's to correct. Thread: any, one at a time; it waits for the disk. One process. The disk
// must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "engine/disk/disk.hpp"

namespace ringwire::storage {

struct FileFormat {
  std::array<char, 4> kind;
  std::uint32_t version = 1;
  std::uint64_t bytes_max = 0;  // of the payload; a longer file is not read
};

enum class FileFault : std::uint8_t {
  disk,           // the system refused
  newer_version,  // written by a later program: use that one, or move the file away
};

struct FileError {
  FileFault fault{};
  std::string message;  // one line: the file, what is wrong
};

class CheckedFile {
 public:
  CheckedFile(disk::Disk& disk, std::filesystem::path path, const FileFormat& format);

  struct Loaded {
    std::optional<std::vector<std::uint8_t>> bytes;  // nothing where there is no good copy
    std::vector<std::string> passed_over;            // copies that are there and are not good
  };
  // What is wrong with a payload; nothing where it is good.
  using Check = std::function<std::optional<std::string>(ByteView)>;
  Result<Loaded, FileError> read(const Check& check = {});

  // Durable when it has returned. Reads first where nobody did.
  Status<FileError> write(ByteView bytes);

  // Of the newest good copy; 0: there is none.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] std::filesystem::path copy_path(std::size_t copy) const;
  [[nodiscard]] std::filesystem::path draft_path() const;

 private:
  struct Copy {
    std::uint64_t generation = 0;
    std::vector<std::uint8_t> bytes;
  };
  enum class Refused : std::uint8_t { absent, newer, other };
  struct Refusal {
    Refused why{};
    std::string message;
  };

  [[nodiscard]] Result<Copy, Refusal> read_copy(const std::filesystem::path& path) const;
  [[nodiscard]] Result<Copy, Refusal> parse(const std::filesystem::path& path, ByteView whole) const;
  [[nodiscard]] std::vector<std::uint8_t> whole_file(ByteView payload) const;
  // Durable under its own name.
  Status<disk::Error> write_draft(ByteView bytes);

  disk::Disk& disk_;
  const std::filesystem::path path_;
  const FileFormat format_;
  bool was_read_ = false;
  bool newer_is_there_ = false;
  std::uint64_t generation_ = 0;
  std::size_t newest_ = 1;  // the other one is written next
};

}  // namespace ringwire::storage
