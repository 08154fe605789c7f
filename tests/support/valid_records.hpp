// Random records put right: what check() of their tables asks for beyond form (see RecordMaker).
#pragma once

#include "codec/wire/block_messages.hpp"
#include "codec/wire/block_relay.hpp"
#include "codec/wire/node.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/snapshot_messages.hpp"
#include "codec/wire/state_messages.hpp"
#include "codec/wire/topic_messages.hpp"
#include "codec/wire/transaction.hpp"
#include "codec/wire/transaction_messages.hpp"
#include "tests/support/random_record.hpp"

namespace ringwire::wire {

inline void make_valid(Transaction& transaction, RecordMaker& maker) {
  const bool is_legacy = transaction.type == TransactionType::legacy;
  transaction.v = is_legacy ? 27 + maker.prng().below(2) : 0;
  transaction.y_parity = static_cast<std::uint8_t>(is_legacy ? 0 : maker.prng().below(2));
}
inline void make_valid(Receipt& receipt, RecordMaker& maker) {
  static constexpr std::array<std::uint8_t, 32> kRoot{1};
  static constexpr std::size_t kSizes[] = {0, 1, 32};
  receipt.status = ByteView(kRoot).first(kSizes[maker.prng().below(3)]);
}
inline void make_valid(Node& node, RecordMaker& maker) {
  node.ip = maker.bytes(maker.prng().below(2) == 0 ? 4 : 16);
}

// --- messages

inline void make_valid(GetBlockHeaders& request, RecordMaker& maker) {
  request.limit = maker.prng().below(kItemsPerRequestMax + 1);
  if (request.start_hash) request.start_number = 0;
}
inline void make_valid(NewPooledTransactionHashes& announced, RecordMaker& maker) {
  const std::uint32_t count = announced.hashes.size();
  announced.types = maker.bytes(count);
  announced.sizes = maker.list<std::uint32_t>(count);
}

// A size that `chunks` chunks of `chunk_bytes` make.
inline std::uint64_t cut_in(std::uint64_t chunks, std::uint64_t chunk_bytes, Prng& prng) {
  return (chunks - 1) * chunk_bytes + prng.between(1, chunk_bytes);
}
inline void make_valid(BlockManifest& manifest, RecordMaker& maker) {
  Prng& prng = maker.prng();
  manifest.chunk_bytes = static_cast<std::uint32_t>(prng.between(kBlockChunkBytesMin, kBlockChunkBytesMax));
  manifest.chunk_hashes = maker.list<Hash32>(prng.between(1, 9));
  manifest.block_bytes =
      static_cast<std::uint32_t>(cut_in(manifest.chunk_hashes.size(), manifest.chunk_bytes, prng));
}
inline void make_valid(Snapshot& snapshot, RecordMaker& maker) {
  Prng& prng = maker.prng();
  snapshot.chunk_bytes =
      static_cast<std::uint32_t>(prng.between(kSnapshotChunkBytesMin, kSnapshotChunkBytesMax));
  snapshot.chunk_hashes = maker.list<Hash32>(prng.between(1, 9));
  snapshot.bytes = cut_in(snapshot.chunk_hashes.size(), snapshot.chunk_bytes, prng);
}
inline void make_valid(SnapshotManifest& answer, RecordMaker& maker) {
  answer.snapshots = maker.list<Snapshot>(maker.prng().below(2));
}
inline void make_valid(GetSnapshotChunk& request, RecordMaker&) {
  request.index %= kSnapshotChunksMax;
}
inline void make_valid(BlockChunk& chunk, RecordMaker& maker) {
  chunk.index %= kBlockChunksMax;
  if (chunk.bytes.empty()) chunk.bytes = maker.bytes(1);
}

// Some of `count` positions, rising.
inline std::vector<std::uint32_t> some_of(std::uint32_t count, Prng& prng) {
  std::vector<std::uint32_t> indexes;
  for (std::uint32_t index = 0; index < count; ++index) {
    if (prng.below(2) == 0) indexes.push_back(index);
  }
  return indexes;
}
inline void make_valid(CompactBlock& compact, RecordMaker& maker) {
  const auto transactions = static_cast<std::uint32_t>(maker.prng().below(7));
  std::vector<PlacedTransaction> placed;
  for (const std::uint32_t index : some_of(transactions, maker.prng()))
    placed.push_back({index, maker.make<Envelope>()});
  compact.short_ids = maker.list<ShortId>(transactions - placed.size());
  compact.placed = maker.list_of(std::move(placed));
}
inline void make_valid(GetBlockTxs& request, RecordMaker& maker) {
  request.indexes = maker.list_of(some_of(9, maker.prng()));
}

inline ByteView make_topic(RecordMaker& maker) {
  return maker.bytes(maker.prng().between(1, kTopicBytesMax));
}
inline void make_valid(IHave& have, RecordMaker& maker) {
  have.topic = make_topic(maker);
}
inline void make_valid(Graft& graft, RecordMaker& maker) {
  graft.topic = make_topic(maker);
}
inline void make_valid(Prune& prune, RecordMaker& maker) {
  prune.topic = make_topic(maker);
  prune.backoff_s %= kPruneBackoffMax_s + 1;
}

}  // namespace ringwire::wire
