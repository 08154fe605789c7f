#include "tools/sim/delivery_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/heap_buffer.hpp"

namespace ringwire::sim {
namespace {

class DeliveryWatchTest : public testing::Test {
 protected:
  static Hash32 id(std::uint8_t number) {
    Hash32 id;
    id.bytes[0] = number;
    return id;
  }
  void publish(std::uint8_t number, std::uint32_t node, Instant now) {
    watch_.on_published(node, id(number), as_bytes("hello"), {true, true, false}, now);
  }
  void deliver(std::uint8_t number, std::uint32_t node, Instant now, std::uint32_t life = 1,
               std::string_view bytes = "hello") {
    Slice copy = heap_.make(static_cast<std::uint32_t>(bytes.size()));
    const ByteView view = as_bytes(bytes);
    std::copy(view.begin(), view.end(), HeapBuffers::writable(copy).begin());
    watch_.on_delivered(node, life, {MessageKind::transaction, id(number), {}, {}, SliceChain(copy), now},
                        now);
  }
  std::string rules() {
    std::string rules;
    for (const Violation& each : watch_.take_violations()) rules += each.rule + " ";
    return rules;
  }

  HeapBuffers heap_{1 << 20};
  DeliveryWatch watch_{3};
  const Instant start_{};
};

TEST_F(DeliveryWatchTest, OnceAtEachNodeIsRight) {
  publish(1, 0, start_);
  for (std::uint32_t node = 0; node < 3; ++node) deliver(1, node, start_ + 10ms * (node + 1));
  EXPECT_EQ(rules(), "");
  EXPECT_EQ(watch_.reached(id(1)), 3U);
  RunReport report;
  watch_.write(report);
  EXPECT_EQ(report.published, 1U);
  EXPECT_EQ(report.expected, 2U);
  EXPECT_EQ(report.delivered, 2U);
  EXPECT_EQ(report.late, 1U);          // the third one did not run when it was published
  EXPECT_EQ(report.latency[3], 20ms);  // the publisher's own does not count
  ASSERT_FALSE(report.propagation.empty());
  EXPECT_DOUBLE_EQ(report.propagation.back().worst, 1);
  for (const PropagationPoint& point : report.propagation) {
    if (point.after == 10ms) {
      EXPECT_DOUBLE_EQ(point.median, 0.5);
    }
  }
}

TEST_F(DeliveryWatchTest, TwiceInOneLifeIsNot) {
  publish(1, 0, start_);
  deliver(1, 1, start_ + 1ms);
  deliver(1, 1, start_ + 2ms);
  EXPECT_EQ(rules(), "delivered-twice ");
}

TEST_F(DeliveryWatchTest, ANodeThatCameBackMayHaveItOnceMore) {
  publish(1, 0, start_);
  deliver(1, 1, start_ + 1ms, 1);
  deliver(1, 1, start_ + 2ms, 2);
  EXPECT_EQ(rules(), "");
  EXPECT_EQ(watch_.reached(id(1)), 1U);
  deliver(1, 1, start_ + 3ms, 2);
  EXPECT_EQ(rules(), "delivered-twice ");
}

TEST_F(DeliveryWatchTest, BehindTheWindowItIsNewAgain) {
  publish(1, 0, start_);
  deliver(1, 1, start_ + 1ms);
  deliver(1, 1, start_ + DeliveryWatch::kSeenWindow);
  EXPECT_EQ(rules(), "");
}

TEST_F(DeliveryWatchTest, WhatNobodyPublishedIsForged) {
  deliver(1, 1, start_);
  EXPECT_EQ(rules(), "forged ");
  publish(2, 0, start_);
  deliver(2, 1, start_, 1, "hullo");
  EXPECT_EQ(rules(), "forged ");
}

}  // namespace
}  // namespace ringwire::sim
