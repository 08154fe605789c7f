#include "engine/storage/ban_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/disk/posix_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ringwire::storage {
namespace {

namespace fs = std::filesystem;
using security::Ban;
using security::subject_of;

constexpr std::array<std::uint8_t, 16> kThisBoot{1, 2, 3};
constexpr std::array<std::uint8_t, 16> kNextBoot{4, 5, 6};
constexpr std::uint64_t kDay = 24 * 3'600'000;

NodeId node(std::uint32_t number) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return id;
}
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
Clocks clocks(Duration since_start, std::array<std::uint8_t, 16> boot = kThisBoot,
              std::int64_t wall_step_ms = 0) {
  Clocks clocks;
  clocks.now = Instant{7'000'000'000} + since_start;
  clocks.wall.ms = static_cast<std::uint64_t>(1'700'000'000'000 + since_start / 1ms + wall_step_ms);
  clocks.boot_id = boot;
  clocks.since_boot = 100s + since_start;
  return clocks;
}
std::vector<Ban> sample(Instant now) {
  return {{subject_of(node(1)), now + 12h, 8},
          {subject_of(node(2)), kNever, 0},
          {subject_of(ip("93.1.2.3")), now + 5min, 1},
          {subject_of(ip("2001:db8:1:2::1")), now + 1h, 2}};
}
std::vector<Ban> sorted(std::vector<Ban> bans) {
  std::ranges::sort(bans, {}, &Ban::subject);
  return bans;
}

std::vector<Ban> decoded(const std::vector<std::uint8_t>& bytes, const Clocks& at) {
  const auto bans = decode_bans(bytes, at);
  EXPECT_TRUE(bans.ok());
  return bans.ok() ? *bans : std::vector<Ban>{};
}

TEST(BanFile, GivesBackWhatWasStored) {
  const Clocks written = clocks(0s);
  const auto bans = sample(written.now);
  EXPECT_EQ(sorted(decoded(encode_bans(bans, written), written)), sorted(bans));
  EXPECT_TRUE(decoded(encode_bans({}, written), written).empty());
}

TEST(BanFile, TakesOffTheTimeThatHasPassedInTheSameBootWhateverTheWallClockDid) {
  const Clocks written = clocks(0s);
  const auto bytes = encode_bans(sample(written.now), written);
  for (const std::int64_t step : {std::int64_t{0}, std::int64_t{3'600'000}, std::int64_t{-3'600'000},
                                  std::int64_t{3'650} * static_cast<std::int64_t>(kDay),
                                  -std::int64_t{3'650} * static_cast<std::int64_t>(kDay)}) {
    const Clocks later = clocks(30min, kThisBoot, step);
    const auto bans = sorted(decoded(bytes, later));
    ASSERT_EQ(bans.size(), 3U) << "the ban of five minutes is over";
    EXPECT_EQ(bans[0].until, later.now + 11h + 30min);
    EXPECT_EQ(bans[0].count, 8U);
    EXPECT_EQ(bans[1].until, kNever);
    EXPECT_EQ(bans[2].until, later.now + 30min);
  }
}

TEST(BanFile, TakesOffWhatTheWallClockSaysAfterAReboot) {
  const Clocks written = clocks(0s);
  const auto bytes = encode_bans(sample(written.now), written);
  Clocks later = clocks(30min, kNextBoot);
  later.since_boot = 20s;
  later.now = Instant{1};
  const auto bans = sorted(decoded(bytes, later));
  ASSERT_EQ(bans.size(), 3U);
  EXPECT_EQ(bans[0].until, later.now + 11h + 30min);
}

TEST(BanFile, LengthensNoBanByAnyStepOfAClock) {
  Prng prng(1);
  const Clocks written = clocks(0s);
  const auto stored = sample(written.now);
  const auto bytes = encode_bans(stored, written);
  for (int round = 0; round < 2'000; ++round) {
    Clocks later;
    later.now = Instant{static_cast<std::int64_t>(prng.next() >> 2)};
    later.wall.ms = prng.next() >> prng.below(64);
    later.boot_id = prng.below(2) == 0 ? kThisBoot : kNextBoot;
    later.since_boot = Duration(static_cast<std::int64_t>(prng.next() >> (1 + prng.below(60))));
    for (const Ban& ban : decoded(bytes, later)) {
      const auto before = std::ranges::find(stored, ban.subject, &Ban::subject);
      ASSERT_NE(before, stored.end());
      if (before->until == kNever) continue;
      ASSERT_LE(ban.until - later.now, before->until - written.now);
    }
  }
  // A clock that is behind the moment of writing has nothing to take off.
  const Clocks behind = clocks(0s, kNextBoot, -static_cast<std::int64_t>(kDay));
  EXPECT_EQ(sorted(decoded(bytes, behind))[0].until, behind.now + 12h);
}

TEST(BanFile, TakesAnUnknownBootForAnother) {
  Clocks written = clocks(0s, {});
  const auto bytes = encode_bans(sample(written.now), written);
  Clocks later = clocks(1h, {});
  later.since_boot = written.since_boot;
  EXPECT_EQ(sorted(decoded(bytes, later))[0].until, later.now + 11h) << "by the wall clock";
}

TEST(BanFile, StoresNoBanThatIsOverAndNoneTwice) {
  const Clocks written = clocks(0s);
  const std::vector<Ban> bans{{subject_of(node(1)), written.now, 1},
                              {subject_of(node(2)), written.now + 1h, 9},
                              {subject_of(node(2)), written.now + 2h, 1},
                              {subject_of(node(2)), written.now + 1min, 3}};
  EXPECT_EQ(decoded(encode_bans(bans, written), written),
            (std::vector<Ban>{{subject_of(node(2)), written.now + 2h, 1}}));
}

TEST(BanFile, KeepsAsManyAsAListHolds) {
  const Clocks written = clocks(0s);
  std::vector<Ban> bans;
  for (std::uint32_t i = 0; i < kStoredBansMax + 10; ++i) bans.push_back({subject_of(node(i)), kNever, 0});
  EXPECT_EQ(decoded(encode_bans(bans, written), written).size(), kStoredBansMax);
}

TEST(BanFile, HasOneFormAndRefusesEveryOther) {
  const Clocks written = clocks(0s);
  const auto good = encode_bans(sample(written.now), written);
  constexpr std::size_t kHead = 36;
  constexpr std::size_t kRow = 42;
  ASSERT_EQ(good.size(), kHead + 4 * kRow);
  const auto fault = [&](const std::vector<std::uint8_t>& bytes) {
    const auto bans = decode_bans(bytes, written);
    return bans.ok() ? std::optional<BanFileFault>{} : bans.error();
  };
  EXPECT_FALSE(fault(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(fault({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}),
              BanFileFault::cut_short);
  auto bad = good;
  bad.push_back(0);
  EXPECT_EQ(fault(bad), BanFileFault::too_long);
  bad = good;
  bad[32] = 0xff;
  EXPECT_EQ(fault(bad), BanFileFault::too_many);
  for (const int kind : {0, 4, 255}) {
    bad = good;
    bad[kHead] = static_cast<std::uint8_t>(kind);
    EXPECT_EQ(fault(bad), BanFileFault::bad_kind);
  }
  // The third row is an IPv4 address: nothing after four bytes. The last an IPv6 /56.
  for (std::size_t byte = 5; byte < 33; ++byte) {
    bad = good;
    bad[kHead + 2 * kRow + byte] ^= 1;
    EXPECT_EQ(fault(bad), BanFileFault::bad_name) << byte;
  }
  for (std::size_t byte = 8; byte < 33; ++byte) {
    bad = good;
    bad[kHead + 3 * kRow + byte] ^= 1;
    EXPECT_EQ(fault(bad), BanFileFault::bad_name) << byte;
  }
  bad = good;
  std::fill_n(bad.begin() + kHead + 34, 8, std::uint8_t{0});
  EXPECT_EQ(fault(bad), BanFileFault::no_time);
  bad = good;
  store_be<std::uint64_t>(bad.data() + kHead + 34, INT64_MAX / 1'000'000 + 1);
  EXPECT_EQ(fault(bad), BanFileFault::too_far);
  bad = good;
  std::swap_ranges(bad.begin() + kHead, bad.begin() + kHead + kRow, bad.begin() + kHead + kRow);
  EXPECT_EQ(fault(bad), BanFileFault::not_in_order);
  bad = good;
  std::copy_n(good.begin() + kHead, kRow, bad.begin() + kHead + kRow);
  EXPECT_EQ(fault(bad), BanFileFault::not_in_order) << "one ban twice";
}

TEST(BanFile, OfAMappedAddressIsTheIpv4AddressAndOnlyThat) {
  const Clocks written = clocks(0s);
  const std::vector<Ban> bans{{subject_of(ip("::ffff:93.1.2.3")), kNever, 0}};
  auto bytes = encode_bans(bans, written);
  EXPECT_EQ(bytes[36], 2);
  // The same address as IPv6 is another form of it.
  bytes[36] = 3;
  std::fill_n(bytes.begin() + 37, 32, std::uint8_t{0});
  bytes[36 + 11] = bytes[36 + 12] = 0xff;
  bytes[36 + 13] = 93;
  EXPECT_EQ(decode_bans(bytes, written).error(), BanFileFault::bad_name);
}

class BanFileOnDisk : public testing::Test {
 protected:
  disk::PosixDisk disk_;
  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(BanFileOnDisk, IsThereForTheNextStart) {
  const Clocks written = read_clocks(Instant{5'000}, UnixMillis{1'700'000'000'000});
  {
    BanFile file(disk_, folder_ / "bans");
    ASSERT_TRUE(file.load(written)->bans.empty());
    ASSERT_TRUE(file.save(sample(written.now), written).ok());
  }
  BanFile file(disk_, folder_ / "bans");
  const auto loaded = file.load(written);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(sorted(loaded->bans), sorted(sample(written.now)));
  EXPECT_TRUE(loaded->passed_over.empty());
}

TEST_F(BanFileOnDisk, FallsBackToTheLastGoodCopy) {
  const Clocks written = clocks(0s);
  BanFile file(disk_, folder_ / "bans");
  ASSERT_TRUE(file.save(sample(written.now), written).ok());
  ASSERT_TRUE(file.save({}, written).ok());
  std::ofstream(file.file().copy_path(1), std::ios::binary | std::ios::trunc) << "half of";
  BanFile next(disk_, folder_ / "bans");
  const auto loaded = next.load(written);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->bans.size(), 4U);
  EXPECT_EQ(loaded->passed_over.size(), 1U);
}

// Whole, and right by its checksum, but no list of bans.
TEST_F(BanFileOnDisk, FallsBackWhereTheNewestMakesNoSense) {
  const Clocks written = clocks(0s);
  BanFile file(disk_, folder_ / "bans");
  ASSERT_TRUE(file.save(sample(written.now), written).ok());
  CheckedFile raw(disk_, folder_ / "bans", FileFormat{{'b', 'a', 'n', 's'}, 1, 1'000});
  ASSERT_TRUE(raw.write(std::vector<std::uint8_t>(99, 1)).ok());
  BanFile next(disk_, folder_ / "bans");
  const auto loaded = next.load(written);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->bans.size(), 4U);
  ASSERT_EQ(loaded->passed_over.size(), 1U);
}

TEST(BanFile, KnowsTheBootOfThisMachine) {
  const Clocks first = read_clocks(Instant{1}, UnixMillis{2});
  const Clocks second = read_clocks(Instant{1}, UnixMillis{2});
  EXPECT_EQ(first.boot_id, second.boot_id);
  EXPECT_NE(first.boot_id, (std::array<std::uint8_t, 16>{})) << "in a container as well";
  EXPECT_GT(first.since_boot, Duration{0});
  EXPECT_GE(second.since_boot, first.since_boot);
}

}  // namespace
}  // namespace ringwire::storage
