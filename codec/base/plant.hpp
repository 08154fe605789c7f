// Bugs planted on purpose, to show that the simulator finds them (tests/sim). The build option `plant` names
// one; it is `none` in everything that is used, and these lines are not there then.
//
// Only for source files: what a header defines must be the same everywhere.
#pragma once

#include <cstdint>

namespace ringwire {

enum class Bug : std::uint8_t {
  none,
  lost_wake_up,       // what only crosses as control or forward rings nobody
  double_release,     // the memory of a message that was not whole is given back twice
  window_off_by_one,  // a receiver counts one byte less than it granted
};

#ifndef RINGWIRE_PLANT
#define RINGWIRE_PLANT none
#endif

constexpr Bug kPlanted = Bug::RINGWIRE_PLANT;  // each file its own

static constexpr bool planted(Bug bug) {
  return bug == kPlanted;
}

}  // namespace ringwire
