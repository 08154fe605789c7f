// The sends of one turn: at most one per connection, each gathered, none with a completion unless it fell
// short.
//
// Problem: a completion per send doubles the work of a turn. MSG_DONTWAIT makes the send end within the
// submission, so that its bytes are free when wait() returns, and CQE_SKIP_SUCCESS drops its completion;
// MSG_WAITALL makes a short count a failure, so that it is not dropped. What is not reported was taken whole.
//
// Rules
//  - One contiguous piece goes out as SEND, several as SENDMSG.
//  - The arena of gather lists has a fixed size: where it is full, the ring submits early (counted) and it
//    starts over, since the kernel is done with it then.
//
// Thread: the shard. Complexity: O(pieces) per send; no allocation beyond the high-water mark of sends per
// turn.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/base/bytes.hpp"
#include "engine/driver/driver.hpp"
#include "engine/uring/operation.hpp"
#include "engine/uring/ring.hpp"

namespace ringwire::uring {

class SendBatch {
 public:
  static constexpr std::uint32_t kPieces = 8192;   // gather list entries between two submits: 128 KiB
  static constexpr std::uint32_t kHeaders = 1024;  // gathered sends between two submits: 56 KiB
  static_assert(kPieces >= driver::Driver::kPiecesMax);

  SendBatch(Ring& ring, driver::DriverCounters& counters);

  // `pieces` must stay until the next submission, their bytes as well.
  void add(int descriptor, driver::ConnectionId connection, std::span<const ByteView> pieces);

  // The failure or short count behind a completion of this turn; nothing for a stale one.
  [[nodiscard]] std::optional<driver::Unsent> fell_short(UserData data, std::int32_t result);

  // After the wait() that submitted them: counts, and forgets.
  void end_turn();

 private:
  struct Sent {
    driver::ConnectionId connection;
    std::uint32_t bytes = 0;
  };

  [[nodiscard]] msghdr& gather(std::span<const ByteView> pieces);

  Ring& ring_;
  driver::DriverCounters& counters_;
  std::unique_ptr<iovec[]> pieces_;
  std::unique_ptr<msghdr[]> headers_;
  std::uint32_t pieces_used_ = 0;
  std::uint32_t headers_used_ = 0;
  std::vector<Sent> sent_;
  std::uint64_t bytes_ = 0;  // of this turn, less what fell short
  std::uint32_t turn_ = 0;
};

}  // namespace ringwire::uring
