#include "codec/wire/transaction.hpp"

#include <algorithm>
#include <array>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/rlp_codec.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint64_t kInitcodeBytesMax = 49'152;  // EIP-3860
constexpr std::uint64_t kBlobGas = 131'072;          // EIP-4844
constexpr std::uint64_t kAuthorizationGas = 25'000;  // EIP-7702
constexpr std::uint8_t kBlobHashVersion = 0x01;      // EIP-4844: of a KZG commitment
constexpr std::uint64_t kProtectedV = 35;            // EIP-155: v = 35 + 2 * chain id + y-parity

bool is_legacy(const Transaction& transaction) {
  return transaction.type == TransactionType::legacy;
}

bool may_create(const Transaction& transaction) {
  return transaction.type != TransactionType::blob && transaction.type != TransactionType::set_code;
}

std::uint8_t parity_of(const Transaction& transaction) {
  if (!is_legacy(transaction)) return transaction.y_parity;
  return static_cast<std::uint8_t>(transaction.v < kProtectedV ? transaction.v - 27
                                                               : (transaction.v - kProtectedV) % 2);
}

crypto::Signature signature_of(const Transaction& transaction) {
  crypto::Signature signature;
  const auto r = transaction.r.to_be();
  const auto s = transaction.s.to_be();
  std::copy(r.begin(), r.end(), signature.bytes.begin());
  std::copy(s.begin(), s.end(), signature.bytes.begin() + 32);
  signature.bytes[64] = parity_of(transaction);
  return signature;
}

// v or y-parity, r and s: the last fields, which nobody signs.
template <class Sink>
void write_signature(Sink& sink, const Transaction& transaction) {
  sink.u64(is_legacy(transaction) ? transaction.v : transaction.y_parity);
  sink.integer(transaction.r);
  sink.integer(transaction.s);
}

// What EIP-155 signs in their place: chain id, 0, 0.
template <class Sink>
void write_replay_protection(Sink& sink, std::uint64_t chain_id) {
  sink.u64(chain_id);
  sink.u64(0);
  sink.u64(0);
}

ByteView signed_fields_of(const TransactionView& transaction) {
  RlpReader message(transaction.bytes.subspan(is_legacy(transaction) ? 0 : 1));
  const ByteView all = message.list().rest();
  return all.first(all.size() - rlp_size([&](auto& sink) { write_signature(sink, transaction); }));
}

// Why decoding failed, in the words of this record.
TransactionError error_of(const DecodeError& error) {
  if (error.field == "to") return TransactionError::bad_to;
  return error.what == Malformed::bad_value ? TransactionError::bad_v : TransactionError::bad_rlp;
}

bool is_known_type(std::uint8_t first_byte) {
  if (first_byte >= kEnvelopeKindEnd) return true;
  return first_byte != 0 && first_byte < 32 && (Describe<Transaction>::kKinds >> first_byte & 1) != 0;
}

}  // namespace

const char* name(TransactionError error) {
  switch (error) {
    case TransactionError::bad_rlp:
      return "bad_rlp";
    case TransactionError::unknown_type:
      return "unknown_type";
    case TransactionError::bad_to:
      return "bad_to";
    case TransactionError::bad_v:
      return "bad_v";
    case TransactionError::bad_signature:
      return "bad_signature";
    case TransactionError::gas_below_intrinsic:
      return "gas_below_intrinsic";
    case TransactionError::fee_overflow:
      return "fee_overflow";
    case TransactionError::priority_above_max:
      return "priority_above_max";
    case TransactionError::nonce_too_large:
      return "nonce_too_large";
    case TransactionError::initcode_too_long:
      return "initcode_too_long";
    case TransactionError::bad_blobs:
      return "bad_blobs";
    case TransactionError::no_authorizations:
      return "no_authorizations";
    case TransactionError::count_:
      break;
  }
  return "unknown";
}

Malformed Describe<Transaction>::check(const Transaction& transaction) {
  const bool is_v = transaction.v == 27 || transaction.v == 28 || transaction.v >= kProtectedV;
  const bool valid = is_legacy(transaction) ? is_v : transaction.y_parity <= 1;
  return valid ? Malformed::none : Malformed::bad_value;
}

std::optional<std::uint64_t> chain_of(const Transaction& transaction) {
  if (!is_legacy(transaction)) return transaction.chain_id;
  if (transaction.v < kProtectedV) return std::nullopt;
  return (transaction.v - kProtectedV) / 2;
}

const Uint256& max_fee_of(const Transaction& transaction) {
  return transaction.type <= TransactionType::access_list ? transaction.gas_price : transaction.max_fee;
}

const Uint256& max_priority_fee_of(const Transaction& transaction) {
  return transaction.type <= TransactionType::access_list ? transaction.gas_price
                                                          : transaction.max_priority_fee;
}

Result<TransactionView, TransactionError> decode_transaction(ByteView bytes) {
  if (bytes.empty()) return Failure{TransactionError::bad_rlp};
  if (!is_known_type(bytes[0])) return Failure{TransactionError::unknown_type};
  Result<TransactionView, TransactionError> result(std::in_place);
  TransactionView& transaction = *result;
  const Status<DecodeError> read = decode_into<Rlp, Transaction>(bytes, transaction);
  if (!read) return Failure{error_of(read.error())};
  transaction.bytes = bytes;
  transaction.signed_fields = signed_fields_of(transaction);
  transaction.signature = signature_of(transaction);
  if (!crypto::check_form(transaction.signature)) result = Failure{TransactionError::bad_signature};
  return result;
}

Hash32 transaction_hash(const TransactionView& transaction) {
  return crypto::keccak256(transaction.bytes);
}

Hash32 signing_hash(const TransactionView& transaction) {
  std::array<std::uint8_t, 11> protection;  // an integer of up to 9 bytes and two of 1
  RlpWriter protect(protection);
  if (const auto chain = chain_of(transaction); is_legacy(transaction) && chain)
    write_replay_protection(protect, *chain);
  std::array<std::uint8_t, 9> header;
  RlpWriter list(header);
  list.list_header(transaction.signed_fields.size() + protect.bytes());
  return crypto::Keccak256()
      .update(transaction.bytes.first(is_legacy(transaction) ? 0 : 1))
      .update(ByteView(header).first(list.bytes()))
      .update(transaction.signed_fields)
      .update(ByteView(protection).first(protect.bytes()))
      .finish();
}

Result<Address20, TransactionError> recover_sender(const TransactionView& transaction) {
  const auto key = crypto::recover(signing_hash(transaction), transaction.signature);
  if (!key) return Failure{TransactionError::bad_signature};
  return crypto::ethereum_address(*key);
}

std::uint64_t intrinsic_gas(const Transaction& transaction) {
  const auto zeros =
      static_cast<std::uint64_t>(std::count(transaction.data.begin(), transaction.data.end(), 0));
  const std::uint64_t bytes = transaction.data.size();
  std::uint64_t gas = 21'000 + 4 * zeros + 16 * (bytes - zeros);
  for (const AccessTuple& tuple : transaction.access_list)
    gas += 2'400 + 1'900 * std::uint64_t{tuple.storage_keys.size()};
  gas += kAuthorizationGas * transaction.authorizations.size();
  if (!transaction.to) gas += 32'000 + 2 * ((bytes + 31) / 32);
  return gas;
}

namespace {

Status<TransactionError> check_fees(const Transaction& transaction) {
  const Uint256& max_fee = max_fee_of(transaction);
  if (max_priority_fee_of(transaction) > max_fee) return Failure{TransactionError::priority_above_max};
  const std::uint64_t blob_gas = kBlobGas * transaction.blob_hashes.size();
  if (!multiply(max_fee, transaction.gas_limit) || !multiply(transaction.max_fee_per_blob_gas, blob_gas))
    return Failure{TransactionError::fee_overflow};
  return Done{};
}

// What only some types have, and must have.
Status<TransactionError> check_type(const Transaction& transaction) {
  if (!transaction.to && !may_create(transaction)) return Failure{TransactionError::bad_to};
  if (transaction.type == TransactionType::blob && transaction.blob_hashes.empty())
    return Failure{TransactionError::bad_blobs};
  for (const Hash32& hash : transaction.blob_hashes) {
    if (hash.bytes[0] != kBlobHashVersion) return Failure{TransactionError::bad_blobs};
  }
  if (transaction.type == TransactionType::set_code && transaction.authorizations.empty())
    return Failure{TransactionError::no_authorizations};
  return Done{};
}

}  // namespace

Status<TransactionError> check_rules(const Transaction& transaction) {
  if (transaction.nonce == UINT64_MAX) return Failure{TransactionError::nonce_too_large};
  if (transaction.gas_limit < intrinsic_gas(transaction))
    return Failure{TransactionError::gas_below_intrinsic};
  if (!transaction.to && transaction.data.size() > kInitcodeBytesMax)
    return Failure{TransactionError::initcode_too_long};
  if (auto type = check_type(transaction); !type) return type;
  return check_fees(transaction);
}

std::vector<std::uint8_t> sign_transaction(const Transaction& transaction, const crypto::Signer& signer,
                                           const crypto::SecretKey& key) {
  Transaction made = transaction;
  const bool is_protected = is_legacy(made) && made.chain_id != 0;
  made.v = is_protected ? kProtectedV + 2 * made.chain_id : 27;
  made.y_parity = 0;
  made.r = made.s = Uint256();
  // The view of the unsigned one knows which of its bytes are signed.
  std::vector<std::uint8_t> bytes(encoded_bytes<Rlp>(made));
  encode<Rlp>(made, bytes);
  TransactionView view;
  static_cast<Transaction&>(view) = made;
  view.bytes = bytes;
  view.signed_fields = signed_fields_of(view);
  const crypto::Signature signature = signer.sign(key, signing_hash(view));
  made.r = Uint256::from_be(ByteView(signature.bytes).first(32));
  made.s = Uint256::from_be(ByteView(signature.bytes).subspan(32, 32));
  made.y_parity = signature.bytes[64];
  made.v += signature.bytes[64];
  bytes.resize(encoded_bytes<Rlp>(made));
  encode<Rlp>(made, bytes);
  return bytes;
}

}  // namespace ringwire::wire
