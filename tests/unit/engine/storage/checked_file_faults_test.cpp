// CheckedFile and BanFile on a disk that fails, drawn from seeds: what was acknowledged is read after a kill
// or a power failure at any operation, and nothing is ever read that was not written.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "engine/sim/sim_disk.hpp"
#include "engine/storage/ban_file.hpp"
#include "engine/storage/checked_file.hpp"

namespace ringwire::storage {
namespace {

using Bytes = std::vector<std::uint8_t>;
using sim::SimDisk;
using sim::SimDiskOptions;

constexpr FileFormat kFormat{{'t', 'e', 's', 't'}, 3, 1 << 16};
constexpr std::uint64_t kSeeds = 2'000;

// One file over the lives of its process and its machine, and what must be read of it.
class Lives {
 public:
  explicit Lives(std::uint64_t seed, const SimDiskOptions& options = {})
      : disk(seed, options), prng_(seed * 7 + 1) {
    EXPECT_TRUE(disk::make_folders(disk, "/data").ok());
    start();
  }

  // False where it was not acknowledged; then it may be there or not.
  bool write() {
    // No two are alike.
    Bytes bytes(8 + (prng_.below(4) == 0 ? prng_.below(3'000) : prng_.below(60)));
    prng_.fill(bytes);
    written_.push_back(bytes);
    const bool acknowledged = file_->write(bytes).ok();
    if (acknowledged) acknowledged_ = written_.size();
    return acknowledged;
  }

  // Ends by a kill or a power failure, and reads at the next start.
  void end_and_check(bool power) {
    power ? disk.lose_power() : disk.kill();
    start();
    const auto loaded = file_->read();
    ASSERT_TRUE(loaded.ok());
    EXPECT_TRUE(loaded->passed_over.empty()) << loaded->passed_over[0];
    const auto number = number_of(loaded->bytes);
    ASSERT_TRUE(number) << "nobody wrote that";
    ASSERT_GE(*number, acknowledged_);
    // What is there now may not be there after the next failure, but what is written over it will.
  }

  // Of what was written, from 1 on; 0: nothing was read. Nothing: what nobody wrote.
  [[nodiscard]] std::optional<std::size_t> number_of(const std::optional<Bytes>& bytes) const {
    if (!bytes) return 0;
    for (std::size_t number = written_.size(); number > 0; --number) {
      if (written_[number - 1] == *bytes) return number;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] const Bytes& last_written() const { return written_.back(); }
  [[nodiscard]] Prng& prng() { return prng_; }
  CheckedFile& file() { return *file_; }
  void start() { file_.emplace(disk, "/data/state", kFormat); }

  SimDisk disk;

 private:
  Prng prng_;
  std::optional<CheckedFile> file_;
  std::vector<Bytes> written_;
  std::size_t acknowledged_ = 0;
};

// How many operations `writes` writes are, from an empty folder.
std::uint64_t operations_of(std::uint64_t writes) {
  Lives lives(1);
  const std::uint64_t before = lives.disk.counters().operations;
  for (std::uint64_t i = 0; i < writes; ++i) EXPECT_TRUE(lives.write());
  return lives.disk.counters().operations - before;
}

TEST(CheckedFileFaults, HaveTheAcknowledgedCopyAfterAnEndAtEveryOperation) {
  constexpr std::uint64_t kWrites = 4;
  const std::uint64_t operations = operations_of(kWrites);
  EXPECT_GT(operations, 5 * kWrites);
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Lives lives(seed, {.torn_per_million = 300'000});
      lives.disk.crash_at(operation);
      while (lives.write()) {
      }
      ASSERT_TRUE(lives.disk.crashed());
      ASSERT_NO_FATAL_FAILURE(lives.end_and_check(seed % 2 == 0)) << operation << " of " << seed;
    }
  }
}

TEST(CheckedFileFaults, HaveTheAcknowledgedCopyOverManyLives) {
  std::uint64_t unacknowledged = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Lives lives(seed, {.torn_per_million = 300'000});
    for (int life = 0; life < 6; ++life) {
      const std::uint64_t writes = lives.prng().below(4);
      lives.disk.crash_at(1 + lives.prng().below(30));
      for (std::uint64_t i = 0; i < writes && !lives.disk.crashed(); ++i)
        unacknowledged += lives.write() ? 0 : 1;
      ASSERT_NO_FATAL_FAILURE(lives.end_and_check(lives.prng().below(2) == 0)) << seed;
      ASSERT_FALSE(HasFailure()) << seed;
    }
  }
  EXPECT_GT(unacknowledged, kSeeds);
}

// A disk that says so when it fails: a sync, a read, no room. Nothing acknowledged is lost by it.
TEST(CheckedFileFaults, HaveTheAcknowledgedCopyWhereTheDiskSaysThatItFails) {
  std::uint64_t refused = 0;
  std::uint64_t unreadable = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Lives lives(seed);
    lives.disk.options.unsynced_per_million = 200'000;
    for (int life = 0; life < 5; ++life) {
      for (std::uint64_t writes = lives.prng().below(5); writes > 0; --writes) {
        lives.disk.options.bytes_max = lives.prng().below(4) == 0 ? 3'000 : UINT64_MAX;
        refused += lives.write() ? 0 : 1;
      }
      ASSERT_NO_FATAL_FAILURE(lives.end_and_check(lives.prng().below(2) == 0)) << seed;
      ASSERT_FALSE(HasFailure()) << seed;
    }
    lives.disk.options.unreadable_per_million = 500'000;
    const auto loaded = lives.file().read();
    ASSERT_TRUE(loaded.ok());
    ASSERT_TRUE(lives.number_of(loaded->bytes)) << seed;
    unreadable += loaded->passed_over.size();
  }
  EXPECT_GT(refused, kSeeds / 2);
  EXPECT_GT(unreadable, kSeeds / 2);
}

// --- what a disk does without saying so

// Of a copy as it was written.
struct Image {
  std::size_t number = 0;
  Bytes whole;
};

class Damage : public testing::Test {
 protected:
  // Writes a few times on a good disk.
  void begin(std::uint64_t seed) {
    lives_.emplace(seed);
    twin_.reset();
    twin_disk_.emplace(seed);
    twin_.emplace(*twin_disk_, "/state", kFormat);
    images_.clear();
    const std::uint64_t writes = 2 + lives_->prng().below(4);
    for (std::uint64_t i = 0; i < writes; ++i) ASSERT_NO_FATAL_FAILURE(write());
  }
  // To the disk, which takes it, and to another one that does nothing wrong.
  void write() {
    ASSERT_TRUE(lives_->write());
    ASSERT_TRUE(twin_->write(lives_->last_written()).ok());
    const std::size_t number = lives_->acknowledged();
    const auto whole = disk::read_whole(*twin_disk_, twin_->copy_path((number + 1) % 2), 1 << 20);
    ASSERT_TRUE(whole.ok());
    images_.push_back({number, *whole});
  }
  // By comparison with what was written, not by a checksum. A sector that never came may show an older copy.
  struct Whole {
    std::size_t copies = 0;
    std::size_t last = 0;
  };
  [[nodiscard]] Whole look() {
    Whole whole;
    for (std::size_t copy = 0; copy < 2; ++copy) {
      const auto found = disk::read_whole(lives_->disk, lives_->file().copy_path(copy), 1 << 20);
      if (!found.ok()) continue;
      const auto image = std::ranges::find(images_, *found, &Image::whole);
      if (image == images_.end()) continue;
      ++whole.copies;
      whole.last = std::max(whole.last, image->number);
    }
    return whole;
  }
  // The best that is whole is read, and nothing else; and the next write makes a good one.
  void check(std::uint64_t seed) {
    lives_->disk.options = {};
    const Whole whole = look();
    lives_->start();
    const auto loaded = lives_->file().read();
    ASSERT_TRUE(loaded.ok());
    ASSERT_EQ(lives_->number_of(loaded->bytes), whole.last) << seed;
    ASSERT_EQ(loaded->passed_over.size(), 2 - whole.copies) << seed;
    damaged_ += whole.last < lives_->acknowledged() ? 1 : 0;
    none_ += whole.last == 0 ? 1 : 0;
    ASSERT_TRUE(lives_->write());
    ASSERT_NO_FATAL_FAILURE(check_last(seed));
  }
  void check_last(std::uint64_t seed) {
    lives_->disk.lose_power();
    lives_->start();
    const auto loaded = lives_->file().read();
    ASSERT_TRUE(loaded.ok());
    ASSERT_EQ(lives_->number_of(loaded->bytes), lives_->acknowledged()) << seed;
  }

  std::optional<Lives> lives_;
  std::optional<SimDisk> twin_disk_;
  std::optional<CheckedFile> twin_;
  std::vector<Image> images_;
  std::uint64_t damaged_ = 0;  // the newest copy was
  std::uint64_t none_ = 0;     // no copy was whole
};

TEST_F(Damage, ByRotOfOneCopyLeavesTheOther) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(begin(seed));
    const auto copy = lives_->file().copy_path(lives_->prng().below(2));
    lives_->disk.rot(copy, 1 + lives_->prng().below(20));
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
  EXPECT_GT(damaged_, kSeeds / 4);
  EXPECT_EQ(none_, 0U);
}

TEST_F(Damage, ByRotOfBothIsSaidAndNothingIsServed) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(begin(seed));
    lives_->disk.rot(1 + lives_->prng().below(20));
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
  EXPECT_GT(none_, kSeeds / 10);
}

TEST_F(Damage, ByLostWritesLeavesTheCopyBefore) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(begin(seed));
    lives_->disk.options.lost_per_million = 600'000;
    ASSERT_NO_FATAL_FAILURE(write()) << "the disk lies";
    lives_->prng().below(2) == 0 ? lives_->disk.kill() : lives_->disk.lose_power();
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
  EXPECT_GT(damaged_, kSeeds / 4);
  EXPECT_EQ(none_, 0U);
}

// A sector of the new copy may land in the old one: then there is none, but never a wrong one.
TEST_F(Damage, ByMisdirectedWritesServesNothingWrong) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(begin(seed));
    lives_->disk.options.misdirected_per_million = 600'000;
    ASSERT_NO_FATAL_FAILURE(write());
    lives_->prng().below(2) == 0 ? lives_->disk.kill() : lives_->disk.lose_power();
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
  EXPECT_GT(damaged_, kSeeds / 4);
  EXPECT_LT(none_, kSeeds / 2);
}

// --- bans

security::Ban ban(std::uint32_t number, Instant until) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return {security::subject_of(id), until, 1};
}

// The list grows by one with each save, so that its length is its number.
TEST(BanFileFaults, HaveTheBansThatWereAcknowledgedAfterAnEndAtEveryOperation) {
  Clocks clocks;
  clocks.now = Instant{1};
  clocks.boot_id.fill(1);
  for (std::uint64_t operation = 1; operation <= 40; ++operation) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      SimDisk disk(seed, {.torn_per_million = 300'000});
      ASSERT_TRUE(disk::make_folders(disk, "/data").ok());
      std::vector<security::Ban> bans;
      {
        BanFile file(disk, "/data/bans");
        disk.crash_at(operation);
        do {
          bans.push_back(ban(static_cast<std::uint32_t>(bans.size()), kNever));
        } while (file.save(bans, clocks).ok());
      }
      seed % 2 == 0 ? disk.lose_power() : disk.kill();
      BanFile next(disk, "/data/bans");
      const auto loaded = next.load(clocks);
      ASSERT_TRUE(loaded.ok());
      ASSERT_TRUE(loaded->bans.size() == bans.size() - 1 || loaded->bans.size() == bans.size())
          << operation << " of " << seed << ": " << loaded->bans.size() << " of " << bans.size();
      ASSERT_TRUE(std::equal(loaded->bans.begin(), loaded->bans.end(), bans.begin()));
      disk.rot("/data/bans.0", 1);
      disk.rot("/data/bans.1", 1);
      const auto rotten = next.load(clocks);
      ASSERT_TRUE(rotten.ok());
      ASSERT_TRUE(rotten->bans.empty());
    }
  }
}

}  // namespace
}  // namespace ringwire::storage
