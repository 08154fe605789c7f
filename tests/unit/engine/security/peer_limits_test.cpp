#include "engine/security/peer_limits.hpp"

#include <gtest/gtest.h>

namespace ringwire::security {
namespace {

using wire::MessageType;

constexpr Instant kStart{0};

NodeId node(std::uint32_t number) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return id;
}
Rates limited(Resource resource, const Rate& rate) {
  Rates rates;
  rates.each.fill(kUnlimited);
  rates[resource] = rate;
  return rates;
}
Charge of(Resource resource, std::uint64_t amount) {
  Charge charge;
  charge[resource] = amount;
  return charge;
}

TEST(PeerLimits, NameTheResourceThatIsShortAndWhenToAskAgain) {
  for (const Resource resource : {Resource::messages, Resource::bytes, Resource::cost}) {
    PeerLimits limits(limited(resource, {10, 100}), {1, 2}, kStart);
    const Charge charge = of(resource, 60);
    EXPECT_FALSE(limits.refusal(node(1), charge, kStart));
    limits.take(node(1), charge, kStart);
    const auto refused = limits.refusal(node(1), charge, kStart);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->level, Level::peer);
    EXPECT_EQ(refused->resource, resource);
    EXPECT_EQ(refused->retry_at, kStart + 2s);
    EXPECT_FALSE(limits.refusal(node(2), charge, kStart));
    EXPECT_FALSE(limits.refusal(node(1), charge, refused->retry_at));
  }
}

TEST(PeerLimits, HoldATypeOfMessageWithoutHoldingOthers) {
  PeerLimits limits(limited(Resource::bytes, kUnlimited), {1, 2}, kStart);
  int admitted = 0;
  for (int i = 0; i < 100; ++i)
    admitted += !limits.take_type(node(1), MessageType::get_account_range, kStart);
  EXPECT_EQ(admitted, 64);
  const auto refused = limits.take_type(node(1), MessageType::get_account_range, kStart);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->level, Level::message_type);
  EXPECT_EQ(refused->retry_at, kStart + 100ms);
  EXPECT_FALSE(limits.take_type(node(1), MessageType::publish, kStart));
  EXPECT_FALSE(limits.take_type(node(1), MessageType::ping, kStart));
  EXPECT_FALSE(limits.take_type(node(2), MessageType::get_account_range, kStart));
  EXPECT_FALSE(limits.take_type(node(1), MessageType::get_account_range, refused->retry_at));
}

TEST(PeerLimits, SurviveTheConnectionOfAPeer) {
  PeerLimits limits(limited(Resource::bytes, {10, 100}), {1, 2}, kStart, 4);
  limits.take(node(1), of(Resource::bytes, 100), kStart);
  // Others come and go; it comes back.
  for (std::uint32_t other = 2; other < 50; ++other) limits.take(node(other), {}, kStart);
  EXPECT_TRUE(limits.refusal(node(1), of(Resource::bytes, 1), kStart));
  EXPECT_GT(limits.counters().forgotten.value(), 0U);
}

// Also what it owes in one type of message alone.
TEST(PeerLimits, RememberATypeThatWasUsedUp) {
  PeerLimits limits(limited(Resource::bytes, kUnlimited), {1, 2}, kStart, 4);
  while (!limits.take_type(node(1), MessageType::get_snapshot_manifest, kStart)) continue;
  for (std::uint32_t other = 2; other < 50; ++other) limits.take(node(other), {}, kStart);
  EXPECT_TRUE(limits.take_type(node(1), MessageType::get_snapshot_manifest, kStart));
}

}  // namespace
}  // namespace ringwire::security
