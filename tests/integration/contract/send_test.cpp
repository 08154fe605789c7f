// Sending: one gathered send per turn, what it did not take, and the rest.
#include <algorithm>

#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::CloseMode;
using driver::ConnectionId;

TEST_P(DriverContract, GathersAsManyPiecesAsAllowedInOrder) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  std::string bytes;
  for (std::size_t i = 0; i < driver::Driver::kPiecesMax; ++i) bytes.push_back(static_cast<char>(i));
  std::vector<ByteView> pieces;
  for (const char& byte : bytes) pieces.push_back(as_bytes({&byte, 1}));
  near.driver().send(pair.near, pieces);
  std::fill(pieces.begin(), pieces.end(), ByteView{});  // the array of views may go at once
  EXPECT_TRUE(until([&] { return far.story(pair.far).received == bytes; }));
}

TEST_P(DriverContract, WhatAPeerDoesNotReadIsUnsentAndTheRestFollowsWhenItDoes) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  const Pair pair = join(near, far);
  near.chunk = 32'000'000;
  const std::string bytes = random_bytes(40'000'000, 20);
  near.write(pair.near, bytes);
  ASSERT_TRUE(until([&] { return near.driver().counters().rest_sends.value() > 0; }));
  EXPECT_GT(near.driver().counters().short_sends.value(), 0U);
  world_->settle();
  EXPECT_FALSE(near.all_written(pair.near));
  EXPECT_EQ(near.story(pair.near).rests_sent, 0U);
  far.driver().start_receive(pair.far);
  ASSERT_TRUE(until([&] { return far.story(pair.far).received.size() == bytes.size(); }));
  EXPECT_TRUE(far.story(pair.far).received == bytes);
  ASSERT_TRUE(until([&] { return near.all_written(pair.near); }));
  EXPECT_EQ(near.story(pair.near).rests_sent, near.driver().counters().rest_sends.value());
  EXPECT_EQ(near.driver().counters().sent_bytes.value(), bytes.size());
}

TEST_P(DriverContract, ClosingFreesTheRestWithoutAnotherEvent) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  for (const CloseMode mode : {CloseMode::graceful, CloseMode::reset}) {
    const Pair pair = join(near, far);
    near.chunk = 32'000'000;
    near.write(pair.near, random_bytes(40'000'000, 21));
    const auto before = near.driver().counters().rest_sends.value();
    ASSERT_TRUE(until([&] { return near.driver().counters().rest_sends.value() > before; }));
    near.close(pair.near, mode);
    EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
    EXPECT_EQ(near.story(pair.near).rests_sent, 0U);
    // What the kernel took before arrives, and nothing else.
    far.driver().start_receive(pair.far);
    EXPECT_TRUE(until([&] { return far.story(pair.far).ended; }));
    EXPECT_LT(far.story(pair.far).received.size(), 40'000'000U);
  }
}

TEST_P(DriverContract, ARestToAPeerThatResetsEndsInAnError) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  near.receive_connected = false;
  const Pair pair = join(near, far);
  near.chunk = 32'000'000;
  near.write(pair.near, random_bytes(40'000'000, 22));
  ASSERT_TRUE(until([&] { return near.driver().counters().rest_sends.value() > 0; }));
  far.close(pair.far, CloseMode::reset);
  ASSERT_TRUE(until([&] { return near.story(pair.near).rests_sent == 1; }));
  EXPECT_NE(near.story(pair.near).send_error, 0);
  near.close(pair.near, CloseMode::reset);
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
}

TEST_P(DriverContract, ASendToAPeerThatResetIsToldAsUnsent) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  far.close(pair.far, CloseMode::reset);
  ASSERT_TRUE(until([&] { return near.story(pair.near).ended; }));
  near.write(pair.near, "anybody there?");
  ASSERT_TRUE(until([&] { return near.story(pair.near).send_error != 0; }));
  near.close(pair.near, CloseMode::reset);
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
}

TEST_P(DriverContract, AClosedConnectionIsNotAmongTheUnsent) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  const Pair pair = join(near, far);
  const std::string bytes = random_bytes(40'000'000, 23);
  const ByteView piece = as_bytes(bytes);
  near.driver().send(pair.near, {&piece, 1});
  near.close(pair.near, CloseMode::reset);
  near.driver().wait({});
  EXPECT_TRUE(near.driver().unsent().empty());
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
}

}  // namespace ringwire::contract
