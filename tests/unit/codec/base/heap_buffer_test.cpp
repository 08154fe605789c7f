#include "codec/base/heap_buffer.hpp"

#include <gtest/gtest.h>

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
