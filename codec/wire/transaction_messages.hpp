// Announcing transactions, and fetching what was announced. The message of whole transactions, unasked for,
// is codec/wire/transaction_list.hpp.
//
// Problem: whole transactions to every peer cost each of them once per peer. So most peers get the hash only,
// and with it the type and the size: who fetches knows beforehand what it will cost, and whether it wants it.
//   Attack: to announce one type or size and to deliver another; who fetches compares (codec/wire/
//   transaction.hpp says what a transaction is), and blames the announcer only for what it said itself.
//
// Hot path: nothing is copied or allocated, all refers to the bytes decoded.
// Source: the eth protocol of devp2p, version 68.
#pragma once

#include "codec/wire/request.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kAnnouncementsMax = 4096;    // in one message; a pool's worth takes several
inline constexpr std::uint32_t kPooledPerRequestMax = 256;  // fetched at once from one peer

// The n-th of each belong together.
struct NewPooledTransactionHashes {
  ByteView types;             // one byte each, as in an envelope; 0 is legacy
  List<std::uint32_t> sizes;  // bytes of the canonical form, which is what is hashed
  List<Hash32> hashes;
};
template <>
struct Describe<NewPooledTransactionHashes> {
  using Record = NewPooledTransactionHashes;
  static constexpr MessageType kMessage = MessageType::new_pooled_transaction_hashes;
  static constexpr bool kHot = true;
  static constexpr auto kFields = std::tuple(field("types", &Record::types), field("sizes", &Record::sizes),
                                             field("hashes", &Record::hashes));
  static Malformed check(const NewPooledTransactionHashes& announced) {
    const std::uint32_t count = announced.hashes.size();
    if (announced.types.size() != count || announced.sizes.size() != count) return Malformed::bad_value;
    return check_count(announced.hashes, kAnnouncementsMax);
  }
};

using GetPooledTransactions = HashesRequest<MessageType::get_pooled_transactions, kPooledPerRequestMax>;

// Those of the asked for that are there, in the order asked for.
struct PooledTransactions {
  std::uint64_t request_id = 0;
  List<Envelope> transactions;
};
template <>
struct Describe<PooledTransactions> : AnswerTable<PooledTransactions, MessageType::pooled_transactions,
                                                  &PooledTransactions::transactions, kPooledPerRequestMax> {
  static constexpr auto kFields = fields("transactions");
};

}  // namespace ringwire::wire
