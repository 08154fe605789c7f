// Two ways to relay a large block faster than whole.
//
// Manifest and chunks. Problem: who forwards a block only when it has all of it adds the block's transmission
// time at every hop. So a block is cut into chunks, and a manifest with their hashes goes ahead. A relay
// hands on each chunk as it comes.
//   Attack: chunks of rubbish, to be relayed before anybody can tell. Each chunk has the hash that the
//   manifest
//   has for it before it is relayed, and the manifest is believed because of its proof: bytes that the
//   embedder
//   makes and judges, such as a signature of the proposer over manifest_id().
//
// Compact block. Problem: nearly all transactions of a block are in the receiver's pool already. So the
// header comes with a short id for each, and whole transactions only where the sender expects them to be
// missing; the receiver asks for the rest by position.
//   Attack: transactions made to collide under the short id, so that blocks cannot be put together. The key
//   of
//   the short ids is made of the block and a nonce of each sender: who makes transactions cannot know it.
//   Where
//   two do collide, or the root does not come out right, the receiver asks for the body as a whole.
//
// Refers to the bytes decoded. Source: BIP 152 for compact blocks, with a hash of our own.
#pragma once

#include "codec/crypto/siphash.hpp"
#include "codec/wire/block.hpp"
#include "codec/wire/request.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kBlockBytesMax = 10 * 1024 * 1024;  // Ethereum's cap on a block message
inline constexpr std::uint32_t kBlockChunkBytesMin = 16 * 1024;    // less only makes the manifest long
inline constexpr std::uint32_t kBlockChunkBytesMax = 256 * 1024;   // more only delays the first relay
inline constexpr std::uint32_t kBlockChunksMax = kBlockBytesMax / kBlockChunkBytesMin;
inline constexpr std::uint32_t kManifestProofBytesMax = 1024;
// As many as the cheapest transactions fill a block of kBlockBytesMax with, about.
inline constexpr std::uint32_t kCompactTransactionsMax = 100'000;

struct BlockManifest {
  Hash32 block_hash;
  std::uint64_t number = 0;
  std::uint32_t block_bytes = 0;  // of the block in RLP, which the chunks are pieces of
  std::uint32_t chunk_bytes = 0;  // of every chunk but the last
  List<Hash32> chunk_hashes;      // Keccak-256 of each
  ByteView proof;                 // the embedder's, over manifest_id()
};
template <>
struct Describe<BlockManifest> {
  using Record = BlockManifest;
  static constexpr MessageType kMessage = MessageType::block_manifest;
  static constexpr auto kFields =
      std::tuple(field("blockHash", &Record::block_hash), field("number", &Record::number),
                 field("blockBytes", &Record::block_bytes), field("chunkBytes", &Record::chunk_bytes),
                 field("chunkHashes", &Record::chunk_hashes), field("proof", &Record::proof));
  static Malformed check(const BlockManifest& manifest);
};

// Keccak-256("ringwire/1 manifest" | block hash | number u64 | block bytes u32 | chunk bytes u32 | chunk
// hashes).
Hash32 manifest_id(const BlockManifest& manifest);

struct BlockChunk {
  Hash32 manifest;  // its id
  std::uint32_t index = 0;
  ByteView bytes;
};
template <>
struct Describe<BlockChunk> {
  static constexpr MessageType kMessage = MessageType::block_chunk;
  static constexpr auto kFields =
      std::tuple(field("manifest", &BlockChunk::manifest), field("index", &BlockChunk::index),
                 field("data", &BlockChunk::bytes));
  static Malformed check(const BlockChunk& chunk) {
    const bool fits = !chunk.bytes.empty() && chunk.bytes.size() <= kBlockChunkBytesMax;
    if (!fits) return Malformed::wrong_size;
    return chunk.index < kBlockChunksMax ? Malformed::none : Malformed::bad_value;
  }
};

// --- compact blocks

using ShortId = FixedBytes<6, struct ShortIdTag>;

// SipHash-1-3's low 48 bits, big-endian.
ShortId short_id(const crypto::SipKey& key, const Hash32& transaction);
// The first 16 bytes of Keccak-256(block hash | nonce u64), as two u64, all big-endian.
crypto::SipKey short_id_key(const Hash32& block_hash, std::uint64_t nonce);

struct PlacedTransaction {
  std::uint32_t index = 0;  // in the block
  Envelope transaction;
};
template <>
struct Describe<PlacedTransaction> {
  static constexpr auto kFields = std::tuple(field("index", &PlacedTransaction::index),
                                             field("transaction", &PlacedTransaction::transaction));
};

struct CompactBlock {
  Header header;
  std::uint64_t nonce = 0;
  List<ShortId> short_ids;         // of the transactions that are not in `placed`, in order
  List<PlacedTransaction> placed;  // indexes rise; the short ids are all the others
  List<Header> ommers;
  std::optional<List<Withdrawal>> withdrawals;
};
template <>
struct Describe<CompactBlock> {
  using Record = CompactBlock;
  static constexpr MessageType kMessage = MessageType::compact_block;
  static constexpr auto kFields =
      std::tuple(field("header", &Record::header), field("nonce", &Record::nonce),
                 field("shortIds", &Record::short_ids), field("placed", &Record::placed),
                 field("uncles", &Record::ommers), trailing("withdrawals", &Record::withdrawals));
  static Malformed check(const CompactBlock& compact);
};

struct GetBlockTxs {
  std::uint64_t request_id = 0;
  Hash32 block_hash;
  List<std::uint32_t> indexes;  // rising
};
template <>
struct Describe<GetBlockTxs> {
  static constexpr MessageType kMessage = MessageType::get_block_txs;
  static constexpr auto kFields =
      std::tuple(field("requestId", &GetBlockTxs::request_id), field("blockHash", &GetBlockTxs::block_hash),
                 field("indexes", &GetBlockTxs::indexes));
  static Malformed check(const GetBlockTxs& request);
};

// All that were asked for, or none.
struct BlockTxs {
  std::uint64_t request_id = 0;
  Hash32 block_hash;
  List<Envelope> transactions;
};
template <>
struct Describe<BlockTxs> {
  static constexpr MessageType kMessage = MessageType::block_txs;
  static constexpr auto kFields =
      std::tuple(field("requestId", &BlockTxs::request_id), field("blockHash", &BlockTxs::block_hash),
                 field("transactions", &BlockTxs::transactions));
  static Malformed check(const BlockTxs& answer) {
    return check_count(answer.transactions, kCompactTransactionsMax);
  }
};

}  // namespace ringwire::wire
