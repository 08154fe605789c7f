#include "engine/sim/datagrams.hpp"

#include <algorithm>

#include "codec/base/check.hpp"
#include "engine/sim/network.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

namespace {

constexpr std::uint64_t kStream = 0x6461'7461'6772'616D;  // "datagram": seeds a generator of its own

constexpr std::size_t kAddressBytes = 17;  // family, sixteen bytes
constexpr std::size_t kEndpointBytes = kAddressBytes + 2;
constexpr std::size_t kHeadBytes = 2 * kEndpointBytes;

void write_endpoint(const Endpoint& endpoint, std::uint8_t* out) {
  *out = static_cast<std::uint8_t>(endpoint.address.family);
  std::ranges::copy(endpoint.address.bytes, out + 1);
  store_be(out + kAddressBytes, endpoint.port);
}

Endpoint read_endpoint(const std::uint8_t* from) {
  Endpoint endpoint;
  endpoint.address.family = static_cast<IpAddress::Family>(*from);
  std::copy_n(from + 1, endpoint.address.bytes.size(), endpoint.address.bytes.begin());
  endpoint.port = load_be<std::uint16_t>(from + kAddressBytes);
  return endpoint;
}

}  // namespace

Segment write_packet(const Endpoint& from, const Endpoint& to, ByteView bytes) {
  Segment packet(kHeadBytes + bytes.size());
  write_endpoint(from, packet.data());
  write_endpoint(to, packet.data() + kEndpointBytes);
  std::ranges::copy(bytes, packet.data() + kHeadBytes);
  return packet;
}

Packet read_packet(ByteView packet) {
  RW_ASSERT(packet.size() >= kHeadBytes);
  return {read_endpoint(packet.data()), read_endpoint(packet.data() + kEndpointBytes),
          packet.subspan(kHeadBytes)};
}

Datagrams::Datagrams(std::uint64_t seed) : prng_(seed ^ kStream) {}

std::optional<Listening> Datagrams::receiver(const Endpoint& from, const Endpoint& to) const {
  const std::span<const Listening> there = ports_.at(to);
  if (there.empty()) return std::nullopt;
  Trace both;
  both.add(ByteView(write_packet(from, to, {})));
  return there[Prng(both.hash()).below(there.size())];
}

std::vector<Datagrams::Copy> Datagrams::send(const Packet& packet, const SimLink& link, Instant now) {
  const DatagramFaults& faults = link.datagrams;
  const auto left = leave({packet.from.address, packet.to.address}, link, packet.bytes.size(), now);
  std::vector<Copy> arriving;
  if (!left || prng_.chance_ppm(faults.lost_per_million)) return arriving;
  const std::size_t copies = prng_.chance_ppm(faults.doubled_per_million) ? 2 : 1;
  while (arriving.size() < copies) {
    Copy& copy =
        arriving.emplace_back(*left + delay(link), write_packet(packet.from, packet.to, packet.bytes));
    if (prng_.chance_ppm(faults.corrupted_per_million)) corrupt(ByteSpan(copy.packet).subspan(kHeadBytes));
  }
  return arriving;
}

Duration Datagrams::delay(const SimLink& link) {
  const auto up_to = [this](Duration most) {
    return Duration(static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(most.count()) + 1)));
  };
  Duration total = link.latency + up_to(link.jitter);
  if (prng_.chance_ppm(link.datagrams.delayed_per_million)) total += up_to(link.datagrams.delayed_by_max);
  return total;
}

// When the last byte is on its way; nothing where the line is too busy.
std::optional<Instant> Datagrams::leave(const Paths::Way& way, const SimLink& link, std::uint64_t bytes,
                                        Instant now) {
  if (link.bytes_per_second == 0) return now;
  Instant& line_free = line_free_[way];
  const Instant begins = std::max(line_free, now);
  if (begins - now > kLineQueueMax) return std::nullopt;
  line_free = begins + Duration(static_cast<std::int64_t>(bytes * 1'000'000'000 / link.bytes_per_second));
  return line_free;
}

void Datagrams::corrupt(ByteSpan bytes) {
  if (bytes.empty()) return;
  for (std::uint64_t left = prng_.between(1, kFlippedMax); left > 0; --left) {
    const auto bit = static_cast<std::uint8_t>(1U << prng_.below(8));
    bytes[prng_.below(bytes.size())] ^= bit;
  }
}

void SimNetwork::send_datagram(const Endpoint& from, const Endpoint& to, ByteView bytes) {
  const Paths::Way way{from.address, to.address};
  if (paths_.is_silent(way.first) || paths_.is_silent(way.second) || paths_.is_cut(way)) return;
  for (Datagrams::Copy& copy :
       datagrams_.send({from, to, bytes}, link_between(way.first, way.second), now_)) {
    plan(HappeningKind::datagram, copy.at, 0, kNoEnd, 0, std::move(copy.packet));
  }
}

void SimNetwork::on_datagram(const Happening& happening) {
  const Packet packet = read_packet(happening.data);
  const auto receiver = datagrams_.receiver(packet.from, packet.to);
  if (receiver) receiver->driver->on_datagram(receiver->index, packet);
}

}  // namespace ringwire::sim
