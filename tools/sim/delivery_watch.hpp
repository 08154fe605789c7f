// What was published and what became of it, at every node: the checker of gossip, and its measure.
//
// Rules it guards
//  - delivered-twice: an application has a message once in each of its lives (within the seen window, which
//    no scenario outlasts by more than the window itself: kSeenWindow)
//  - forged: what is delivered was published, and byte for byte
//
// Complexity: O(1) per event. Memory: 4 bytes per message and node.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/api/ringwire.hpp"
#include "engine/metrics/histogram.hpp"
#include "tools/sim/run_report.hpp"

namespace ringwire::sim {

class DeliveryWatch {
 public:
  explicit DeliveryWatch(std::uint32_t nodes) : nodes_(nodes) {}

  // `up`: by node, whether it runs at this moment; the publisher does.
  void on_published(std::uint32_t node, const Hash32& id, ByteView bytes, const std::vector<bool>& up,
                    Instant now);
  // `life`: of this node, from 1 on.
  void on_delivered(std::uint32_t node, std::uint32_t life, const Delivery& delivery, Instant now);

  // How many of the nodes have it, the publisher among them.
  [[nodiscard]] std::uint32_t reached(const Hash32& id) const;

  void write(RunReport& report) const;
  // Since the last call.
  std::vector<Violation> take_violations() { return std::exchange(violations_, {}); }

  static constexpr Duration kSeenWindow = 600s;

 private:
  // Times after publishing at which the share of nodes that were reached is noted.
  static constexpr std::array<Duration, 24> kPoints{1ms,   2ms,   5ms,   10ms,  20ms,  30ms,  40ms,  50ms,
                                                    60ms,  80ms,  100ms, 120ms, 150ms, 200ms, 250ms, 300ms,
                                                    400ms, 500ms, 1s,    2s,    5s,    10s,   30s,   60s};
  struct Message {
    Instant published;
    std::uint32_t publisher = 0;
    std::uint32_t up = 0;       // nodes that ran when it was published: who is to get it
    std::uint32_t reached = 0;  // of all nodes
    std::uint32_t checksum = 0;
    // By node: the life in which it was delivered; 0: not yet; kAway: not yet, and it did not run then.
    std::vector<std::uint32_t> lives;
    std::array<std::uint32_t, kPoints.size()> by_point{};
  };

  static constexpr std::uint32_t kAway = UINT32_MAX;
  struct FirstBytes {
    std::size_t operator()(const Hash32& id) const { return load_be<std::uint64_t>(id.bytes.data()); }
  };

  void note(Message& message, std::uint32_t node, Instant now);

  const std::uint32_t nodes_;
  std::unordered_map<Hash32, std::size_t, FirstBytes> places_;  // looked up, never iterated
  std::vector<Message> messages_;                               // in the order of publishing
  metrics::Histogram latency_;
  std::uint64_t delivered_ = 0;  // to who ran then
  std::uint64_t late_ = 0;       // to others, and to who had it in an earlier life
  std::vector<Violation> violations_;
};

}  // namespace ringwire::sim
