#include "engine/node/ban_keeper.hpp"

#include <system_error>
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

BanKeeper::BanKeeper(const std::filesystem::path& folder, log::Logger& log)
    : log_(log), file_(folder / "bans") {
  // Where it cannot be made, reading and writing say so.
  std::error_code ignored;
  if (std::filesystem::create_directories(folder, ignored))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
}

std::vector<security::Ban> BanKeeper::load() {
  log_.tick(driver::read_clocks());
  auto loaded = file_.load(clocks_now());
  if (!loaded.ok()) {
    counters_.passed_over.add();
    log_.error("bans are not loaded, and will not be stored: {}", loaded.error().message);
    return {};
  }
  for (const std::string& line : loaded->passed_over) {
    counters_.passed_over.add();
    log_.error("bans: {}; the copy before it is used, if there is one", line);
  }
  if (!loaded->bans.empty()) log_.info("{} bans are still in force", loaded->bans.size());
  return std::move(loaded->bans);
}

void BanKeeper::save(std::span<const security::Ban> bans) {
  log_.tick(driver::read_clocks());
  const auto saved = file_.save(bans, clocks_now());
  failed_ = !saved.ok();
  if (saved.ok()) return counters_.saved.add();
  counters_.failed.add();
  log_.error("bans are not stored: {}", saved.error().message);
}

void BanKeeper::start(const Counter& changes, List list) {
  changes_ = &changes;
  list_ = std::move(list);
  const shard::SignalsBlocked blocked;
  // What changes from now on is stored, however late the thread begins.
  thread_ = std::thread([this, stored = changes.value()] {
    shard::name_this_thread("rw-bans");
    run(stored);
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

void BanKeeper::run(std::uint64_t stored) {
  while (wait(failed_ ? kRetryEvery : kLookEvery)) {
    const std::uint64_t changes = changes_->value();
    if (changes == stored && !failed_) continue;
    save(list_());
    stored = changes;
  }
}

}  // namespace ringwire::node
