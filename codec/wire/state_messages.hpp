// Parts of the state, asked for by range or by hash, and the receipts of blocks.
//
// Bounds of requests and answers: codec/wire/request.hpp. Nothing here is true because it decodes: ranges
// come with the trie nodes of their edges (codec/trie/range_proof.hpp proves them against a root that the
// asker trusts), nodes and byte codes are the preimages of the hashes asked for, receipts have the root of a
// header.
//
// In a range, `limit` is the last key that interests the asker. An answer ends behind the first key at or
// above it, or where it is full, and has at least one key, or the proof that there is none.
//
// Refers to the bytes decoded. Source: the snap and eth protocols of devp2p.
#pragma once

#include "codec/wire/account.hpp"
#include "codec/wire/request.hpp"

namespace ringwire::wire {

// --- by hash

using GetNodeData = HashesRequest<MessageType::get_node_data>;
using GetReceipts = HashesRequest<MessageType::get_receipts>;

// Trie nodes, in the order asked for; one that is not there is an empty string.
struct NodeData {
  std::uint64_t request_id = 0;
  List<ByteView> nodes;
};
template <>
struct Describe<NodeData> : AnswerTable<NodeData, MessageType::node_data, &NodeData::nodes> {
  static constexpr auto kFields = fields("nodes");
};

// Of one block, encoded as they are hashed (codec/wire/receipt.hpp).
struct BlockReceipts {
  List<Envelope> receipts;
};
template <>
struct Describe<BlockReceipts> {
  static constexpr auto kFields = std::tuple(field("receipts", &BlockReceipts::receipts));
};

struct Receipts {
  std::uint64_t request_id = 0;
  List<BlockReceipts> blocks;
};
template <>
struct Describe<Receipts> : AnswerTable<Receipts, MessageType::receipts, &Receipts::blocks> {
  static constexpr auto kFields = fields("blocks");
};

struct GetByteCodes {
  std::uint64_t request_id = 0;
  List<Hash32> hashes;
  std::uint64_t bytes_max = 0;  // the answer's, softly; at most kAnswerBytesSoft counts
};
template <>
struct Describe<GetByteCodes> {
  using Record = GetByteCodes;
  static constexpr MessageType kMessage = MessageType::get_byte_codes;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("hashes", &Record::hashes),
                 field("bytesMax", &Record::bytes_max));
  static Malformed check(const GetByteCodes& request) {
    return check_count(request.hashes, kItemsPerRequestMax);
  }
};

// Those that are there, in the order asked for.
struct ByteCodes {
  std::uint64_t request_id = 0;
  List<ByteView> codes;
};
template <>
struct Describe<ByteCodes> : AnswerTable<ByteCodes, MessageType::byte_codes, &ByteCodes::codes> {
  static constexpr auto kFields = fields("codes");
};

// --- by range

struct GetAccountRange {
  std::uint64_t request_id = 0;
  Hash32 state_root;
  Hash32 start;  // keys are hashes of addresses
  Hash32 limit;
  std::uint64_t bytes_max = 0;
};
template <>
struct Describe<GetAccountRange> {
  using Record = GetAccountRange;
  static constexpr MessageType kMessage = MessageType::get_account_range;
  static constexpr auto kFields = std::tuple(
      field("requestId", &Record::request_id), field("root", &Record::state_root),
      field("start", &Record::start), field("limit", &Record::limit), field("bytesMax", &Record::bytes_max));
};

struct KeyedAccount {
  Hash32 key;
  Account account;
};
template <>
struct Describe<KeyedAccount> {
  static constexpr auto kFields =
      std::tuple(field("hash", &KeyedAccount::key), field("account", &KeyedAccount::account));
};

struct AccountRange {
  std::uint64_t request_id = 0;
  List<KeyedAccount> accounts;  // keys rise
  List<ByteView> proof;         // nodes of both edges
};
template <>
struct Describe<AccountRange> {
  using Record = AccountRange;
  static constexpr MessageType kMessage = MessageType::account_range;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("accounts", &Record::accounts),
                 field("proof", &Record::proof));
};

// The storage of several accounts; `start` is that of the first, `limit` that of the last.
struct GetStorageRanges {
  std::uint64_t request_id = 0;
  Hash32 state_root;
  List<Hash32> accounts;
  Hash32 start;
  Hash32 limit;
  std::uint64_t bytes_max = 0;
};
template <>
struct Describe<GetStorageRanges> {
  using Record = GetStorageRanges;
  static constexpr MessageType kMessage = MessageType::get_storage_ranges;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("root", &Record::state_root),
                 field("accounts", &Record::accounts), field("start", &Record::start),
                 field("limit", &Record::limit), field("bytesMax", &Record::bytes_max));
  static Malformed check(const GetStorageRanges& request) {
    return check_count(request.accounts, kItemsPerRequestMax);
  }
};

struct StorageSlot {
  Hash32 key;
  ByteView value;  // in RLP, as the trie has it
};
template <>
struct Describe<StorageSlot> {
  static constexpr auto kFields =
      std::tuple(field("hash", &StorageSlot::key), field("value", &StorageSlot::value));
};

struct AccountSlots {
  List<StorageSlot> slots;  // keys rise
};
template <>
struct Describe<AccountSlots> {
  static constexpr auto kFields = std::tuple(field("slots", &AccountSlots::slots));
};

// Whole storages, but for the last account's, which alone has a proof where something of it is missing.
struct StorageRanges {
  std::uint64_t request_id = 0;
  List<AccountSlots> accounts;
  List<ByteView> proof;
};
template <>
struct Describe<StorageRanges> {
  using Record = StorageRanges;
  static constexpr MessageType kMessage = MessageType::storage_ranges;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("accounts", &Record::accounts),
                 field("proof", &Record::proof));
  static Malformed check(const StorageRanges& answer) {
    return check_count(answer.accounts, kItemsPerRequestMax);
  }
};

}  // namespace ringwire::wire
