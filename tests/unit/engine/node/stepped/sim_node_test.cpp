// That a world under TLS is the same again.
#include "engine/node/stepped/sim_node.hpp"

#include <gtest/gtest.h>

#include "engine/node/stepped/stranger.hpp"

namespace ringwire::stepped {
namespace {

SimNode::Options secured_node(std::uint32_t number) {
  SimNode::Options options = peer_options(number);
  options.config = small_config(2);
  options.config.insecure_plaintext = false;
  return options;
}

// Two nodes that meet, talk, and meet again after one of them was restarted.
std::uint64_t trace_of(std::uint64_t seed) {
  World world(seed);
  world.shuffle(true);
  SimNode node(world, secured_node(1));
  for (int life = 0; life < 2; ++life) {
    SimNode peer(world, secured_node(2));
    peer.dial(1, node);
    EXPECT_TRUE(world.run_until([&] { return node.established() == 1 && peer.established() == 1; }));
    node.publish(3, 1'000);
    peer.publish(3, 20'000);
    world.run_for(1s);
    EXPECT_EQ(peer.shard(1).context().tls->counters().completed.value(), 1U);
  }
  return world.network().trace_hash();
}

TEST(SimNode, UnderTlsIsTheSameForTheSameSeedAndAnotherForAnother) {
  if (!SimNode::repeats_under_tls()) GTEST_SKIP() << "this wolfSSL draws GREASE from the kernel";
  const std::uint64_t trace = trace_of(1);
  for (int round = 0; round < 3; ++round) EXPECT_EQ(trace_of(1), trace) << round;
  EXPECT_NE(trace_of(2), trace);
}

// A ClientHello, always the same one.
std::string client_hello() {
  transport::TlsSeededRandom random(Prng(9));
  const auto credentials = transport::make_certificate(&random);
  const auto context = std::move(transport::TlsContext::make(*credentials, &random)).value();
  transport::TlsHandshake handshake(*context);
  handshake.work();
  const auto bytes = handshake.take_output();
  return {bytes.begin(), bytes.end()};
}

// What two nodes of one world answer to it.
std::vector<std::string> answers(std::uint64_t seed) {
  World world(seed);
  std::vector<std::string> heard;
  const std::string hello = client_hello();
  for (std::uint32_t number = 1; number <= 2; ++number) {
    SimNode node(world, secured_node(number));
    Stranger stranger(world, 100 + number, 1);
    const auto connection = stranger.dial(node);
    EXPECT_TRUE(world.run_until([&] { return stranger.connected == 1; }));
    stranger.say(connection, hello);
    EXPECT_TRUE(world.run_until([&] { return stranger.heard.size() > 500; }));
    heard.push_back(stranger.heard);
  }
  return heard;
}

TEST(SimNode, AnswersUnderTlsLikeNoOtherNodeOfItsWorld) {
  if (!SimNode::repeats_under_tls()) GTEST_SKIP() << "this wolfSSL draws GREASE from the kernel";
  const std::vector<std::string> first = answers(1);
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(answers(1), first);
  const std::vector<std::string> other = answers(2);
  EXPECT_NE(other[0], first[0]);
  EXPECT_NE(other[1], first[1]);
}

}  // namespace
}  // namespace ringwire::stepped
