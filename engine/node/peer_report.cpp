#include "engine/node/peer_report.hpp"

#include <fmt/format.h>

#include <iterator>

namespace ringwire::node {
namespace {

double seconds(Duration value) {
  return static_cast<double>(value.count()) / 1e9;
}

}  // namespace

// No text in it needs escaping: the client's name is the peer's, but restricted (codec/wire/handshake.hpp).
std::string to_json(std::span<const PeerInfo> peers) {
  std::string json;
  for (const PeerInfo& peer : peers) {
    if (!json.empty()) json += ',';
    fmt::format_to(
        std::back_inserter(json),
        R"({{"id":"{}","address":"{}","direction":"{}","shard":{},"client":"{}","connected_seconds":{:.3f},)"
        R"("round_trip_us":{},"silent_seconds":{:.3f},"queued_bytes":{},)"
        R"("received_bytes":{},"sent_bytes":{}}})",
        to_hex(peer.id.view()), peer.remote.to_string(), peer.inbound ? "in" : "out", peer.shard, peer.client,
        seconds(peer.connected_for),
        peer.round_trip > Duration{0} ? fmt::format("{:.1f}", seconds(peer.round_trip) * 1e6) : "null",
        seconds(peer.silent_for), peer.queued_bytes, peer.bytes_in, peer.bytes_out);
  }
  return json;
}

std::string assemble(const PeerReport& report) {
  std::string json = "{\"peers\":[";
  for (const std::string& part : report.parts) {
    if (part.empty()) continue;
    if (json.back() == '}') json += ',';
    json += part;
  }
  return json + "]}\n";
}

}  // namespace ringwire::node
