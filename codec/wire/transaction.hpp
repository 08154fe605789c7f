// Ethereum transactions, read in place: legacy (with and without EIP-155), EIP-2930 and EIP-1559.
//
// The canonical bytes of a transaction are an RLP list (legacy) or one type byte and an RLP list (typed,
// EIP-2718). The hash is Keccak-256 of them. How they stand in a message: codec/wire/transaction_list.hpp.
//
// Decoding accepts exactly one byte form per transaction: strict RLP, integers without leading zeros, every
// field of its width. So equal transactions have equal hashes, and nobody multiplies one by re-encoding it.
// The signature's range and low s (EIP-2) are checked here; recovering its signer costs 31 us and is a call
// of its own. What a chain demands of every transaction, whatever its state, is check_rules(); limits on
// fees, size and chain id belong to the pool.
//
// Views live as long as the bytes. No allocation but in sign_transaction(). Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/identity.hpp"
#include "codec/wire/rlp.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

enum class TransactionType : std::uint8_t { legacy = 0, access_list = 1, dynamic_fee = 2 };

// The caller drops the transaction and penalises who sent it.
enum class TransactionError : std::uint8_t {
  bad_rlp,        // damaged, not canonical, a field of the wrong width or kind
  unknown_type,   // a type byte this version does not read
  bad_to,         // neither empty nor 20 bytes
  bad_v,          // v is none of 27, 28, 35 and above; y-parity none of 0, 1
  bad_signature,  // r or s out of range, high s, or no key made it
  gas_below_intrinsic,
  fee_overflow,        // gas limit times fee is above 2^256 - 1
  priority_above_max,  // EIP-1559: the tip may not exceed the whole fee
  nonce_too_large,     // EIP-2681: below 2^64 - 1
  initcode_too_long,   // EIP-3860
  count_,
};
const char* name(TransactionError error);

struct TransactionView {
  ByteView bytes;  // canonical: what is hashed, relayed and stored
  TransactionType type = TransactionType::legacy;
  std::optional<std::uint64_t> chain_id;  // absent in a legacy transaction without EIP-155
  std::uint64_t nonce = 0;
  Uint256 max_priority_fee;  // per gas; the gas price where the type has one price
  Uint256 max_fee;           // per gas; the gas price where the type has one price
  std::uint64_t gas_limit = 0;
  ByteView to;  // 20 bytes; empty: creates a contract
  Uint256 value;
  ByteView data;
  std::uint32_t access_addresses = 0;
  std::uint32_t access_slots = 0;
  crypto::Signature signature;  // r | s | y-parity
  ByteView signed_fields;       // the RLP items that the signature covers, without list header
};

// `bytes` are canonical bytes and nothing else.
Result<TransactionView, TransactionError> decode_transaction(ByteView bytes);

Hash32 transaction_hash(const TransactionView& transaction);
// What the sender signed.
Hash32 signing_hash(const TransactionView& transaction);
// Costs one signature recovery.
Result<Address20, TransactionError> recover_sender(const TransactionView& transaction);
// Gas used before the first instruction runs, by the rules since Shanghai (EIP-2028, EIP-2930, EIP-3860).
std::uint64_t intrinsic_gas(const TransactionView& transaction);

// The rules since Shanghai that need no state: enough gas, no overflow, fee order, nonce and initcode bounds.
Status<TransactionError> check_rules(const TransactionView& transaction);

// What sign_transaction() needs to know. Fields that the type does not have are ignored.
struct TransactionFields {
  TransactionType type = TransactionType::dynamic_fee;
  std::optional<std::uint64_t> chain_id;  // may be absent in a legacy transaction only
  std::uint64_t nonce = 0;
  Uint256 max_priority_fee;
  Uint256 max_fee;
  std::uint64_t gas_limit = 21'000;
  std::optional<Address20> to;
  Uint256 value;
  ByteView data;
};
// The canonical bytes of the transaction, signed by `key`; its access list is empty.
std::vector<std::uint8_t> sign_transaction(const TransactionFields& fields, const crypto::Signer& signer,
                                           const crypto::SecretKey& key);

}  // namespace ringwire::wire
