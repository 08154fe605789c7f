#include "codec/base/slice.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/base/slice_chain.hpp"

namespace ringwire {
namespace {

struct CountingRecycler final : Recycler {
  void recycle(Buffer& buffer) override { returned.push_back(buffer.index); }
  std::vector<std::uint32_t> returned;
};

struct SliceTest : testing::Test {
  std::uint8_t bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  CountingRecycler recycler;
  Buffer buffer{bytes, sizeof bytes, 0, &recycler, 7};
};

TEST_F(SliceTest, BufferReturnsWhenTheLastReferenceDies) {
  Slice first(buffer, 0, 8);
  Slice second = first.sub(4, 4);
  first.reset();
  EXPECT_TRUE(recycler.returned.empty());
  EXPECT_EQ(second.view()[0], 4);
  second.reset();
  EXPECT_EQ(recycler.returned, std::vector<std::uint32_t>{7});
}

TEST_F(SliceTest, MovingKeepsTheCountAndEmptiesTheSource) {
  Slice first(buffer, 2, 3);
  Slice second = std::move(first);
  EXPECT_EQ(buffer.references, 1U);
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(first.view().size(), 0U);
  second = Slice(second);
  EXPECT_EQ(buffer.references, 1U);
}

TEST_F(SliceTest, AssigningReleasesWhatWasHeldBefore) {
  Buffer other{bytes, sizeof bytes, 0, &recycler, 8};
  Slice slice(buffer, 0, 1);
  slice = Slice(other, 0, 1);
  EXPECT_EQ(recycler.returned, std::vector<std::uint32_t>{7});
}

TEST_F(SliceTest, RemovingAPrefixMovesTheStart) {
  Slice slice(buffer, 1, 5);
  slice.remove_prefix(2);
  EXPECT_EQ(slice.view()[0], 3);
  EXPECT_EQ(slice.size(), 3U);
}

TEST_F(SliceTest, ChainKeepsOrderBeyondItsInlineSlices) {
  SliceChain chain;
  for (std::uint32_t i = 0; i < 5; ++i) chain.append(Slice(buffer, i * 3, 3));
  chain.append(Slice{});
  EXPECT_EQ(chain.count(), 5U);
  EXPECT_EQ(chain.bytes(), 15U);
  std::uint8_t out[15];
  EXPECT_EQ(chain.copy_to(out, CopyReason::straddle), 15U);
  EXPECT_EQ(std::vector<std::uint8_t>(out, out + 15), std::vector<std::uint8_t>(bytes, bytes + 15));
  chain.clear();
  EXPECT_EQ(recycler.returned.size(), 1U);
}

TEST_F(SliceTest, AChainLosesItsPrefixWhereverItsSlicesEnd) {
  for (std::uint64_t cut = 0; cut <= 15; ++cut) {
    SliceChain chain;
    for (std::uint32_t i = 0; i < 5; ++i) chain.append(Slice(buffer, i * 3, 3));
    chain.remove_prefix(cut);
    EXPECT_EQ(chain.bytes(), 15 - cut);
    EXPECT_EQ(chain.count(), (15 - cut + 2) / 3);
    std::vector<std::uint8_t> out(chain.bytes());
    chain.copy_to(out, CopyReason::straddle);
    EXPECT_EQ(out, std::vector<std::uint8_t>(bytes + cut, bytes + 15)) << cut;
  }
  EXPECT_EQ(recycler.returned.size(), 16U) << "each chain let go of the buffer";
}

TEST_F(SliceTest, AChainThatWasMovedFromIsEmptyAndMayBeUsedAgain) {
  SliceChain from(Slice(buffer, 0, 4));
  for (int i = 0; i < 4; ++i) from.append(Slice(buffer, 4, 4));
  SliceChain to = std::move(from);
  EXPECT_EQ(to.count(), 5U);
  EXPECT_EQ(to.bytes(), 20U);
  EXPECT_EQ(from.count(), 0U);
  EXPECT_TRUE(from.empty());
  from.append(Slice(buffer, 8, 4));
  ASSERT_EQ(from.count(), 1U);
  EXPECT_EQ(from.contiguous()[0], 8);
  from = std::move(to);
  EXPECT_EQ(from.bytes(), 20U);
  from.clear();
  EXPECT_EQ(recycler.returned, std::vector<std::uint32_t>{7});
}

}  // namespace
}  // namespace ringwire
