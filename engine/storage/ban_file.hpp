// Bans that survive a restart: of a node that was killed as of one that was stopped.
//
// Attack: whoever is banned waits for a restart, or brings it about; or has our wall clock moved. A file that
// a crash cut in two must not let everybody in, nor keep anybody out for ever.
//
// What is stored is the time that remains, and both clocks of the moment of writing; never a date of the end.
// On reading, the time that has passed since is taken off:
//  - in the same boot of the machine (its boot id tells): what CLOCK_BOOTTIME says. The wall clock has no
//    part in it, whatever it does meanwhile, and a machine that slept counts its sleep;
//  - after a reboot: what the wall clock says, nothing where it is behind the moment of writing.
// So no ban gets longer than it was when it was written (12 hours at most, but for an operator's), by no step
// of any clock; a step in one boot ends none early; and only a wall clock that was set forward across a
// reboot does, by that step, because nothing else remains that knows how long the machine was off.
//
//   boot id 16 bytes | since boot u64 ms | wall u64 ms | number u32 | bans
//   ban: kind u8 (1 node, 2 IPv4, 3 IPv6) | name 32 bytes, zeros after it | count u8 | remaining u64 ms
//
// Big-endian, `remaining` all ones for "until it is lifted". Bans rise by kind and name: one form for each
// list. The rest of the file is CheckedFile's (engine/storage/checked_file.hpp): two copies, the last good
// one wins.
//
// Errors: the operator's to correct. Thread: any but a shard's; it waits for the disk. encode and decode are
// pure.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "codec/base/time.hpp"
#include "engine/security/subject.hpp"
#include "engine/storage/checked_file.hpp"

namespace ringwire::storage {

// One moment, by every clock there is.
struct Clocks {
  Instant now;  // the shards'
  UnixMillis wall;
  std::array<std::uint8_t, 16> boot_id{};  // zeros: unknown, and then never the same
  Duration since_boot{0};                  // sleep included
};
// Of this machine, now; `now` is the shards' clock.
Clocks read_clocks(Instant now, UnixMillis wall);

inline constexpr std::size_t kStoredBansMax = 2 * 65'536;  // what the ban list of a shard may hold

enum class BanFileFault : std::uint8_t {
  cut_short,
  too_long,  // bytes after the last ban
  too_many,  // more than kStoredBansMax
  bad_kind,
  bad_name,      // an address that is not the prefix a ban has, or bytes after the name
  no_time,       // a ban that is over
  too_far,       // one that ends later than an Instant can say
  not_in_order,  // or twice
};
const char* name(BanFileFault fault);

// Those above kStoredBansMax are left out, from the end of the list; those that are over at `clocks` as well.
std::vector<std::uint8_t> encode_bans(std::span<const security::Ban> bans, const Clocks& clocks);
// Without those that have ended meanwhile.
Result<std::vector<security::Ban>, BanFileFault> decode_bans(ByteView bytes, const Clocks& clocks);

class BanFile {
 public:
  BanFile(disk::Disk& disk, std::filesystem::path path);

  struct Loaded {
    std::vector<security::Ban> bans;
    std::vector<std::string> passed_over;  // copies that are there and are not good: to be logged and counted
  };
  Result<Loaded, FileError> load(const Clocks& clocks);
  Status<FileError> save(std::span<const security::Ban> bans, const Clocks& clocks);

  [[nodiscard]] const CheckedFile& file() const { return file_; }

 private:
  CheckedFile file_;
};

}  // namespace ringwire::storage
