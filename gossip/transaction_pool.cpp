#include "gossip/transaction_pool.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::gossip {
namespace {

// One deadline removes at most this many: about 100 us of one turn; the rest follows in the next ones.
constexpr int kExpiredPerTurn = 256;

// At least 10 % more, rounded up; nothing is 10 % more than the largest value.
bool raised(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t step = from / 10 + (from % 10 != 0);
  return to > from && to - from >= step;
}

}  // namespace

const char* name(PoolResult result) {
  static constexpr std::array<const char*, kPoolResults> kNames{
      "added",   "replaced",         "known",    "replacement_low", "sender_full", "share_full",
      "fee_low", "too_many_evicted", "too_large"};
  return result < PoolResult::count_ ? kNames[static_cast<std::size_t>(result)] : "unknown";
}

TransactionPool::TransactionPool(PoolLimits limits, const crypto::SipKey& key)
    : limits_(limits),
      share_count_(std::max<std::uint64_t>(1, share_of(limits.count_max, limits.share_percent))),
      share_bytes_(share_of(limits.bytes_max, limits.share_percent)),
      by_hash_(limits.count_max, crypto::KeyedHash{key}) {
  RW_ASSERT(limits.count_max > 0 && limits.share_percent > 0 && limits.share_percent <= 100);
}

PoolResult TransactionPool::add(const Hash32& hash, const TransactionFacts& facts, const Slice& bytes,
                                SourceId source, Instant now) {
  const PoolResult result = try_add(hash, facts, bytes, source, now);
  counters_.results[static_cast<std::size_t>(result)].add();
  return result;
}

PoolResult TransactionPool::try_add(const Hash32& hash, const TransactionFacts& facts, const Slice& bytes,
                                    SourceId source, Instant now) {
  RW_ASSERT(!bytes.empty());
  if (by_hash_.contains(hash)) return PoolResult::known;
  const Incoming incoming{.rank = {facts.fee_cap, facts.priority_fee, ++sequence_},
                          .bytes = pinned(bytes),
                          .source = source,
                          .replaces = same_account(facts)};
  if (incoming.bytes > share_bytes_) return PoolResult::too_large;
  if (const Entry* old = incoming.replaces; old != nullptr) {
    if (!raised(old->rank.fee_cap, facts.fee_cap) || !raised(old->rank.priority_fee, facts.priority_fee)) {
      return PoolResult::replacement_low;
    }
  } else if (sender_is_full(facts.sender)) {
    return PoolResult::sender_full;
  }
  if (const PoolResult result = make_room(incoming); result != PoolResult::added) return result;
  if (incoming.replaces != nullptr) erase(*incoming.replaces);
  insert(hash, facts, incoming, bytes, now);
  return incoming.replaces != nullptr ? PoolResult::replaced : PoolResult::added;
}

TransactionPool::Entry* TransactionPool::same_account(const TransactionFacts& facts) const {
  const auto found = by_account_.find({facts.sender, facts.nonce});
  return found == by_account_.end() ? nullptr : found->second;
}

bool TransactionPool::sender_is_full(const Address20& sender) const {
  std::uint32_t count = 0;
  for (auto i = by_account_.lower_bound({sender, 0}); i != by_account_.end() && i->first.sender == sender;
       ++i) {
    if (++count >= limits_.per_sender_max) return true;
  }
  return limits_.per_sender_max == 0;
}

bool TransactionPool::would_exceed_share(const Incoming& incoming) const {
  if (incoming.source == kLocalSource) return false;
  std::uint64_t count = 1;
  std::uint64_t bytes = incoming.bytes;
  if (const auto found = holdings_.find(incoming.source); found != holdings_.end()) {
    count += found->second.order.size();
    bytes += found->second.bytes;
  }
  if (const Entry* old = incoming.replaces; old != nullptr && old->source == incoming.source) {
    count -= 1;
    bytes -= pinned(old->bytes);
  }
  return above_share(count, bytes);
}

bool TransactionPool::fits(const Incoming& incoming, const Victims& gone) const {
  std::uint64_t count = by_hash_.size() + 1 - gone.count;
  std::uint64_t bytes = bytes_ + incoming.bytes - gone.bytes;
  if (incoming.replaces != nullptr) {
    count -= 1;
    bytes -= pinned(incoming.replaces->bytes);
  }
  return count <= limits_.count_max && bytes <= limits_.bytes_max;
}

PoolResult TransactionPool::make_room(const Incoming& incoming) {
  if (fits(incoming, {})) return PoolResult::added;
  if (would_exceed_share(incoming)) {
    static const Order kNothing;
    const auto found = holdings_.find(incoming.source);
    return evict_cheaper(found == holdings_.end() ? kNothing : found->second.order, incoming,
                         PoolResult::share_full, counters_.evicted_own);
  }
  call_loans(incoming);
  return evict_cheaper(order_, incoming, PoolResult::fee_low, counters_.evicted_fee);
}

// Sources above their share give back, cheapest first, whatever the newcomer pays. What was given back stays
// free if the newcomer is refused after all.
void TransactionPool::call_loans(const Incoming& incoming) {
  for (std::uint32_t i = 0; i < kEvictionsMax && !fits(incoming, {}) && !on_loan_.empty(); ++i) {
    Entry* cheapest = nullptr;
    for (const SourceId source : on_loan_) {
      const Order& order = holdings_.at(source).order;
      auto first = order.begin();
      if (first->second == incoming.replaces) ++first;
      if (first == order.end()) continue;
      if (cheapest == nullptr || first->first < cheapest->rank) cheapest = first->second;
    }
    if (cheapest == nullptr) return;
    erase(*cheapest);
    counters_.evicted_loan.add();
  }
}

// All or nothing: entries leave only if enough of them pay less than the newcomer.
PoolResult TransactionPool::evict_cheaper(const Order& order, const Incoming& incoming, PoolResult refusal,
                                          Counter& why) {
  Victims victims;
  for (auto i = order.begin(); !fits(incoming, victims); ++i) {
    if (i == order.end()) return refusal;
    if (i->second == incoming.replaces) continue;
    if (!i->first.pays_less_than(incoming.rank)) return refusal;
    if (victims.count == kEvictionsMax) return PoolResult::too_many_evicted;
    victims.entries[victims.count++] = i->second;
    victims.bytes += pinned(i->second->bytes);
  }
  for (std::uint32_t i = 0; i < victims.count; ++i) erase(*victims.entries[i]);
  why.add(victims.count);
  return PoolResult::added;
}

void TransactionPool::insert(const Hash32& hash, const TransactionFacts& facts, const Incoming& incoming,
                             const Slice& bytes, Instant now) {
  Entry& entry = by_hash_.try_emplace(hash).first->second;
  entry.hash = hash;
  entry.account = {facts.sender, facts.nonce};
  entry.rank = incoming.rank;
  entry.bytes = bytes;
  entry.source = incoming.source;
  entry.added_at = now;
  by_account_.emplace(entry.account, &entry);
  order_.emplace(entry.rank, &entry);
  ages_.push_back(entry);
  Holding& holding = holdings_[entry.source];
  holding.order.emplace(entry.rank, &entry);
  holding.bytes += incoming.bytes;
  bytes_ += incoming.bytes;
  account_for(entry.source);
}

void TransactionPool::erase(Entry& entry) {
  const SourceId source = entry.source;
  const std::uint64_t bytes = pinned(entry.bytes);
  Holding& holding = holdings_.at(source);
  holding.order.erase(entry.rank);
  holding.bytes -= bytes;
  bytes_ -= bytes;
  order_.erase(entry.rank);
  by_account_.erase(entry.account);
  by_hash_.erase(Hash32(entry.hash));
  account_for(source);
}

// After every change of what `source` holds.
void TransactionPool::account_for(SourceId source) {
  const auto found = holdings_.find(source);
  const Holding& holding = found->second;
  if (source != kLocalSource && above_share(holding.order.size(), holding.bytes)) {
    on_loan_.insert(source);
  } else {
    on_loan_.erase(source);
  }
  if (holding.order.empty()) holdings_.erase(found);
  counters_.count.set(by_hash_.size());
  counters_.bytes.set(bytes_);
}

const Slice* TransactionPool::find(const Hash32& hash) {
  counters_.lookups.add();
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end()) return &found->second.bytes;
  counters_.lookups_missing.add();
  return nullptr;
}

bool TransactionPool::remove(const Hash32& hash) {
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return false;
  erase(found->second);
  counters_.removed.add();
  return true;
}

Instant TransactionPool::next_deadline() {
  const Entry* oldest = ages_.front();
  return oldest == nullptr ? kNever : oldest->added_at + limits_.lifetime;
}

void TransactionPool::on_deadline(Instant now) {
  for (int i = 0; i < kExpiredPerTurn && next_deadline() <= now; ++i) {
    erase(*ages_.front());
    counters_.expired.add();
  }
}

std::uint32_t TransactionPool::count_of(SourceId source) const {
  const auto found = holdings_.find(source);
  return found == holdings_.end() ? 0 : static_cast<std::uint32_t>(found->second.order.size());
}

void TransactionPool::check() const {
  std::uint64_t bytes = 0;
  std::map<SourceId, std::uint64_t> source_bytes;
  for (const auto& [hash, entry] : by_hash_) {
    RW_ASSERT(entry.hash == hash && entry.linked());
    RW_ASSERT(by_account_.at(entry.account) == &entry && order_.at(entry.rank) == &entry);
    RW_ASSERT(holdings_.at(entry.source).order.at(entry.rank) == &entry);
    source_bytes[entry.source] += pinned(entry.bytes);
    bytes += pinned(entry.bytes);
  }
  std::uint64_t held = 0;
  for (const auto& [source, holding] : holdings_) {
    held += holding.order.size();
    RW_ASSERT(!holding.order.empty() && holding.bytes == source_bytes.at(source));
    const bool above = source != kLocalSource && above_share(holding.order.size(), holding.bytes);
    RW_ASSERT(on_loan_.contains(source) == above);
  }
  RW_ASSERT(bytes == bytes_ && bytes <= limits_.bytes_max && by_hash_.size() <= limits_.count_max);
  RW_ASSERT(held == by_hash_.size() && by_account_.size() == held && order_.size() == held);
  for (const SourceId source : on_loan_) RW_ASSERT(holdings_.contains(source));
}

Footprint TransactionPool::footprint(const PoolLimits& limits) {
  // The allocator's own header and rounding are taken as 16 bytes per node.
  constexpr std::uint64_t kHashNode = sizeof(Hash32) + sizeof(Entry) + 2 * sizeof(void*) + 16;
  constexpr std::uint64_t kTreeNode = 4 * sizeof(void*) + 16;
  constexpr std::uint64_t kOrderNode = sizeof(Rank) + sizeof(void*) + kTreeNode;
  constexpr std::uint64_t kAccountNode = sizeof(Account) + sizeof(void*) + kTreeNode;
  constexpr std::uint64_t kHoldingNode = sizeof(SourceId) + sizeof(Holding) + kTreeNode;
  return {{"gossip: pooled transactions, entries with their index nodes", limits.count_max,
           kHashNode + kAccountNode + 2 * kOrderNode + kHoldingNode},
          {"gossip: pooled transactions, hash buckets", 2ULL * limits.count_max, sizeof(void*)},
          {"gossip: pooled transactions, bytes", 1, limits.bytes_max}};
}

void TransactionPool::clear() {
  while (Entry* oldest = ages_.front()) erase(*oldest);
}

}  // namespace ringwire::gossip
