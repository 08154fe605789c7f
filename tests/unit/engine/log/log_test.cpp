#include "engine/log/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::log {
namespace {

class LogTest : public testing::Test {
 protected:
  [[nodiscard]] LogConfig config(LogLevel level = LogLevel::info, bool json = false) const {
    return {.level = level, .file = (folder_ / "node.log").string(), .json = json};
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream file(folder_ / "node.log");
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }
  static std::unique_ptr<Log> open(const LogConfig& config) {
    auto log = Log::open(config);
    EXPECT_TRUE(log.ok());
    return std::move(log).value();
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(LogTest, TheEndWritesEverythingLoggedBefore) {
  {
    const auto log = open(config());
    Logger& logger = log->logger("main");
    logger.info("first");
    logger.warn("second");
  }
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_TRUE(written[0].ends_with(" info  main first")) << written[0];
  EXPECT_TRUE(written[1].ends_with(" warn  main second")) << written[1];
}

TEST_F(LogTest, LinesAppearWithoutAnEnd) {
  const auto log = open(config());
  log->logger("main").info("soon");
  for (int i = 0; i < 3000 && lines().empty(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_EQ(log->counters().lines.value(), 1U);
}

TEST_F(LogTest, WritesJsonWhereAsked) {
  open(config(LogLevel::info, true))->logger("main").info("a \"quote\"");
  const auto written = lines();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_TRUE(written[0].starts_with("{\"time\":\"")) << written[0];
  EXPECT_NE(written[0].find(R"("message":"a \"quote\"")"), std::string::npos) << written[0];
}

TEST_F(LogTest, AppendsToAnExistingFile) {
  open(config())->logger("main").info("one");
  open(config())->logger("main").info("two");
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(LogTest, AFileThatCannotBeWrittenIsAnErrorThatNamesIt) {
  LogConfig bad = config();
  bad.file = (folder_ / "is-a-folder").string();
  std::filesystem::create_directory(bad.file);
  const auto log = Log::open(bad);
  ASSERT_FALSE(log.ok());
  EXPECT_NE(log.error().find(bad.file), std::string::npos) << log.error();
}

// Threads that log as fast as they can beside the writer: what arrives is whole, in order, and every line
// that did not arrive is counted.
TEST_F(LogTest, ThreadsLogAtOnceAndEveryLineIsWrittenOrCounted) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kLines = 3000;
  std::uint64_t lost = 0;
  {
    const auto log = open(config());
    std::vector<Logger*> loggers;
    for (std::uint64_t i = 0; i < kThreads; ++i) loggers.push_back(&log->logger("t" + std::to_string(i)));
    std::vector<std::thread> threads;
    for (Logger* logger : loggers) {
      threads.emplace_back([logger] {
        for (std::uint64_t i = 0; i < kLines; ++i) {
          logger->tick({{static_cast<std::int64_t>(i) * 1'000'000'000}, {i}});
          logger->info("number {}", i);
          if (i % 100 == 0) std::this_thread::yield();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Logger* logger : loggers) {
      EXPECT_EQ(logger->counters().suppressed.value(), 0U);
      EXPECT_EQ(logger->counters().written.value() + logger->counters().dropped.value(), kLines);
      lost += logger->counters().dropped.value();
    }
  }
  std::map<std::string, std::uint64_t> next;
  std::uint64_t arrived = 0;
  std::uint64_t over_budget = 0;
  for (const std::string& line : lines()) {
    if (const std::size_t at = line.find("log lines lost so far: "); at != line.npos) {
      over_budget = std::stoull(line.substr(at + 23));
      continue;
    }
    const std::size_t at = line.find(" number ");
    ASSERT_NE(at, std::string::npos) << line;
    const std::string thread = line.substr(at - 2, 2);
    const std::uint64_t number = std::stoull(line.substr(at + 8));
    ASSERT_GE(number, next[thread]) << line;
    next[thread] = number + 1;
    ++arrived;
  }
  EXPECT_EQ(arrived + lost + over_budget, kThreads * kLines);
  EXPECT_GT(arrived, 0U);
}

// Many sites and shards at once: more than the limit per site lets through, and still bounded.
TEST_F(LogTest, AFloodStaysWithinTheBudgetAndErrorsAreStillHeard) {
  std::uint64_t over_budget = 0;
  {
    const auto log = open(config(LogLevel::trace));
    Logger& logger = log->logger("shard-0");
    const std::string hostile(400, '\n');
    for (std::int64_t second = 0; second < 2000; ++second) {
      logger.tick({{second * 1'000'000'000}, {0}});
      logger.trace("{}", hostile);
      if (second % 200 == 0) {
        const std::uint64_t seen = logger.counters().written.value();
        while (log->counters().lines.value() + log->counters().over_budget.value() < seen) {
          std::this_thread::sleep_for(1ms);
        }
      }
    }
    logger.error("the disk is on fire");
    while (log->counters().over_budget.value() == 0) std::this_thread::sleep_for(1ms);
    over_budget = log->counters().over_budget.value();
    EXPECT_LE(log->counters().bytes.value(), 1'000'000U);
  }
  EXPECT_GT(over_budget, 0U);
  EXPECT_LE(std::filesystem::file_size(folder_ / "node.log"), 1'000'000U);
  const auto written = lines();
  const auto is_error = [](const std::string& line) { return line.ends_with("the disk is on fire"); };
  EXPECT_EQ(std::count_if(written.begin(), written.end(), is_error), 1);
  EXPECT_NE(written.back().find("log lines lost so far: "), std::string::npos) << written.back();
}

}  // namespace
}  // namespace ringwire::log
