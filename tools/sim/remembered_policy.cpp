#include "tools/sim/remembered_policy.hpp"

#include <algorithm>

#include "codec/crypto/checksum.hpp"

namespace ringwire::sim {

void RememberedPolicy::judge(std::span<const ByteView> transactions,
                             std::span<gossip::Judgement> judgements) {
  for (std::size_t i = 0; i < transactions.size(); ++i) judgements[i] = recall(transactions[i]);
}

const gossip::Judgement& RememberedPolicy::recall(ByteView transaction) {
  const std::uint32_t checksum = crypto::checksum(transaction);
  const auto [first, last] = known_.equal_range(checksum);
  const auto found = std::find_if(
      first, last, [&](const auto& each) { return std::ranges::equal(each.second.bytes, transaction); });
  if (found != last) return found->second.judgement;
  ++asked_;
  Known known{{transaction.begin(), transaction.end()}, {}};
  policy_.judge(std::span(&transaction, 1), std::span(&known.judgement, 1));
  return known_.emplace(checksum, std::move(known))->second.judgement;
}

}  // namespace ringwire::sim
