#include "engine/security/lender.hpp"

#include <algorithm>

namespace ringwire::security {
namespace {

std::uint64_t tokens_in(const Rate& rate, Duration time) {
  const auto ns = static_cast<std::uint64_t>(time.count());
  return rate.per_second / 1'000'000'000 * ns + rate.per_second % 1'000'000'000 * ns / 1'000'000'000;
}

}  // namespace

LeaseGrant Lender::on_request(const LeaseRequest& request, Instant now) {
  const SourceLimits::Chain chain = limits_.chain(request.source.base, now);
  settle(chain, request.report, now);
  LeaseGrant answer;
  answer.source = request.source;
  for (const SourceLimits::Link& link : chain) {
    const auto lacking = link.account->short_of(*link.rates, request.need, now);
    if (!lacking) continue;
    counters_.refused.add();
    answer.level = link.level;
    answer.resource = *lacking;
    answer.retry_at = retry_at(link, *lacking, request.need[*lacking], now);
    return answer;
  }
  counters_.granted.add();
  answer.granted = true;
  answer.tokens = slice(chain, request.need, now);
  answer.valid_until = now + kLeaseTime;
  for (const SourceLimits::Link& link : chain)
    link.account->lend(*link.rates, answer.tokens, answer.valid_until, now);
  return answer;
}

void Lender::on_return(const LeaseRequest& request, Instant now) {
  counters_.returns.add();
  settle(limits_.chain(request.source.base, now), request.report, now);
}

void Lender::settle(const SourceLimits::Chain& chain, const LeaseReport& report, Instant now) {
  if (report == LeaseReport{}) return;
  // The accounts may have forgotten it, and what they have lent since is another's.
  if (now >= report.valid_until + Account::kGrace) return counters_.late.add();
  for (const SourceLimits::Link& link : chain)
    link.account->settle(*link.rates, report.spent, report.returned, now);
}

Charge Lender::slice(const SourceLimits::Chain& chain, const Charge& need, Instant now) const {
  Charge slice;
  for (std::size_t i = 0; i < kResources; ++i) {
    if (need.each[i] == 0) continue;
    std::uint64_t there = kSliceMax;
    for (const SourceLimits::Link& link : chain)
      there = std::min(there, link.account->available(*link.rates, static_cast<Resource>(i), now));
    slice.each[i] = std::max(need.each[i], there / (2U * shards_));
  }
  return slice;
}

Instant Lender::retry_at(const SourceLimits::Link& link, Resource resource, std::uint64_t need,
                         Instant now) const {
  const Rate& rate = (*link.rates)[resource];
  // Not so much that the bucket would overflow before the question comes.
  const std::uint64_t pace = std::min(tokens_in(rate, kPaceTime), rate.burst / 4);
  Instant ready = link.account->ready_at(*link.rates, resource, std::max(need, pace), now);
  // There only when what is away has come back, or when it is reported spent.
  if (ready == kNever) ready = now + kPaceTime;
  return std::min(ready, now + kLeaseTime);
}

}  // namespace ringwire::security
