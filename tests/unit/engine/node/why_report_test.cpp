#include "engine/node/why_report.hpp"

#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

TEST(WhyReport, SaysThatNothingIsKnown) {
  EXPECT_EQ(to_json(security::subject_of(host(3)), std::nullopt, {}),
            "{\"subject\":\"10.0.0.3\",\"kind\":\"address\",\"known\":false}\n");
}

TEST(WhyReport, HasEachChangeAndStaysWithinItsPlan) {
  security::Ledger ledger({});
  const NodeId node{{9}};
  const Now then{Instant{1'000'000'000}, UnixMillis{UINT64_MAX}};
  for (int i = 0; i < 40; ++i) ledger.charge(node, security::Reason::invalid_transaction, then);
  const Now now{then.monotonic + 1000h, {}};
  const std::string json =
      to_json(security::subject_of(node), ledger.why(security::subject_of(node), now.monotonic), now);
  EXPECT_LE(json.size(), kWhyBytesMax);
  EXPECT_NE(json.find("\"known\":true"), std::string::npos);
  EXPECT_NE(json.find("\"changes_total\":40"), std::string::npos) << json;
  EXPECT_NE(json.find("\"reason\":\"invalid_transaction\""), std::string::npos);
  EXPECT_NE(json.find("\"banned_for_seconds\":null"), std::string::npos);
}

// Over HTTP, on a node of two shards: whichever shard owns the subject.
TEST(WhyReport, IsAnsweredByWhicheverShardOwnsTheSubject) {
  World world(3);
  SimNode::Options options;
  options.http = true;
  options.config = small_config(2);
  SimNode node(world, options);
  Stranger client(world, 2, 16);
  for (std::uint8_t number = 1; number <= 8; ++number) {
    const security::Subject subject = security::subject_of(NodeId{{number}});
    for (ShardId id = 0; id < 2; ++id) node.ask(id, [=](Shard& own) { own.ban(subject, 1h); });
    world.run_for(10ms);
    client.heard.clear();
    const auto id = client.dial(node.http_endpoint());
    world.run_for(10ms);
    client.say(id, "GET /why?peer=" + subject.to_string() + " HTTP/1.1\r\nHost: n\r\n\r\n");
    world.run_for(100ms);
    EXPECT_NE(client.heard.find("\"reason\":\"operator_ban\""), std::string::npos) << client.heard;
  }
  client.heard.clear();
  const auto id = client.dial(node.http_endpoint());
  world.run_for(10ms);
  client.say(id, "GET /why?peer=somebody HTTP/1.1\r\nHost: n\r\n\r\n");
  world.run_for(100ms);
  EXPECT_NE(client.heard.find("400"), std::string::npos) << client.heard;
}

}  // namespace
}  // namespace ringwire::node
