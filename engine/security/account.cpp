#include "engine/security/account.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::security {
namespace {

template <class Visit>
void for_each_limited(const Rates& rates, Visit&& visit) {
  for (std::size_t i = 0; i < kResources; ++i) {
    if (rates.each[i] != kUnlimited) visit(static_cast<Resource>(i));
  }
}

}  // namespace

Account::Account(const Rates& rates, Instant now) {
  for (std::size_t i = 0; i < kResources; ++i) buckets_.each[i] = TokenBucket(rates.each[i], now);
}

Rate Account::holds(const Rates& rates, Resource resource) const {
  const Rate& rate = rates[resource];
  return {rate.per_second, rate.burst - std::min(rate.burst, lent_[resource])};
}

void Account::forget_overdue(Instant now) {
  if (now >= lent_until_ + kGrace) lent_ = {};
}

std::uint64_t Account::available(const Rates& rates, Resource resource, Instant now) {
  if (rates[resource] == kUnlimited) return UINT64_MAX;
  forget_overdue(now);
  return buckets_[resource].available(holds(rates, resource), now);
}

std::optional<Resource> Account::short_of(const Rates& rates, const Charge& charge, Instant now) {
  for (std::size_t i = 0; i < kResources; ++i) {
    const auto resource = static_cast<Resource>(i);
    if (charge.each[i] > 0 && available(rates, resource, now) < charge.each[i]) return resource;
  }
  return std::nullopt;
}

Instant Account::ready_at(const Rates& rates, Resource resource, std::uint64_t amount, Instant now) {
  if (rates[resource] == kUnlimited) return now;
  return buckets_[resource].ready_at(holds(rates, resource), amount, now);
}

void Account::take(const Rates& rates, const Charge& charge, Instant now) {
  for_each_limited(rates, [&](Resource resource) {
    RW_ASSERT(buckets_[resource].take(holds(rates, resource), charge[resource], now));
  });
}

void Account::lend(const Rates& rates, const Charge& charge, Instant until, Instant now) {
  take(rates, charge, now);
  for_each_limited(rates, [&](Resource resource) { lent_[resource] += charge[resource]; });
  lent_until_ = std::max(lent_until_, until);
}

void Account::settle(const Rates& rates, const Charge& spent, const Charge& returned, Instant now) {
  for_each_limited(rates, [&](Resource resource) {
    // What is earned up to now is earned under the loan: refilled before it ends.
    static_cast<void>(available(rates, resource, now));
    const std::uint64_t back = std::min(returned[resource], lent_[resource]);
    lent_[resource] -= back;
    lent_[resource] -= std::min(spent[resource], lent_[resource]);
    buckets_[resource].give_back(holds(rates, resource), back);
  });
}

bool Account::idle(const Rates& rates, Instant now) {
  bool idle = true;
  for_each_limited(rates, [&](Resource resource) {
    idle = idle && available(rates, resource, now) == rates[resource].burst;
  });
  return idle;
}

}  // namespace ringwire::security
