#include "engine/node/thrift.hpp"

#include <gtest/gtest.h>

namespace ringwire::node {
namespace {

constexpr Instant kStart{1'000'000'000};
constexpr std::uint64_t kCrowd = 100 << 20;

class ThriftTest : public testing::Test {
 protected:
  void look(std::uint64_t used_bytes, Duration after) { thrift_.look(used_bytes, kStart + after); }

  Thrift thrift_;
};

TEST_F(ThriftTest, IsDueOnceTheMemoryOfACrowdWasFreeForAWhile) {
  look(kCrowd, 0s);
  EXPECT_EQ(thrift_.next_deadline(), kNever);
  look(kCrowd / 4, 5s);
  look(0, 20s);
  EXPECT_EQ(thrift_.next_deadline(), kStart + 5s + kThriftAfter);
  thrift_.give_back(kStart + 35s);
  EXPECT_EQ(thrift_.times().value(), 1U);
  look(0, 60s);
  EXPECT_EQ(thrift_.next_deadline(), kNever) << "once is enough";
}

TEST_F(ThriftTest, WaitsForNobodyWhoUsesTheSameMemoryAgain) {
  look(kCrowd, 0s);
  look(0, 1s);
  look(kCrowd / 2, 10s);
  EXPECT_EQ(thrift_.next_deadline(), kNever);
  look(0, 11s);
  EXPECT_EQ(thrift_.next_deadline(), kStart + 11s + kThriftAfter);
}

TEST_F(ThriftTest, LeavesWhatIsLittleOrStillMuchInUse) {
  look(kThriftBytes - 1, 0s);
  look(0, 1s);
  EXPECT_EQ(thrift_.next_deadline(), kNever);
  look(kCrowd, 2s);
  look(kCrowd / 4 + 1, 3s);
  EXPECT_EQ(thrift_.next_deadline(), kNever);
}

TEST_F(ThriftTest, BeginsAnewAfterEachTimeAndIsSeldomAsked) {
  look(kCrowd, 0s);
  look(8 << 20, 1s);
  thrift_.give_back(kStart + 31s);
  look(kThriftBytes, 40s);
  look(0, 41s);
  EXPECT_EQ(thrift_.next_deadline(), kStart + 31s + kThriftEvery);
  look(kThriftBytes, 700s);
  look(0, 701s);
  EXPECT_EQ(thrift_.next_deadline(), kStart + 701s + kThriftAfter);
}

}  // namespace
}  // namespace ringwire::node
