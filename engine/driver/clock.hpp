// The machine's clocks, for drivers over a real kernel. Nothing above a driver reads a clock.
#pragma once

#include "codec/base/time.hpp"

namespace ringwire::driver {

Instant read_monotonic();
Now read_clocks();

}  // namespace ringwire::driver
