// `ringwire node` with app.echo: requests of peers are answered with their own bytes.
//
// Attack: ask much and read nothing. An answer that finds no room waits, and all requests behind it; so it
// waits for kPatience and is dropped then. An echo never sends more than it got.
//
// Thread: that of the port.
#pragma once

#include <optional>

#include "engine/api/ringwire.hpp"

namespace ringwire::command {

class Echo {
 public:
  static constexpr Duration kPatience = 1s;

  // A port that subscribed to peers.
  explicit Echo(Port& port) : port_(port) {}

  // Answers what is there, at most `events_max`; returns how many events it took.
  int run(int events_max, Instant now);
  // An answer waits for room: run again soon.
  [[nodiscard]] bool stuck() const { return unanswered_.has_value(); }

 private:
  // False where it has to wait.
  bool answer(Instant now);

  Port& port_;
  std::optional<PeerEvent> unanswered_;
  std::vector<std::uint8_t> bytes_;  // of it
  Instant since_;
};

}  // namespace ringwire::command
