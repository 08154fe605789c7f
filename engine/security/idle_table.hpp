// A bounded table of what is known about sources, which forgets only what makes no difference.
//
// Attack: whoever has many addresses makes us remember each of them, until memory is gone; or, where the
// oldest is forgotten, gets its own debts forgotten by showing up under enough other names.
//
// Rules
//  - An entry may be forgotten when it is idle: then a fresh one is the same. Nothing else is.
//  - A new name in a full table: a hand looks at up to kLooks entries in turn and replaces the first idle
//    one. Where it finds none, the name has no entry of its own: all such names share one.
//  - So to lose a debt one has to pay it, and a flood of names limits itself, and newcomers with it, to what
//    one source may have.
//
// Keys are hashed with a secret. A reference holds until the next get(). Memory: footprint_bytes().
// Complexity: O(1) expected. Thread: its owner's.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "codec/base/check.hpp"
#include "codec/base/counter.hpp"

namespace ringwire::security {

struct TableCounters {
  Counter forgotten;  // idle entries that made room
  Counter shared;     // times that a name without room used the common entry
};

template <class Key, class Hash, class Value>
class IdleTable {
 public:
  static constexpr std::uint32_t kLooks = 16;

  template <class Make>
  IdleTable(std::uint32_t entries_max, Hash hash, Make&& make)
      : entries_max_(entries_max), index_(entries_max, hash), shared_(make()) {
    RW_ASSERT(entries_max > 0);
    // References to entries hold.
    entries_.reserve(entries_max);
  }

  // The entry of `key`, the common one where there is no room for it. `make` makes a fresh value, `idle` says
  // whether one is as good as fresh.
  template <class Make, class Idle>
  Value& get(const Key& key, Make&& make, Idle&& idle) {
    if (Value* const known = find(key)) return *known;
    const auto place = place_for_new(idle);
    if (!place) {
      counters_.shared.add();
      return shared_;
    }
    index_.emplace(key, *place);
    if (*place == entries_.size()) {
      entries_.push_back({key, make()});
    } else {
      entries_[*place] = {key, make()};
    }
    return entries_[*place].value;
  }

  [[nodiscard]] Value* find(const Key& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &entries_[found->second].value;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const TableCounters& counters() const { return counters_; }
  // Of a full one: entries, and nodes and slots of the index.
  static std::uint64_t footprint_bytes(std::uint32_t entries_max) {
    return std::uint64_t{entries_max} * (sizeof(Entry) + sizeof(Key) + 5 * sizeof(void*));
  }

 private:
  struct Entry {
    Key key;
    Value value;
  };

  template <class Idle>
  std::optional<std::uint32_t> place_for_new(Idle&& idle) {
    if (entries_.size() < entries_max_) return static_cast<std::uint32_t>(entries_.size());
    for (std::uint32_t looks = 0; looks < kLooks && looks < entries_max_; ++looks) {
      const std::uint32_t at = hand_;
      hand_ = (hand_ + 1) % entries_max_;
      if (!idle(entries_[at].value)) continue;
      index_.erase(entries_[at].key);
      counters_.forgotten.add();
      return at;
    }
    return std::nullopt;
  }

  const std::uint32_t entries_max_;
  std::vector<Entry> entries_;
  std::unordered_map<Key, std::uint32_t, Hash> index_;
  std::uint32_t hand_ = 0;
  Value shared_;
  TableCounters counters_;
};

}  // namespace ringwire::security
