#include "engine/shard/sleeper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

// A bell like an eventfd (rings that nobody waits for are kept), but of nanoseconds: the more often the
// consumer can fall asleep and be woken, the more often the two meet in the narrow place.
class Bell final : public driver::Waker {
 public:
  void ring() override {
    rings_.fetch_add(1, std::memory_order_relaxed);
    rung_.store(true, std::memory_order_release);
  }
  // False where nobody rang within a time no scheduler needs.
  bool wait() {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    for (std::uint64_t looks = 1; !rung_.exchange(false, std::memory_order_acquire); ++looks) {
      if (looks % 256 != 0) continue;
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t rings() const { return rings_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> rung_{false};
  std::atomic<std::uint64_t> rings_{0};
};

TEST(Sleeper, DoesNotRingAnAwakeConsumer) {
  Bell bell;
  Sleeper sleeper(bell);
  sleeper.notify();
  EXPECT_EQ(bell.rings(), 0U);
  sleeper.prepare_sleep();
  sleeper.awake();
  sleeper.notify();
  EXPECT_EQ(bell.rings(), 0U);
  EXPECT_EQ(sleeper.sleeps().value(), 1U);
  EXPECT_EQ(sleeper.rung().value(), 0U);
}

TEST(Sleeper, RingsASleepingConsumerOnce) {
  Bell bell;
  Sleeper sleeper(bell);
  sleeper.prepare_sleep();
  sleeper.notify();
  sleeper.notify();
  EXPECT_EQ(bell.rings(), 1U);
  sleeper.awake();
  EXPECT_EQ(sleeper.rung().value(), 1U);
}

// One batch at a time: the producer rings at most once for it and sends the next only when all of it arrived.
// Nothing repairs a lost wake-up, so the first one is found.
struct Producer {
  SpscRing<std::uint64_t> inbox{4};
  std::atomic<std::uint64_t> received{0};

  void run(Sleeper& sleeper, std::uint64_t items, std::uint64_t seed) {
    Prng prng(seed);
    for (std::uint64_t sent = 0; sent < items;) {
      for (std::uint64_t batch = prng.between(1, 3); batch > 0 && sent < items; --batch) {
        while (!inbox.push(sent)) {
        }
        ++sent;
      }
      sleeper.notify();
      for (std::uint64_t looks = 1; received.load(std::memory_order_acquire) < sent; ++looks) {
        if (looks % 256 == 0) std::this_thread::yield();
      }
      // From too early for the consumer to fall asleep to too late, and all that lies between.
      for (std::uint64_t idle = prng.below(200); idle > 0; --idle) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
      }
    }
  }
};

void hand_over(std::uint64_t items, std::size_t count) {
  Bell bell;
  Sleeper sleeper(bell);
  std::vector<Producer> producers(count);
  std::vector<std::thread> threads;
  for (Producer& producer : producers) {
    threads.emplace_back([&, seed = threads.size()] { producer.run(sleeper, items, seed); });
  }
  std::uint64_t wrong = 0;
  std::uint64_t received = 0;
  const auto drain = [&] {
    const std::uint64_t before = received;
    for (Producer& producer : producers) {
      std::uint64_t expected = producer.received.load(std::memory_order_relaxed);
      for (std::uint64_t item = 0; producer.inbox.pop(item); ++received) wrong += item != expected++;
      producer.received.store(expected, std::memory_order_release);
    }
    return received != before;
  };
  bool lost = false;
  while (received < items * count) {
    if (drain() || lost) continue;  // after a loss without sleeping, so that the producers come to their end
    sleeper.prepare_sleep();
    if (!drain()) lost = !bell.wait();
    sleeper.awake();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(lost) << "no ring within 30 s with messages waiting";
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(sleeper.sleeps().value(), 0U);
  EXPECT_LE(bell.rings(), sleeper.sleeps().value());
}

TEST(Sleeper, KnowsWhetherSomebodyRangSinceItLayDown) {
  Bell bell;
  Sleeper sleeper(bell);
  EXPECT_FALSE(sleeper.undisturbed());
  sleeper.prepare_sleep();
  EXPECT_TRUE(sleeper.undisturbed());
  sleeper.notify();
  EXPECT_FALSE(sleeper.undisturbed());
  sleeper.prepare_sleep();
  EXPECT_TRUE(sleeper.undisturbed());
  sleeper.awake();
  EXPECT_FALSE(sleeper.undisturbed());
}

TEST(Sleeper, LosesNoWakeUpInAMillionHandOvers) {
  hand_over(2'000'000, 1);
}

TEST(Sleeper, LosesNoWakeUpWithSeveralProducers) {
  hand_over(100'000, 4);
}

}  // namespace
}  // namespace ringwire::shard
