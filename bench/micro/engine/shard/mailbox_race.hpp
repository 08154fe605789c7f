// The mailbox between two shards and boost::lockfree::spsc_queue, run by the same loops: 16-byte items from
// one thread to another, each on a CPU of its own, neither ever asleep.
//
// A look that finds the queue full or empty is followed by one pause instruction, as in any loop that spins:
// without it the waiting core takes the line it looks at away from the other at every store, and what is
// measured is mostly that. Both queues run under the same loops.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstdlib>
#include <memory>
#include <span>

#include "bench/micro/beside.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::bench {

inline constexpr std::uint32_t kMailboxCapacity = 4096;
inline constexpr std::size_t kMailboxBatch = 32;

struct Item {
  std::uint64_t number;
  std::uint64_t payload;
};

class RingwireMailbox {
 public:
  bool push(const Item& item) { return ring_.push(item); }
  bool pop(Item& item) { return ring_.pop(item); }
  std::size_t push(std::span<const Item> items) { return ring_.push(items); }
  std::size_t pop(std::span<Item> items) { return ring_.pop(items); }

 private:
  shard::SpscRing<Item> ring_{kMailboxCapacity};
};

class BoostMailbox {
 public:
  bool push(const Item& item) { return queue_.push(item); }
  bool pop(Item& item) { return queue_.pop(item); }
  std::size_t push(std::span<const Item> items) { return queue_.push(items.data(), items.size()); }
  std::size_t pop(std::span<Item> items) { return queue_.pop(items.data(), items.size()); }

 private:
  boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<kMailboxCapacity>> queue_;
};

inline void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A queue that loses items is not fast.
inline void check_sum(std::uint64_t sum, std::uint64_t items) {
  if (sum != items * (items - 1) / 2) std::abort();
}

template <class Mailbox>
void race_one_by_one(std::uint64_t items) {
  const auto mailbox = std::make_unique<Mailbox>();
  run_beside(
      [&] {
        for (std::uint64_t i = 0; i < items; ++i) {
          while (!mailbox->push(Item{i, i})) pause_core();
        }
      },
      [&] {
        std::uint64_t sum = 0;
        Item item{};
        for (std::uint64_t i = 0; i < items; ++i) {
          while (!mailbox->pop(item)) pause_core();
          sum += item.number;
        }
        check_sum(sum, items);
      });
}

// `items` is a multiple of kMailboxBatch.
template <class Mailbox>
void race_in_batches(std::uint64_t items) {
  const auto mailbox = std::make_unique<Mailbox>();
  run_beside(
      [&] {
        Item batch[kMailboxBatch];
        for (std::uint64_t i = 0; i < items; i += kMailboxBatch) {
          for (std::size_t j = 0; j < kMailboxBatch; ++j) batch[j] = {i + j, i};
          for (std::span<const Item> rest(batch); !rest.empty();) {
            const std::size_t pushed = mailbox->push(rest);
            if (pushed == 0) pause_core();
            rest = rest.subspan(pushed);
          }
        }
      },
      [&] {
        std::uint64_t sum = 0;
        Item batch[kMailboxBatch];
        for (std::uint64_t received = 0; received < items;) {
          const std::size_t count = mailbox->pop(std::span(batch));
          if (count == 0) pause_core();
          for (std::size_t j = 0; j < count; ++j) sum += batch[j].number;
          received += count;
        }
        check_sum(sum, items);
      });
}

}  // namespace ringwire::bench
