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
  alarm,           // the wait of driver number `to` may be over (`amount`: which alarm)
  datagram,        // `data` arrived: a packet, of nobody's stream
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
    const Key key{happening.at, happening.sequence, take_place()};
    places_[key.place] = std::move(happening);
    heap_.push_back(key);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  // Must not be empty.
  [[nodiscard]] Instant next_at() const { return heap_.front().at; }
  Happening take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::uint32_t place = heap_.back().place;
    heap_.pop_back();
    free_.push_back(place);
    return std::move(places_[place]);
  }

 private:
  // What the heap moves about: small, the happening stays where it is.
  struct Key {
    Instant at;
    std::uint64_t sequence = 0;
    std::uint32_t place = 0;
  };
  static bool later(const Key& a, const Key& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }
  std::uint32_t take_place() {
    if (free_.empty()) {
      places_.emplace_back();
      return static_cast<std::uint32_t>(places_.size() - 1);
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    return place;
  }

  std::vector<Key> heap_;
  std::vector<Happening> places_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace ringwire::sim
