#include "gossip/seen_cache.hpp"

namespace ringwire::gossip {
namespace {

// Two out for one in: expired entries leave faster than new ones come, and no call pays for many.
constexpr int kDropsPerInsert = 2;

}  // namespace

SeenCache::SeenCache(SeenLimits limits)
    : limits_(limits), ring_(limits.messages_max), index_(limits.messages_max) {
  RW_ASSERT(limits.window.count() > 0);
}

std::uint32_t SeenCache::find(const Fingerprint& id) const {
  return index_.find(id.secret, [&](std::uint32_t position) { return ring_[position].id == id; });
}

bool SeenCache::contains(const Fingerprint& id, Instant now) {
  const std::uint32_t position = find(id);
  if (position == KeyedIndex::kNone || expired(ring_[position], now)) return false;
  counters_.recognised.add();
  return true;
}

bool SeenCache::insert(const Fingerprint& id, Instant now) {
  if (const std::uint32_t position = find(id); position != KeyedIndex::kNone) {
    if (!expired(ring_[position], now)) {
      counters_.recognised.add();
      return false;
    }
    // The expired entry stays in the ring until its turn; only the new one is to be found.
    index_.erase(id.secret, position);
  }
  for (int i = 0; i < kDropsPerInsert && size_ > 0 && expired(ring_[oldest_], now); ++i) drop_oldest(now);
  if (size_ == ring_.size()) drop_oldest(now);
  const auto position = static_cast<std::uint32_t>((std::uint64_t{oldest_} + size_) % ring_.size());
  ring_[position] = {id, now};
  index_.insert(id.secret, position);
  ++size_;
  counters_.inserted.add();
  return true;
}

void SeenCache::drop_oldest(Instant now) {
  const Entry& entry = ring_[oldest_];
  if (expired(entry, now)) {
    counters_.expired.add();
  } else {
    counters_.cut_short.add();
    counters_.cut_short_age_ms.set(static_cast<std::uint64_t>((now - entry.seen_at) / 1ms));
  }
  index_.erase(entry.id.secret, oldest_);
  oldest_ = oldest_ + 1 == ring_.size() ? 0 : oldest_ + 1;
  --size_;
}

Footprint SeenCache::footprint(const SeenLimits& limits, const std::string& what) {
  return {{"gossip: " + what + ", ring of ages", limits.messages_max, sizeof(Entry)},
          {"gossip: " + what + ", index", 1, KeyedIndex::bytes_for(limits.messages_max)}};
}

}  // namespace ringwire::gossip
