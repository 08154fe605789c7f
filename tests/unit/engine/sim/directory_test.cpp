#include "engine/sim/directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <set>

namespace ringwire::sim {
namespace {

const IpAddress kHost = IpAddress::v4(10, 0, 0, 1);
const std::array<IpAddress, 1> kAddresses{kHost};

TEST(Directory, AHostIsThereUntilItsLastDriverLeaves) {
  Directory directory;
  EXPECT_FALSE(directory.has_host(kHost));
  directory.join(kAddresses);
  directory.join(kAddresses);
  directory.leave(kAddresses);
  EXPECT_TRUE(directory.has_host(kHost));
  directory.leave(kAddresses);
  EXPECT_FALSE(directory.has_host(kHost));
}

TEST(Directory, APortIsSharedOnlyWhereEveryoneAgrees) {
  for (const bool first : {false, true}) {
    for (const bool second : {false, true}) {
      Directory directory;
      directory.join(kAddresses);
      ASSERT_TRUE(directory.listen({kHost, 80}, {nullptr, 0, first}).ok());
      const auto again = directory.listen({kHost, 80}, {nullptr, 1, second});
      EXPECT_EQ(again.ok(), first && second);
      EXPECT_TRUE(again.ok() || again.error() == EADDRINUSE);
    }
  }
}

TEST(Directory, AStoppedListenerIsNotFoundAndItsPortIsFree) {
  Directory directory;
  directory.join(kAddresses);
  Prng prng(1);
  ASSERT_TRUE(directory.listen({kHost, 80}, {nullptr, 3, false}).ok());
  ASSERT_TRUE(directory.find({kHost, 80}, prng).has_value());
  EXPECT_EQ(directory.find({kHost, 80}, prng)->index, 3U);
  EXPECT_FALSE(directory.find({kHost, 81}, prng).has_value());
  directory.stop({kHost, 80}, nullptr, 3);
  EXPECT_FALSE(directory.find({kHost, 80}, prng).has_value());
  EXPECT_TRUE(directory.listen({kHost, 80}, {nullptr, 4, false}).ok());
}

TEST(Directory, EverySharerIsFoundSometimes) {
  Directory directory;
  directory.join(kAddresses);
  Prng prng(2);
  for (std::uint32_t index = 0; index < 4; ++index) {
    ASSERT_TRUE(directory.listen({kHost, 80}, {nullptr, index, true}).ok());
  }
  std::array<int, 4> found{};
  for (int i = 0; i < 4'000; ++i) ++found[directory.find({kHost, 80}, prng)->index];
  for (const int count : found) EXPECT_GT(count, 800);
}

TEST(Directory, PickedPortsStayAboveTheKernelsBoundAndOffListeners) {
  Directory directory;
  directory.join(kAddresses);
  ASSERT_TRUE(directory.listen({kHost, 40'000}, {nullptr, 0, true}).ok());
  const auto picked = directory.listen({kHost, 0}, {nullptr, 1, true});
  ASSERT_TRUE(picked.ok());
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 32'766; ++i) seen.insert(directory.pick_port(kHost));
  EXPECT_EQ(seen.size(), 32'766U);
  EXPECT_GE(*seen.begin(), 32'768U);
  EXPECT_FALSE(seen.contains(40'000));
  EXPECT_FALSE(seen.contains(picked->port));
}

}  // namespace
}  // namespace ringwire::sim
