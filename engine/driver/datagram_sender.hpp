// The datagrams that one driver over the kernel sends: gathered over a turn, given to the kernel together.
//
// One sendmmsg() for as many as 64 of them, also for the driver over io_uring: an entry for each costs 10 %
// more (engine/uring/README.md).
//
// Rules
//  - A datagram's bytes must stay until flush() returned, or until add() found the batch full and did it.
//  - What the kernel does not take at once is dropped: everything that is left for that socket where its
//    buffer or the device's queue is full, else the one datagram. Counted either way, never told.
//
// Thread: the driver's. Memory: kBytes, at once. Complexity: O(1) each.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>

#include "engine/driver/driver.hpp"
#include "engine/driver/socket.hpp"

namespace ringwire::driver {

class DatagramSender {
 public:
  static constexpr std::uint32_t kBatchMax = 64;

  explicit DatagramSender(DriverCounters& counters);

  void add(int descriptor, const Endpoint& to, ByteView bytes);
  void flush();

 private:
  struct Letter {
    int descriptor = -1;
    SocketAddress to;
    iovec bytes{};
  };

  void send(std::uint32_t first, std::uint32_t end);

  DriverCounters& counters_;
  std::unique_ptr<Letter[]> letters_;
  std::unique_ptr<mmsghdr[]> headers_;
  std::uint32_t count_ = 0;

 public:
  static constexpr std::uint64_t kBytes = kBatchMax * (sizeof(Letter) + sizeof(mmsghdr));
};

}  // namespace ringwire::driver
