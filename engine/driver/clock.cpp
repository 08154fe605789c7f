#include "engine/driver/clock.hpp"

#include <ctime>

namespace ringwire::driver {
namespace {

std::int64_t read_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace

Instant read_monotonic() {
  return {read_ns(CLOCK_MONOTONIC)};
}

Now read_clocks() {
  return {read_monotonic(), {static_cast<std::uint64_t>(read_ns(CLOCK_REALTIME)) / 1'000'000}};
}

}  // namespace ringwire::driver
