#include "tools/command/request_tally.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/heap_buffer.hpp"

namespace ringwire::command {
namespace {

constexpr std::uint32_t kBytes = 21;

struct RequestTallyTest : testing::Test {
  // A request was sent on that connection; what an echo says.
  std::vector<std::uint8_t> ask(std::uint32_t connection, Instant now = Instant{0}) {
    const ByteView record = tally.next();
    const std::vector<std::uint8_t> copy(record.begin(), record.end());
    tally.asked(connection, now);
    return copy;
  }
  void answer(std::uint32_t connection, const std::vector<std::uint8_t>& record, Instant now = Instant{1}) {
    SliceChain chain;
    if (!record.empty()) {
      Slice slice = heap.make(static_cast<std::uint32_t>(record.size()));
      std::copy(record.begin(), record.end(), HeapBuffers::writable(slice).begin());
      chain.append(std::move(slice));
    }
    tally.on_answer(connection, chain, now, report);
  }

  HeapBuffers heap{1 << 20};
  RequestTally tally{2, kBytes, true};
  LoadReport report;
};

TEST_F(RequestTallyTest, AnEchoIsAnAnswerOnce) {
  const auto first = ask(0);
  const auto second = ask(1);
  EXPECT_EQ(first.size(), 8 + kBytes);
  EXPECT_NE(std::vector(first.begin() + 8, first.end()), std::vector(second.begin() + 8, second.end()));
  EXPECT_EQ(tally.waiting(), 2U);
  answer(1, second);
  answer(0, first);
  EXPECT_EQ(report.delivered, 2U);
  EXPECT_EQ(tally.waiting(), 0U);
  answer(0, first);
  EXPECT_EQ(report.duplicated, 1U);
  EXPECT_EQ(report.delivered, 2U);
}

TEST_F(RequestTallyTest, OtherBytesAreSeenHoweverFew) {
  for (std::size_t at = 8; at < 8 + kBytes; ++at) {
    auto record = ask(0);
    record[at] ^= 1;
    answer(0, record);
  }
  auto cut = ask(0);
  cut.pop_back();
  answer(0, cut);
  EXPECT_EQ(report.altered, kBytes + 1);
  EXPECT_EQ(report.delivered, 0U);
  EXPECT_EQ(tally.waiting(), 0U);
}

TEST_F(RequestTallyTest, WhatAnswersNothingIsUnknown) {
  const auto record = ask(0);
  answer(0, {});
  answer(0, std::vector<std::uint8_t>(8));
  answer(0, std::vector<std::uint8_t>(8, 0xFF));
  EXPECT_EQ(report.unknown, 3U);
  answer(1, record);
  EXPECT_EQ(report.delivered, 0U) << "another connection's";
  EXPECT_EQ(tally.waiting(), 1U);
}

TEST_F(RequestTallyTest, AConnectionAsksAsMuchAsANodeTakes) {
  std::vector<std::uint8_t> last;
  for (std::uint32_t i = 0; i < RequestTally::kOpenMax; ++i) {
    EXPECT_TRUE(tally.may_ask(0));
    last = ask(0);
  }
  EXPECT_FALSE(tally.may_ask(0));
  EXPECT_TRUE(tally.may_ask(1));
  answer(0, last);
  EXPECT_TRUE(tally.may_ask(0));
}

TEST_F(RequestTallyTest, WhatTakesLongerThanADeadlineIsLate) {
  const Instant start{1'000};
  const auto first = ask(0, start);
  const auto second = ask(0, start);
  answer(0, first, start + RequestTally::kDeadline);
  EXPECT_EQ(report.late, 0U);
  answer(0, second, start + RequestTally::kDeadline + 1ns);
  EXPECT_EQ(report.late, 1U);
  EXPECT_EQ(report.delivered, 2U);
}

}  // namespace
}  // namespace ringwire::command
