// What executing a transaction left: an envelope of the same kinds as transactions (EIP-2718), whose hashes
// the receipts root of a header is made of.
//
// Before Byzantium the first field was the state root after the transaction; since then it says whether it
// succeeded (EIP-658). Both occur in one chain. Refers to the bytes decoded.
#pragma once

#include "codec/wire/describe.hpp"
#include "codec/wire/header.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/transaction.hpp"

namespace ringwire::wire {

struct Log {
  Address20 address;
  List<Hash32> topics;
  ByteView data;
};
template <>
struct Describe<Log> {
  static constexpr auto kFields =
      std::tuple(field("address", &Log::address), field("topics", &Log::topics), field("data", &Log::data));
  static Malformed check(const Log& log) {
    constexpr std::uint32_t kTopicsMax = 4;  // LOG0 to LOG4
    return log.topics.size() <= kTopicsMax ? Malformed::none : Malformed::too_many_items;
  }
};

struct Receipt {
  TransactionType type = TransactionType::legacy;
  ByteView status;  // nothing: failed; one byte, 1: succeeded; 32 bytes: a state root
  std::uint64_t cumulative_gas_used = 0;
  Bloom logs_bloom;
  List<Log> logs;
};
template <>
struct Describe<Receipt> {
  static constexpr bool kHot = true;
  static constexpr auto kKind = &Receipt::type;
  static constexpr KindSet kKinds = Describe<Transaction>::kKinds;
  static constexpr auto kFields =
      std::tuple(kind_field("type", &Receipt::type), field("status", &Receipt::status),
                 field("cumulativeGasUsed", &Receipt::cumulative_gas_used),
                 field("logsBloom", &Receipt::logs_bloom), field("logs", &Receipt::logs));
  static Malformed check(const Receipt& receipt) {
    const ByteView status = receipt.status;
    const bool valid = status.empty() || (status.size() == 1 && status[0] == 1) || status.size() == 32;
    return valid ? Malformed::none : Malformed::bad_value;
  }
};

}  // namespace ringwire::wire
