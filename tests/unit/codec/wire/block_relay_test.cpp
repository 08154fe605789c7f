#include "codec/wire/block_relay.hpp"

#include "codec/crypto/keccak.hpp"
#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kBlockRelayMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(BlockRelay, EveryRecord, Records);

BlockManifest manifest(RecordMaker& maker, std::uint32_t bytes, std::uint32_t chunk, std::size_t chunks) {
  return {.block_bytes = bytes, .chunk_bytes = chunk, .chunk_hashes = hashes(maker, chunks), .proof = {}};
}

TEST(BlockRelay, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  BlockManifest most = manifest(maker, kBlockBytesMax, kBlockChunkBytesMin, kBlockChunksMax);
  most.number = UINT64_MAX;
  most.proof = maker.bytes(kManifestProofBytesMax);
  EXPECT_TRUE(fits_cap(most));
  EXPECT_TRUE(fits_cap(BlockChunk{{}, kBlockChunksMax - 1, maker.bytes(kBlockChunkBytesMax)}));
  std::vector<std::uint32_t> indexes(kCompactTransactionsMax);
  for (std::uint32_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
  EXPECT_TRUE(fits_cap(GetBlockTxs{UINT64_MAX, {}, maker.list_of(indexes)}));
  CompactBlock compact;
  compact.short_ids = maker.list<ShortId>(kCompactTransactionsMax - 1);
  const Buffer transaction(1024 * 1024, 1);
  compact.placed = maker.list_of(std::vector<PlacedTransaction>{{0, {transaction}}});
  EXPECT_TRUE(fits_cap(compact));
}

TEST(BlockRelay, AManifestHasAHashForEveryChunk) {
  RecordMaker maker(1);
  const auto what = [&](std::uint32_t bytes, std::uint32_t chunk, std::size_t chunks) {
    return error_of<Rlp, BlockManifest>(encoded<Rlp>(manifest(maker, bytes, chunk, chunks))).what;
  };
  EXPECT_EQ(what(3 * kBlockChunkBytesMin, kBlockChunkBytesMin, 3), Malformed::none);
  EXPECT_EQ(what(3 * kBlockChunkBytesMin + 1, kBlockChunkBytesMin, 3), Malformed::bad_value);
  EXPECT_EQ(what(3 * kBlockChunkBytesMin, kBlockChunkBytesMin, 4), Malformed::bad_value);
  EXPECT_EQ(what(0, kBlockChunkBytesMin, 0), Malformed::bad_value);
  EXPECT_EQ(what(1, kBlockChunkBytesMin - 1, 1), Malformed::bad_value);
  EXPECT_EQ(what(1, kBlockChunkBytesMax + 1, 1), Malformed::bad_value);
  EXPECT_EQ(what(1, 0, 1), Malformed::bad_value) << "division by what a peer sent";
  EXPECT_EQ(what(kBlockBytesMax + 1, kBlockChunkBytesMax, 41), Malformed::bad_value);
  BlockManifest proven = manifest(maker, 1, kBlockChunkBytesMin, 1);
  proven.proof = maker.bytes(kManifestProofBytesMax + 1);
  EXPECT_EQ((error_of<Rlp, BlockManifest>(encoded<Rlp>(proven)).what), Malformed::wrong_size);
}

TEST(BlockRelay, AManifestsIdCoversAllButTheProof) {
  RecordMaker maker(1);
  const auto base = manifest(maker, 3 * kBlockChunkBytesMin, kBlockChunkBytesMin, 3);
  const Hash32 id = manifest_id(base);
  BlockManifest other = base;
  other.proof = maker.bytes(65);
  EXPECT_EQ(manifest_id(other), id);
  other.number = 1;
  EXPECT_NE(manifest_id(other), id);
  other = base;
  other.block_hash.bytes[31] = 1;
  EXPECT_NE(manifest_id(other), id);
  other = base;
  other.block_bytes -= 1;
  EXPECT_NE(manifest_id(other), id);
  other = base;
  other.chunk_bytes += 1;
  EXPECT_NE(manifest_id(other), id);
  other = base;
  other.chunk_hashes = maker.list<Hash32>(3);
  EXPECT_NE(manifest_id(other), id);
}

TEST(BlockRelay, AChunkIsNeitherEmptyNorTooLong) {
  RecordMaker maker(1);
  const auto what = [&](std::uint32_t index, std::size_t bytes) {
    return error_of<Rlp, BlockChunk>(encoded<Rlp>(BlockChunk{{}, index, maker.bytes(bytes)})).what;
  };
  EXPECT_EQ(what(kBlockChunksMax - 1, kBlockChunkBytesMax), Malformed::none);
  EXPECT_EQ(what(kBlockChunksMax, 1), Malformed::bad_value);
  EXPECT_EQ(what(0, 0), Malformed::wrong_size);
  EXPECT_EQ(what(0, kBlockChunkBytesMax + 1), Malformed::wrong_size);
}

// The bytes that are hashed for a key, and what is cut off the hash, written out.
TEST(CompactBlock, ShortIdsAreKeyedByTheBlockAndTheSender) {
  const Hash32 block{{1, 2, 3}};
  Buffer text(block.bytes.begin(), block.bytes.end());
  for (int i = 0; i < 7; ++i) text.push_back(0);
  text.push_back(9);
  const Hash32 hash = crypto::keccak256(text);
  const crypto::SipKey key = short_id_key(block, 9);
  EXPECT_EQ(key.k0, load_be<std::uint64_t>(&hash.bytes[0]));
  EXPECT_EQ(key.k1, load_be<std::uint64_t>(&hash.bytes[8]));
  const Hash32 transaction{{7}};
  const std::uint64_t full = crypto::siphash13(key, transaction.view());
  std::uint64_t low = 0;
  for (const std::uint8_t byte : short_id(key, transaction).bytes) low = low << 8 | byte;
  EXPECT_EQ(low, full & 0xFFFF'FFFF'FFFF);
  EXPECT_NE(short_id(key, transaction), short_id(short_id_key(block, 10), transaction));
}

TEST(CompactBlock, PlacesRiseAndLieInTheBlock) {
  RecordMaker maker(1);
  const Buffer transaction{1, 0xC0};
  const auto what = [&](std::vector<std::uint32_t> indexes, std::size_t short_ids) {
    CompactBlock compact;
    std::vector<PlacedTransaction> placed;
    for (const std::uint32_t index : indexes) placed.push_back({index, {transaction}});
    compact.placed = maker.list_of(placed);
    compact.short_ids = maker.list<ShortId>(short_ids);
    return error_of<Rlp, CompactBlock>(encoded<Rlp>(compact)).what;
  };
  EXPECT_EQ(what({0, 2}, 1), Malformed::none);
  EXPECT_EQ(what({}, 0), Malformed::none) << "an empty block";
  EXPECT_EQ(what({0, 3}, 1), Malformed::bad_value) << "behind the end";
  EXPECT_EQ(what({1, 0}, 3), Malformed::bad_value);
  EXPECT_EQ(what({1, 1}, 3), Malformed::bad_value);
  EXPECT_EQ(what({UINT32_MAX}, 3), Malformed::bad_value);
  EXPECT_EQ(what({}, kCompactTransactionsMax + 1), Malformed::too_many_items);
}

TEST(CompactBlock, MissingTransactionsAreAskedForInOrder) {
  RecordMaker maker(1);
  const auto what = [&](std::vector<std::uint32_t> indexes) {
    const GetBlockTxs request{1, {}, maker.list_of(std::move(indexes))};
    return error_of<Rlp, GetBlockTxs>(encoded<Rlp>(request)).what;
  };
  EXPECT_EQ(what({0, 1, 99'999}), Malformed::none);
  EXPECT_EQ(what({1, 1}), Malformed::bad_value);
  EXPECT_EQ(what({2, 1}), Malformed::bad_value);
  EXPECT_EQ(what({kCompactTransactionsMax}), Malformed::bad_value);
  EXPECT_EQ(what(std::vector<std::uint32_t>(kCompactTransactionsMax + 1)), Malformed::too_many_items);
  const BlockTxs answer{1, {}, maker.list<Envelope>(kCompactTransactionsMax + 1)};
  EXPECT_EQ((error_of<Rlp, BlockTxs>(encoded<Rlp>(answer)).what), Malformed::too_many_items);
}

}  // namespace
}  // namespace ringwire::wire
