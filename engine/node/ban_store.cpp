#include "engine/node/ban_store.hpp"

#include <utility>

namespace ringwire::node {

BanStore::BanStore(disk::Disk& disk, const std::filesystem::path& folder, log::Logger& log)
    : disk_(disk),
      folder_(folder),
      folder_is_there_(disk::make_folders(disk, folder).ok()),
      log_(log),
      file_(disk, folder / "bans") {}

std::vector<security::Ban> BanStore::load(const storage::Clocks& clocks) {
  auto loaded = file_.load(clocks);
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

Status<storage::FileError> BanStore::store(std::span<const security::Ban> bans,
                                           const storage::Clocks& clocks) {
  if (!folder_is_there_) {
    const auto made = disk::make_folders(disk_, folder_);
    if (!made.ok()) {
      return Failure{storage::FileError{storage::FileFault::disk,
                                        folder_.string() + ": " + disk::explain(made.error())}};
    }
    folder_is_there_ = true;
  }
  return file_.save(bans, clocks);
}

bool BanStore::save(std::span<const security::Ban> bans, std::uint64_t changes,
                    const storage::Clocks& clocks) {
  const auto saved = store(bans, clocks);
  stored_ = changes;
  failed_ = !saved.ok();
  if (saved.ok()) {
    counters_.saved.add();
  } else {
    counters_.failed.add();
    log_.error("bans are not stored: {}", saved.error().message);
  }
  return saved.ok();
}

}  // namespace ringwire::node
