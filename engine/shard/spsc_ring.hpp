// A bounded queue from one thread to one other, without locks and without a shared counter.
//
// Problem: an index that both sides write, or read on every item, travels between the two cores with every
// item. Here each side owns its index on a cache line of its own and keeps a copy of the other side's, which
// it refreshes only when the ring looks full or empty: while both are busy, a line moves once per many items.
// What a side keeps to itself lies on a further line: beside the published index it would leave the core
// whenever the other side looks there (measured: less than half the rate).
//
// Rules
//  - T is trivially copyable; the capacity is a power of two. Indices run freely (64 bits) and never wrap.
//  - What stage() wrote becomes visible with publish(): one release store for a whole batch.
//  - front() shows items in place, release() gives their slots back: again one store for a batch.
//
// Thread: the functions under "producer" belong to one thread, those under "consumer" to one other; size()
// and capacity() to anyone. Memory: capacity * sizeof(T) and five cache lines, all allocated at construction.
// Complexity: O(1) per item, no allocation, no wait: full and empty are answers.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "codec/base/check.hpp"

namespace ringwire::shard {

inline constexpr std::size_t kCacheLine = 64;

template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpscRing(std::uint32_t capacity)
      : mask_(std::uint64_t{capacity} - 1), slots_(new (kSlotAlignment) T[capacity]()) {
    RW_ASSERT(std::has_single_bit(capacity));
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  // --- producer

  // Writes an item that stays invisible until publish(). False where the ring is full.
  [[nodiscard]] bool stage(const T& item) {
    const std::uint64_t at = staged();
    if (room(at, 1) == 0) return false;
    slots_[at & mask_] = item;
    ++producer_.unpublished;
    return true;
  }
  // Makes everything staged visible. False where nothing was.
  bool publish() {
    if (producer_.unpublished == 0) return false;
    publish(staged());
    return true;
  }
  // Shows what was staged before it too, even where it finds no room itself.
  [[nodiscard]] bool push(const T& item) {
    const std::uint64_t at = staged();
    if (room(at, 1) == 0) {
      publish();
      return false;
    }
    slots_[at & mask_] = item;
    publish(at + 1);
    return true;
  }
  // Likewise as many of `items` as fit, in order; returns how many.
  [[nodiscard]] std::size_t push(std::span<const T> items) {
    const std::uint64_t at = staged();
    const auto count = std::min<std::size_t>(items.size(), room(at, items.size()));
    for (std::size_t i = 0; i < count; ++i) slots_[(at + i) & mask_] = items[i];
    if (at + count != producer_.tail.load(std::memory_order_relaxed)) publish(at + count);
    return count;
  }

  [[nodiscard]] bool has_room() { return room(staged(), 1) > 0; }

  // --- consumer

  // The oldest items, in place, up to the end of the storage: there may be more after release(). Empty where
  // there is none.
  [[nodiscard]] std::span<const T> front() {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    const std::size_t at = head & mask_;
    return {&slots_[at], std::min<std::size_t>(ready(head, 1), capacity() - at)};
  }
  // Gives the slots of the `count` oldest items back; they must have been shown by front().
  void release(std::size_t count) {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    RW_ASSUME(count <= consumer_.tail_seen - head);
    consumer_.head.store(head + count, std::memory_order_release);
  }
  [[nodiscard]] bool pop(T& item) {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    if (ready(head, 1) == 0) return false;
    item = slots_[head & mask_];
    consumer_.head.store(head + 1, std::memory_order_release);
    return true;
  }
  // Pops as many as there are, at most items.size(), to the start of `items`; returns how many.
  [[nodiscard]] std::size_t pop(std::span<T> items) {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    const auto count = std::min<std::size_t>(items.size(), ready(head, items.size()));
    if (count == 0) return 0;
    for (std::size_t i = 0; i < count; ++i) items[i] = slots_[(head + i) & mask_];
    consumer_.head.store(head + count, std::memory_order_release);
    return count;
  }
  // Whether nothing is there to pop. Sees every item published before the caller synchronised with it.
  [[nodiscard]] bool empty() { return ready(consumer_.head.load(std::memory_order_relaxed), 1) == 0; }

  // --- anyone

  // Published and not yet released; a recent value, for metrics.
  [[nodiscard]] std::size_t size() const {
    const std::uint64_t head = consumer_.head.load(std::memory_order_acquire);
    const std::uint64_t tail = producer_.tail.load(std::memory_order_acquire);
    return std::min<std::size_t>(tail - head, capacity());
  }
  [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

 private:
  // Written up to here.
  [[nodiscard]] std::uint64_t staged() const {
    return producer_.tail.load(std::memory_order_relaxed) + producer_.unpublished;
  }
  // Single pushes find nothing unpublished and store nothing but their item and the index.
  void publish(std::uint64_t up_to) {
    if (producer_.unpublished != 0) producer_.unpublished = 0;
    producer_.tail.store(up_to, std::memory_order_release);
  }
  // Free slots from `at`; asks the other side only where fewer than `wanted` are known.
  std::uint64_t room(std::uint64_t at, std::uint64_t wanted) {
    std::uint64_t free = capacity() - (at - producer_.head_seen);
    if (free < wanted) {
      producer_.head_seen = consumer_.head.load(std::memory_order_acquire);
      free = capacity() - (at - producer_.head_seen);
    }
    return free;
  }
  // Readable items from `head`; asks the other side only where fewer than `wanted` are known.
  std::uint64_t ready(std::uint64_t head, std::uint64_t wanted) {
    if (consumer_.tail_seen - head < wanted) {
      consumer_.tail_seen = producer_.tail.load(std::memory_order_acquire);
    }
    return consumer_.tail_seen - head;
  }

  struct Producer {
    alignas(kCacheLine) std::atomic<std::uint64_t> tail{0};  // published up to here
    alignas(kCacheLine) std::uint64_t unpublished = 0;       // written beyond it
    std::uint64_t head_seen = 0;
  };
  struct Consumer {
    alignas(kCacheLine) std::atomic<std::uint64_t> head{0};  // released up to here
    alignas(kCacheLine) std::uint64_t tail_seen = 0;
  };

  // Items begin on a line of their own: a batch that fills whole lines shares none with the next.
  static constexpr std::align_val_t kSlotAlignment{std::max(alignof(T), kCacheLine)};
  struct Deallocate {
    void operator()(T* slots) const { ::operator delete[](slots, kSlotAlignment); }
  };

  alignas(kCacheLine) const std::uint64_t mask_;
  const std::unique_ptr<T[], Deallocate> slots_;
  Producer producer_;
  Consumer consumer_;
};

}  // namespace ringwire::shard
