#include "engine/node/process_facts.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>

namespace ringwire::node {
namespace {

// Fresh from the kernel: an allocator may have touched what it gives out.
TEST(ProcessFacts, ResidentMemoryGrowsWithWhatIsTouched) {
  constexpr std::size_t kBytes = 64U << 20;
  void* const fresh = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(fresh, MAP_FAILED);
  const std::uint64_t before = resident_bytes();
  ASSERT_GT(before, 0U);
  std::fill_n(static_cast<char*>(fresh), kBytes, 'x');
  EXPECT_GE(resident_bytes() + (8U << 20), before + kBytes);
  munmap(fresh, kBytes);
}

}  // namespace
}  // namespace ringwire::node
