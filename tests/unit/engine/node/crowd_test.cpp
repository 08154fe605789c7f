// A crowd of strangers, each from an address of its own, none of them over a limit of its own.
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

Config crowded_config(bool secured) {
  Config config = small_config(2);
  config.insecure_plaintext = !secured;
  config.limits.treat_loopback_as_public = true;
  config.limits.connections_max = 1'024;
  config.limits.inbound_max = 900;
  return config;
}

class CrowdTest : public testing::TestWithParam<bool> {
 protected:
  CrowdTest() : world_(5) {
    SimNode::Options options;
    options.config = crowded_config(GetParam());
    node_ = std::make_unique<SimNode>(world_, options);
  }

  // Connects and hangs up, a little later.
  void come_and_go() {
    strangers_.push_back(std::make_unique<Stranger>(world_, ++subnets_ << 8, 1));
    connections_.push_back(strangers_.back()->dial(*node_));
    if (strangers_.size() <= kAtOnce) return;
    strangers_.front()->close(connections_.front(), driver::CloseMode::reset);
    strangers_.pop_front();
    connections_.pop_front();
  }

  // That long of the crowd.
  void pass(Duration time) {
    for (Duration passed{0}; passed < time; passed += 500us) {
      come_and_go();
      world_.run_for(500us);
    }
  }

  static constexpr std::size_t kAtOnce = 6;  // 3 ms each
  static constexpr std::uint32_t kHonestSubnets = 50'000;

  World world_;
  std::unique_ptr<SimNode> node_;
  std::deque<std::unique_ptr<Stranger>> strangers_;
  std::deque<driver::ConnectionId> connections_;
  std::uint32_t subnets_ = 0;  // each address in one of its own
};

TEST_P(CrowdTest, WhoeverIsHonestGetsInBesideTwoThousandASecondFromEverywhere) {
  for (std::uint32_t number = 1; number <= 200; ++number) {
    pass(20ms);
    SimNode::Options options = peer_options(number);
    options.address = (kHonestSubnets + number) << 8;
    options.config.insecure_plaintext = !GetParam();
    SimNode honest(world_, options);
    honest.dial(0, *node_);
    bool in = false;
    for (int i = 0; i < 2'000 && !in; ++i) {
      pass(1ms);
      in = honest.established() > 0;
    }
    ASSERT_TRUE(in) << "after two seconds, number " << number;
  }
}

INSTANTIATE_TEST_SUITE_P(Carriages, CrowdTest, testing::Bool(),
                         [](const auto& carriage) { return carriage.param ? "Tls" : "Plaintext"; });

}  // namespace
}  // namespace ringwire::node
