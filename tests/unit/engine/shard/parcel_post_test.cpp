#include "engine/shard/parcel_post.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

SliceChain chain_of(HeapBuffers& buffers, std::size_t slices, std::uint8_t seed) {
  SliceChain chain;
  for (std::size_t i = 0; i < slices; ++i) {
    Slice slice = buffers.make(8);
    for (std::uint8_t& byte : HeapBuffers::writable(slice)) byte = static_cast<std::uint8_t>(seed + i);
    chain.append(slice.sub(2, 4));
  }
  return chain;
}

struct ParcelPostTest : testing::Test {
  HeapBuffers buffers{1 << 20};
  std::optional<ParcelPost> post{std::in_place, 3};
};

TEST_F(ParcelPostTest, TheReceiverReadsTheSameBytesInPlace) {
  for (const std::size_t slices : {1U, 2U, 3U, 40U}) {
    SliceChain chain = chain_of(buffers, slices, 9);
    const std::uint8_t* const first = chain[0].data();
    const std::uint32_t parcel = post->pack(chain);
    EXPECT_TRUE(chain.empty());
    EXPECT_EQ(chain.count(), 0U);
    const SliceChain read = post->unpack(parcel);
    ASSERT_EQ(read.count(), slices);
    EXPECT_EQ(read[0].data(), first);
    for (std::size_t i = 0; i < slices; ++i) {
      EXPECT_EQ(read[i].size(), 4U);
      EXPECT_EQ(read[i].view()[0], static_cast<std::uint8_t>(9 + i));
    }
    EXPECT_EQ(post->held(), 1U);
    const_cast<SliceChain&>(read).clear();
    EXPECT_EQ(post->collect(), 1U);
  }
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

TEST_F(ParcelPostTest, AParcelComesHomeWhenItsLastSliceDied) {
  SliceChain chain = chain_of(buffers, 3, 0);
  SliceChain read = post->unpack(post->pack(chain));
  Slice kept = read[1].sub(1, 1);
  read.clear();
  EXPECT_EQ(post->held(), 1U);
  EXPECT_EQ(post->collect(), 0U);
  EXPECT_GT(buffers.used_bytes(), 0U);
  kept.reset();
  EXPECT_EQ(post->held(), 0U);
  EXPECT_GT(buffers.used_bytes(), 0U);  // only the sender's own thread frees
  EXPECT_EQ(post->collect(), 1U);
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

TEST_F(ParcelPostTest, WithoutCreditTheChainStaysWithTheCaller) {
  std::uint32_t parcels[3];
  for (std::uint32_t& parcel : parcels) {
    SliceChain chain = chain_of(buffers, 1, 0);
    parcel = post->pack(chain);
    EXPECT_NE(parcel, ParcelPost::kNoParcel);
  }
  EXPECT_EQ(post->credits(), 0U);
  SliceChain chain = chain_of(buffers, 2, 5);
  EXPECT_EQ(post->pack(chain), ParcelPost::kNoParcel);
  EXPECT_EQ(chain.bytes(), 8U);
  post->unpack(parcels[1]).clear();
  EXPECT_EQ(post->collect(), 1U);
  EXPECT_EQ(post->pack(chain), parcels[1]);
  EXPECT_TRUE(chain.empty());
}

TEST_F(ParcelPostTest, UnsendGivesTheChainBack) {
  SliceChain chain = chain_of(buffers, 2, 5);
  SliceChain back = post->unsend(post->pack(chain));
  EXPECT_EQ(back.bytes(), 8U);
  EXPECT_EQ(post->away(), 0U);
}

TEST_F(ParcelPostTest, TheEndDropsWhatWasNeverUnpackedOrCollected) {
  SliceChain unpacked = chain_of(buffers, 2, 0);
  SliceChain mailed = chain_of(buffers, 2, 0);
  (void)post->pack(unpacked);
  post->unpack(post->pack(mailed)).clear();
  EXPECT_GT(buffers.used_bytes(), 0U);
  post.reset();
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

TEST_F(ParcelPostTest, TheFootprintCoversItsOwnTables) {
  std::uint64_t bytes = 0;
  for (const Addend& addend : ParcelPost::footprint(1000)) bytes += addend.total();
  EXPECT_GE(bytes, 1000U * (sizeof(SliceChain) + 2 * sizeof(Buffer) + 8));
}

// Any order of packing, keeping, dropping and collecting: bytes are right and every buffer returns.
TEST_F(ParcelPostTest, EveryBufferReturnsWhateverTheOrder) {
  post.emplace(16);
  Prng prng(7);
  std::vector<std::pair<std::uint32_t, std::uint8_t>> crossing;
  std::vector<std::pair<SliceChain, std::uint8_t>> kept;
  for (int step = 0; step < 100'000; ++step) {
    switch (prng.below(4)) {
      case 0: {
        const auto seed = static_cast<std::uint8_t>(prng.next());
        SliceChain chain = chain_of(buffers, prng.between(1, 5), seed);
        const std::uint32_t parcel = post->pack(chain);
        ASSERT_EQ(parcel == ParcelPost::kNoParcel, !chain.empty());
        if (parcel != ParcelPost::kNoParcel) crossing.emplace_back(parcel, seed);
        break;
      }
      case 1:
        if (crossing.empty()) break;
        kept.emplace_back(post->unpack(crossing.back().first), crossing.back().second);
        crossing.pop_back();
        break;
      case 2: {
        if (kept.empty()) break;
        const std::size_t at = prng.below(kept.size());
        for (std::size_t i = 0; i < kept[at].first.count(); ++i) {
          ASSERT_EQ(kept[at].first[i].view()[3], static_cast<std::uint8_t>(kept[at].second + i));
        }
        std::swap(kept[at], kept.back());
        kept.pop_back();
        break;
      }
      default:
        post->collect();
    }
    ASSERT_EQ(post->held(), kept.size());
    ASSERT_GE(post->away(), kept.size() + crossing.size());
  }
  kept.clear();
  for (const auto& [parcel, seed] : crossing) post->unpack(parcel).clear();
  post->collect();
  EXPECT_EQ(post->away(), 0U);
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

using ParcelPostDeathTest = ParcelPostTest;

TEST_F(ParcelPostDeathTest, DyingWhileTheReceiverHoldsASliceIsABug) {
  SliceChain chain = chain_of(buffers, 1, 0);
  SliceChain held = post->unpack(post->pack(chain));
  EXPECT_DEATH(post.reset(), "held_ == 0");
}

}  // namespace
}  // namespace ringwire::shard
