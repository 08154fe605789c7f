#include "gossip/transaction_policy.hpp"

#include "codec/base/check.hpp"

namespace ringwire::gossip {
namespace {

using wire::TransactionError;
using wire::TransactionView;

constexpr Duration kFormCost = 1us;        // decode and compare fields
constexpr Duration kSignatureCost = 34us;  // hash what was signed, recover the key, hash the key

Refusal refusal_of(TransactionError error) {
  switch (error) {
    case TransactionError::unknown_type:
      return Refusal::unknown_type;
    case TransactionError::bad_signature:
      return Refusal::bad_signature;
    case TransactionError::nonce_too_large:
      return Refusal::nonce_max;
    case TransactionError::gas_below_intrinsic:
      return Refusal::gas_below_intrinsic;
    case TransactionError::initcode_too_long:
      return Refusal::initcode_too_long;
    case TransactionError::priority_above_max:
      return Refusal::fee_cap_below_priority;
    case TransactionError::fee_overflow:
      return Refusal::cost_overflow;
    case TransactionError::bad_rlp:
    case TransactionError::bad_to:
    case TransactionError::bad_v:
    case TransactionError::bad_blobs:
    case TransactionError::no_authorizations:
    case TransactionError::count_:
      break;
  }
  return Refusal::malformed;
}

}  // namespace

const char* name(Refusal refusal) {
  static constexpr std::array kNames{"none",
                                     "too_large",
                                     "unknown_type",
                                     "malformed",
                                     "no_chain_id",
                                     "wrong_chain_id",
                                     "fee_floor",
                                     "nonce_max",
                                     "gas_below_intrinsic",
                                     "initcode_too_long",
                                     "fee_cap_below_priority",
                                     "cost_overflow",
                                     "bad_signature",
                                     "other"};
  static_assert(kNames.size() == kRefusals);
  return refusal < Refusal::count_ ? kNames[static_cast<std::size_t>(refusal)] : "unknown";
}

bool is_penalised(Refusal refusal) {
  switch (refusal) {
    case Refusal::malformed:
    case Refusal::wrong_chain_id:
    case Refusal::nonce_max:
    case Refusal::fee_cap_below_priority:
    case Refusal::cost_overflow:
    case Refusal::bad_signature:
      return true;
    case Refusal::none:
    case Refusal::too_large:
    case Refusal::unknown_type:
    case Refusal::no_chain_id:
    case Refusal::fee_floor:
    case Refusal::gas_below_intrinsic:
    case Refusal::initcode_too_long:
    case Refusal::other:
    case Refusal::count_:
      break;
  }
  return false;
}

void DefaultTransactionPolicy::judge(std::span<const ByteView> transactions,
                                     std::span<Judgement> judgements) {
  RW_ASSERT(transactions.size() == judgements.size());
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    judgements[i] = judge_one(transactions[i]);
    judgements[i].penalise = is_penalised(judgements[i].refusal);
    counters_[static_cast<std::size_t>(judgements[i].refusal)].add();
  }
}

Judgement DefaultTransactionPolicy::judge_one(ByteView bytes) const {
  Judgement judgement{.cost = kFormCost};
  if (bytes.size() > rules_.bytes_max) {
    judgement.refusal = Refusal::too_large;
    return judgement;
  }
  const auto decoded = wire::decode_transaction(bytes);
  judgement.refusal = decoded ? check_fields(*decoded) : refusal_of(decoded.error());
  if (judgement.refusal != Refusal::none) return judgement;
  judgement.cost += kSignatureCost;
  const auto sender = wire::recover_sender(*decoded);
  if (!sender) {
    judgement.refusal = Refusal::bad_signature;
    return judgement;
  }
  judgement.facts = {*sender, decoded->nonce, max_fee_of(*decoded).saturated_u64(),
                     max_priority_fee_of(*decoded).saturated_u64()};
  return judgement;
}

// A blob transaction is worth nothing without its blobs, which no message here carries; and one that sets
// code may make other senders' transactions invalid, which the pool does not follow.
Refusal DefaultTransactionPolicy::check_fields(const TransactionView& transaction) const {
  if (transaction.type > wire::TransactionType::dynamic_fee) return Refusal::unknown_type;
  const auto chain = wire::chain_of(transaction);
  if (!chain && !rules_.allow_unprotected) return Refusal::no_chain_id;
  if (chain && *chain != rules_.chain_id) return Refusal::wrong_chain_id;
  if (wire::max_fee_of(transaction) < wire::Uint256(rules_.fee_floor_wei)) return Refusal::fee_floor;
  if (const auto valid = wire::check_rules(transaction); !valid) return refusal_of(valid.error());
  return Refusal::none;
}

}  // namespace ringwire::gossip
