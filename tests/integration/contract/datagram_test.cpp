// Datagrams: what arrives, what is dropped and counted, and that a flood of them takes nothing from others.
#include <algorithm>
#include <cerrno>
#include <set>

#include "engine/driver/errno_table.hpp"
#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::DatagramOptions;
using driver::DatagramSocketId;
using driver::kDatagramBytesMax;
using driver::kDatagramsPerTurn;

namespace {

std::vector<std::string> sorted_bytes(const std::vector<Letter>& letters) {
  std::vector<std::string> all;
  for (const Letter& letter : letters) all.push_back(letter.bytes);
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_P(DriverContract, ADatagramArrivesWholeAndNamesItsSource) {
  Party& near = add();
  Party& far = add();
  for (const bool v6 : {false, true}) {
    const DatagramSocketId from = near.bind(v6 ? near.v6() : near.v4());
    const DatagramSocketId to = far.bind(v6 ? far.v6() : far.v4());
    const Endpoint target = far.driver().local(to);
    EXPECT_EQ(target.address, v6 ? far.v6() : far.v4());
    EXPECT_NE(target.port, 0);
    for (const std::size_t size : {1U, 0U, 200U, 1280U, kDatagramBytesMax}) {
      const std::string bytes = random_bytes(size, size + 1);
      near.post(from, target, bytes);
      ASSERT_TRUE(until([&] { return far.letters.size() == 1; }));
      EXPECT_EQ(far.letters[0].socket, to);
      EXPECT_EQ(far.letters[0].from, near.driver().local(from));
      EXPECT_TRUE(far.letters[0].bytes == bytes);
      far.post(to, far.letters[0].from, "answer");
      far.letters.clear();
      ASSERT_TRUE(until([&] { return near.letters.size() == 1; }));
      EXPECT_EQ(near.letters[0].from, target);
      EXPECT_EQ(near.letters[0].bytes, "answer");
      near.letters.clear();
    }
  }
  EXPECT_EQ(near.driver().counters().datagrams_sent.value(), 10U);
  EXPECT_EQ(near.driver().counters().datagrams_received.value(), 10U);
  EXPECT_EQ(far.driver().counters().datagrams_received.value(), 10U);
  EXPECT_EQ(far.driver().counters().datagram_bytes_received.value(),
            2 * (1 + 200 + 1280 + kDatagramBytesMax));
  EXPECT_EQ(near.driver().counters().datagram_bytes_sent.value(), 2 * (1 + 200 + 1280 + kDatagramBytesMax));
}

TEST_P(DriverContract, ADatagramThatIsTooLongIsDroppedAndCounted) {
  Party& far = add();
  const Endpoint target = far.driver().local(far.bind());
  std::uint64_t thrown = 0;
  for (const std::uint32_t size : {kDatagramBytesMax + 1, driver::kDatagramRoomBytes - 72,
                                   driver::kDatagramRoomBytes, driver::kDatagramRoomBytes + 1, 60'000U}) {
    world_->throw_datagram(target, std::string(size, 'x'));
    ++thrown;
  }
  world_->throw_datagram(target, std::string(kDatagramBytesMax, 'y'));
  ASSERT_TRUE(until([&] {
    return far.letters.size() == 1 && far.driver().counters().datagrams_oversize.value() == thrown;
  }));
  EXPECT_EQ(far.letters[0].bytes, std::string(kDatagramBytesMax, 'y'));
  EXPECT_EQ(far.driver().counters().datagrams_received.value(), 1U);
}

TEST_P(DriverContract, ATurnTellsABoundedNumberOfDatagramsAndTheNextTurnsTheRest) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  std::vector<std::string> sent;
  for (int socket = 0; socket < 2; ++socket) {
    const Endpoint target = far.driver().local(far.bind());
    for (std::uint32_t i = 0; i < 2 * kDatagramsPerTurn; ++i) {
      sent.push_back(std::to_string(socket) + ':' + std::to_string(i));
      near.post(from, target, sent.back());
    }
  }
  ASSERT_TRUE(until([&] { return far.letters.size() == sent.size(); }));
  std::ranges::sort(sent);
  EXPECT_EQ(sorted_bytes(far.letters), sent);
  EXPECT_LE(far.letters_per_turn_max, kDatagramsPerTurn);
}

TEST_P(DriverContract, EveryDatagramNotAskedForStaysForTheNextTurn) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  const Endpoint target = far.driver().local(far.bind());
  far.events_per_turn = 1;
  for (int i = 0; i < 30; ++i) near.post(from, target, std::to_string(i));
  ASSERT_TRUE(until([&] { return far.letters.size() == 30; }));
}

TEST_P(DriverContract, AFloodOfDatagramsDoesNotStarveAConnection) {
  Party& near = add();
  Party& far = add();
  Party& flooder = add();
  far.echo = true;
  const DatagramSocketId source = flooder.bind();
  const Endpoint target = far.driver().local(far.bind());
  Instant flooded;
  const auto flood = [&] {  // 800,000 a second
    const Instant now = flooder.driver().now().monotonic;
    if (now - flooded < Duration(500us)) return;
    flooded = now;
    for (int i = 0; i < 400; ++i) flooder.post(source, target, std::string(200, 'x'));
    flooder.turn(Duration::zero());
  };
  const Pair pair = join(near, far);
  const std::string bytes = random_bytes(1'000'000, 3);
  near.write(pair.near, bytes);
  ASSERT_TRUE(until([&] {
    flood();
    return near.story(pair.near).received.size() == bytes.size();
  }));
  EXPECT_TRUE(near.story(pair.near).received == bytes);
  EXPECT_GT(far.letters.size(), 100U);
  EXPECT_LE(far.letters_per_turn_max, kDatagramsPerTurn);
  // And the other way round: who is not flooded is heard within a few turns.
  const DatagramSocketId quiet = far.bind();
  near.post(near.bind(), far.driver().local(quiet), "heard");
  far.letters.clear();
  EXPECT_TRUE(until([&] {
    flood();
    return std::ranges::any_of(far.letters, [](const Letter& letter) { return letter.bytes == "heard"; });
  }));
}

TEST_P(DriverContract, AConnectionsPoolIsNotTouchedByDatagrams) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  const DatagramSocketId to = far.bind();
  far.keep_slices = true;
  for (int i = 0; i < 50; ++i) near.post(from, far.driver().local(to), "kept");
  ASSERT_TRUE(until([&] { return far.letters.size() == 50; }));
  EXPECT_EQ(far.driver().datagram_pool(to).buffers, 128U);
  EXPECT_EQ(far.driver().datagram_pool(to).pinned, 50U);
  EXPECT_EQ(far.driver().pool_state(driver::PoolClass::small).pinned, 0U);
  EXPECT_LE(far.kept[0].buffer()->capacity, driver::kDatagramRoomBytes);
  // They outlive their socket.
  far.driver().close_datagrams(to);
  world_->settle();
  for (const Slice& slice : far.kept) EXPECT_EQ(as_text(slice.view()), "kept");
  far.kept.clear();
  const DatagramSocketId again = far.bind();
  EXPECT_EQ(far.driver().datagram_pool(again).pinned, 0U);
}

TEST_P(DriverContract, ASocketWhoseBuffersAreAllHeldGoesOnWhenTheyReturn) {
  Party& near = add();
  driver::DriverConfig few = config();
  few.datagram_buffers = 8;
  Party& far = world_->add(few);
  const DatagramSocketId from = near.bind();
  const DatagramSocketId to = far.bind();
  far.keep_slices = true;
  for (int i = 0; i < 100; ++i) near.post(from, far.driver().local(to), std::to_string(i));
  for (std::size_t held = 8; held < 100; held += 8) {
    ASSERT_TRUE(until([&] { return far.letters.size() == held; }));
    world_->settle();
    EXPECT_EQ(far.letters.size(), held);
    EXPECT_EQ(far.driver().datagram_pool(to).pinned, 8U);
    EXPECT_GE(far.driver().counters().datagram_pool_exhausted.value(), held / 8);
    EXPECT_LE(far.driver().counters().datagram_pool_exhausted.value(), held / 8 + 1);
    far.kept.clear();
  }
  ASSERT_TRUE(until([&] { return far.letters.size() == 100; }));
  EXPECT_EQ(far.driver().counters().pool_exhausted.value(), 0U);
  far.kept.clear();
}

TEST_P(DriverContract, APausedSocketLeavesDatagramsToTheKernel) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  const DatagramSocketId to = far.bind();
  const Endpoint target = far.driver().local(to);
  far.driver().pause_datagrams(to);
  world_->settle();
  for (int i = 0; i < 50; ++i) near.post(from, target, "later");
  world_->settle();
  EXPECT_EQ(far.letters.size(), 0U);
  far.driver().resume_datagrams(to);
  EXPECT_TRUE(until([&] { return far.letters.size() == 50; }));
  for (int i = 0; i < 10; ++i) {
    far.driver().pause_datagrams(to);
    far.driver().resume_datagrams(to);
    near.post(from, target, "at once");
    far.turn(Duration::zero());
  }
  EXPECT_TRUE(until([&] { return far.letters.size() == 60; }));
}

TEST_P(DriverContract, WhatTheReceiveBufferHasNoRoomForIsCounted) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  DatagramOptions options;
  options.receive_buffer_bytes = 8'192;
  const DatagramSocketId to = far.bind(far.v4(), options);
  const Endpoint target = far.driver().local(to);
  far.driver().pause_datagrams(to);
  world_->settle();
  for (int i = 0; i < 500; ++i) near.post(from, target, std::string(200, 'x'));
  world_->settle();
  far.driver().resume_datagrams(to);
  world_->settle();
  const std::size_t arrived = far.letters.size();
  EXPECT_GE(arrived, 4U);
  EXPECT_LE(arrived, 2 * options.receive_buffer_bytes / 200);
  // The kernel says it with the next one that it has room for.
  near.post(from, target, "next");
  ASSERT_TRUE(until([&] { return far.letters.size() == arrived + 1; }));
  EXPECT_EQ(far.driver().counters().datagrams_overflowed.value(), 500 - arrived);
}

TEST_P(DriverContract, NothingIsToldOfAClosedSocket) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  std::set<DatagramSocketId> seen;
  for (int round = 0; round < 20; ++round) {
    const DatagramSocketId to = far.bind();
    EXPECT_TRUE(seen.insert(to).second) << "an id was given out twice";
    const Endpoint target = far.driver().local(to);
    for (int i = 0; i < 10; ++i) near.post(from, target, "one");
    far.events_per_turn = round % 3 == 0 ? 0 : 1;
    for (int turns = round % 5; turns > 0; --turns) {
      near.turn(Duration::zero());
      far.turn(Duration::zero());
    }
    far.events_per_turn = UINT32_MAX;
    far.driver().close_datagrams(to);
    const std::size_t before = far.letters.size();
    world_->settle();
    EXPECT_EQ(far.letters.size(), before);
  }
  // What was given to a socket before its end leaves.
  const DatagramSocketId last = far.bind();
  far.post(last, near.driver().local(from), "last words");
  far.driver().close_datagrams(last);
  EXPECT_TRUE(until([&] { return near.letters.size() == 1 && near.letters[0].bytes == "last words"; }));
}

TEST_P(DriverContract, AClosedSocketsPortIsFreeAgain) {
  Party& party = add();
  DatagramOptions alone;
  alone.reuse_port = false;
  const DatagramSocketId first = party.bind(party.v4(), alone);
  const Endpoint endpoint = party.driver().local(first);
  const auto second = party.driver().open_datagrams(endpoint, alone);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().error, EADDRINUSE);
  EXPECT_NE(second.error().message().find(std::to_string(endpoint.port)), std::string::npos);
  party.driver().close_datagrams(first);
  EXPECT_TRUE(until([&] { return party.driver().open_datagrams(endpoint, alone).ok(); }));
}

TEST_P(DriverContract, SocketsThatShareAPortShareItsSources) {
  driver::DriverConfig many = config();
  many.datagram_sockets_max = 64;
  Party& near = world_->add(many);
  Party& far = add();
  Party& beside = world_->add_beside(far, config());
  DatagramOptions first;
  first.first = true;
  const Endpoint target = far.driver().local(far.bind(far.v4(), first));
  ASSERT_TRUE(beside.driver().open_datagrams(target, {}).ok());
  const auto another = beside.driver().open_datagrams(target, first);
  ASSERT_FALSE(another.ok());
  EXPECT_EQ(another.error().error, EADDRINUSE);
  std::vector<DatagramSocketId> sources;
  for (int i = 0; i < 60; ++i) sources.push_back(near.bind());
  for (int round = 0; round < 3; ++round) {
    for (const DatagramSocketId source : sources) near.post(source, target, "hello");
  }
  ASSERT_TRUE(until([&] { return far.letters.size() + beside.letters.size() == 180; }));
  std::set<Endpoint> at_far;
  std::set<Endpoint> at_beside;
  for (const Letter& letter : far.letters) at_far.insert(letter.from);
  for (const Letter& letter : beside.letters) at_beside.insert(letter.from);
  EXPECT_GT(at_far.size(), 5U);
  EXPECT_GT(at_beside.size(), 5U);
  EXPECT_EQ(at_far.size() + at_beside.size(), 60U) << "a source went to both";
}

TEST_P(DriverContract, WhatCannotBeSentIsCountedAndTheOthersLeave) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  const Endpoint target = far.driver().local(far.bind());
  const Endpoint other_family{far.v6(), target.port};
  near.post(from, other_family, "no");
  near.post(from, target, "yes");
  near.post(from, {far.v4(), 0}, "no");
  near.post(from, other_family, "no");
  near.post(from, target, "yes");
  near.post(from, other_family, "no");
  ASSERT_TRUE(until([&] { return far.letters.size() == 2; }));
  EXPECT_EQ(near.driver().counters().datagrams_unsent_refused.value(), 4U);
  EXPECT_EQ(near.driver().counters().datagrams_unsent_full.value(), 0U);
  EXPECT_EQ(near.driver().counters().datagrams_sent.value(), 2U);
}

TEST_P(DriverContract, APortNobodyIsBoundToAnswersNothing) {
  Party& near = add();
  Party& far = add();
  const DatagramSocketId from = near.bind();
  const Endpoint silent = world_->silent_port(far);
  for (int i = 0; i < 5; ++i) {
    near.post(from, silent, "anybody there?");
    world_->settle();
  }
  EXPECT_EQ(near.driver().counters().datagrams_sent.value(), 5U);
  EXPECT_EQ(near.driver().counters().datagram_receive_errors.value(), 0U);
  EXPECT_EQ(near.letters.size(), 0U);
  const DatagramSocketId to = far.bind();
  far.post(to, near.driver().local(from), "here");
  EXPECT_TRUE(until([&] { return near.letters.size() == 1; }));
}

TEST_P(DriverContract, RefusesDatagramSocketsItCannotOpen) {
  Party& party = add();
  const auto foreign = party.driver().open_datagrams({IpAddress::v4(192, 0, 2, 1), 0}, {});
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().error, EADDRNOTAVAIL);
  party.bind();
  party.bind();
  const auto third = party.driver().open_datagrams({party.v4(), 0}, {});
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().error, driver::kNoSlot);
  EXPECT_NE(third.error().message().find("fewer addresses"), std::string::npos) << third.error().message();
}

TEST_P(DriverContract, ADriverWithoutDatagramSocketsOpensNone) {
  driver::DriverConfig none = config();
  none.datagram_sockets_max = 0;
  Party& party = world_->add(none);
  const auto opened = party.driver().open_datagrams({party.v4(), 0}, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().error, driver::kNoSlot);
  world_->settle();
}

}  // namespace ringwire::contract
