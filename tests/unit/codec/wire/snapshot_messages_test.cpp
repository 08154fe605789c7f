#include "codec/wire/snapshot_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kSnapshotMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(Snapshot, EveryRecord, Records);

Snapshot snapshot(RecordMaker& maker, std::uint64_t bytes, std::uint32_t chunk, std::size_t chunks) {
  return {.format = 1, .bytes = bytes, .chunk_bytes = chunk, .chunk_hashes = hashes(maker, chunks)};
}

TEST(SnapshotMessages, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  const std::uint64_t bytes = std::uint64_t{kSnapshotChunksMax} * kSnapshotChunkBytesMax;
  const auto most = maker.list_of(
      std::vector<Snapshot>{snapshot(maker, bytes, kSnapshotChunkBytesMax, kSnapshotChunksMax)});
  EXPECT_TRUE(fits_cap(SnapshotManifest{UINT64_MAX, most}));
  EXPECT_TRUE(fits_cap(GetSnapshotManifest{UINT64_MAX, UINT64_MAX}));
  EXPECT_TRUE(fits_cap(GetSnapshotChunk{UINT64_MAX, {}, kSnapshotChunksMax - 1}));
  EXPECT_TRUE(fits_cap(SnapshotChunk{UINT64_MAX, maker.bytes(kSnapshotChunkBytesMax)}));
}

TEST(SnapshotMessages, AManifestBoundsTheWholeAndHasAHashForEveryChunk) {
  RecordMaker maker(1);
  const auto what = [&](std::uint64_t bytes, std::uint32_t chunk, std::size_t chunks) {
    return error_of<Rlp, Snapshot>(encoded<Rlp>(snapshot(maker, bytes, chunk, chunks))).what;
  };
  EXPECT_EQ(what(2 * kSnapshotChunkBytesMin, kSnapshotChunkBytesMin, 2), Malformed::none);
  EXPECT_EQ(what(2 * kSnapshotChunkBytesMin + 1, kSnapshotChunkBytesMin, 2), Malformed::bad_value);
  EXPECT_EQ(what(0, kSnapshotChunkBytesMin, 0), Malformed::bad_value);
  EXPECT_EQ(what(1, 0, 1), Malformed::bad_value) << "division by what a peer sent";
  EXPECT_EQ(what(1, kSnapshotChunkBytesMin - 1, 1), Malformed::bad_value);
  EXPECT_EQ(what(1, kSnapshotChunkBytesMax + 1, 1), Malformed::bad_value);
  EXPECT_EQ(what(UINT64_MAX, kSnapshotChunkBytesMax, 3), Malformed::bad_value);
  const std::uint64_t over = kSnapshotChunksMax + 1;
  EXPECT_EQ(what(over * kSnapshotChunkBytesMin, kSnapshotChunkBytesMin, over), Malformed::too_many_items);
}

TEST(SnapshotMessages, AnIdCoversEveryField) {
  RecordMaker maker(1);
  const auto base = snapshot(maker, 2 * kSnapshotChunkBytesMin, kSnapshotChunkBytesMin, 2);
  const Hash32 id = snapshot_id(base);
  const auto changed = [&](const auto& change) {
    Snapshot other = base;
    change(other);
    return snapshot_id(other) != id;
  };
  EXPECT_TRUE(changed([](Snapshot& it) { it.format = 2; }));
  EXPECT_TRUE(changed([](Snapshot& it) { it.number = 2; }));
  EXPECT_TRUE(changed([](Snapshot& it) { it.block_hash.bytes[0] = 2; }));
  EXPECT_TRUE(changed([](Snapshot& it) { it.state_root.bytes[0] = 2; }));
  EXPECT_TRUE(changed([](Snapshot& it) { it.bytes -= 1; }));
  EXPECT_TRUE(changed([](Snapshot& it) { it.chunk_bytes += 1; }));
  EXPECT_TRUE(changed([&](Snapshot& it) { it.chunk_hashes = maker.list<Hash32>(2); }));
}

TEST(SnapshotMessages, OneManifestAndOneChunkAtATime) {
  RecordMaker maker(1);
  const SnapshotManifest two{1, maker.list<Snapshot>(2)};
  EXPECT_EQ((error_of<Rlp, SnapshotManifest>(encoded<Rlp>(two)).what), Malformed::too_many_items);
  const GetSnapshotChunk over{1, {}, kSnapshotChunksMax};
  EXPECT_EQ((error_of<Rlp, GetSnapshotChunk>(encoded<Rlp>(over)).what), Malformed::bad_value);
  const SnapshotChunk chunk{1, maker.bytes(kSnapshotChunkBytesMax + 1)};
  EXPECT_EQ((error_of<Rlp, SnapshotChunk>(encoded<Rlp>(chunk)).what), Malformed::wrong_size);
}

}  // namespace
}  // namespace ringwire::wire
