#include "codec/wire/message_type.hpp"

#include <array>

namespace ringwire::wire {
namespace {

using enum TrafficClass;
using Type = MessageType;

constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kMiB = 1024 * kKiB;

// In RLP: a hash, and what stands around the fields of a message, with its request id.
constexpr std::uint32_t kHashBytes = 1 + 32;
constexpr std::uint32_t kAroundBytes = 32;

// Hashes of kItemsPerRequestMax things (codec/wire/request.hpp).
constexpr std::uint32_t kHashesBytesMax = 1024 * kHashBytes + kAroundBytes;
// Answers are closed at kAnswerBytesSoft, unless their first item is longer by itself: up to a whole block.
constexpr std::uint32_t kAnswerBytesMax = 2 * kMiB;
constexpr std::uint32_t kBlockBytesMax = 10 * kMiB;

// Columns: type, name, cap, class, fragmentable, compressible, before authentication, unchecked bytes.
// Session records are consensus class: a pong or a window update must not wait behind what it measures.
constexpr std::array kRules = std::to_array<MessageRules>({
    // Today's fields need at most 233 bytes; the rest is room for later ones.
    {Type::handshake, "handshake", 512, consensus, false, false, true, 0},
    // Exactly one recoverable signature.
    {Type::handshake_ack, "handshake_ack", 65, consensus, false, false, true, 0},
    // A pong costs its receiver as much as the ping cost its sender: small, so that echoing is cheap.
    {Type::ping, "ping", 1 * kKiB, consensus, false, false, false, 0},
    {Type::pong, "pong", 1 * kKiB, consensus, false, false, false, 0},
    // Reason and 128 bytes of text for a log line.
    {Type::disconnect, "disconnect", 1 + 128, consensus, false, false, true, 0},
    // Class and credit.
    {Type::window_update, "window_update", 5, consensus, false, false, false, 0},
    // Slot, flags, and one fragment. It is sent in the class of the message inside.
    {Type::fragment, "fragment", 2 + kFragmentBytesMax, other, false, false, false, 0},
    // A request id and a node id.
    {Type::find_node, "find_node", kHashBytes + kAroundBytes, other, false, false, false, 0},
    // One bucket of node records.
    {Type::neighbors, "neighbors", 16 * (3 + 300) + kAroundBytes, other, false, false, false, 0},
    // A hash, a number, and three small ones.
    {Type::get_block_headers, "get_block_headers", 128, sync, false, false, false, 0},
    // No header is long: all that are asked for fit into an answer.
    {Type::block_headers, "block_headers", kAnswerBytesMax, sync, true, true, false, 0},
    {Type::get_block_bodies, "get_block_bodies", kHashesBytesMax, sync, true, false, false, 0},
    {Type::block_bodies, "block_bodies", kBlockBytesMax, sync, true, true, false, 0},
    // Ethereum's own cap on a block message is 10 MiB; its blocks stay far below.
    {Type::new_block, "new_block", kBlockBytesMax, block, true, false, false, 0},
    // 256 hashes with their numbers.
    {Type::new_block_hashes, "new_block_hashes", 256 * (1 + kHashBytes + 9) + kAroundBytes, block, false,
     false, false, 0},
    // A block of 10 MiB in its smallest chunks, and the proof.
    {Type::block_manifest, "block_manifest", 640 * kHashBytes + 2 * kKiB, block, true, false, false, 0},
    {Type::block_chunk, "block_chunk", 256 * kKiB + 2 * kHashBytes, block, true, false, false, 0},
    // A header, 100,000 short ids, and a megabyte of transactions that are new to the receiver.
    {Type::compact_block, "compact_block", 2 * kMiB, block, true, false, false, 0},
    // 100,000 positions.
    {Type::get_block_txs, "get_block_txs", 400 * kKiB, block, true, false, false, 0},
    {Type::block_txs, "block_txs", kBlockBytesMax, block, true, false, false, 0},
    // Eight transactions of the largest size a pool takes (128 KiB), thousands of the usual size.
    {Type::transactions, "transactions", 1 * kMiB, transaction, true, false, false, 0},
    {Type::get_pooled_transactions, "get_pooled_transactions", 256 * kHashBytes + kAroundBytes, transaction,
     false, false, false, 0},
    // As many bytes as come unasked for.
    {Type::pooled_transactions, "pooled_transactions", 1 * kMiB, transaction, true, false, false, 0},
    // 4,096 of type, size and hash.
    {Type::new_pooled_transaction_hashes, "new_pooled_transaction_hashes",
     4096 * (1 + 5 + kHashBytes) + kAroundBytes, transaction, true, false, false, 0},
    {Type::get_node_data, "get_node_data", kHashesBytesMax, sync, true, false, false, 0},
    {Type::node_data, "node_data", kAnswerBytesMax, sync, true, true, false, 0},
    {Type::get_receipts, "get_receipts", kHashesBytesMax, sync, true, false, false, 0},
    // The receipts of one block are as long as the block at most, about.
    {Type::receipts, "receipts", kBlockBytesMax, sync, true, true, false, 0},
    {Type::get_snapshot_manifest, "get_snapshot_manifest", kAroundBytes, sync, false, false, false, 0},
    // Hashes of 65,536 chunks: 256 GiB of state in the largest.
    {Type::snapshot_manifest, "snapshot_manifest", 65'536 * kHashBytes + 1 * kKiB, sync, true, false, false,
     0},
    {Type::get_snapshot_chunk, "get_snapshot_chunk", kHashBytes + kAroundBytes, sync, false, false, false, 0},
    {Type::snapshot_chunk, "snapshot_chunk", 4 * kMiB + kAroundBytes, sync, true, true, false, 0},
    // A root, both ends and a size.
    {Type::get_account_range, "get_account_range", 3 * kHashBytes + kAroundBytes, sync, false, false, false,
     0},
    {Type::account_range, "account_range", kAnswerBytesMax, sync, true, true, false, 0},
    // The same, and the accounts.
    {Type::get_storage_ranges, "get_storage_ranges", kHashesBytesMax + 3 * kHashBytes + kAroundBytes, sync,
     true, false, false, 0},
    {Type::storage_ranges, "storage_ranges", kAnswerBytesMax, sync, true, true, false, 0},
    {Type::get_byte_codes, "get_byte_codes", kHashesBytesMax, sync, true, false, false, 0},
    {Type::byte_codes, "byte_codes", kAnswerBytesMax, sync, true, true, false, 0},
    // Votes are small; the largest topic messages in use elsewhere are blob sidecars of 128 KiB and their
    // batches.
    {Type::publish, "publish", 4 * kMiB, consensus, true, false, false, 1},
    // A topic and 5,000 ids.
    {Type::i_have, "i_have", 5000 * kHashBytes + 256, other, true, false, false, 0},
    // What is asked for here is late already.
    {Type::i_want, "i_want", 5000 * kHashBytes + kAroundBytes, consensus, true, false, false, 0},
    // 64 ids. Of use only if it overtakes the message that it is about.
    {Type::i_dont_want, "i_dont_want", 64 * kHashBytes + kAroundBytes, consensus, false, false, false, 0},
    // A topic.
    {Type::graft, "graft", 2 + 128 + kAroundBytes, other, false, false, false, 0},
    // A topic, a number, and one bucket of node records.
    {Type::prune, "prune", 2 + 128 + 16 * (3 + 300) + kAroundBytes, other, false, false, false, 0},
    // On or off, and a topic.
    {Type::subscribe, "subscribe", 1 + 128, other, false, false, false, 0},
    // The embedder's: as large as the largest of ours, so that it needs no framing of its own.
    {Type::app_data, "app_data", 10 * kMiB, other, true, true, false, 0},
    {Type::app_request, "app_request", 1 * kMiB, other, true, true, false, 0},
    {Type::app_response, "app_response", 10 * kMiB, other, true, true, false, 0},
});

constexpr auto kByType = [] {
  std::array<const MessageRules*, 256> table{};
  for (const MessageRules& rules : kRules) table[static_cast<std::uint8_t>(rules.type)] = &rules;
  return table;
}();

}  // namespace

const char* name(TrafficClass traffic_class) {
  switch (traffic_class) {
    case consensus:
      return "consensus";
    case block:
      return "block";
    case transaction:
      return "transaction";
    case sync:
      return "sync";
    case other:
      return "other";
    case count_:
      break;
  }
  return "unknown";
}

std::span<const MessageRules> message_rules() {
  return kRules;
}

const MessageRules* rules_of(std::uint8_t type) {
  return kByType[type];
}

}  // namespace ringwire::wire
