// Keeps the bans of a node on disk: read before the shards run, written by a thread of its own while they do.
//
// A change is stored within kLookEvery and the time that writing takes; a node that is killed before loses
// that much. Nothing is written while nothing changes. A ban that ends by itself is no change: its time is in
// the file. The list is asked of shard 0 by its command ring, for every shard has all bans; the shard copies
// it and goes on, this thread waits for the disk.
//
// What cannot be read or written is logged and counted, and ends nothing: the node runs, and says that its
// bans will not survive it. After a failure the next try is kRetryEvery later.
//
// Thread: start() and stop() by the node's thread, the rest its own.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "codec/base/counter.hpp"
#include "engine/log/logger.hpp"
#include "engine/storage/ban_file.hpp"

namespace ringwire::node {

struct BanKeeperCounters {
  Counter saved;
  Counter failed;       // writes that were refused; the bans before them are still there
  Counter passed_over;  // copies found at the start that were not good
};

class BanKeeper {
 public:
  static constexpr Duration kLookEvery = 1s;
  static constexpr Duration kRetryEvery = 60s;

  // The file is `bans` in `folder`, which is made where it is absent.
  BanKeeper(const std::filesystem::path& folder, log::Logger& log);
  BanKeeper(const BanKeeper&) = delete;
  BanKeeper& operator=(const BanKeeper&) = delete;
  ~BanKeeper() { stop(); }

  // Before start(). Empty where there is nothing good to be read.
  std::vector<security::Ban> load();

  // `changes` counts what happens to the list; `list` gives it, from any thread.
  using List = std::function<std::vector<security::Ban>()>;
  void start(const Counter& changes, List list);
  // The thread has ended. Stores nothing: save() does once the shards have ended.
  void stop();
  void save(std::span<const security::Ban> bans);

  [[nodiscard]] const BanKeeperCounters& counters() const { return counters_; }

 private:
  // `stored`: the changes that are in the file already.
  void run(std::uint64_t stored);
  // Woken early where it is to end.
  [[nodiscard]] bool wait(Duration time);

  log::Logger& log_;
  storage::BanFile file_;
  BanKeeperCounters counters_;
  const Counter* changes_ = nullptr;
  List list_;
  std::mutex mutex_;  // ending_
  std::condition_variable wake_;
  bool ending_ = false;
  bool failed_ = false;  // the last write
  std::thread thread_;
};

}  // namespace ringwire::node
