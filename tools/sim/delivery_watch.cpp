#include "tools/sim/delivery_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec/crypto/checksum.hpp"

namespace ringwire::sim {
namespace {

Duration since_start(Instant now) {
  return now - Instant{};
}

}  // namespace

void DeliveryWatch::on_published(std::uint32_t node, const Hash32& id, ByteView bytes,
                                 const std::vector<bool>& up, Instant now) {
  Message message;
  message.published = now;
  message.publisher = node;
  message.up = static_cast<std::uint32_t>(std::count(up.begin(), up.end(), true));
  message.checksum = crypto::checksum(bytes);
  message.lives.resize(nodes_);
  for (std::uint32_t each = 0; each < nodes_; ++each) message.lives[each] = up[each] ? 0 : kAway;
  places_[id] = messages_.size();
  messages_.push_back(std::move(message));
}

void DeliveryWatch::on_delivered(std::uint32_t node, std::uint32_t life, const Delivery& delivery,
                                 Instant now) {
  const auto violated = [&](const char* rule, const std::string& what) {
    violations_.push_back(
        {rule, since_start(now), fmt::format("node {}: {} {}", node, to_hex(delivery.id.view()), what)});
  };
  const auto place = places_.find(delivery.id);
  if (place == places_.end()) return violated("forged", "was never published");
  Message& message = messages_[place->second];
  if (crypto::checksum(delivery.bytes) != message.checksum)
    return violated("forged", "has other bytes than were published");
  std::uint32_t& in_life = message.lives[node];
  if (in_life == life && now - message.published < kSeenWindow)
    return violated("delivered-twice", "came a second time");
  const bool first = in_life == 0;
  ++(first ? delivered_ : late_);
  if (first || in_life == kAway) ++message.reached;
  in_life = life;
  if (first) note(message, node, now);
}

void DeliveryWatch::note(Message& message, std::uint32_t node, Instant now) {
  const Duration after = now - message.published;
  if (node != message.publisher) latency_.record(after);
  const auto point = std::lower_bound(kPoints.begin(), kPoints.end(), after);
  if (point != kPoints.end()) ++message.by_point[static_cast<std::size_t>(point - kPoints.begin())];
}

std::uint32_t DeliveryWatch::reached(const Hash32& id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? 0 : messages_[place->second].reached;
}

void DeliveryWatch::write(RunReport& report) const {
  report.published = messages_.size();
  report.delivered = delivered_;
  report.late = late_;
  for (const Message& message : messages_) report.expected += message.up;
  report.latency = {latency_.quantile_ppm(500'000), latency_.quantile_ppm(900'000),
                    latency_.quantile_ppm(990'000), latency_.max()};
  if (messages_.empty()) return;
  std::vector<double> shares(messages_.size());
  for (std::size_t point = 0; point < kPoints.size(); ++point) {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const auto& by_point = messages_[i].by_point;
      std::uint32_t reached = 0;
      for (std::size_t earlier = 0; earlier <= point; ++earlier) reached += by_point[earlier];
      shares[i] = std::min(1.0, static_cast<double>(reached) / messages_[i].up);
    }
    std::sort(shares.begin(), shares.end());
    report.propagation.push_back({kPoints[point], shares[shares.size() / 2], shares.front()});
  }
}

}  // namespace ringwire::sim
