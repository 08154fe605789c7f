#include "tools/sim/outcome.hpp"

#include <gtest/gtest.h>

namespace ringwire::sim {
namespace {

Outcome sample() {
  RunReport report;
  report.trace = 0xfedcba9876543210U;
  report.published = 3;
  report.expected = 24;
  report.delivered = 23;
  report.simulated = 71s;
  report.real_seconds = 0.25;
  report.violations = {{"lost", 12s, "node 3 has not heard message 7"}, {"", 0s, ""}};
  return outcome_of(report);
}

TEST(Outcome, ComesOutAsItWentIn) {
  const std::optional<Outcome> outcome = decode_outcome(encode_outcome(sample()));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->trace, 0xfedcba9876543210U);
  EXPECT_EQ(outcome->published, 3U);
  EXPECT_EQ(outcome->expected, 24U);
  EXPECT_EQ(outcome->delivered, 23U);
  EXPECT_EQ(outcome->simulated, 71s);
  EXPECT_EQ(outcome->real_seconds, 0.25);
  ASSERT_EQ(outcome->violations.size(), 2U);
  EXPECT_EQ(outcome->violations[0].rule, "lost");
  EXPECT_EQ(outcome->violations[0].at, 12s);
  EXPECT_EQ(outcome->violations[0].text, "node 3 has not heard message 7");
  EXPECT_FALSE(outcome->ok());
}

TEST(Outcome, WhatIsNotWholeIsRefused) {
  const std::string bytes = encode_outcome(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_outcome(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(decode_outcome(bytes + "x"));
  std::string marked = bytes;
  marked[0] ^= 1;
  EXPECT_FALSE(decode_outcome(marked));
}

TEST(Outcome, HasABoundHoweverMuchIsViolated) {
  RunReport report;
  report.violations.assign(10'000, {std::string(5'000, 'r'), 1s, std::string(5'000, 't')});
  const std::string bytes = encode_outcome(outcome_of(report));
  EXPECT_LE(bytes.size(), kOutcomeBytesMax);
  const std::optional<Outcome> outcome = decode_outcome(bytes);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->violations.size(), kViolationsKept);
  EXPECT_EQ(outcome->violations.back().text, std::string(kViolationTextBytesMax, 't'));
}

}  // namespace
}  // namespace ringwire::sim
