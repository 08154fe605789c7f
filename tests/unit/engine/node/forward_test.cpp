// What one shard hands to another for a decision, where the other has little room for it.
#include <gtest/gtest.h>

#include <algorithm>

#include "gossip/ownership.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::string_view kTopic = "burst";
constexpr std::uint32_t kPayloadBytes = 3'900;  // small enough to be relayed without a pace
constexpr ShardId kShards = 8;                  // so that one sender's share of a queue is small
constexpr NodeId kSender{{0xaa}};

// The first thing that the first node of a world draws.
gossip::Ownership ownership_of_first_node() {
  World twin(kSeed);
  Prng prng = twin.prng();
  return {{prng.next(), prng.next()}, kShards};
}

class ForwardTest : public ::testing::Test {
 protected:
  static SimNode::Options many_shards() {
    SimNode::Options options;
    options.config = small_config(kShards);
    return options;
  }

  // In one turn of shard 0, as from one peer: so many messages that shard 1 decides about.
  void burst(std::uint32_t count) {
    node_.ask(0, [this, count](Shard& own) {
      for (std::uint32_t i = 0; i < count; ++i) submit_one(own);
    });
  }
  [[nodiscard]] std::uint64_t decided() const { return node_.counters(1).undelivered.value(); }

  HeapBuffers heap_{64ULL << 20};
  World world_{kSeed};
  SimNode node_{world_, many_shards()};

 private:
  void submit_one(Shard& own) {
    const wire::PublishView head{wire::kPublishTtlMax, as_bytes(kTopic), wire::PublishEncoding::plain, {}};
    const std::size_t head_bytes = head.head_bytes();
    const Slice record = heap_.make(static_cast<std::uint32_t>(head_bytes) + kPayloadBytes);
    const ByteSpan out = HeapBuffers::writable(record);
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    wire::encode_publish_head(head, out);
    Hash32 id;
    do {
      store_be(out.data() + head_bytes, ++number_);
      id = wire::publish_id(as_bytes(kTopic), record.view().subspan(head_bytes));
    } while (ownership_.owner(id) != 1);
    const auto keep = [&] { return SliceChain(record); };
    EXPECT_EQ(own.gossip().submit(gossip::Kind::publish, id, kSender, keep), Submitted::taken);
  }

  const gossip::Ownership ownership_ = ownership_of_first_node();
  std::uint32_t number_ = 0;
};

// Whatever the size of a burst: also where its last message finds the sender's share full, is put aside, and
// the rest is decided in the same turn.
TEST_F(ForwardTest, TheLastMessageOfABurstDoesNotWaitForTheNextTimer) {
  world_.run_for(1s);
  const gossip::QueueLimits& limits = node_.shard(1).context().settings.intake.direct;
  const auto share = static_cast<std::uint32_t>(limits.bytes_max * limits.share_percent / 100);
  const std::uint32_t fits = share / kPayloadBytes;
  std::uint64_t sent = 0;
  for (std::uint32_t size = fits - 3; size <= fits + 3; ++size) {
    burst(size);
    sent += size;
    EXPECT_TRUE(world_.run_until([&] { return decided() == sent; }, 100ms))
        << sent - decided() << " of a burst of " << size << " wait";
    ASSERT_TRUE(world_.run_until([&] { return decided() == sent; }));
  }
  const auto& offered = node_.shard(1).gossip().intake().counters().offered;
  EXPECT_GT(offered[static_cast<std::size_t>(gossip::Offered::source_full)].value(), 0U);
}

}  // namespace
}  // namespace ringwire::node
