// The two lives of a timer: moved again and again before it is due (idle and stall timers, once per message)
// and fired; beside the same in a std::multimap.
#include <benchmark/benchmark.h>

#include <deque>
#include <map>

#include "bench/micro/paired.hpp"
#include "codec/base/prng.hpp"
#include "engine/shard/timer_wheel.hpp"

namespace ringwire::bench {
namespace {

using shard::Timer;
using shard::TimerWheel;

constexpr std::size_t kTimers = 100'000;
constexpr std::uint64_t kMoves = 1'000'000;

void ignore(void*, Instant) {}

Instant some_deadline(Prng& prng, Instant now) {
  return now + Duration(static_cast<std::int64_t>(prng.between(1'000'000, 60'000'000'000)));
}

class Wheel {
 public:
  Wheel() {
    for (std::size_t i = 0; i < kTimers; ++i) timers_.emplace_back(ignore, nullptr);
  }
  void arm(std::size_t i, Instant deadline) { wheel_.arm(timers_[i], deadline); }
  std::size_t advance(Instant now) { return wheel_.advance(now); }

 private:
  TimerWheel wheel_{Instant{}};
  std::deque<Timer> timers_;
};

class Map {
 public:
  void arm(std::size_t i, Instant deadline) {
    if (armed_[i]) map_.erase(entries_[i]);
    entries_[i] = map_.emplace(deadline, i);
    armed_[i] = true;
  }
  std::size_t advance(Instant now) {
    std::size_t fired = 0;
    for (; !map_.empty() && map_.begin()->first <= now; ++fired) {
      armed_[map_.begin()->second] = false;
      map_.erase(map_.begin());
    }
    return fired;
  }

 private:
  std::multimap<Instant, std::size_t> map_;
  std::vector<std::multimap<Instant, std::size_t>::iterator> entries_{kTimers};
  std::vector<bool> armed_ = std::vector<bool>(kTimers);
};

template <class Timers>
class Scene {
 public:
  Scene() {
    for (std::size_t i = 0; i < kTimers; ++i) timers_.arm(i, some_deadline(prng_, now_));
  }
  void move_many() {
    for (std::uint64_t i = 0; i < kMoves; ++i) timers_.arm(prng_.below(kTimers), some_deadline(prng_, now_));
  }
  // A minute in turns of a millisecond: every timer fires once.
  void fire_all() {
    for (std::size_t i = 0; i < kTimers; ++i) timers_.arm(i, some_deadline(prng_, now_));
    std::size_t fired = 0;
    while (fired < kTimers) {
      now_ = now_ + Duration(1'000'000);
      fired += timers_.advance(now_);
    }
  }

 private:
  Prng prng_{1};
  Instant now_{};
  Timers timers_;
};

void timer_moves(benchmark::State& state) {
  Scene<Wheel> wheel;
  Scene<Map> map;
  compare(
      state, kMoves, [&] { wheel.move_many(); }, [&] { map.move_many(); });
}
BENCHMARK(timer_moves)->UseManualTime()->Iterations(7)->Unit(benchmark::kMillisecond);

void timer_arm_and_fire(benchmark::State& state) {
  Scene<Wheel> wheel;
  Scene<Map> map;
  compare(
      state, kTimers, [&] { wheel.fire_all(); }, [&] { map.fire_all(); });
}
BENCHMARK(timer_arm_and_fire)->UseManualTime()->Iterations(7)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
