#include "engine/node/process_facts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ringwire::node {
namespace {

TEST(ProcessFacts, ResidentMemoryGrowsWithWhatIsTouched) {
  const std::uint64_t before = resident_bytes();
  ASSERT_GT(before, 0U);
  constexpr std::size_t kBytes = 64U << 20;
  const std::vector<char> touched(kBytes, 'x');
  EXPECT_GE(resident_bytes() + (8U << 20), before + kBytes) << touched[kBytes / 2];
}

}  // namespace
}  // namespace ringwire::node
