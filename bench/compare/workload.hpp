// What is measured, in words that every subject understands.
//
//   echo      each of C connections has `burst` messages in flight; the server answers each (Ping -> Pong)
//   fan_out   one connection sends bursts of messages; the server passes each to the C others
//   mesh      each of C connections sends one message; the server passes it to all others
//
// A message is a frame: a Ping of `payload_bytes`, or a Publish of as many opaque bytes
// (publish_frames.hpp). All subjects but the floors parse the header and verify the checksum with ringwire's
// codec; a floor moves the same bytes and looks at nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/compare/server_line.hpp"

namespace ringwire::compare {

enum class Shape : std::uint8_t { echo, fan_out, mesh };

struct Workload {
  std::string name;  // "echo-256B-c512-x16"
  Shape shape = Shape::echo;
  std::uint32_t connections = 64;
  std::uint32_t payload_bytes = 256;
  std::uint32_t burst = 1;
  // Server and client on cores of their own, receive work steered to the client's.
  bool two_cores = false;
  bool busy_poll = false;  // a ringwire node never sleeps
  bool tls = false;        // of a ringwire node; else it is plaintext
  bool sessions = false;   // the client is sessions of the engine's own parts (session_client.hpp)
  // Of the echo client, at random times whatever the server is doing; 0: as soon as all answers are there.
  double messages_per_second = 0;

  // Messages that the server hands to sockets in one round, and what a message counts as in results.
  [[nodiscard]] std::uint64_t deliveries_per_round() const {
    switch (shape) {
      case Shape::echo:
        return std::uint64_t{connections} * burst;
      case Shape::fan_out:
        return std::uint64_t{connections} * burst;
      case Shape::mesh:
        return std::uint64_t{connections} * (connections - 1);
    }
    return 0;
  }
};

// How the client has to talk to a subject.
enum class Dialect : std::uint8_t {
  frames,         // frames at once
  authenticated,  // the ringwire handshake first
  zeromq,         // frames to the same port of 127.0.0.2; what is passed on travels in ZMTP (zmtp.hpp)
};

struct Subject {
  std::string name;         // "ringwire-uring", "floor-epoll", "asio-tuned"
  std::string description;  // one line for the report
  Dialect dialect = Dialect::frames;
  // Empty where the subject cannot do the workload.
  std::function<bool(const Workload&)> can_do;
  // Serves until the process is killed; calls `ready` once. Throws what could not be set up.
  std::function<void(const Workload&, const Ready&)> serve;
  bool counts = false;  // it answers for its counters
};

const std::vector<Subject>& subjects();
const Subject* find_subject(const std::string& name);

}  // namespace ringwire::compare
