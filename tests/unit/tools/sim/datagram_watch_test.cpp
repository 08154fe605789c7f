// That each rule about datagrams can be broken, and what is counted where none is.
#include "tools/sim/datagram_watch.hpp"

#include <gtest/gtest.h>

namespace ringwire::sim {
namespace {

Endpoint endpoint(std::uint8_t number) {
  return {IpAddress::v4(10, 0, 0, number), 30303};
}

class DatagramWatchTest : public testing::Test {
 protected:
  std::vector<std::uint8_t> sent(std::uint8_t filling) {
    std::vector<std::uint8_t> bytes(20, filling);
    watch_.on_sent(one_, other_, bytes);
    return bytes;
  }
  bool arrives(ByteView bytes) { return watch_.on_arrived(one_, other_, bytes, Instant{} + 3s); }
  std::vector<std::string> broken() {
    std::vector<std::string> rules;
    for (const Violation& each : watch_.take_violations()) {
      EXPECT_EQ(each.at, 3s);
      EXPECT_NE(each.text.find("10.0.0.1:30303"), std::string::npos) << each.text;
      rules.push_back(each.rule);
    }
    return rules;
  }

  const Endpoint one_ = endpoint(1);
  const Endpoint other_ = endpoint(2);
  DatagramWatch watch_{false};
};

using Rules = std::vector<std::string>;

TEST_F(DatagramWatchTest, CountsWhatANetworkMayDo) {
  const auto first = sent(1);
  const auto second = sent(2);
  const auto third = sent(3);
  EXPECT_TRUE(arrives(third));
  EXPECT_TRUE(arrives(first));
  EXPECT_TRUE(arrives(first));
  EXPECT_EQ(broken(), Rules{});
  EXPECT_EQ(watch_.figures(), (DatagramFigures{.sent = 3, .arrived = 2, .doubled = 1, .overtaken = 1}));
}

TEST_F(DatagramWatchTest, TellsTwoWithTheSameWordsApart) {
  const auto first = sent(1);
  const auto second = sent(1);
  EXPECT_NE(first, second);
  EXPECT_TRUE(arrives(first));
  EXPECT_TRUE(arrives(second));
  EXPECT_EQ(watch_.figures().doubled, 0U);
}

TEST_F(DatagramWatchTest, AThirdCopyIsNone) {
  const auto bytes = sent(1);
  for (int copies = 0; copies < 3; ++copies) arrives(bytes);
  EXPECT_EQ(broken(), Rules{"datagram-thrice"});
}

TEST_F(DatagramWatchTest, AnyFlippedBitIsFound) {
  const auto bytes = sent(7);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(arrives(flipped)) << bit;
    EXPECT_EQ(broken(), Rules{"datagram-altered"}) << bit;
  }
  EXPECT_FALSE(arrives(ByteView(bytes).first(19)));
  EXPECT_FALSE(arrives(ByteView(bytes).first(7)));
  EXPECT_FALSE(arrives({}));
  EXPECT_EQ(broken(), Rules(3, "datagram-altered"));
  EXPECT_TRUE(arrives(bytes));
}

TEST_F(DatagramWatchTest, WhereLinksFlipBitsItIsCountedAndNotBelieved) {
  DatagramWatch watch(true);
  std::vector<std::uint8_t> bytes(20, 1);
  watch.on_sent(one_, other_, bytes);
  bytes[12] ^= 4;
  EXPECT_FALSE(watch.on_arrived(one_, other_, bytes, Instant{}));
  EXPECT_TRUE(watch.take_violations().empty());
  EXPECT_EQ(watch.figures(), (DatagramFigures{.sent = 1, .damaged = 1}));
}

TEST_F(DatagramWatchTest, WhoeverElseGetsItOrSaysItIsFound) {
  const auto bytes = sent(1);
  EXPECT_FALSE(watch_.on_arrived(one_, endpoint(3), bytes, Instant{} + 3s));
  EXPECT_FALSE(watch_.on_arrived(endpoint(3), other_, bytes, Instant{} + 3s));
  EXPECT_EQ(broken(), Rules(2, "datagram-astray"));
  EXPECT_EQ(watch_.figures().arrived, 0U);
}

}  // namespace
}  // namespace ringwire::sim
