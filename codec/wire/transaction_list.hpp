// The payload of a Transactions message: an RLP list, in which a legacy transaction stands as it is and a
// typed one is wrapped in an RLP string. A legacy transaction inside a string is refused: each has one form
// here too.
//
// Views point into the payload. No allocation. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kTransactionsPerMessageMax = 4096;  // bounds the work of one message

// The canonical bytes of one transaction after the other.
//
//   TransactionList list(payload);
//   while (const auto bytes = list.next()) ...
//   if (list.error() != Malformed::none) ...   // nothing was wrong before this point
class TransactionList {
 public:
  explicit TransactionList(ByteView payload);
  // The next element's canonical bytes, not decoded; nothing at the end and at the first error.
  std::optional<ByteView> next();
  [[nodiscard]] Malformed error() const { return items_.error(); }

 private:
  RlpReader items_;
  std::uint32_t left_ = kTransactionsPerMessageMax;
};

// `transactions` are canonical bytes each.
std::size_t transactions_bytes(std::span<const ByteView> transactions);
// Writes transactions_bytes(transactions) to the start of `out`; returns that number.
std::size_t encode_transactions(std::span<const ByteView> transactions, ByteSpan out);

// What stands before the canonical bytes of a transaction in a list of this one only, so that a relay can
// send bytes it holds by reference. `first_byte` and `bytes` (2 to 2^32-1) are of the canonical bytes.
// Returns the bytes written.
inline constexpr std::size_t kTransactionPrefixMax = 10;  // two headers of 5
std::size_t encode_transaction_prefix(std::uint8_t first_byte, std::size_t bytes,
                                      std::span<std::uint8_t, kTransactionPrefixMax> out);

}  // namespace ringwire::wire
