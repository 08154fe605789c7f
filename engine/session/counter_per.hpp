// A counter for each value of an enum that ends in `count_`, so that no reason is without one.
//
// Thread: as of codec/base/counter.hpp.
#pragma once

#include <array>
#include <cstddef>

#include "codec/base/counter.hpp"

namespace ringwire::session {

template <class Reason>
class CounterPer {
 public:
  static constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::count_);

  Counter& operator[](Reason reason) { return each_[static_cast<std::size_t>(reason)]; }
  const Counter& operator[](Reason reason) const { return each_[static_cast<std::size_t>(reason)]; }

 private:
  std::array<Counter, kReasons> each_;
};

}  // namespace ringwire::session
