#include "tools/command/delivery_check.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace ringwire::command {
namespace {

Hash32 id_of(std::uint8_t number) {
  Hash32 id;
  id.bytes.fill(number);
  return id;
}

struct DeliveryCheckTest : testing::Test {
  std::vector<std::string> paths;
  LoadReport report;

  DeliveryCheckTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    for (const char* node : {"a", "b"}) paths.push_back(testing::TempDir() + test->name() + node + ".log");
    remove_logs();
  }
  ~DeliveryCheckTest() override { remove_logs(); }
  void remove_logs() const {
    for (const std::string& path : paths) std::remove(path.c_str());
  }
  void log(std::size_t node, std::uint8_t number, std::int64_t at, const char* kind = "tx") {
    std::ofstream(paths[node], std::ios::app)
        << kind << " " << to_hex(id_of(number).view()) << " " << at << "\n";
  }
};

TEST_F(DeliveryCheckTest, OnceOnEveryNodeIsExact) {
  DeliveryCheck check(paths);
  check.publish(id_of(1), 1000);
  EXPECT_EQ(check.expected(), 2U);
  log(0, 1, 3000);
  ASSERT_EQ(check.read_new(report), "");
  EXPECT_EQ(check.deliveries(), 1U);
  log(1, 1, 9000);
  ASSERT_EQ(check.read_new(report), "");
  EXPECT_EQ(check.deliveries(), 2U);
  check.settle(report);
  EXPECT_EQ(report.delivered, 1U);
  EXPECT_EQ(report.lost + report.duplicated + report.unknown, 0U);
  EXPECT_EQ(report.latency.count(), 2U);
  EXPECT_EQ(report.latency.max(), 8us);
  EXPECT_EQ(report.nodes, 2U);
}

TEST_F(DeliveryCheckTest, LostAndDuplicatedAreCountedByNode) {
  DeliveryCheck check(paths);
  for (std::uint8_t number = 1; number <= 3; ++number) check.publish(id_of(number), 0);
  log(0, 1, 1);
  log(1, 1, 1);
  log(0, 2, 1);
  for (int i = 0; i < 3; ++i) log(1, 2, 1);
  log(0, 3, 1);
  ASSERT_EQ(check.read_new(report), "");
  check.settle(report);
  EXPECT_EQ(report.delivered, 1U);
  EXPECT_EQ(report.lost, 1U);
  EXPECT_EQ(report.duplicated, 2U);
  report.published = 3;
  EXPECT_FALSE(report.good());
}

TEST_F(DeliveryCheckTest, WhatSomebodyElsePublishedAndOtherKindsAreNotOurs) {
  DeliveryCheck check(paths);
  check.publish(id_of(1), 0);
  log(0, 9, 1);
  log(0, 1, 1, "topic");
  ASSERT_EQ(check.read_new(report), "");
  EXPECT_EQ(check.deliveries(), 0U);
  EXPECT_EQ(report.unknown, 1U);
}

TEST_F(DeliveryCheckTest, ALogThatIsNoneIsNamedWithItsLine) {
  DeliveryCheck check(paths);
  log(1, 1, 1);
  std::ofstream(paths[1], std::ios::app) << "something else\n";
  EXPECT_EQ(check.read_new(report), paths[1] + ":2: not a line of a delivery log");
}

}  // namespace
}  // namespace ringwire::command
