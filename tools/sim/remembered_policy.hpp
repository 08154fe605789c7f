// What the default policy says of a transaction, asked once in a world and not once at every node.
//
// Problem: a thousand nodes recover the same signature a thousand times. The policy is pure, and the nodes of
// a world have one and the same rules, so the answer is the same, its cost in the turn's budget too.
//
// Thread: its world's. Memory: the bytes of all transactions of a run. Complexity: O(bytes).
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "gossip/transaction_policy.hpp"

namespace ringwire::sim {

class RememberedPolicy final : public gossip::TransactionPolicy {
 public:
  explicit RememberedPolicy(const gossip::TransactionRules& rules) : policy_(rules) {}

  void judge(std::span<const ByteView> transactions, std::span<gossip::Judgement> judgements) override;

  [[nodiscard]] std::uint64_t asked() const { return asked_; }  // of the policy itself

 private:
  struct Known {
    std::vector<std::uint8_t> bytes;
    gossip::Judgement judgement;
  };
  const gossip::Judgement& recall(ByteView transaction);

  gossip::DefaultTransactionPolicy policy_;
  std::unordered_multimap<std::uint32_t, Known> known_;  // by checksum; looked up, never iterated
  std::uint64_t asked_ = 0;
};

}  // namespace ringwire::sim
