#include "engine/node/node_metrics.hpp"

#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

TEST(NodeMetrics, WhatIsCountedIsShown) {
  World world(1);
  SimNode node(world, {});
  const auto log = std::move(log::Log::open({.level = LogLevel::off})).value();
  metrics::Registry registry;
  register_metrics(registry, node.shard(0), node.driver(0), log->logger("shard-0"));
  const std::string text = registry.render();
  for (const std::string line : {
           "ringwire_claim_stale_releases_total{shard=\"0\"} 0",
           "ringwire_gossip_penalised_total{shard=\"0\"} 0",
           "ringwire_gossip_co_sources_unnamed_total{shard=\"0\"} 0",
           "ringwire_pool_lost_total{shard=\"0\",reason=\"fee\"} 0",
           "ringwire_pool_lost_total{shard=\"0\",reason=\"loan\"} 0",
           "ringwire_pool_lost_total{shard=\"0\",reason=\"own\"} 0",
           "ringwire_pool_lost_total{shard=\"0\",reason=\"expired\"} 0",
           "ringwire_shard_gather_switches_total{shard=\"0\",to=\"on\"} 0",
           "ringwire_shard_gather_switches_total{shard=\"0\",to=\"off\"} 0",
       }) {
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace ringwire::node
