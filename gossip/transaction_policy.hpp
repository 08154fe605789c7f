// Is this transaction worth delivering and relaying? Asked by the owner shard, once per transaction.
//
// The rules belong to the chain, so an embedder may bring its own TransactionPolicy. The default checks what
// needs no state: form, size, chain, nonce, fees, gas, signature. Balances, account nonces and values are not
// checked.
//
// Order (the costly check must not be the first a bad item meets): size, form, chain id, fee floor, then the
// rules of wire::check_rules: together about 1 us; the signature, 31 us, last.
//
// Whether a refusal counts against the peer: only if no honest node of this chain could have relayed it,
// whatever its settings and version. A peer with a lower fee floor, a larger size limit, a newer transaction
// type or another fork's gas schedule is not at fault; its transaction is dropped and counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/counter.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/transaction.hpp"

namespace ringwire::gossip {

// What everybody after the policy needs to know, so that nobody decodes twice. Fees are wei per unit of gas,
// 2^64-1 standing for that and more (18 ether per unit of gas: nothing real ranks above it).
struct TransactionFacts {
  Address20 sender;
  std::uint64_t nonce = 0;
  std::uint64_t fee_cap = 0;       // gas price where the type has one price
  std::uint64_t priority_fee = 0;  // gas price where the type has one price
};

enum class Refusal : std::uint8_t {
  none,
  too_large,               // over the size cap; a setting: not penalised
  unknown_type,            // neither legacy nor EIP-2930 nor EIP-1559; others may take it: not penalised
  malformed,               // not the one canonical form: penalised
  no_chain_id,             // legacy without EIP-155, see allow_unprotected; a setting: not penalised
  wrong_chain_id,          // valid on another chain: penalised
  fee_floor,               // a setting: not penalised
  nonce_max,               // EIP-2681: nonce 2^64-1 can never be included: penalised
  gas_below_intrinsic,     // depends on the fork: not penalised
  initcode_too_long,       // EIP-3860; depends on the fork: not penalised
  fee_cap_below_priority,  // EIP-1559: penalised
  cost_overflow,           // fee cap x gas limit needs more than 256 bits: penalised
  bad_signature,           // out of range, high s (EIP-2), or no key made it: penalised
  other,                   // for an embedder's own policy, which says itself whether to penalise
  count_,
};
inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::count_);
const char* name(Refusal refusal);
// What the default policy says.
bool is_penalised(Refusal refusal);

struct Judgement {
  Refusal refusal = Refusal::none;
  bool penalise = false;   // meaningful with a refusal only
  TransactionFacts facts;  // meaningful without
  Duration cost{0};  // CPU time to charge to the turn's budget: an estimate, so that runs can be replayed
};

class TransactionPolicy {
 public:
  virtual ~TransactionPolicy() = default;

  // Fills judgements[i] for transactions[i], the canonical bytes of one transaction each. The spans are of
  // one size, at most kJudgedMax. Must not block. The bytes are gone when it returns.
  virtual void judge(std::span<const ByteView> transactions, std::span<Judgement> judgements) = 0;
};

// One call judges at most this many: 16 signatures are the 500 us a turn may spend on them.
inline constexpr std::size_t kJudgedMax = 16;

struct TransactionRules {
  std::uint64_t chain_id = 0;
  std::uint32_t bytes_max = 128 * 1024;  // as geth: four slots of 32 KiB
  std::uint64_t fee_floor_wei = 0;       // gas price or fee cap
  // Legacy transactions without a chain id are valid on every chain: anybody can replay another chain's
  // traffic here at no cost. Refused unless a chain needs them (deterministic deployment transactions).
  bool allow_unprotected = false;
};

// Owner: one per shard. No allocation.
class DefaultTransactionPolicy final : public TransactionPolicy {
 public:
  explicit DefaultTransactionPolicy(const TransactionRules& rules) : rules_(rules) {}

  void judge(std::span<const ByteView> transactions, std::span<Judgement> judgements) override;

  // How often each refusal was the answer; `none` counts the valid ones.
  [[nodiscard]] const Counter& count(Refusal refusal) const {
    return counters_[static_cast<std::size_t>(refusal)];
  }

 private:
  [[nodiscard]] Judgement judge_one(ByteView bytes) const;
  [[nodiscard]] Refusal check_fields(const wire::TransactionView& transaction) const;

  const TransactionRules rules_;
  std::array<Counter, kRefusals> counters_;
};

}  // namespace ringwire::gossip
