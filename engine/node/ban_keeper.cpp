#include "engine/node/ban_keeper.hpp"

#include <utility>

#include "engine/driver/clock.hpp"
#include "engine/shard/pinning.hpp"
#include "engine/shard/signals.hpp"

namespace ringwire::node {
namespace {

storage::Clocks clocks_now() {
  const Now now = driver::read_clocks();
  return storage::read_clocks(now.monotonic, now.wall);
}

}  // namespace

BanKeeper::BanKeeper(disk::Disk& disk, const std::filesystem::path& folder, log::Logger& log)
    : log_(log), store_(disk, folder, log) {}

std::vector<security::Ban> BanKeeper::load() {
  log_.tick(driver::read_clocks());
  return store_.load(clocks_now());
}

void BanKeeper::save(std::span<const security::Ban> bans) {
  log_.tick(driver::read_clocks());
  static_cast<void>(store_.save(bans, changes_ == nullptr ? 0 : changes_->value(), clocks_now()));
}

void BanKeeper::start(const Counter& changes, List list) {
  changes_ = &changes;
  list_ = std::move(list);
  const shard::SignalsBlocked blocked;
  // What changes from now on is stored, however late the thread begins.
  store_.begin(changes.value());
  thread_ = std::thread([this] {
    shard::name_this_thread("rw-bans");
    run();
  });
}

void BanKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool BanKeeper::wait(Duration time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return ending_; });
  return !ending_;
}

void BanKeeper::run() {
  while (wait(store_.pause())) {
    const std::uint64_t changes = changes_->value();
    if (!store_.due(changes)) continue;
    const std::vector<security::Ban> bans = list_();
    log_.tick(driver::read_clocks());
    static_cast<void>(store_.save(bans, changes, clocks_now()));
  }
}

}  // namespace ringwire::node
