#include "tools/sim/datagram_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/crypto/checksum.hpp"

namespace ringwire::sim {

void DatagramWatch::on_sent(const Endpoint& from, const Endpoint& to, ByteSpan bytes) {
  RW_ASSERT(bytes.size() >= kNumberBytes);
  store_be(bytes.data(), std::uint64_t{sent_.size()});
  sent_.push_back({from, to, crypto::checksum(bytes), 0});
}

DatagramWatch::Sent* DatagramWatch::find(ByteView bytes) {
  if (bytes.size() < kNumberBytes) return nullptr;
  const auto number = load_be<std::uint64_t>(bytes.data());
  if (number >= sent_.size() || sent_[number].checksum != crypto::checksum(bytes)) return nullptr;
  return &sent_[number];
}

bool DatagramWatch::on_arrived(const Endpoint& from, const Endpoint& to, ByteView bytes, Instant now) {
  Sent* sent = find(bytes);
  const auto way = [&] { return fmt::format("from {} to {}", from.to_string(), to.to_string()); };
  if (sent == nullptr) {
    ++figures_.damaged;
    if (!corrupting_) violated("datagram-altered", now, way() + ", and no link flips bits");
    return false;
  }
  if (sent->from != from || sent->to != to) {
    violated(
        "datagram-astray", now,
        fmt::format("{}; it was sent from {} to {}", way(), sent->from.to_string(), sent->to.to_string()));
    return false;
  }
  const auto number = load_be<std::uint64_t>(bytes.data());
  if (++sent->copies == 1) {
    ++figures_.arrived;
    std::uint64_t& latest = latest_[{from, to}];
    if (number < latest) ++figures_.overtaken;
    latest = std::max(latest, number);
  } else if (sent->copies == 2) {
    ++figures_.doubled;
  } else {
    violated("datagram-thrice", now, fmt::format("{}: copy {}", way(), sent->copies));
  }
  return true;
}

DatagramFigures DatagramWatch::figures() const {
  DatagramFigures figures = figures_;
  figures.sent = sent_.size();
  return figures;
}

}  // namespace ringwire::sim
