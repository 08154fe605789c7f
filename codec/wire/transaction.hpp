// Ethereum transactions, read in place: legacy (with and without EIP-155), EIP-2930, EIP-1559, EIP-4844
// as it stands in a block (its blobs travel beside it), EIP-7702.
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
#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"

namespace ringwire::wire {

enum class TransactionType : std::uint8_t { legacy, access_list, dynamic_fee, blob, set_code };

struct AccessTuple {
  Address20 address;
  List<Hash32> storage_keys;
};
template <>
struct Describe<AccessTuple> {
  static constexpr auto kFields =
      std::tuple(field("address", &AccessTuple::address), field("storageKeys", &AccessTuple::storage_keys));
};

// EIP-7702: an account lets its code be that of `address`. Whose account is said by the signature.
struct Authorization {
  Uint256 chain_id;  // 0: every chain
  Address20 address;
  std::uint64_t nonce = 0;
  std::uint8_t y_parity = 0;
  Uint256 r;
  Uint256 s;
};
template <>
struct Describe<Authorization> {
  static constexpr auto kFields =
      std::tuple(field("chainId", &Authorization::chain_id), field("address", &Authorization::address),
                 field("nonce", &Authorization::nonce), field("yParity", &Authorization::y_parity),
                 field("r", &Authorization::r), field("s", &Authorization::s));
};

struct Transaction {
  TransactionType type = TransactionType::legacy;
  std::uint64_t chain_id = 0;
  std::uint64_t nonce = 0;
  Uint256 gas_price;
  Uint256 max_priority_fee;  // per gas
  Uint256 max_fee;           // per gas, the priority fee included
  std::uint64_t gas_limit = 0;
  std::optional<Address20> to;  // absent: creates a contract
  Uint256 value;
  ByteView data;
  List<AccessTuple> access_list;
  Uint256 max_fee_per_blob_gas;
  List<Hash32> blob_hashes;
  List<Authorization> authorizations;
  std::uint64_t v = 0;
  std::uint8_t y_parity = 0;
  Uint256 r;
  Uint256 s;
};
template <>
struct Describe<Transaction> {
  static constexpr bool kHot = true;
  static constexpr auto kKind = &Transaction::type;
  static constexpr KindSet kKinds = kind_set({0, 1, 2, 3, 4});
  static constexpr KindSet kLegacy = kind_set({0});
  static constexpr KindSet kOnePrice = kind_set({0, 1});
  static constexpr KindSet kTwoPrices = kind_set({2, 3, 4});
  static constexpr KindSet kTyped = kind_set({1, 2, 3, 4});
  static constexpr KindSet kBlob = kind_set({3});
  static constexpr KindSet kSetCode = kind_set({4});
  static constexpr auto kFields = std::tuple(
      kind_field("type", &Transaction::type), field("chainId", &Transaction::chain_id).only(kTyped),
      field("nonce", &Transaction::nonce), field("gasPrice", &Transaction::gas_price).only(kOnePrice),
      field("maxPriorityFeePerGas", &Transaction::max_priority_fee).only(kTwoPrices),
      field("maxFeePerGas", &Transaction::max_fee).only(kTwoPrices), field("gas", &Transaction::gas_limit),
      field("to", &Transaction::to), field("value", &Transaction::value), field("input", &Transaction::data),
      field("accessList", &Transaction::access_list).only(kTyped),
      field("maxFeePerBlobGas", &Transaction::max_fee_per_blob_gas).only(kBlob),
      field("blobVersionedHashes", &Transaction::blob_hashes).only(kBlob),
      field("authorizationList", &Transaction::authorizations).only(kSetCode),
      field("v", &Transaction::v).only(kLegacy), field("yParity", &Transaction::y_parity).only(kTyped),
      field("r", &Transaction::r), field("s", &Transaction::s));
  // v and y-parity, and nothing else.
  static Malformed check(const Transaction& transaction);
};

// The chain it is for; nothing for a legacy one without EIP-155, which is for every chain.
std::optional<std::uint64_t> chain_of(const Transaction& transaction);
// Per gas; both are the gas price where the type has one price.
const Uint256& max_fee_of(const Transaction& transaction);
const Uint256& max_priority_fee_of(const Transaction& transaction);

// The caller drops the transaction and penalises who sent it.
enum class TransactionError : std::uint8_t {
  bad_rlp,        // damaged, not canonical, a field of the wrong width or kind
  unknown_type,   // a type byte this version does not read
  bad_to,         // neither empty nor 20 bytes; or empty where the type does not create contracts
  bad_v,          // v is none of 27, 28, 35 and above; y-parity none of 0, 1
  bad_signature,  // r or s out of range, high s, or no key made it
  gas_below_intrinsic,
  fee_overflow,        // gas limit times fee is above 2^256 - 1
  priority_above_max,  // EIP-1559: the tip may not exceed the whole fee
  nonce_too_large,     // EIP-2681: below 2^64 - 1
  initcode_too_long,   // EIP-3860
  bad_blobs,           // EIP-4844: none, or a hash of another version than 1
  no_authorizations,   // EIP-7702
  count_,
};
const char* name(TransactionError error);

// As it was read.
struct TransactionView : Transaction {
  ByteView bytes;               // canonical: what is hashed, relayed and stored
  ByteView signed_fields;       // the RLP items that the signature covers, without list header
  crypto::Signature signature;  // r | s | y-parity
};

// `bytes` are canonical bytes and nothing else.
Result<TransactionView, TransactionError> decode_transaction(ByteView bytes);

Hash32 transaction_hash(const TransactionView& transaction);
// What the sender signed.
Hash32 signing_hash(const TransactionView& transaction);
// Costs one signature recovery.
Result<Address20, TransactionError> recover_sender(const TransactionView& transaction);
// Gas used before the first instruction runs, by the rules since Shanghai (EIP-2028, EIP-2930, EIP-3860).
std::uint64_t intrinsic_gas(const Transaction& transaction);

// The rules since Shanghai that need no state: enough gas, no overflow, fee order, nonce and initcode bounds.
Status<TransactionError> check_rules(const Transaction& transaction);

// The canonical bytes of the transaction, signed by `key`: its v, y-parity, r and s are not looked at. A
// legacy one with a chain id is protected by EIP-155.
std::vector<std::uint8_t> sign_transaction(const Transaction& transaction, const crypto::Signer& signer,
                                           const crypto::SecretKey& key);

}  // namespace ringwire::wire
