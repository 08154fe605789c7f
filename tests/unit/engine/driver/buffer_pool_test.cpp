#include "engine/driver/buffer_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/base/prng.hpp"

namespace ringwire::driver {
namespace {

TEST(BufferPool, BuffersDoNotOverlapAndEveryByteIsWritable) {
  auto made = BufferPool::make(16, 4096);
  ASSERT_TRUE(made.ok());
  BufferPool& pool = **made;
  std::vector<Slice> held;
  for (std::uint8_t i = 0; i < 16; ++i) {
    Buffer* buffer = pool.take();
    ASSERT_NE(buffer, nullptr);
    ASSERT_EQ(buffer->capacity, 4096U);
    std::fill_n(buffer->data, buffer->capacity, i);
    held.emplace_back(*buffer, 0, buffer->capacity);
  }
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.take(), nullptr);
  for (std::uint8_t i = 0; i < 16; ++i) {
    for (const std::uint8_t byte : held[i].view()) ASSERT_EQ(byte, i);
  }
}

TEST(BufferPool, TheBufferThatCameBackLastIsTakenFirst) {
  auto made = BufferPool::make(4, 64);
  ASSERT_TRUE(made.ok());
  BufferPool& pool = **made;
  Buffer* first = pool.take();
  for (int i = 0; i < 10; ++i) {
    { const Slice slice(*first, 0, 64); }
    EXPECT_EQ(pool.take(), first);
  }
  pool.put_back(*first);
}

TEST(BufferPool, CountsWhatIsPinned) {
  auto made = BufferPool::make(8, 64);
  ASSERT_TRUE(made.ok());
  BufferPool& pool = **made;
  Prng prng(3);
  std::vector<Slice> held;
  for (int i = 0; i < 2'000; ++i) {
    if (!pool.empty() && prng.below(2) == 0) {
      held.emplace_back(*pool.take(), 0, 64);
    } else if (!held.empty()) {
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(prng.below(held.size())));
    }
    ASSERT_EQ(pool.state().buffers, 8U);
    ASSERT_EQ(pool.state().pinned, held.size());
  }
}

TEST(BufferPool, RefusesAnEmptyPoolAndOneTooLargeToMap) {
  EXPECT_FALSE(BufferPool::make(0, 64).ok());
  EXPECT_FALSE(BufferPool::make(64, 0).ok());
  const auto huge = BufferPool::make(UINT32_MAX, UINT32_MAX);
  ASSERT_FALSE(huge.ok());
  EXPECT_NE(huge.error().find("receive buffers"), std::string::npos);
}

}  // namespace
}  // namespace ringwire::driver
