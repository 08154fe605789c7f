// Keeps the bans of a node on disk: read before the shards run, written by a thread of its own while they do.
//
// When it writes, and what it does where it cannot: ban_store.hpp. The list is asked of shard 0 by its
// command ring, for every shard has all bans; the shard copies it and goes on, this thread waits for the
// disk.
//
// Thread: start() and stop() by the node's thread, the rest its own. The disk must outlive it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/node/ban_store.hpp"

namespace ringwire::node {

class BanKeeper {
 public:
  BanKeeper(disk::Disk& disk, const std::filesystem::path& folder, log::Logger& log);
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

  [[nodiscard]] const BanStoreCounters& counters() const { return store_.counters(); }

 private:
  void run();
  // Woken early where it is to end.
  [[nodiscard]] bool wait(Duration time);

  log::Logger& log_;
  BanStore store_;
  const Counter* changes_ = nullptr;
  List list_;
  std::mutex mutex_;  // ending_
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ringwire::node
