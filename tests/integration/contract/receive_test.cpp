// Receiving: what arrives, when, and in which buffers.
#include <algorithm>

#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::ConnectionId;
using driver::PoolClass;

TEST_P(DriverContract, ReceivesNothingBeforeItIsStarted) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  const Pair pair = join(near, far);
  near.write(pair.near, "hello");
  world_->settle();
  EXPECT_EQ(far.story(pair.far).received, "");
  far.driver().start_receive(pair.far);
  EXPECT_TRUE(until([&] { return far.story(pair.far).received == "hello"; }));
}

TEST_P(DriverContract, EchoesRandomSizesAndPiecesExactly) {
  Party& near = add();
  Party& far = add();
  far.echo = true;
  std::vector<std::pair<ConnectionId, std::string>> sent;
  Prng prng(1);
  for (std::uint64_t i = 0; i < 12; ++i) {
    const Pair pair = join(near, far);
    sent.emplace_back(pair.near, random_bytes(prng.between(1, 300'000), i));
  }
  for (const auto& [id, bytes] : sent) near.write(id, bytes);
  EXPECT_TRUE(until([&] {
    return std::all_of(sent.begin(), sent.end(), [&](const auto& one) {
      return near.story(one.first).received.size() >= one.second.size();
    });
  }));
  for (const auto& [id, bytes] : sent) EXPECT_TRUE(near.story(id).received == bytes);
  EXPECT_EQ(far.driver().counters().received_bytes.value(), near.driver().counters().sent_bytes.value());
  EXPECT_EQ(near.driver().counters().received_bytes.value(), far.driver().counters().sent_bytes.value());
}

TEST_P(DriverContract, PausingHoldsBytesBackUntilItResumes) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  near.write(pair.near, "first");
  ASSERT_TRUE(until([&] { return far.story(pair.far).received == "first"; }));
  far.driver().pause_receive(pair.far);
  world_->settle();
  const std::string bytes = random_bytes(100'000, 2);
  near.write(pair.near, bytes);
  world_->settle();
  EXPECT_EQ(far.story(pair.far).received, "first");
  far.driver().resume_receive(pair.far);
  EXPECT_TRUE(until([&] { return far.story(pair.far).received.size() == 5 + bytes.size(); }));
  EXPECT_TRUE(far.story(pair.far).received.substr(5) == bytes);
}

TEST_P(DriverContract, PausingAgainAndAgainLosesNothing) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  const std::string bytes = random_bytes(3'000'000, 3);
  near.write(pair.near, bytes);
  Prng prng(4);
  bool paused = false;
  EXPECT_TRUE(until([&] {
    if (prng.below(4) == 0) {
      paused = !paused;
      paused ? far.driver().pause_receive(pair.far) : far.driver().resume_receive(pair.far);
    }
    return far.story(pair.far).received.size() == bytes.size();
  }));
  EXPECT_TRUE(far.story(pair.far).received == bytes);
}

TEST_P(DriverContract, TheEndIsToldAfterTheLastByteEvenAcrossAPause) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  far.driver().pause_receive(pair.far);
  world_->settle();
  near.write(pair.near, "last words");
  ASSERT_TRUE(until([&] { return near.all_written(pair.near); }));
  near.close(pair.near, driver::CloseMode::graceful);
  world_->settle();
  EXPECT_FALSE(far.story(pair.far).ended);
  far.driver().resume_receive(pair.far);
  EXPECT_TRUE(until([&] { return far.story(pair.far).ended; }));
  EXPECT_EQ(far.story(pair.far).received, "last words");
  EXPECT_EQ(far.story(pair.far).end_error, 0);
}

TEST_P(DriverContract, MovesBetweenPoolsWithoutLosingAByte) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  const driver::PoolConfig pools = config().pools;
  const std::string bytes = random_bytes(4'000'000, 5);
  near.write(pair.near, bytes);
  Story& story = far.story(pair.far);
  ASSERT_TRUE(until([&] { return story.received.size() > 100'000; }));
  EXPECT_EQ(story.largest_capacity, pools.small_bytes);
  far.driver().use_pool(pair.far, PoolClass::bulk);
  ASSERT_TRUE(until([&] { return story.largest_capacity == pools.bulk_bytes; }));
  far.driver().use_pool(pair.far, PoolClass::small);
  ASSERT_TRUE(until([&] { return story.received.size() == bytes.size(); }));
  EXPECT_TRUE(story.received == bytes);
}

TEST_P(DriverContract, AnExhaustedPoolRecoversWhenBuffersReturn) {
  Party& near = add();
  driver::DriverConfig few = config();
  few.pools.small_buffers = 4;
  Party& far = world_->add(few);
  far.keep_slices = true;
  std::vector<Pair> pairs;
  std::vector<std::string> sent;
  for (std::uint64_t i = 0; i < 3; ++i) {
    pairs.push_back(join(near, far));
    sent.push_back(random_bytes(300'000, 6 + i));
    near.write(pairs.back().near, sent.back());
  }
  for (int round = 0; round < 3; ++round) {
    const auto exhausted = far.driver().counters().pool_exhausted.value();
    ASSERT_TRUE(until([&] {
      return far.driver().pool_state(PoolClass::small).pinned == 4 &&
             far.driver().counters().pool_exhausted.value() > exhausted;
    }));
    EXPECT_EQ(far.driver().pool_state(PoolClass::small).buffers, 4U);
    far.kept.clear();
  }
  far.keep_slices = false;
  far.kept.clear();
  EXPECT_TRUE(until([&] {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (far.story(pairs[i].far).received.size() != sent[i].size()) return false;
    }
    return true;
  }));
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_TRUE(far.story(pairs[i].far).received == sent[i]);
}

// Else those who hold all buffers would wait for one in order to hear that their peers have hung up.
TEST_P(DriverContract, AnEndIsToldThoughNoBufferIsLeft) {
  Party& near = add();
  driver::DriverConfig few = config();
  few.pools.small_buffers = 4;
  Party& far = world_->add(few);
  far.keep_slices = true;
  const Pair hoarder = join(near, far);
  const Pair closer = join(near, far);
  const Pair resetter = join(near, far);
  for (std::size_t held = 1; held <= 4; ++held) {
    near.write(hoarder.near, "x");
    ASSERT_TRUE(until([&] { return far.kept.size() == held; }));
  }
  near.close(closer.near, driver::CloseMode::graceful);
  near.close(resetter.near, driver::CloseMode::reset);
  EXPECT_TRUE(until([&] { return far.story(closer.far).ended && far.story(resetter.far).ended; }));
  EXPECT_EQ(far.story(closer.far).end_error, 0);
  EXPECT_EQ(far.story(resetter.far).end_error, ECONNRESET);
  // Who waits for a buffer with something to be read hears of the end behind it.
  near.write(hoarder.near, "last words");
  ASSERT_TRUE(until([&] { return near.all_written(hoarder.near); }));
  near.close(hoarder.near, driver::CloseMode::graceful);
  world_->settle();
  EXPECT_FALSE(far.story(hoarder.far).ended);
  far.kept.clear();
  EXPECT_TRUE(until([&] { return far.story(hoarder.far).ended; }));
  EXPECT_EQ(far.story(hoarder.far).received, "xxxxlast words");
}

TEST_P(DriverContract, AKeptSliceStaysWhatItWas) {
  Party& near = add();
  driver::DriverConfig many = config();
  many.pools.small_buffers = 4096;  // more than there are pieces
  Party& far = world_->add(many);
  far.keep_slices = true;
  const Pair pair = join(near, far);
  Prng prng(9);
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = random_bytes(prng.between(1, 2'000), 10 + static_cast<std::uint64_t>(i));
    near.write(pair.near, bytes);
    sent += bytes;
    ASSERT_TRUE(until([&] { return far.story(pair.far).received.size() == sent.size(); }));
  }
  std::string kept;
  for (const Slice& slice : far.kept) kept += as_text(slice.view());
  EXPECT_TRUE(kept == sent);
  far.kept.clear();
}

TEST_P(DriverContract, AFirehoseDoesNotStarveAQuietConnection) {
  Party& near = add();
  Party& far = add();
  const Endpoint endpoint = far.listen();
  const ConnectionId loud = near.connect(endpoint);
  const ConnectionId quiet = near.connect(endpoint);
  ASSERT_TRUE(until([&] { return near.story(loud).connected && near.story(quiet).connected; }));
  ASSERT_TRUE(until([&] { return far.accepted.size() == 2; }));
  const std::string flood = random_bytes(32'000'000, 12);
  near.write(loud, flood);
  ASSERT_TRUE(until([&] { return far.driver().counters().received_bytes.value() > 1'000'000; }));
  near.write(quiet, "now");
  const auto got = [&](const std::string& what) {
    return far.story(far.accepted[0]).received == what || far.story(far.accepted[1]).received == what;
  };
  ASSERT_TRUE(until([&] { return got("now"); }));
  EXPECT_LT(far.driver().counters().received_bytes.value(), flood.size());
}

}  // namespace ringwire::contract
