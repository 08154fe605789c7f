// The turn: sleeping, waking, and events that were not asked for.
#include <algorithm>
#include <thread>

#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::ConnectionId;

INSTANTIATE_TEST_SUITE_P(Drivers, DriverContract,
                         testing::Values(driver::Kind::epoll, driver::Kind::sim, driver::Kind::uring),
                         [](const auto& kind) { return std::string(name(kind.param)); });

// A signal may end a sleep early, and the kernel takes a ring apart by signalling the thread that had it, as
// in the test before: the longest of three counts.
TEST_P(DriverContract, SleepsNoShorterThanPlannedWhereNothingHappens) {
  Party& party = add();
  world_->settle();
  for (const Duration timeout : {Duration(300us), Duration(2ms), Duration(20ms)}) {
    driver::WaitPlan plan;
    plan.timeout = timeout;
    Duration longest{0};
    for (int attempt = 0; attempt < 3; ++attempt) {
      const Instant before = party.driver().now().monotonic;
      world_->sleep(party, plan);
      longest = std::max(longest, party.driver().now().monotonic - before);
    }
    EXPECT_GE(longest, timeout);
  }
}

TEST_P(DriverContract, ASpinningWaitDoesNotSleep) {
  Party& party = add();
  driver::WaitPlan plan;
  plan.timeout = 30s;
  plan.spin = true;
  const Instant before = party.driver().now().monotonic;
  for (int i = 0; i < 100; ++i) world_->sleep(party, plan);
  EXPECT_LT(party.driver().now().monotonic - before, Duration(20s));
}

TEST_P(DriverContract, TheWakerIsHeardAtTheNextTurn) {
  Party& party = add();
  world_->settle();
  for (int i = 0; i < 3; ++i) party.driver().waker().ring();
  EXPECT_TRUE(until([&] { return party.woken() == 1; }));
  world_->settle();
  EXPECT_EQ(party.woken(), 1U);
  party.driver().waker().ring();
  EXPECT_TRUE(until([&] { return party.woken() == 2; }));
}

TEST_P(DriverContract, AnotherThreadEndsASleep) {
  if (GetParam() == driver::Kind::sim) return;  // one thread by definition
  Party& party = add();
  world_->settle();
  for (std::uint32_t round = 1; round <= 20; ++round) {
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(50 * round));
      party.driver().waker().ring();
    });
    const Instant before = party.driver().now().monotonic;
    while (party.woken() < round && party.driver().now().monotonic - before < Duration(60s)) party.turn(60s);
    other.join();
    EXPECT_EQ(party.woken(), round);
    EXPECT_LT(party.driver().now().monotonic - before, Duration(30s));
  }
}

TEST_P(DriverContract, EventsNotAskedForStayForTheNextTurn) {
  Party& near = add();
  Party& far = add();
  far.events_per_turn = 1;
  const Endpoint endpoint = far.listen();
  std::vector<ConnectionId> dialled;
  for (int i = 0; i < 10; ++i) dialled.push_back(near.connect(endpoint));
  ASSERT_TRUE(until([&] {
    return far.accepted.size() == 10 && std::all_of(dialled.begin(), dialled.end(), [&](ConnectionId id) {
             return near.story(id).connected;
           });
  }));
  for (const ConnectionId id : dialled) near.write(id, "message");
  EXPECT_TRUE(until([&] {
    return std::all_of(far.accepted.begin(), far.accepted.end(),
                       [&](ConnectionId id) { return far.story(id).received == "message"; });
  }));
}

TEST_P(DriverContract, BothClocksMoveForward) {
  Party& party = add();
  const Now before = party.driver().now();
  driver::WaitPlan plan;
  plan.timeout = 5ms;
  world_->sleep(party, plan);
  const Now after = party.driver().now();
  EXPECT_GT(after.monotonic, before.monotonic);
  EXPECT_GE(after.wall, before.wall);
}

TEST_P(DriverContract, CountsItsTurnsAndItsClosings) {
  Party& near = add();
  Party& far = add();
  const Pair pair = join(near, far);
  const auto turns = near.driver().counters().turns.value();
  world_->settle();
  EXPECT_GT(near.driver().counters().turns.value(), turns);
  near.close(pair.near, driver::CloseMode::graceful);
  EXPECT_TRUE(until([&] { return near.story(pair.near).closed; }));
  EXPECT_EQ(near.driver().counters().closed.value(), 1U);
}

}  // namespace ringwire::contract
