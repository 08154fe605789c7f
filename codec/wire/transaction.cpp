#include "codec/wire/transaction.hpp"

#include <algorithm>

#include "codec/crypto/keccak.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint64_t kInitcodeBytesMax = 49'152;  // EIP-3860
constexpr std::size_t kTypedMax = 0x7F;              // EIP-2718: a first byte up to this is a type

std::size_t type_bytes(TransactionType type) {
  return type == TransactionType::legacy ? 0 : 1;
}

Uint256 number(RlpReader& fields) {
  return Uint256::from_be(fields.integer(32));
}

// [[address, [slot, ...]], ...]
void read_access_list(RlpReader& fields, TransactionView& transaction) {
  RlpReader entries = fields.list();
  while (entries.more()) {
    RlpReader entry = entries.list();
    entry.string_of(Address20::size());
    RlpReader slots = entry.list();
    for (; slots.more(); ++transaction.access_slots) slots.string_of(32);
    entry.finish_with(slots);
    entries.adopt(entry);
    ++transaction.access_addresses;
  }
  fields.adopt(entries);
}

void read_payment(RlpReader& fields, TransactionView& transaction) {
  if (transaction.type != TransactionType::legacy) transaction.chain_id = fields.u64();
  transaction.nonce = fields.u64();
  transaction.max_priority_fee = number(fields);
  transaction.max_fee =
      transaction.type == TransactionType::dynamic_fee ? number(fields) : transaction.max_priority_fee;
  transaction.gas_limit = fields.u64();
  transaction.to = fields.string();
  transaction.value = number(fields);
  transaction.data = fields.string();
  if (transaction.type != TransactionType::legacy) read_access_list(fields, transaction);
}

// Sets y-parity, and the chain id of a legacy transaction (EIP-155: v = 35 + 2 * chain id + y-parity).
bool read_v(std::uint64_t v, TransactionView& transaction) {
  std::uint64_t parity = v;
  if (transaction.type == TransactionType::legacy) {
    if (v == 27 || v == 28) {
      parity = v - 27;
    } else if (v >= 35) {
      parity = (v - 35) % 2;
      transaction.chain_id = (v - 35) / 2;
    } else {
      return false;
    }
  }
  transaction.signature.bytes[64] = static_cast<std::uint8_t>(parity);
  return parity <= 1;
}

// A number of at most 32 bytes, right-aligned at `offset` of the signature.
void read_scalar(RlpReader& fields, std::size_t offset, crypto::Signature& signature) {
  const ByteView scalar = fields.integer(32);
  std::copy(scalar.begin(), scalar.end(),
            signature.bytes.begin() + static_cast<std::ptrdiff_t>(offset + 32 - scalar.size()));
}

struct FormedList {
  std::array<std::uint8_t, 9> header;
  std::size_t header_bytes;
};
FormedList list_header(std::size_t payload_bytes) {
  FormedList formed{};
  RlpWriter writer(formed.header);
  writer.list_header(payload_bytes);
  formed.header_bytes = writer.bytes();
  return formed;
}

// What EIP-155 signs after the fields: chain id, 0, 0.
template <class Sink>
void write_replay_protection(Sink& sink, std::uint64_t chain_id) {
  sink.u64(chain_id);
  sink.u64(0);
  sink.u64(0);
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
    case TransactionError::count_:
      break;
  }
  return "unknown";
}

Result<TransactionView, TransactionError> decode_transaction(ByteView bytes) {
  if (bytes.empty()) return Failure{TransactionError::bad_rlp};
  TransactionView transaction{.bytes = bytes};
  if (bytes[0] <= kTypedMax) {
    if (bytes[0] != 1 && bytes[0] != 2) return Failure{TransactionError::unknown_type};
    transaction.type = static_cast<TransactionType>(bytes[0]);
  }
  RlpReader message(bytes.subspan(type_bytes(transaction.type)));
  RlpReader fields = message.list();
  const ByteView all = fields.rest();
  read_payment(fields, transaction);
  transaction.signed_fields = all.first(all.size() - fields.rest().size());
  const std::uint64_t v = fields.u64();
  read_scalar(fields, 0, transaction.signature);
  read_scalar(fields, 32, transaction.signature);
  fields.finish();
  message.finish_with(fields);

  if (!message.ok()) return Failure{TransactionError::bad_rlp};
  if (!transaction.to.empty() && transaction.to.size() != Address20::size()) {
    return Failure{TransactionError::bad_to};
  }
  if (!read_v(v, transaction)) return Failure{TransactionError::bad_v};
  if (!crypto::check_form(transaction.signature)) return Failure{TransactionError::bad_signature};
  return transaction;
}

Hash32 transaction_hash(const TransactionView& transaction) {
  return crypto::keccak256(transaction.bytes);
}

Hash32 signing_hash(const TransactionView& transaction) {
  std::array<std::uint8_t, 11> protection;  // an integer of up to 9 bytes and two of 1
  RlpWriter writer(protection);
  if (transaction.type == TransactionType::legacy && transaction.chain_id) {
    write_replay_protection(writer, *transaction.chain_id);
  }
  const FormedList list = list_header(transaction.signed_fields.size() + writer.bytes());
  return crypto::Keccak256()
      .update(transaction.bytes.first(type_bytes(transaction.type)))
      .update(ByteView(list.header).first(list.header_bytes))
      .update(transaction.signed_fields)
      .update(ByteView(protection).first(writer.bytes()))
      .finish();
}

Result<Address20, TransactionError> recover_sender(const TransactionView& transaction) {
  const auto key = crypto::recover(signing_hash(transaction), transaction.signature);
  if (!key) return Failure{TransactionError::bad_signature};
  return crypto::ethereum_address(*key);
}

std::uint64_t intrinsic_gas(const TransactionView& transaction) {
  const auto zeros =
      static_cast<std::uint64_t>(std::count(transaction.data.begin(), transaction.data.end(), 0));
  const std::uint64_t bytes = transaction.data.size();
  std::uint64_t gas = 21'000 + 4 * zeros + 16 * (bytes - zeros);
  gas += 2'400 * std::uint64_t{transaction.access_addresses};
  gas += 1'900 * std::uint64_t{transaction.access_slots};
  if (transaction.to.empty()) gas += 32'000 + 2 * ((bytes + 31) / 32);
  return gas;
}

Status<TransactionError> check_rules(const TransactionView& transaction) {
  if (transaction.nonce == UINT64_MAX) return Failure{TransactionError::nonce_too_large};
  if (transaction.gas_limit < intrinsic_gas(transaction)) {
    return Failure{TransactionError::gas_below_intrinsic};
  }
  if (transaction.to.empty() && transaction.data.size() > kInitcodeBytesMax) {
    return Failure{TransactionError::initcode_too_long};
  }
  if (transaction.max_priority_fee > transaction.max_fee)
    return Failure{TransactionError::priority_above_max};
  if (!multiply(transaction.max_fee, transaction.gas_limit)) return Failure{TransactionError::fee_overflow};
  return Done{};
}

namespace {

template <class Sink>
void write_payment(Sink& sink, const TransactionFields& fields) {
  if (fields.type != TransactionType::legacy) sink.u64(*fields.chain_id);
  sink.u64(fields.nonce);
  if (fields.type == TransactionType::dynamic_fee) sink.integer(fields.max_priority_fee.to_be());
  sink.integer(fields.max_fee.to_be());
  sink.u64(fields.gas_limit);
  sink.string(fields.to ? fields.to->view() : ByteView{});
  sink.integer(fields.value.to_be());
  sink.string(fields.data);
  if (fields.type != TransactionType::legacy) sink.list([](auto&) {});
}

template <class Sink>
void write_signature(Sink& sink, const TransactionFields& fields, const crypto::Signature& signature) {
  std::uint64_t v = signature.bytes[64];
  if (fields.type == TransactionType::legacy) v += fields.chain_id ? 35 + 2 * *fields.chain_id : 27;
  sink.u64(v);
  sink.integer(ByteView(signature.bytes).first(32));
  sink.integer(ByteView(signature.bytes).subspan(32, 32));
}

// The type byte, if any, and the list that `body` writes.
template <class Body>
std::vector<std::uint8_t> enveloped(TransactionType type, const Body& body) {
  const auto list = [&](auto& sink) { sink.list(body); };
  std::vector<std::uint8_t> bytes(type_bytes(type) + rlp_size(list));
  if (type != TransactionType::legacy) bytes[0] = static_cast<std::uint8_t>(type);
  RlpWriter writer(ByteSpan(bytes).subspan(type_bytes(type)));
  list(writer);
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> sign_transaction(const TransactionFields& fields, const crypto::Signer& signer,
                                           const crypto::SecretKey& key) {
  RW_ASSERT(fields.chain_id || fields.type == TransactionType::legacy);
  const auto unsigned_bytes = enveloped(fields.type, [&](auto& sink) {
    write_payment(sink, fields);
    if (fields.type == TransactionType::legacy && fields.chain_id) {
      write_replay_protection(sink, *fields.chain_id);
    }
  });
  const crypto::Signature signature = signer.sign(key, crypto::keccak256(unsigned_bytes));
  return enveloped(fields.type, [&](auto& sink) {
    write_payment(sink, fields);
    write_signature(sink, fields, signature);
  });
}

}  // namespace ringwire::wire
