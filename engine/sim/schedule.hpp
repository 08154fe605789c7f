// What will happen, in the order in which it will: by virtual time, then by when it was asked for, so that
// equal times never depend on the heap. Complexity: O(log n) each way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "codec/base/time.hpp"
#include "engine/sim/end.hpp"

namespace ringwire::sim {

enum class HappeningKind : std::uint8_t {
  dialled,         // `to` asks for a stream, at its remote endpoint
  answered,        // `from` accepted the dial of `to`
  refused,         // nobody listens where `to` dialled
  dial_timed_out,  // nobody answered `to`
  arrived,         // `data` from `from` for `to`
  finished,        // `from` sends no more to `to`
  reset,           // `from` is gone
  credited,        // the peer of `to` read `amount` bytes
  alarm,           // the wait of driver number `to` is over, unless it waited again (`amount`: its stamp)
};

struct Happening {
  Instant at;
  std::uint64_t sequence = 0;
  HappeningKind kind = HappeningKind::alarm;
  std::uint64_t to = 0;
  EndId from = kNoEnd;
  std::uint64_t amount = 0;
  Segment data;
};

class Schedule {
 public:
  void add(Happening happening) {
    happening.sequence = next_sequence_++;
    heap_.push_back(std::move(happening));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  // Must not be empty.
  [[nodiscard]] Instant next_at() const { return heap_.front().at; }
  Happening take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Happening first = std::move(heap_.back());
    heap_.pop_back();
    return first;
  }

 private:
  static bool later(const Happening& a, const Happening& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }

  std::vector<Happening> heap_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace ringwire::sim
