#include "tools/command/echo.hpp"

namespace ringwire::command {

int Echo::run(int events_max, Instant now) {
  for (int taken = 0; taken < events_max; ++taken) {
    if (!unanswered_) {
      auto event = port_.next_peer_event();
      if (!event) return taken;
      if (event->kind != PeerEventKind::request) continue;
      bytes_ = event->copy_bytes();
      event->bytes.clear();
      since_ = now;
      unanswered_ = std::move(event);
    }
    if (!answer(now)) return taken;
    unanswered_.reset();
  }
  return events_max;
}

bool Echo::answer(Instant now) {
  return port_.answer(unanswered_->token, bytes_) != SendResult::full || now - since_ > kPatience;
}

}  // namespace ringwire::command
