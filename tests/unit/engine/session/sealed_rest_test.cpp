#include "engine/session/sealed_rest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace ringwire::session {
namespace {

class SealedRests : public testing::Test {
 protected:
  ByteSpan make(SealedRest& of, std::uint32_t bytes) {
    const ByteSpan room = round.make(of, bytes);
    std::fill(room.begin(), room.end(), std::uint8_t{0x11});
    return room;
  }

  HeapBuffers heap{128 * 1024};
  SealedRound round{heap};
  SealedRest rest;
};

TEST_F(SealedRests, WhatTheKernelTookWholeIsGivenBackWhenTheRoundEnds) {
  std::vector<std::unique_ptr<SealedRest>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(std::make_unique<SealedRest>());
    EXPECT_EQ(make(*all.back(), 100).size(), 100U);
  }
  EXPECT_GT(heap.used_bytes(), 0U);
  round.end_round();
  EXPECT_EQ(heap.used_bytes(), 0U);
  for (const auto& one : all) EXPECT_FALSE(one->in_flight());
  EXPECT_EQ(make(*all[0], 100).size(), 100U) << "and there may be another";
}

TEST_F(SealedRests, WhatItDidNotTakeStaysUntilItWasSent) {
  const ByteSpan sealed = make(rest, 1000);
  const ByteView left = rest.on_unsent(400);
  EXPECT_EQ(left.data(), sealed.data() + 400) << "where it was sealed";
  EXPECT_EQ(left.size(), 600U);
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_TRUE(rest.in_flight());
    round.end_round();
    EXPECT_TRUE(std::ranges::all_of(left, [](std::uint8_t byte) { return byte == 0x11; }));
  }
  rest.on_rest_sent();
  EXPECT_FALSE(rest.in_flight());
  EXPECT_EQ(heap.used_bytes(), 0U);
}

TEST_F(SealedRests, MayGoWithTheirConnectionAtAnyTime) {
  auto gone = std::make_unique<SealedRest>();
  make(*gone, 100);
  gone.reset();
  gone = std::make_unique<SealedRest>();
  make(*gone, 100);
  (void)gone->on_unsent(0);
  gone.reset();
  round.end_round();
  EXPECT_EQ(heap.used_bytes(), 0U);
}

TEST_F(SealedRests, AreOneSendAtATime) {
  make(rest, 100);
  EXPECT_DEATH(make(rest, 100), "empty");
  EXPECT_DEATH((void)rest.on_unsent(100), "taken");
  (void)rest.on_unsent(99);
  round.end_round();
  EXPECT_DEATH(make(rest, 100), "in_flight_");
}

TEST_F(SealedRests, HaveNoRoomAtTheHeapsLimit) {
  SealedRest other;
  EXPECT_EQ(make(rest, 128 * 1024).size(), 128U * 1024);
  EXPECT_TRUE(make(other, 1).empty());
  round.end_round();
  EXPECT_EQ(make(other, 1).size(), 1U);
}

}  // namespace
}  // namespace ringwire::session
