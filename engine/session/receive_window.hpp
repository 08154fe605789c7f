// How much a peer may still send us in fragments of one class, and how much more to grant it.
//
// Problem: a fixed window is too small for a long path and too large for a short one. What is granted beyond
// what the path holds stands in our receive queue, and delays the vote behind it.
//
// Rules
//  - A window that came within the shortest round trip, or little more, was used up before we could grant
//    more: it is doubled.
//  - One that took longer came as fast as the path or we can: from now on it is what the class begins with
//    and what came within one round trip, and an eighth more. So the path is full, and our queue hardly
//    longer than the former. 64 KiB, as sync begins with, are what a core parses, checks and copies in under
//    100 us.
//  - Granted again when an eighth of it is used up: the rest has to last for a round trip. Eight
//    WindowUpdates per window, no more.
//  - Who sends more than was granted: take() says so, and the session ends.
//
// Pure. Complexity: O(1). Thread: the session's. Timers: none.
#pragma once

#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::session {

class ReceiveWindow {
 public:
  // 1 Gbit/s over 32 ms, 100 Mbit/s once around the world.
  static constexpr std::uint32_t kBytesMax = 4 * 1024 * 1024;

  explicit ReceiveWindow(std::uint32_t initial) : initial_(initial), bytes_(initial), left_(initial) {}

  // False: more than was granted.
  [[nodiscard]] bool take(std::uint32_t bytes);
  // Credit to grant now, which the peer has from then on; 0 while there is no need. `round_trip`: the
  // shortest measured, 0 before the first.
  [[nodiscard]] std::uint32_t grant(Duration round_trip, Instant now);

  [[nodiscard]] std::uint32_t bytes() const { return bytes_; }
  // What the peer may still send; it knows of that or of less.
  [[nodiscard]] std::uint32_t left() const { return left_; }

 private:
  void adapt(Duration round_trip, Instant now);
  [[nodiscard]] std::uint64_t suited(Duration round_trip, Duration elapsed) const;

  const std::uint32_t initial_;
  std::uint32_t bytes_;
  std::uint32_t left_;
  std::uint64_t received_ = 0;  // since the round began, which is over when a window has come
  Instant round_began_ = kNever;
};

}  // namespace ringwire::session
