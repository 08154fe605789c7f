#include "gossip/fair_queue.hpp"

#include <algorithm>
#include <array>

namespace ringwire::gossip {

FairQueue::FairQueue(QueueLimits limits, std::uint32_t positions, const crypto::SipKey& key)
    : limits_(limits),
      share_items_(std::max<std::uint64_t>(1, share_of(limits.items_max, limits.share_percent))),
      share_bytes_(share_of(limits.bytes_max, limits.share_percent)),
      key_(key),
      places_(positions),
      lines_(limits.items_max),
      line_of_(limits.items_max) {
  RW_ASSERT(limits.share_percent > 0 && limits.share_percent <= 100);
  for (std::uint32_t i = 0; i < lines_.size(); ++i) lines_[i].next = i + 1;
}

std::uint64_t FairQueue::hash(SourceId source) const {
  std::array<std::uint8_t, sizeof source.value> bytes;
  store_be(bytes.data(), source.value);
  return crypto::siphash13(key_, bytes);
}

std::uint32_t FairQueue::find(SourceId source) const {
  return line_of_.find(hash(source), [&](std::uint32_t line) { return lines_[line].source == source; });
}

Room FairQueue::room(SourceId source, std::uint64_t bytes) const {
  if (size_ == limits_.items_max || (size_ > 0 && bytes_ + bytes > limits_.bytes_max)) return Room::full;
  const std::uint32_t found = find(source);
  if (found == KeyedIndex::kNone) return Room::yes;
  const Line& line = lines_[found];
  return line.size >= share_items_ || line.bytes + bytes > share_bytes_ ? Room::source_full : Room::yes;
}

void FairQueue::push(SourceId source, std::uint32_t position, std::uint64_t bytes) {
  RW_ASSERT(position < places_.size() && size_ < limits_.items_max);
  std::uint32_t found = find(source);
  if (found == KeyedIndex::kNone) found = open_line(source);
  Line& line = lines_[found];
  places_[position] = {kNone, bytes};
  if (line.last == kNone) {
    line.first = position;
  } else {
    places_[line.last].next = position;
  }
  line.last = position;
  ++line.size;
  line.bytes += bytes;
  ++size_;
  bytes_ += bytes;
}

std::uint32_t FairQueue::open_line(SourceId source) {
  const std::uint32_t opened = unused_;
  unused_ = lines_[opened].next;
  lines_[opened] = {.source = source};
  line_of_.insert(hash(source), opened);
  append_to_turn_order(opened);
  return opened;
}

void FairQueue::append_to_turn_order(std::uint32_t line) {
  lines_[line].next = kNone;
  if (last_ == kNone) {
    first_ = line;
  } else {
    lines_[last_].next = line;
  }
  last_ = line;
}

void FairQueue::pop() {
  RW_ASSERT(first_ != kNone);
  const std::uint32_t served = first_;
  Line& line = lines_[served];
  const Place& place = places_[line.first];
  line.bytes -= place.bytes;
  bytes_ -= place.bytes;
  --line.size;
  --size_;
  line.first = place.next;
  first_ = line.next;
  if (first_ == kNone) last_ = kNone;
  if (line.size > 0) {
    append_to_turn_order(served);
    return;
  }
  line_of_.erase(hash(line.source), served);
  line.next = unused_;
  unused_ = served;
}

std::uint64_t FairQueue::footprint_bytes(const QueueLimits& limits, std::uint32_t positions) {
  return positions * sizeof(Place) + limits.items_max * sizeof(Line) +
         KeyedIndex::bytes_for(limits.items_max);
}

}  // namespace ringwire::gossip
