// Remembers which messages were there before, so that each counts once.
//
// Statement. An id that was inserted is recognised for `window`, and as long as at most `messages_max` other
// ids were inserted after it; whichever ends first. At capacity the oldest id goes out early: counted as
// cut_short, with the age it had in cut_short_age_ms, so that an operator sees which window the node really
// keeps. Size it as admitted messages per second x window.
// A repeated id does not renew its entry: the window starts when it was first seen.
//
// What is kept is not the id but a 128-bit fingerprint (gossip/fingerprint.hpp): with 2^20 entries a new
// message is mistaken for an old one with probability 2^-108, at a million messages a second once in 10^19
// years.
//
// Memory: decided at construction, 40 to 56 bytes per message (24 in the ring of ages, 16 to 32 in the index;
// a power of two costs least). Complexity: O(1); one insert drops at most two expired entries, so a burst
// after a quiet hour costs no more than any other. Thread: its shard's. Timers: none; age is judged when an
// id is looked up.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/time.hpp"
#include "gossip/fingerprint.hpp"
#include "gossip/keyed_index.hpp"

namespace ringwire::gossip {

struct SeenLimits {
  std::uint32_t messages_max = 1U << 20;
  Duration window = 600s;
};

struct SeenCounters {
  Counter inserted;
  Counter recognised;        // insert() or contains() met an id that was there
  Counter expired;           // left after a full window
  Counter cut_short;         // left early because the cache was full
  Counter cut_short_age_ms;  // gauge: the age of the last entry that left early
};

class SeenCache {
 public:
  explicit SeenCache(SeenLimits limits);

  // Was it inserted within the window? `now` never goes back, here and below.
  [[nodiscard]] bool contains(const Fingerprint& id, Instant now);
  // True where it is new; it is remembered from now on. False where it was there already.
  bool insert(const Fingerprint& id, Instant now);

  // Entries held, expired ones that were not dropped yet included.
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] const SeenCounters& counters() const { return counters_; }
  static Footprint footprint(const SeenLimits& limits, const std::string& what = "seen messages");
  [[nodiscard]] std::uint32_t longest_probe() const { return index_.longest_probe(); }

 private:
  struct Entry {
    Fingerprint id;
    Instant seen_at;
  };

  [[nodiscard]] std::uint32_t find(const Fingerprint& id) const;
  [[nodiscard]] bool expired(const Entry& entry, Instant now) const {
    return entry.seen_at + limits_.window <= now;
  }
  void drop_oldest(Instant now);

  const SeenLimits limits_;
  std::vector<Entry> ring_;  // by age; [oldest_, oldest_ + size_) modulo its size are held
  KeyedIndex index_;         // the youngest entry of each id
  std::uint32_t oldest_ = 0;
  std::uint32_t size_ = 0;
  SeenCounters counters_;
};

}  // namespace ringwire::gossip
