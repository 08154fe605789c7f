#include "engine/node/ban_keeper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>

#include "engine/disk/posix_disk.hpp"
#include "engine/driver/clock.hpp"
#include "engine/log/log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ringwire::node {
namespace {

namespace fs = std::filesystem;
using security::Ban;

class BanKeeperTest : public testing::Test {
 protected:
  static Ban ban(std::uint8_t number) {
    return {security::subject_of(NodeId{{number}}), driver::read_monotonic() + 1h, 1};
  }
  static bool eventually(const std::function<bool()>& condition) {
    const Instant end = driver::read_monotonic() + 60s;
    while (!condition()) {
      if (driver::read_monotonic() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  [[nodiscard]] std::vector<Ban> stored() {
    BanKeeper keeper(disk_, folder_ / "data", logger_);
    return keeper.load();
  }

  disk::PosixDisk disk_;
  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  std::unique_ptr<log::Log> log_ = std::move(log::Log::open({.level = LogLevel::off})).value();
  log::Logger& logger_ = log_->logger("bans");
};

TEST_F(BanKeeperTest, MakesItsFolderAndHasNothingAtFirst) {
  EXPECT_TRUE(stored().empty());
  EXPECT_TRUE(fs::is_directory(folder_ / "data"));
}

TEST_F(BanKeeperTest, StoresAListSoonAfterItChangedAndOnlyThen) {
  BanKeeper keeper(disk_, folder_ / "data", logger_);
  Counter changes;
  std::atomic<int> asked{0};
  keeper.start(changes, [&] {
    ++asked;
    return std::vector<Ban>{ban(1)};
  });
  changes.add();
  ASSERT_TRUE(eventually([&] { return keeper.counters().saved.value() == 1; }));
  keeper.stop();
  EXPECT_EQ(asked, 1);
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(stored()[0].subject, ban(1).subject);
}

TEST_F(BanKeeperTest, SaysSoAndGoesOnWhereItCannotStore) {
  std::ofstream(folder_ / "data") << "a file, not a folder";
  BanKeeper keeper(disk_, folder_ / "data", logger_);
  EXPECT_TRUE(keeper.load().empty());
  EXPECT_EQ(keeper.counters().passed_over.value(), 2U) << "neither copy can be opened";
  const std::vector<Ban> bans{ban(1)};
  keeper.save(bans);
  EXPECT_EQ(keeper.counters().failed.value(), 1U);
  fs::remove(folder_ / "data");
  fs::create_directory(folder_ / "data");
  keeper.save(bans);
  EXPECT_EQ(keeper.counters().saved.value(), 1U);
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(BanKeeperTest, EndsAtOnceAlsoWhereItNeverStarted) {
  BanKeeper keeper(disk_, folder_ / "data", logger_);
  keeper.stop();
  keeper.stop();
}

}  // namespace
}  // namespace ringwire::node
