// Gives memory back to the system after a crowd has left.
//
// Problem: what sessions and their queues held is freed, and the allocator keeps it: one small live object in
// each region is enough. What peers who read nothing made it take stays with the process, for ever.
//
// Rules
//  - Worth it is what is at least kThriftBytes, and three quarters of the most that this shard held since the
//    last time: its heap, and kThriftSessionBytes for each connection.
//  - It has to be free for kThriftAfter without a pause: who relays blocks all day needs it again.
//  - The allocator takes milliseconds for it, and the shard stands still meanwhile. So it is asked once for
//    each such crowd, and not again for kThriftEvery: crowds that come and go on purpose would make it stand
//    still for whoever votes.
//
// Timer: one, while there is something to give back. Thread: its shard's. Complexity: O(1) a turn.
#pragma once

#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"

namespace ringwire::node {

inline constexpr std::uint64_t kThriftBytes = 16 * 1024 * 1024;  // less is not worth standing still for
inline constexpr std::uint64_t kThriftSessionBytes = 4 * 1024;   // 1.5 KiB in plaintext, 5 KiB in TLS
inline constexpr Duration kThriftAfter = 30s;
inline constexpr Duration kThriftEvery = 10min;

class Thrift {
 public:
  // Once per turn: what the shard holds now.
  void look(std::uint64_t used_bytes, Instant now);

  [[nodiscard]] Instant next_deadline() const { return due_; }
  // At the deadline.
  void give_back(Instant now);

  [[nodiscard]] const Counter& times() const { return times_; }

 private:
  std::uint64_t used_ = 0;
  std::uint64_t most_ = 0;  // since the last time
  Instant due_ = kNever;
  Instant not_before_;
  Counter times_;
};

}  // namespace ringwire::node
