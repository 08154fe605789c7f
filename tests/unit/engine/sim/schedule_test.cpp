#include "engine/sim/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/sim/trace.hpp"

namespace ringwire::sim {
namespace {

Happening at(std::int64_t ns, std::uint64_t name) {
  Happening happening;
  happening.at = {ns};
  happening.to = name;
  return happening;
}

TEST(Schedule, EqualTimesComeInTheOrderInWhichTheyWereAdded) {
  Schedule schedule;
  for (std::uint64_t name = 0; name < 1'000; ++name) schedule.add(at(5, name));
  for (std::uint64_t name = 0; name < 1'000; ++name) EXPECT_EQ(schedule.take().to, name);
  EXPECT_TRUE(schedule.empty());
}

TEST(Schedule, AgreesWithAStableSortWhileItIsFilledAndEmptied) {
  Schedule schedule;
  std::vector<std::pair<std::int64_t, std::uint64_t>> model;
  Prng prng(1);
  for (std::uint64_t name = 0; name < 5'000; ++name) {
    const auto when = static_cast<std::int64_t>(prng.below(50));
    schedule.add(at(when, name));
    model.emplace_back(when, name);
    if (prng.below(3) != 0) continue;
    const auto first = std::min_element(model.begin(), model.end());
    EXPECT_EQ(schedule.next_at().ns, first->first);
    EXPECT_EQ(schedule.take().to, first->second);
    model.erase(first);
  }
  std::sort(model.begin(), model.end());
  for (const auto& [when, name] : model) EXPECT_EQ(schedule.take().to, name);
}

TEST(Trace, TellsOrderAndLengthsApart) {
  const auto hash = [](std::initializer_list<std::string_view> parts) {
    Trace trace;
    for (const std::string_view part : parts) trace.add(as_bytes(part));
    return trace.hash();
  };
  EXPECT_EQ(hash({"ab", "c"}), hash({"ab", "c"}));
  EXPECT_NE(hash({"ab", "c"}), hash({"a", "bc"}));
  EXPECT_NE(hash({"ab", "c"}), hash({"c", "ab"}));
  EXPECT_NE(hash({"", "a"}), hash({"a", ""}));
}

}  // namespace
}  // namespace ringwire::sim
