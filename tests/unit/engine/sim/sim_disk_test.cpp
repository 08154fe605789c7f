#include "engine/sim/sim_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

namespace ringwire::sim {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Names = std::vector<std::string>;

constexpr std::uint64_t kSeeds = 400;  // enough for everything that is drawn to be seen
constexpr std::uint32_t kAlways = 1'000'000;

std::unique_ptr<disk::File> open(SimDisk& disk, const char* path, disk::Open how) {
  auto file = disk.open(path, how);
  EXPECT_TRUE(file.ok()) << path << ": " << disk::explain(file.error());
  return std::move(file).value();
}

// Durable, name and content.
void store(SimDisk& disk, const char* path, const Bytes& bytes) {
  const auto file = open(disk, path, disk::Open::create);
  ASSERT_TRUE(file->write(0, bytes).ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(disk.sync_folder("/").ok());
}

void overwrite(SimDisk& disk, const char* path, const Bytes& bytes, bool synced = false) {
  const auto file = open(disk, path, disk::Open::edit);
  ASSERT_TRUE(file->write(0, bytes).ok());
  if (synced) {
    ASSERT_TRUE(file->sync().ok());
  }
}

Bytes content(SimDisk& disk, const char* path) {
  const auto whole = disk::read_whole(disk, path, 1 << 20);
  EXPECT_TRUE(whole.ok()) << path << ": " << disk::explain(whole.error());
  return whole.ok() ? *whole : Bytes{};
}

std::uint64_t differing_bits(const Bytes& one, const Bytes& other) {
  EXPECT_EQ(one.size(), other.size());
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i)
    bits += static_cast<std::uint64_t>(__builtin_popcount(one[i] ^ other[i]));
  return bits;
}

// --- what a kill and a power failure leave

TEST(SimDisk, KeepsAcrossAPowerFailureWhatWasSynced) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", Bytes(1'300, 1));
    overwrite(disk, "/a", Bytes(1'300, 2), true);
    disk.lose_power();
    ASSERT_EQ(content(disk, "/a"), Bytes(1'300, 2)) << seed;
  }
}

TEST(SimDisk, KeepsAcrossAKillWhatWasWrittenAndClosesWhatWasOpen) {
  SimDisk disk(1);
  const auto file = open(disk, "/a", disk::Open::create);
  ASSERT_TRUE(file->write(0, Bytes(1'300, 1)).ok());
  disk.kill();
  EXPECT_EQ(content(disk, "/a"), Bytes(1'300, 1));
  EXPECT_EQ(file->write(0, Bytes(1, 1)).error().number, EBADF);
  EXPECT_EQ(file->sync().error().number, EBADF);
  EXPECT_EQ(disk.counters().kills, 1U);
}

TEST(SimDisk, KeepsAnySubsetOfTheSectorsThatWereNotSynced) {
  std::set<std::string> outcomes;
  std::uint64_t dropped = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", Bytes(4 * kSectorBytes, 1));
    overwrite(disk, "/a", Bytes(4 * kSectorBytes, 2));
    disk.lose_power();
    const Bytes found = content(disk, "/a");
    ASSERT_EQ(found.size(), 4 * kSectorBytes);
    std::string outcome;
    for (std::size_t at = 0; at < found.size(); at += kSectorBytes) {
      ASSERT_TRUE(found[at] == 1 || found[at] == 2);
      ASSERT_EQ(std::count(found.begin() + static_cast<std::ptrdiff_t>(at),
                           found.begin() + static_cast<std::ptrdiff_t>(at + kSectorBytes), found[at]),
                kSectorBytes)
          << "a sector is whole";
      outcome += found[at] == 1 ? "old " : "new ";
    }
    outcomes.insert(outcome);
    dropped += disk.counters().dropped_sectors;
  }
  EXPECT_EQ(outcomes.size(), 16U);
  EXPECT_GT(dropped, kSeeds);
}

TEST(SimDisk, MayHaveStoredAnEarlierVersionOfASector) {
  std::set<std::uint8_t> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", {1});
    overwrite(disk, "/a", {2});
    overwrite(disk, "/a", {3});
    disk.lose_power();
    found.insert(content(disk, "/a")[0]);
  }
  EXPECT_EQ(found, (std::set<std::uint8_t>{1, 2, 3}));
}

TEST(SimDisk, DrawsTheSizeOfAFileThatGrewAndWhatIsInIt) {
  std::map<std::uint64_t, int> sizes;
  bool zeros = false;
  bool leftovers = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/other", Bytes(kSectorBytes, 7));
    store(disk, "/a", Bytes(100, 1));
    overwrite(disk, "/a", Bytes(2'000, 2));
    disk.lose_power();
    const Bytes found = content(disk, "/a");
    ++sizes[found.size()];
    zeros |= std::count(found.begin(), found.end(), 0) > 0;
    leftovers |= std::count(found.begin(), found.end(), 7) > 0;
  }
  EXPECT_GT(sizes[100], 0);
  EXPECT_GT(sizes[2'000], 0);
  EXPECT_GT(sizes.size(), 50U) << "and between";
  EXPECT_GE(sizes.begin()->first, 100U);
  EXPECT_LE(sizes.rbegin()->first, 2'000U);
  EXPECT_TRUE(zeros);
  EXPECT_TRUE(leftovers) << "of another file";
}

TEST(SimDisk, KeepsANameOnlyOnceItsFolderIsSynced) {
  int kept = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    const auto file = open(disk, "/a", disk::Open::create);
    ASSERT_TRUE(file->write(0, Bytes(10, 1)).ok());
    ASSERT_TRUE(file->sync().ok());
    disk.lose_power();
    const bool there = disk.list("/")->size() == 1;
    kept += there ? 1 : 0;
    if (there) {
      ASSERT_EQ(content(disk, "/a"), Bytes(10, 1)) << "what was synced is in it";
    }
  }
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, static_cast<int>(kSeeds));
}

TEST(SimDisk, RenamesInOneStep) {
  std::set<Names> outcomes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", {1});
    store(disk, "/b", {2});
    ASSERT_TRUE(disk.rename("/a", "/b").ok());
    disk.lose_power();
    const Names names = *disk.list("/");
    outcomes.insert(names);
    ASSERT_EQ(content(disk, "/b"), names.size() == 2 ? Bytes{2} : Bytes{1});
  }
  EXPECT_EQ(outcomes, (std::set<Names>{{"a", "b"}, {"b"}}));
}

TEST(SimDisk, KeepsTheFirstStepsOfNamesOrAnyOfThem) {
  std::set<Names> outcomes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    for (const char* name : {"/a", "/b", "/c"}) open(disk, name, disk::Open::create);
    disk.lose_power();
    outcomes.insert(*disk.list("/"));
  }
  EXPECT_EQ(outcomes.size(), 8U);
}

TEST(SimDisk, KeepsAFolderOnlyOnceItsParentIsSynced) {
  int kept = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    ASSERT_TRUE(disk.make_folder("/data").ok());
    store(disk, "/data/a", {1});
    ASSERT_TRUE(disk.sync_folder("/data").ok());
    disk.lose_power();
    kept += disk.list("/data").ok() ? 1 : 0;
    ASSERT_TRUE(disk::make_folders(disk, "/made/and/synced").ok());
    disk.lose_power();
    ASSERT_TRUE(disk.list("/made/and/synced").ok());
  }
  // store() syncs the root.
  EXPECT_EQ(kept, static_cast<int>(kSeeds));
  kept = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    ASSERT_TRUE(disk.make_folder("/data").ok());
    ASSERT_TRUE(disk.sync_folder("/data").ok());
    disk.lose_power();
    kept += disk.list("/data").ok() ? 1 : 0;
  }
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, static_cast<int>(kSeeds));
}

TEST(SimDisk, KeepsFoldersThatWereMadeInWhateverLifeTheyWereBegun) {
  for (std::uint64_t operation = 1; operation <= 14; ++operation) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      SimDisk disk(seed);
      disk.crash_at(operation);
      const bool made = disk::make_folders(disk, "/a/b/c").ok();
      disk.kill();
      if (!made) {
        ASSERT_TRUE(disk::make_folders(disk, "/a/b/c").ok());
      }
      disk.lose_power();
      ASSERT_TRUE(disk.list("/a/b/c").ok()) << operation << " of " << seed;
    }
  }
}

// --- crashing

TEST(SimDisk, CrashesAtTheOperationItWasToldAndDoesNothingAfterIt) {
  for (std::uint64_t operation = 1; operation <= 5; ++operation) {
    bool done = false;
    bool undone = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      SimDisk disk(seed);
      store(disk, "/a", {1});
      disk.crash_at(operation);
      const std::uint64_t before = disk.counters().operations;
      std::uint64_t good = disk.rename("/a", "/b").ok() ? 1 : 0;
      good += disk.rename("/b", "/c").ok() ? 1 : 0;
      good += disk.rename("/c", "/d").ok() ? 1 : 0;
      good += disk.rename("/d", "/e").ok() ? 1 : 0;
      const auto last = disk.rename("/e", "/f");
      good += last.ok() ? 1 : 0;
      ASSERT_EQ(good, operation - 1);
      ASSERT_EQ(last.error().number, ESHUTDOWN);
      ASSERT_EQ(disk.counters().operations - before, operation);
      ASSERT_TRUE(disk.crashed());
      disk.kill();
      const char name = disk.list("/")->at(0)[0];
      ASSERT_TRUE(name == static_cast<char>('a' + operation - 1) ||
                  name == static_cast<char>('a' + operation));
      (name == static_cast<char>('a' + operation) ? done : undone) = true;
      ASSERT_TRUE(disk.remove(std::string("/") + name).ok()) << "it works again";
    }
    EXPECT_TRUE(done && undone) << "the last one happens or does not";
  }
}

TEST(SimDisk, CrashesInTheMidstOfAWriteAndOfASync) {
  std::set<std::size_t> sizes;
  std::set<std::size_t> sectors;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", Bytes(3 * kSectorBytes, 1));
    {
      const auto file = open(disk, "/b", disk::Open::create);
      disk.crash_at(1);
      ASSERT_FALSE(file->write(0, Bytes(2'000, 2)).ok());
      disk.kill();
      sizes.insert(content(disk, "/b").size());
    }
    const auto file = open(disk, "/a", disk::Open::edit);
    ASSERT_TRUE(file->write(0, Bytes(3 * kSectorBytes, 2)).ok());
    disk.crash_at(1);
    ASSERT_FALSE(file->sync().ok());
    disk.kill();
    ASSERT_EQ(content(disk, "/a"), Bytes(3 * kSectorBytes, 2)) << "of a kill the page cache knows nothing";
    disk.lose_power();
    const Bytes found = content(disk, "/a");
    sectors.insert(static_cast<std::size_t>(std::count(found.begin(), found.end(), 2)));
  }
  EXPECT_GT(sizes.size(), 50U);
  EXPECT_EQ(sectors, (std::set<std::size_t>{0, kSectorBytes, 2 * kSectorBytes, 3 * kSectorBytes}));
}

// --- faults

TEST(SimDisk, TearsSectors) {
  int torn = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimDisk disk(seed, {.torn_per_million = kAlways});
    store(disk, "/a", Bytes(kSectorBytes, 1));
    overwrite(disk, "/a", Bytes(kSectorBytes, 2));
    disk.lose_power();
    const Bytes found = content(disk, "/a");
    const auto many = std::count(found.begin(), found.end(), 2);
    ASSERT_LT(many, kSectorBytes);
    ASSERT_TRUE(std::is_sorted(found.rbegin(), found.rend())) << "the beginning is new";
    ASSERT_EQ(disk.counters().torn, many > 0 ? 1U : 0U);
    torn += many > 0 ? 1 : 0;
  }
  EXPECT_GT(torn, 0);
}

TEST(SimDisk, LosesWhatItSaysItStored) {
  SimDisk disk(1);
  store(disk, "/a", Bytes(kSectorBytes, 1));
  disk.options.lost_per_million = kAlways;
  overwrite(disk, "/a", Bytes(kSectorBytes, 2), true);
  EXPECT_EQ(disk.counters().lost, 1U);
  disk.lose_power();
  EXPECT_EQ(content(disk, "/a"), Bytes(kSectorBytes, 1));
}

TEST(SimDisk, MayGoOnReadingFromItsCacheWhatTheDiskLost) {
  std::set<std::uint8_t> read;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", {1});
    disk.options.lost_per_million = kAlways;
    overwrite(disk, "/a", {2}, true);
    read.insert(content(disk, "/a")[0]);
  }
  EXPECT_EQ(read, (std::set<std::uint8_t>{1, 2}));
}

TEST(SimDisk, StoresASectorElsewhere) {
  bool same_file = false;
  bool other_file = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", Bytes(2 * kSectorBytes, 1));
    store(disk, "/b", Bytes(kSectorBytes, 3));
    disk.options.misdirected_per_million = kAlways;
    overwrite(disk, "/a", Bytes(kSectorBytes, 2), true);
    ASSERT_EQ(disk.counters().misdirected, 1U);
    disk.lose_power();
    Bytes second(2 * kSectorBytes, 1);
    std::fill(second.begin() + kSectorBytes, second.end(), 2);
    const Bytes a = content(disk, "/a");
    const Bytes b = content(disk, "/b");
    const bool in_a = a == second && b == Bytes(kSectorBytes, 3);
    const bool in_b = a == Bytes(2 * kSectorBytes, 1) && b == Bytes(kSectorBytes, 2);
    ASSERT_TRUE(in_a || in_b);
    same_file |= in_a;
    other_file |= in_b;
  }
  EXPECT_TRUE(same_file && other_file);
}

TEST(SimDisk, Rots) {
  SimDisk disk(1);
  EXPECT_EQ(disk.rot(3), 0U) << "nothing is there";
  const Bytes bytes(700, 0x55);
  store(disk, "/a", bytes);
  store(disk, "/b", bytes);
  EXPECT_EQ(disk.rot("/a", 1), 1U);
  EXPECT_EQ(differing_bits(content(disk, "/a"), bytes), 1U) << "whatever was in the cache";
  EXPECT_EQ(content(disk, "/b"), bytes);
  EXPECT_EQ(disk.rot(5), 5U);
  disk.lose_power();
  EXPECT_EQ(differing_bits(content(disk, "/a"), bytes) + differing_bits(content(disk, "/b"), bytes), 6U);
  EXPECT_EQ(disk.counters().rotten, 6U);
  EXPECT_EQ(disk.rot("/c", 1), 0U);
}

TEST(SimDisk, IsFullAndHasRoomAgain) {
  SimDisk disk(1, {.bytes_max = 4 * kSectorBytes + 100});
  store(disk, "/a", Bytes(3 * kSectorBytes, 1));
  {
    const auto file = open(disk, "/b", disk::Open::create);
    const auto written = file->write(100, Bytes(600, 2));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error(), (disk::Error{disk::Operation::write, ENOSPC}));
    EXPECT_EQ(*file->size(), kSectorBytes) << "what there was room for";
    EXPECT_EQ(file->resize(600).error().number, ENOSPC);
    EXPECT_EQ(disk.counters().full, 2U);
    ASSERT_TRUE(disk.remove("/a").ok());
    EXPECT_FALSE(file->write(100, Bytes(600, 2)).ok()) << "it may come back until the folder is synced";
    ASSERT_TRUE(disk.sync_folder("/").ok());
    ASSERT_TRUE(disk.remove("/b").ok());
    ASSERT_TRUE(file->write(100, Bytes(600, 2)).ok()) << "a file without a name takes room";
  }
  ASSERT_TRUE(disk.sync_folder("/").ok());
  store(disk, "/c", Bytes(4 * kSectorBytes, 3));
}

TEST(SimDisk, CannotRead) {
  SimDisk disk(1);
  store(disk, "/a", {1});
  disk.options.unreadable_per_million = kAlways;
  EXPECT_EQ(disk::read_whole(disk, "/a", 10).error(), (disk::Error{disk::Operation::read, EIO}));
  EXPECT_EQ(disk.counters().unreadable, 1U);
}

TEST(SimDisk, ForgetsAfterASyncThatFailedWhatTheNextOneSeemsToStore) {
  std::set<std::uint8_t> at_once;
  std::set<std::uint8_t> later;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimDisk disk(seed);
    store(disk, "/a", {1});
    disk.options.unsynced_per_million = kAlways;
    const auto file = open(disk, "/a", disk::Open::edit);
    ASSERT_TRUE(file->write(0, Bytes{2}).ok());
    ASSERT_EQ(file->sync().error(), (disk::Error{disk::Operation::sync, EIO}));
    disk.options.unsynced_per_million = 0;
    ASSERT_TRUE(file->sync().ok());
    ASSERT_EQ(disk.counters().unsynced, 1U);
    at_once.insert(content(disk, "/a")[0]);
    disk.lose_power();
    later.insert(content(disk, "/a")[0]);
  }
  EXPECT_EQ(at_once, (std::set<std::uint8_t>{1, 2}));
  EXPECT_EQ(later, (std::set<std::uint8_t>{1, 2}));
}

TEST(SimDisk, CannotSyncAFolder) {
  std::set<std::size_t> kept;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimDisk disk(seed, {.unsynced_per_million = kAlways});
    open(disk, "/a", disk::Open::create);
    ASSERT_EQ(disk.sync_folder("/").error(), (disk::Error{disk::Operation::sync_folder, EIO}));
    disk.lose_power();
    kept.insert(disk.list("/")->size());
  }
  EXPECT_EQ(kept, (std::set<std::size_t>{0, 1}));
}

// --- one seed is one run

std::string random_run(std::uint64_t seed) {
  SimDisk disk(seed, {50'000, 100'000, 50'000, 50'000, 20'000, 50'000});
  Prng prng(7);
  std::string said;
  const auto say = [&](const auto& result) {
    said += result.ok() ? "." : std::to_string(result.error().number);
  };
  for (int round = 0; round < 300; ++round) {
    const std::string path = "/" + std::to_string(prng.below(4));
    const std::string other = "/" + std::to_string(prng.below(4));
    switch (prng.below(7)) {
      case 0:
        say(disk.rename(path, other));
        break;
      case 1:
        say(disk.remove(path));
        break;
      case 2:
        say(disk.sync_folder("/"));
        break;
      case 3:
        disk.rot(prng.below(3));
        break;
      case 4:
        prng.below(2) == 0 ? disk.kill() : disk.lose_power();
        break;
      default: {
        auto file = disk.open(path, disk::Open::create);
        if (!file.ok()) file = disk.open(path, disk::Open::edit);
        say(file);
        say((*file)->write(prng.below(5'000), Bytes(prng.below(5'000), static_cast<std::uint8_t>(round))));
        say((*file)->sync());
      }
    }
    const Names names = *disk.list("/");
    for (const std::string& name : names) {
      const auto whole = disk::read_whole(disk, "/" + name, 1 << 20);
      say(whole);
      if (whole.ok()) said += std::string(as_text(*whole));
    }
  }
  return said;
}

TEST(SimDisk, DoesTheSameWithTheSameSeed) {
  std::set<std::string> runs;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const std::string said = random_run(seed);
    ASSERT_EQ(random_run(seed), said) << seed;
    runs.insert(said);
  }
  EXPECT_EQ(runs.size(), 8U) << "and another with another";
}

}  // namespace
}  // namespace ringwire::sim
