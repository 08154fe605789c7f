// Saves the hop to the owner for copies of what this shard forwarded a moment ago.
//
// Every peer relays every message, so most of what a shard receives are copies. The receiving shard notes the
// ids it mailed to their owners and drops further copies of them itself. It never DECIDES: it knows nothing
// of acceptance, only that the owner got the id already, and after `hold` it asks the owner again. So `hold`
// must be shorter than the owner's seen window, and an id that the owner could not take (full) must be
// forgotten.
//
// A direct-mapped table: a newer id displaces an older one in its slot, which costs one hop more, nothing
// else. What a hit costs: the owner does not learn of this copy's source; who keeps scores counts it here.
// Mistaken for another id: chance 2^-128 per look-up (gossip/fingerprint.hpp).
//
// Memory: 24 bytes per slot, fixed at construction. Complexity: O(1). Thread: the receiving shard's.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "codec/base/check.hpp"
#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/time.hpp"
#include "gossip/fingerprint.hpp"

namespace ringwire::gossip {

struct FilterLimits {
  std::uint32_t slots = 1U << 15;  // rounded up to a power of two: 768 KiB, fits the L2 cache
  Duration hold = 2s;              // copies arrive within a round trip or two; later ones may cost a hop
};

struct FilterCounters {
  Counter hits;       // copies dropped here
  Counter misses;     // to be forwarded
  Counter displaced;  // ids noted over a younger neighbour that was still held
};

class ReceivedFilter {
 public:
  ReceivedFilter(FilterLimits limits, const crypto::SipKey& key)
      : limits_(limits), key_(key), slots_(std::bit_ceil(limits.slots)) {
    RW_ASSERT(limits.slots > 0 && limits.hold.count() > 0);
  }

  // True where the id was forwarded within `hold`: drop the copy. Otherwise false, and the id is noted:
  // forward it.
  bool test_and_note(const Hash32& id, Instant now) {
    const Fingerprint wanted = fingerprint(key_, id);
    Slot& slot = slot_of(wanted);
    const bool held = slot.forwarded_at + limits_.hold > now && slot.id != Fingerprint{};
    if (held && slot.id == wanted) {
      counters_.hits.add();
      return true;
    }
    counters_.misses.add();
    if (held) counters_.displaced.add();
    slot = {wanted, now};
    return false;
  }

  // The owner did not take it: the next copy must reach it.
  void forget(const Hash32& id) {
    const Fingerprint wanted = fingerprint(key_, id);
    if (Slot& slot = slot_of(wanted); slot.id == wanted) slot = {};
  }

  [[nodiscard]] const FilterCounters& counters() const { return counters_; }
  static Footprint footprint(const FilterLimits& limits) {
    return {{"gossip: filter of forwarded ids", std::bit_ceil(limits.slots), sizeof(Slot)}};
  }

 private:
  struct Slot {
    Fingerprint id;  // zeros: empty (an id that hashes to zeros is forwarded each time)
    Instant forwarded_at;
  };
  Slot& slot_of(const Fingerprint& id) { return slots_[id.secret & (slots_.size() - 1)]; }

  const FilterLimits limits_;
  const crypto::SipKey key_;
  std::vector<Slot> slots_;
  FilterCounters counters_;
};

}  // namespace ringwire::gossip
