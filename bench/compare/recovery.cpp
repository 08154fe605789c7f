#include "bench/compare/recovery.hpp"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "bench/compare/placement.hpp"
#include "bench/compare/statistics.hpp"
#include "codec/base/check.hpp"
#include "codec/base/prng.hpp"
#include "gossip/transaction_policy.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint64_t kChainId = 1337;
constexpr int kBatches = 400;  // of gossip::kJudgedMax transactions

struct Batch {
  std::vector<std::vector<std::uint8_t>> transactions;
  std::vector<ByteView> views;
  std::vector<std::pair<Hash32, crypto::Signature>> signatures;
};

Batch sign_batch() {
  Prng prng(1);
  const auto drawn = [&prng] {
    Hash32 bytes;
    prng.fill(bytes.span());
    return bytes;
  };
  const crypto::Signer signer(drawn().bytes);
  Batch batch;
  for (std::uint64_t nonce = 0; nonce < gossip::kJudgedMax; ++nonce) {
    const auto key = crypto::SecretKey::from_bytes(drawn().bytes);
    const wire::Transaction fields{.type = wire::TransactionType::dynamic_fee,
                                   .chain_id = kChainId,
                                   .nonce = nonce,
                                   .max_fee = wire::Uint256(1),
                                   .gas_limit = 21'000,
                                   .to = Address20{}};
    batch.transactions.push_back(wire::sign_transaction(fields, signer, *key));
  }
  for (const auto& bytes : batch.transactions) {
    const auto transaction = wire::decode_transaction(bytes);
    batch.views.emplace_back(bytes);
    batch.signatures.emplace_back(wire::signing_hash(*transaction), transaction->signature);
  }
  return batch;
}

template <class Work>
double median_seconds(const Work& work) {
  std::vector<double> seconds;
  for (int i = 0; i < kBatches; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return summarise(seconds).median;
}

}  // namespace

Recovery measure_recovery() {
  const Placement placement = on_one_core();
  const Placed here(placement.client_cpu, placement.batch);
  const Batch batch = sign_batch();
  const double recovering = median_seconds([&] {
    for (const auto& [digest, signature] : batch.signatures) {
      RW_ASSERT(crypto::recover(digest, signature).ok());
    }
  });
  gossip::DefaultTransactionPolicy policy({.chain_id = kChainId});
  std::vector<gossip::Judgement> judgements(batch.views.size());
  const double judging = median_seconds([&] {
    policy.judge(batch.views, judgements);
    for (const auto& judgement : judgements) RW_ASSERT(judgement.refusal == gossip::Refusal::none);
  });
  const auto count = static_cast<double>(batch.views.size());
  return {recovering / count * 1e6, count / judging};
}

std::string describe(const Recovery& recovery) {
  return fmt::format("{:.1f} us each; {:.1f} K transactions/s per core with all that the policy checks",
                     recovery.microseconds, recovery.transactions_per_second / 1000);
}

}  // namespace ringwire::compare
