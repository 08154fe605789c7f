// Sizes and mode of a ring, for those who ask for one without seeing liburing.
#pragma once

#include <cstdint>

namespace ringwire::uring {

enum class Mode : std::uint8_t {
  defer,  // SINGLE_ISSUER | DEFER_TASKRUN: completions are made when we wait (Linux 6.1)
  coop,   // COOP_TASKRUN: made at our next system call, without an interrupt (5.19)
  plain,
};
const char* name(Mode mode);

struct RingConfig {
  std::uint32_t sq_entries = 1024;
  std::uint32_t cq_entries = 4096;  // clamped by the kernel to 65536
  Mode best_mode = Mode::defer;     // modes above it are not tried
  // A receive for many datagrams, where the kernel has that; false: one for each.
  bool multishot_datagrams = true;
};

}  // namespace ringwire::uring
