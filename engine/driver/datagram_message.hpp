// What the kernel says of a datagram beside its bytes, for drivers that ask with recvmsg() in whatever form.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "engine/driver/driver.hpp"

namespace ringwire::driver {

// Room for SO_RXQ_OVFL, the one control message that is asked for.
inline constexpr std::size_t kDatagramControlBytes = CMSG_SPACE(sizeof(std::uint32_t));

// How many datagrams the kernel had no room for since the socket was made; 0 where it does not say: it does
// from the first loss on.
inline std::uint32_t overflows(const msghdr& header) {
  const cmsghdr* said = CMSG_FIRSTHDR(&header);
  if (said == nullptr || said->cmsg_level != SOL_SOCKET || said->cmsg_type != SO_RXQ_OVFL) return 0;
  if (said->cmsg_len < CMSG_LEN(sizeof(std::uint32_t))) return 0;
  return *reinterpret_cast<const std::uint32_t*>(CMSG_DATA(said));
}

// Turns that running total, which wraps, into a counter.
class OverflowCount {
 public:
  void heard(std::uint32_t total, DriverCounters& counters) {
    if (total == 0) return;
    counters.datagrams_overflowed.add(total - last_);
    last_ = total;
  }

 private:
  std::uint32_t last_ = 0;
};

}  // namespace ringwire::driver
