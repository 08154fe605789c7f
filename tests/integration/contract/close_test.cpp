// Closing: what the peer gets, and what the caller hears.
#include <algorithm>
#include <cerrno>

#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::CloseMode;
using driver::ConnectionId;

TEST_P(DriverContract, AGracefulCloseDeliversEveryByteAndThenFin) {
  Party& near = add();
  Party& far = add();
  for (const std::size_t size : {1U, 1'000U, 30'000U, 200'000U}) {
    const Pair pair = join(near, far);
    const std::string bytes = random_bytes(size, size);
    near.write(pair.near, bytes);
    ASSERT_TRUE(until([&] { return near.all_written(pair.near); }));
    near.close(pair.near, CloseMode::graceful);
    ASSERT_TRUE(until([&] { return far.story(pair.far).ended; }));
    EXPECT_EQ(far.story(pair.far).end_error, 0);
    EXPECT_TRUE(far.story(pair.far).received == bytes);
    EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
  }
}

TEST_P(DriverContract, AGracefulCloseWithUnreadBytesStillDeliversItsOwn) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  near.driver().pause_receive(pair.near);
  world_->settle();
  far.write(pair.far, random_bytes(50'000, 30));
  near.write(pair.near, "goodbye");
  ASSERT_TRUE(until([&] { return near.all_written(pair.near) && far.all_written(pair.far); }));
  world_->settle();
  near.close(pair.near, CloseMode::graceful);
  ASSERT_TRUE(until([&] { return far.story(pair.far).ended; }));
  EXPECT_EQ(far.story(pair.far).received, "goodbye");
  EXPECT_EQ(far.story(pair.far).end_error, 0);
}

TEST_P(DriverContract, AResetReachesThePeerAsEconnreset) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  near.close(pair.near, CloseMode::reset);
  ASSERT_TRUE(until([&] { return far.story(pair.far).ended; }));
  EXPECT_EQ(far.story(pair.far).end_error, ECONNRESET);
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
}

TEST_P(DriverContract, BothEndsMayCloseAtOnce) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  near.close(pair.near, CloseMode::graceful);
  far.close(pair.far, CloseMode::graceful);
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed && far.story(pair.far).closed; }));
}

TEST_P(DriverContract, WhatWasQueuedButNotAskedForIsDroppedByAClose) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  const ConnectionId second = near.connect(far.listen());
  near.events_per_turn = 0;
  far.write(pair.far, "too late");
  world_->settle();
  near.close(pair.near, CloseMode::graceful);
  near.close(second, CloseMode::graceful);
  near.events_per_turn = UINT32_MAX;
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed && near.story(second).closed; }));
  EXPECT_FALSE(near.story(second).connected);
  EXPECT_EQ(near.story(pair.near).received, "");
}

TEST_P(DriverContract, WhoGoesOnSendingToAClosedPeerIsTold) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  near.close(pair.near, CloseMode::graceful);
  ASSERT_TRUE(until([&] { return far.story(pair.far).ended && near.story(pair.near).closed; }));
  EXPECT_EQ(far.story(pair.far).end_error, 0);
  EXPECT_TRUE(until([&] {
    if (far.all_written(pair.far)) far.write(pair.far, "anybody there?");
    return far.story(pair.far).send_error != 0;
  }));
  far.close(pair.far, CloseMode::graceful);
  EXPECT_TRUE(until([&] { return far.story(pair.far).closed; }));
}

// Party refuses every event but one `closed` after close(): here bytes, an end and a rest are all under way.
TEST_P(DriverContract, NoEventButClosedFollowsAClose) {
  Party& near = add();
  Party& far = add();
  far.echo = true;
  std::vector<Pair> pairs;
  for (int i = 0; i < 8; ++i) pairs.push_back(join(near, far));
  Prng prng(31);
  for (const Pair& pair : pairs) {
    near.write(pair.near, random_bytes(prng.between(1, 500'000), 32));
  }
  for (const Pair& pair : pairs) {
    const std::size_t far_enough = prng.below(100'000);
    until([&] { return near.all_written(pair.near) || near.story(pair.near).received.size() > far_enough; });
    near.close(pair.near, prng.below(2) == 0 ? CloseMode::graceful : CloseMode::reset);
  }
  EXPECT_TRUE(until([&] {
    return std::all_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
      return near.story(pair.near).closed && far.story(pair.far).ended;
    });
  }));
  for (const Pair& pair : pairs) far.close(pair.far, CloseMode::graceful);
  world_->settle();
  EXPECT_EQ(near.driver().counters().closed.value(), pairs.size());
  EXPECT_EQ(far.driver().counters().closed.value(), pairs.size());
}

}  // namespace ringwire::contract
