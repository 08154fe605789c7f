// Finds entries of somebody's fixed table by a secret hash: open addressing, linear probing, no allocation
// after construction.
//
// Attack: peers choose the names that are looked up here (ids, hashes). With an unkeyed hash they would
// choose names that land in one slot and turn every look-up into a walk of the whole table. The caller
// therefore passes a hash keyed with a secret; equal low bits of the names mean nothing.
//
// The index maps a hash to POSITIONS in a table the caller owns, and asks the caller whether a candidate is
// the one meant. It is at most half full, so a miss looks at 2.5 slots on average. Removal shifts later slots
// back: no tombstones, no rehash, the same cost after a year.
//
// Memory: 8 bytes per slot, two to four slots per entry. Complexity: O(1) expected for each operation.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "codec/base/check.hpp"

namespace ringwire::gossip {

class KeyedIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kEntriesMax = 1U << 28;  // two to four slots each stay below 2^32

  explicit KeyedIndex(std::uint32_t entries_max)
      : entries_max_(entries_max), slots_(slots_for(entries_max)), mask_(slots_for(entries_max) - 1) {}

  // The position stored under `hash` for which same(position) holds; kNone where there is none.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t i = tag & mask_; slots_[i].position != kNone; i = (i + 1) & mask_) {
      if (slots_[i].tag == tag && same(slots_[i].position)) return slots_[i].position;
    }
    return kNone;
  }

  // At most entries_max at a time; a position may be stored once.
  void insert(std::uint64_t hash, std::uint32_t position) {
    RW_ASSERT(entries_ < entries_max_ && position != kNone);
    ++entries_;
    std::uint32_t i = tag_of(hash) & mask_;
    while (slots_[i].position != kNone) i = (i + 1) & mask_;
    slots_[i] = {tag_of(hash), position};
  }

  // False where `position` is not stored under `hash`.
  bool erase(std::uint64_t hash, std::uint32_t position) {
    std::uint32_t hole = tag_of(hash) & mask_;
    while (slots_[hole].position != position) {
      if (slots_[hole].position == kNone) return false;
      hole = (hole + 1) & mask_;
    }
    --entries_;
    close(hole);
    return true;
  }

  [[nodiscard]] std::uint32_t size() const { return entries_; }
  // What an index for that many entries holds.
  static std::uint64_t bytes_for(std::uint32_t entries_max) {
    return std::uint64_t{slots_for(entries_max)} * sizeof(Slot);
  }

  // The furthest any entry lies from where its look-up begins. O(slots): for tests and for an operator's
  // doubt.
  [[nodiscard]] std::uint32_t longest_probe() const {
    std::uint32_t longest = 0;
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      if (slots_[i].position != kNone) longest = std::max(longest, distance(i));
    }
    return longest;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;  // low half of the hash; its low bits say where the look-up begins
    std::uint32_t position = kNone;
  };

  static std::uint32_t slots_for(std::uint32_t entries_max) {
    RW_ASSERT(entries_max > 0 && entries_max <= kEntriesMax);
    return std::bit_ceil(2 * entries_max);
  }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  std::uint32_t distance(std::uint32_t at) const { return (at - slots_[at].tag) & mask_; }

  // Moves every later slot of the cluster that may move into the hole, so that no look-up stops early.
  void close(std::uint32_t hole) {
    for (std::uint32_t i = (hole + 1) & mask_; slots_[i].position != kNone; i = (i + 1) & mask_) {
      if (distance(i) < ((i - hole) & mask_)) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole].position = kNone;
  }

  std::uint32_t entries_max_;
  std::uint32_t entries_ = 0;
  std::vector<Slot> slots_;
  std::uint32_t mask_;
};

}  // namespace ringwire::gossip
