#include "engine/node/stepped/world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ringwire::stepped {
namespace {

TEST(World, GivesTurnsInTheOrderOfCallsAndPlansAtTheirTime) {
  World world(1);
  std::string said;
  Actor a(world, [&] { said += 'a'; });
  Actor b(world, [&] { said += 'b'; });
  b.call();
  a.call();
  b.call();  // it has one turn to come already
  world.after(2ms, [&] { said += '2'; });
  world.after(1ms, [&] { said += '1', a.call(); });
  world.after(1ms, [&] { said += '1'; });
  world.run_for(1500us);
  EXPECT_EQ(said, "ba1a1");
  EXPECT_EQ(world.time() - Instant{}, Duration(1500us));
  world.run_for(1ms);
  EXPECT_EQ(said, "ba1a12");
}

TEST(World, WhoIsHeldHasItsTurnWhenItIsLetGo) {
  World world(1);
  int turns = 0;
  Actor actor(world, [&] { ++turns; });
  actor.hold();
  actor.call();
  actor.call();
  world.run_for(1ms);
  EXPECT_EQ(turns, 0);
  actor.let_go();
  actor.let_go();
  world.run_for(1ms);
  EXPECT_EQ(turns, 1);
  actor.call();
  actor.hold();  // called, and held before its turn
  world.run_for(1ms);
  EXPECT_EQ(turns, 1);
  actor.let_go();
  world.run_for(1ms);
  EXPECT_EQ(turns, 2);
}

std::string order_of(std::uint64_t seed) {
  World world(seed);
  world.shuffle(true);
  std::string said;
  std::vector<std::unique_ptr<Actor>> actors;
  for (char name = 'a'; name < 'k'; ++name)
    actors.push_back(std::make_unique<Actor>(world, [&said, name] { said += name; }));
  for (const auto& actor : actors) actor->call();
  world.run_for(1ms);
  return said;
}

TEST(World, ShuffledTheOrderIsTheSeeds) {
  EXPECT_EQ(order_of(1).size(), 10U);
  EXPECT_EQ(order_of(1), order_of(1));
  EXPECT_NE(order_of(1), order_of(2));
}

TEST(World, AnActorMayGoWhileItIsCalled) {
  World world(1);
  int turns = 0;
  auto gone = std::make_unique<Actor>(world, [&] { ++turns; });
  Actor stays(world, [&] { ++turns; });
  gone->call();
  stays.call();
  gone.reset();
  world.run_for(1ms);
  EXPECT_EQ(turns, 1);
}

TEST(World, SaysWhetherItHappenedInTime) {
  World world(1);
  bool done = false;
  world.after(5ms, [&] { done = true; });
  EXPECT_FALSE(world.run_until([&] { return done; }, 4ms));
  EXPECT_TRUE(world.run_until([&] { return done; }, 4ms));
  EXPECT_EQ(world.time() - Instant{}, Duration(5ms));
}

}  // namespace
}  // namespace ringwire::stepped
