// The bans of a node in its file: when they are to be written, and what is said where that fails.
//
// It has no thread and no clock of its own: in a node ban_keeper.hpp gives it both, in a simulated one
// engine/node/stepped/sim_node.hpp does. Who asks looks again after pause(), and saves where it is due().
//
// A change is stored within kLookEvery and the time that writing takes; a node that is killed before loses
// that much. Nothing is written while nothing changes. A ban that ends by itself is no change: its time is in
// the file.
//
// What cannot be read or written is logged and counted, and ends nothing: the node runs, and says that its
// bans will not survive it. After a failure the next try is kRetryEvery later.
//
// Thread: one at a time; it waits for the disk. The disk must outlive it.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "codec/base/counter.hpp"
#include "engine/log/logger.hpp"
#include "engine/storage/ban_file.hpp"

namespace ringwire::node {

struct BanStoreCounters {
  Counter saved;
  Counter failed;       // writes that were refused; the bans before them are still there
  Counter passed_over;  // copies found at the start that were not good
};

class BanStore {
 public:
  static constexpr Duration kLookEvery = 1s;
  static constexpr Duration kRetryEvery = 60s;

  // The file is `bans` in `folder`, which is made where it is absent. Nothing is stored before that is on the
  // disk.
  BanStore(disk::Disk& disk, const std::filesystem::path& folder, log::Logger& log);

  // Before anything is saved. Empty where there is nothing good to be read.
  std::vector<security::Ban> load(const storage::Clocks& clocks);

  [[nodiscard]] Duration pause() const { return failed_ ? kRetryEvery : kLookEvery; }
  // `changes`: how often the list has changed since the node began.
  [[nodiscard]] bool due(std::uint64_t changes) const { return changes != stored_ || failed_; }
  // The list as it is after `changes`. True: it outlasts whatever comes.
  bool save(std::span<const security::Ban> bans, std::uint64_t changes, const storage::Clocks& clocks);
  // What is in the file is the list as it is now.
  void begin(std::uint64_t changes) { stored_ = changes; }

  [[nodiscard]] const BanStoreCounters& counters() const { return counters_; }

 private:
  Status<storage::FileError> store(std::span<const security::Ban> bans, const storage::Clocks& clocks);

  disk::Disk& disk_;
  const std::filesystem::path folder_;
  bool folder_is_there_ = false;
  log::Logger& log_;
  storage::BanFile file_;
  BanStoreCounters counters_;
  std::uint64_t stored_ = 0;
  bool failed_ = false;  // the last write
};

}  // namespace ringwire::node
