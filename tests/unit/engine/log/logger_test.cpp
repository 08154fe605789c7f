#include "engine/log/logger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ringwire::log {
namespace {

struct LoggerTest : testing::Test {
  Logger logger{"shard-0", LogLevel::info};
  Record record;

  void SetUp() override { logger.tick({{1'000'000'000}, {42}}); }
};

TEST_F(LoggerTest, ARecordCarriesTextTimeAndItsCallSite) {
  const std::uint32_t line = __LINE__ + 1;
  logger.info("peer {} sent {} bytes", "6f1a", 12);
  ASSERT_TRUE(logger.take(record));
  EXPECT_EQ(record.view(), "peer 6f1a sent 12 bytes");
  EXPECT_EQ(record.wall.ms, 42U);
  EXPECT_EQ(record.level, LogLevel::info);
  EXPECT_FALSE(record.truncated);
  EXPECT_EQ(record.site.line, line);
  EXPECT_TRUE(std::string(record.site.file).ends_with("engine/log/logger_test.cpp"));
}

TEST_F(LoggerTest, NothingBelowTheLevelIsFormatted) {
  logger.trace("no");
  logger.debug("no");
  EXPECT_FALSE(logger.enabled(LogLevel::debug));
  EXPECT_FALSE(logger.take(record));
  Logger talkative{"shard-1", LogLevel::trace};
  talkative.trace("yes");
  EXPECT_TRUE(talkative.take(record));
  Logger silent{"shard-2", LogLevel::off};
  silent.error("no");
  EXPECT_FALSE(silent.take(record));
}

TEST_F(LoggerTest, EachLevelHasItsCall) {
  Logger all{"shard-1", LogLevel::trace};
  all.trace("0");
  all.debug("1");
  all.info("2");
  all.warn("3");
  all.error("4");
  for (const LogLevel expected :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    ASSERT_TRUE(all.take(record));
    EXPECT_EQ(record.level, expected);
  }
}

TEST_F(LoggerTest, LongTextIsCutAndMarked) {
  for (const std::size_t size :
       {Record::kTextMax - 1, Record::kTextMax, Record::kTextMax + 1, std::size_t{5000}}) {
    logger.info("{}", std::string(size, 'x'));
    ASSERT_TRUE(logger.take(record));
    EXPECT_EQ(record.view(), std::string(std::min(size, Record::kTextMax), 'x'));
    EXPECT_EQ(record.truncated, size > Record::kTextMax);
  }
}

TEST_F(LoggerTest, AFullRingDropsAndCountsAndNeverWaits) {
  for (std::uint32_t reason = 0; reason < 20; ++reason) {
    for (std::uint32_t i = 0; i < SiteLimiter::kBurst; ++i) logger.log(LogLevel::warn, reason, "line {}", i);
  }
  const std::uint64_t lines = 20 * SiteLimiter::kBurst;
  EXPECT_EQ(logger.counters().written.value(), Logger::kRecords);
  EXPECT_EQ(logger.counters().dropped.value(), lines - Logger::kRecords);
}

TEST_F(LoggerTest, AFloodOfOneSiteIsHeldBackAndToldLater) {
  const auto flood = [this] { logger.warn("bad frame"); };
  for (int i = 0; i < 1000; ++i) flood();
  EXPECT_EQ(logger.counters().written.value(), SiteLimiter::kBurst);
  EXPECT_EQ(logger.counters().suppressed.value(), 1000 - SiteLimiter::kBurst);
  logger.warn("another site is heard");
  while (logger.take(record)) {
  }
  EXPECT_EQ(record.view(), "another site is heard");
  logger.tick({Instant{1'000'000'000} + 2s, {43}});
  flood();
  ASSERT_TRUE(logger.take(record));
  EXPECT_EQ(record.suppressed, 1000 - SiteLimiter::kBurst);
}

}  // namespace
}  // namespace ringwire::log
