#include "engine/shard/sleeper.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

// A bell like an eventfd: rings that nobody waits for are kept.
class Bell final : public driver::Waker {
 public:
  void ring() override {
    const std::lock_guard lock(mutex_);
    ++rings_;
    rung_ = true;
    wake_.notify_one();
  }
  // False where nobody rang within a time no scheduler needs.
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool rung = wake_.wait_for(lock, 30s, [this] { return rung_; });
    rung_ = false;
    return rung;
  }
  std::uint64_t rings() {
    const std::lock_guard lock(mutex_);
    return rings_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false;
  std::uint64_t rings_ = 0;
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

// The consumer sleeps after every hand-over it can, for ever but for the bell: one lost wake-up stops it.
void hand_over(std::uint64_t items, std::uint64_t producers) {
  Bell bell;
  Sleeper sleeper(bell);
  std::vector<std::unique_ptr<SpscRing<std::uint64_t>>> inboxes;
  for (std::uint64_t i = 0; i < producers; ++i) {
    inboxes.push_back(std::make_unique<SpscRing<std::uint64_t>>(64));
  }
  std::vector<std::thread> threads;
  for (std::uint64_t p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      Prng prng(p + 1);
      for (std::uint64_t i = 0; i < items;) {
        for (std::uint64_t batch = prng.between(1, 3); batch > 0 && i < items; --batch) {
          if (!inboxes[p]->push(i)) break;
          ++i;
        }
        sleeper.notify();
        // Often as fast as possible, sometimes late enough for the consumer to fall asleep.
        for (std::uint64_t idle = prng.below(200) == 0 ? 2000 : prng.below(40); idle > 0; --idle) {
          std::atomic_signal_fence(std::memory_order_seq_cst);
        }
      }
    });
  }
  std::vector<std::uint64_t> expected(producers);
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  const auto drain = [&] {
    std::uint64_t found = 0;
    for (std::uint64_t p = 0; p < producers; ++p) {
      for (std::uint64_t item = 0; inboxes[p]->pop(item); ++found) wrong += item != expected[p]++;
    }
    received += found;
    return found;
  };
  bool lost = false;
  while (received < items * producers && !lost) {
    if (drain() > 0) continue;
    sleeper.prepare_sleep();
    if (drain() == 0) lost = !bell.wait();
    sleeper.awake();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(lost) << "no ring within 30 s with messages waiting";
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(received, items * producers);
  EXPECT_GT(sleeper.sleeps().value(), 0U);
  EXPECT_LE(bell.rings(), sleeper.sleeps().value());
}

TEST(Sleeper, LosesNoWakeUpInAMillionHandOvers) {
  hand_over(1'000'000, 1);
}

TEST(Sleeper, LosesNoWakeUpWithSeveralProducers) {
  hand_over(100'000, 4);
}

}  // namespace
}  // namespace ringwire::shard
