#include "engine/session/receive_window.hpp"

#include <algorithm>

#include "codec/base/plant.hpp"

namespace ringwire::session {
namespace {

// Of a window: it is granted in so many parts, and is that much larger than what comes in a round trip, for
// while a part is under way the sender has that much less.
constexpr int kParts = 8;

// Round trips after which a window that has not come was too large.
constexpr int kPatience = 8;

}  // namespace

bool ReceiveWindow::take(std::uint32_t bytes) {
  if (bytes > left_) return false;
  left_ -= bytes;
  received_ += bytes;
  return true;
}

std::uint32_t ReceiveWindow::grant(Duration round_trip, Instant now) {
  adapt(round_trip, now);
  if (left_ > bytes_ - bytes_ / kParts) return 0;
  const std::uint32_t more = bytes_ - left_;
  left_ = bytes_;
  if constexpr (planted(Bug::window_off_by_one)) --left_;
  return more;
}

void ReceiveWindow::adapt(Duration round_trip, Instant now) {
  if (round_began_ == kNever) round_began_ = now;
  const Duration elapsed = now - round_began_;
  if (elapsed <= Duration{0} || (received_ < bytes_ && elapsed < kPatience * round_trip)) return;
  bytes_ =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(suited(round_trip, elapsed), initial_, kBytesMax));
  received_ = 0;
  round_began_ = now;
}

std::uint64_t ReceiveWindow::suited(Duration round_trip, Duration elapsed) const {
  if (received_ >= bytes_ && elapsed <= round_trip + round_trip / kParts) return 2 * std::uint64_t{bytes_};
  const std::uint64_t on_the_path = received_ * static_cast<std::uint64_t>(round_trip.count()) /
                                    static_cast<std::uint64_t>(elapsed.count());
  return initial_ + on_the_path + on_the_path / kParts;
}

}  // namespace ringwire::session
