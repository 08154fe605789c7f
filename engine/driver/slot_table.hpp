// The connections of one driver, or its datagram sockets: a fixed number of slots, each given out under a new
// generation every time, so that an id names one of them for ever.
//
// Thread: the driver's. Memory: everything is allocated at once. Complexity: O(1); the slot that was freed
// last is given out first, its memory is the warmest.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "codec/base/check.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::driver {

// T is made anew (default constructed) each time a slot is given out and destroyed when it is freed.
template <class T, class Id = ConnectionId>
class SlotTable {
 public:
  explicit SlotTable(std::uint32_t slots_max)
      : entries_(std::make_unique<Entry[]>(slots_max)), slots_max_(slots_max) {
    free_.reserve(slots_max);
    for (std::uint32_t slot = slots_max; slot > 0; --slot) free_.push_back(slot - 1);
  }

  [[nodiscard]] bool full() const { return free_.empty(); }

  // Must not be full.
  Id take() {
    RW_ASSERT(!full());
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Entry& entry = entries_[slot];
    entry.value.emplace();
    return {slot, entry.generation};
  }

  // Null where `id` was freed, or never given out.
  [[nodiscard]] T* find(Id id) const {
    if (id.slot >= slots_max_) return nullptr;
    Entry& entry = entries_[id.slot];
    return entry.generation == id.generation && entry.value.has_value() ? &*entry.value : nullptr;
  }

  // What is in a slot; null where it is free.
  [[nodiscard]] T* at_slot(std::uint32_t slot) const {
    return slot < slots_max_ && entries_[slot].value.has_value() ? &*entries_[slot].value : nullptr;
  }

  // `id` must not have been freed.
  [[nodiscard]] T& at(Id id) const {
    T* value = find(id);
    RW_ASSERT(value != nullptr);
    return *value;
  }

  void free(Id id) {
    RW_ASSERT(find(id) != nullptr);
    Entry& entry = entries_[id.slot];
    entry.value.reset();
    ++entry.generation;
    free_.push_back(id.slot);
  }

  // Calls `visit(T&)` for every slot in use. O(slots): for shutdown, and for tables of few.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::uint32_t slot = 0; slot < slots_max_; ++slot) {
      if (entries_[slot].value.has_value()) visit(*entries_[slot].value);
    }
  }

  static constexpr std::uint64_t kBytesPerSlot = sizeof(std::optional<T>) + 2 * sizeof(std::uint32_t);

 private:
  struct Entry {
    std::optional<T> value;
    std::uint32_t generation = 1;
  };

  std::unique_ptr<Entry[]> entries_;
  const std::uint32_t slots_max_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringwire::driver
