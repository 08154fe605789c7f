// What was sent in datagrams and what became of it: the checker of a network that may lose them, double them
// once, deliver them late or behind their successors, and flip bits of them where its links are told to.
//
// Rules it guards
//  - datagram-altered: bits are flipped, and no link flips any
//  - datagram-astray: it reaches somebody else than it was sent to, or from somebody else than sent it
//  - datagram-thrice: more than two copies arrive
//
// Each begins with its number in the order of sending, which is how the watch knows it again. One with
// flipped bits is counted and not believed: its receiver is to treat it as lost.
//
// Complexity: O(log n) per datagram, in pairs of hosts that talk. Memory: 48 bytes per datagram.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/endpoint.hpp"
#include "tools/sim/run_report.hpp"

namespace ringwire::sim {

class DatagramWatch {
 public:
  static constexpr std::size_t kNumberBytes = 8;

  // Whether links flip bits.
  explicit DatagramWatch(bool corrupting) : corrupting_(corrupting) {}

  // About to be sent, with room for its number at the front, which is written.
  void on_sent(const Endpoint& from, const Endpoint& to, ByteSpan bytes);
  // Whether its receiver may believe it.
  bool on_arrived(const Endpoint& from, const Endpoint& to, ByteView bytes, Instant now);

  // Without what is said of questions.
  [[nodiscard]] DatagramFigures figures() const;
  // Since the last call.
  std::vector<Violation> take_violations() { return std::exchange(violations_, {}); }

 private:
  struct Sent {
    Endpoint from;
    Endpoint to;
    std::uint32_t checksum = 0;
    std::uint8_t copies = 0;  // that arrived
  };

  // Null where no such was sent.
  [[nodiscard]] Sent* find(ByteView bytes);
  void violated(const char* rule, Instant now, std::string text) {
    violations_.push_back({rule, now - Instant{}, std::move(text)});
  }

  const bool corrupting_;
  std::vector<Sent> sent_;                                         // by number
  std::map<std::pair<Endpoint, Endpoint>, std::uint64_t> latest_;  // that arrived, by way
  DatagramFigures figures_;
  std::vector<Violation> violations_;
};

}  // namespace ringwire::sim
