// A bounded queue that no single source can fill, served round-robin by source.
//
// Attack: one peer sends more than can be checked. In a plain queue it would fill every place and everybody
// else's messages would wait behind its own. Here a source has at most `share_percent` of the places and of
// the bytes, and each source that waits gets one item served per round, however many it has.
//
// Of one source, items leave in the order they came. An item that alone is larger than a source's share of
// bytes (than bytes_max) still enters while its source has nothing waiting (while the queue is empty).
//
// The queue does not own items: it orders positions of a table the caller owns, each in here at most once.
// Memory: fixed at construction. Complexity: O(1). Thread: its owner's.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/footprint.hpp"
#include "codec/crypto/siphash.hpp"
#include "gossip/keyed_index.hpp"
#include "gossip/source.hpp"

namespace ringwire::gossip {

struct QueueLimits {
  std::uint32_t items_max = 4096;
  std::uint64_t bytes_max = 8ULL << 20;
  std::uint32_t share_percent = 12;
};

enum class Room : std::uint8_t { yes, source_full, full };

class FairQueue {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Positions are in [0, positions).
  FairQueue(QueueLimits limits, std::uint32_t positions, const crypto::SipKey& key);

  [[nodiscard]] Room room(SourceId source, std::uint64_t bytes) const;
  // Only where room() says yes.
  void push(SourceId source, std::uint32_t position, std::uint64_t bytes);
  // The item whose turn it is; kNone when empty.
  [[nodiscard]] std::uint32_t front() const { return first_ == kNone ? kNone : lines_[first_].first; }
  // Removes front(). Its source's next turn comes after those of all others that wait now.
  void pop();

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  static std::uint64_t footprint_bytes(const QueueLimits& limits, std::uint32_t positions);

 private:
  struct Place {
    std::uint32_t next = kNone;  // of the same source
    std::uint64_t bytes = 0;
  };
  struct Line {  // one source's items; in use while it has any
    SourceId source;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t size = 0;
    std::uint32_t next = kNone;  // in turn order, or in the list of unused lines
    std::uint64_t bytes = 0;
  };

  [[nodiscard]] std::uint64_t hash(SourceId source) const;
  [[nodiscard]] std::uint32_t find(SourceId source) const;
  std::uint32_t open_line(SourceId source);
  void append_to_turn_order(std::uint32_t line);

  const QueueLimits limits_;
  const std::uint64_t share_items_;
  const std::uint64_t share_bytes_;
  const crypto::SipKey key_;
  std::vector<Place> places_;
  std::vector<Line> lines_;
  KeyedIndex line_of_;
  std::uint32_t unused_ = 0;
  std::uint32_t first_ = kNone;  // line whose turn it is
  std::uint32_t last_ = kNone;
  std::uint32_t size_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace ringwire::gossip
