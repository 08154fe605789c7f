#include "codec/base/heap_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringwire {
namespace {

TEST(HeapBuffers, ReusesAFreedBufferOfTheSameClass) {
  HeapBuffers heap(1 << 20);
  Slice slice = heap.make(200);
  const std::uint8_t* const where = slice.data();
  EXPECT_EQ(heap.used_bytes(), 256U);
  slice.reset();
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(heap.make(129).data(), where);
}

TEST(HeapBuffers, StopsAtItsLimitAndCountsTheRefusal) {
  HeapBuffers heap(1024);
  const Slice held = heap.make(1000);
  EXPECT_TRUE(heap.make(1).empty());
  EXPECT_EQ(heap.refused().value(), 1U);
}

TEST(HeapBuffers, ServesTheSmallestAndTheLargestSize) {
  HeapBuffers heap(1ULL << 30);
  EXPECT_EQ(heap.make(1).size(), 1U);
  EXPECT_EQ(heap.make(16U << 20).size(), 16U << 20);
  EXPECT_EQ(heap.used_bytes(), 0U);
}

// One byte of every sixteen that were received, as a chain of single bytes.
SliceChain scattered(HeapBuffers& pool, std::uint32_t bytes) {
  const Slice received = pool.make(16 * bytes);
  SliceChain chain;
  for (std::uint32_t i = 0; i < bytes; ++i) {
    HeapBuffers::writable(received)[16 * i] = static_cast<std::uint8_t>(i);
    chain.append(received.sub(16 * i, 1));
  }
  return chain;
}

TEST(HeapBuffers, ShortSlicesAreTakenOverTogether) {
  HeapBuffers pool(1 << 20);
  HeapBuffers heap(1 << 20);
  SliceChain chain(heap.make(200));
  const SliceChain short_ones = scattered(pool, 1000);
  for (std::size_t i = 0; i < short_ones.count(); ++i) chain.append(short_ones[i]);
  ASSERT_TRUE(heap.take_over(chain, CopyReason::unpin));
  EXPECT_EQ(heap.used_bytes(), 256U + 1024U);
  EXPECT_EQ(chain.bytes(), 1200U);
  for (std::size_t i = 0; i < chain.count(); ++i) EXPECT_TRUE(heap.owns(chain[i]));
  chain.remove_prefix(200);
  ASSERT_EQ(chain.count(), 1U);
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(chain[0].data()[i], static_cast<std::uint8_t>(i));
}

TEST(HeapBuffers, LongSlicesAreTakenOverInPiecesOfABoundedSize) {
  HeapBuffers pool(1 << 20);
  HeapBuffers heap(1 << 20);
  SliceChain chain;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Slice part = pool.make(30'000);
    std::ranges::fill(HeapBuffers::writable(part), static_cast<std::uint8_t>(i));
    chain.append(part);
  }
  ASSERT_TRUE(heap.take_over(chain, CopyReason::unpin));
  EXPECT_EQ(pool.used_bytes(), 0U);
  EXPECT_EQ(chain.bytes(), 150'000U);
  EXPECT_EQ(chain.count(), 3U);
  for (std::size_t i = 0; i < chain.count(); ++i) EXPECT_EQ(chain[i].view()[0], 2 * i);
}

TEST(HeapBuffers, AtTheLimitEveryByteOfAChainIsStillThere) {
  HeapBuffers pool(1 << 20);
  HeapBuffers heap(64 * 1024);
  SliceChain chain;
  for (int i = 0; i < 4; ++i) chain.append(pool.make(30'000));
  EXPECT_FALSE(heap.take_over(chain, CopyReason::unpin));
  EXPECT_EQ(chain.bytes(), 120'000U);
  EXPECT_TRUE(heap.owns(chain[0]));
  EXPECT_FALSE(heap.owns(chain[chain.count() - 1]));
}

TEST(HeapBuffers, TakesOverASliceOnceAndOnlyWhereThereIsRoom) {
  HeapBuffers pool(1 << 20);
  HeapBuffers heap(512);
  Slice slice = pool.make(300);
  std::ranges::fill(HeapBuffers::writable(slice), std::uint8_t{7});
  ASSERT_TRUE(heap.take_over(slice, CopyReason::unpin));
  EXPECT_EQ(slice.view()[299], 7);
  EXPECT_EQ(pool.used_bytes(), 0U);
  const std::uint8_t* const where = slice.data();
  ASSERT_TRUE(heap.take_over(slice, CopyReason::unpin)) << "its own stay";
  EXPECT_EQ(slice.data(), where);

  Slice more = pool.make(300);
  const Slice before = more;
  EXPECT_FALSE(heap.take_over(more, CopyReason::unpin));
  EXPECT_EQ(more.data(), before.data());

  Slice none = pool.make(300).sub(0, 0);
  EXPECT_TRUE(heap.take_over(none, CopyReason::unpin)) << "nothing takes no room";
  Slice used_up = pool.make(10);
  used_up.remove_prefix(10);
  EXPECT_TRUE(heap.take_over(used_up, CopyReason::unpin));
  EXPECT_EQ(used_up.buffer(), nullptr) << "and holds no buffer";
}

TEST(HeapBuffersDeath, OutlivedByASliceIsABugOfOurs) {
  EXPECT_DEATH(
      {
        Slice slice;
        HeapBuffers heap(1024);
        slice = heap.make(1);
      },
      "live_ == 0");
}

}  // namespace
}  // namespace ringwire
