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
      : mask_(std::uint64_t{capacity} - 1), slots_(std::make_unique<T[]>(capacity)) {
    RW_ASSERT(std::has_single_bit(capacity));
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  // --- producer

  // Writes an item that stays invisible until publish(). False where the ring is full.
  [[nodiscard]] bool stage(const T& item) {
    if (room(1) == 0) return false;
    slots_[producer_.staged++ & mask_] = item;
    return true;
  }
  // Makes everything staged visible. False where nothing was.
  bool publish() {
    if (producer_.staged == producer_.tail.load(std::memory_order_relaxed)) return false;
    producer_.tail.store(producer_.staged, std::memory_order_release);
    return true;
  }
  [[nodiscard]] bool push(const T& item) {
    if (!stage(item)) return false;
    producer_.tail.store(producer_.staged, std::memory_order_release);
    return true;
  }
  // Pushes as many of `items` as fit, in order; returns how many.
  [[nodiscard]] std::size_t push(std::span<const T> items) {
    const auto count = std::min<std::size_t>(items.size(), room(items.size()));
    const std::size_t at = producer_.staged & mask_;
    const std::size_t before_wrap = std::min<std::size_t>(count, capacity() - at);
    std::copy_n(items.data(), before_wrap, &slots_[at]);
    std::copy_n(items.data() + before_wrap, count - before_wrap, &slots_[0]);
    producer_.staged += count;
    publish();
    return count;
  }

  [[nodiscard]] bool has_room() { return room(1) > 0; }

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
    const std::size_t at = head & mask_;
    const std::size_t before_wrap = std::min<std::size_t>(count, capacity() - at);
    std::copy_n(&slots_[at], before_wrap, items.data());
    std::copy_n(&slots_[0], count - before_wrap, items.data() + before_wrap);
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
  // Free slots; asks the other side only where fewer than `wanted` are known.
  std::uint64_t room(std::uint64_t wanted) {
    std::uint64_t free = capacity() - (producer_.staged - producer_.head_seen);
    if (free < wanted) {
      producer_.head_seen = consumer_.head.load(std::memory_order_acquire);
      free = capacity() - (producer_.staged - producer_.head_seen);
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
    alignas(kCacheLine) std::uint64_t staged = 0;            // written up to here
    std::uint64_t head_seen = 0;
  };
  struct Consumer {
    alignas(kCacheLine) std::atomic<std::uint64_t> head{0};  // released up to here
    alignas(kCacheLine) std::uint64_t tail_seen = 0;
  };

  alignas(kCacheLine) const std::uint64_t mask_;
  const std::unique_ptr<T[]> slots_;
  Producer producer_;
  Consumer consumer_;
};

}  // namespace ringwire::shard
