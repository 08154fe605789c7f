#include "engine/node/peer_report.hpp"

#include <gtest/gtest.h>

#include "codec/wire/handshake.hpp"

namespace ringwire::node {
namespace {

PeerInfo sample() {
  PeerInfo peer;
  peer.id.bytes.fill(0xab);
  peer.remote = *Endpoint::parse("192.0.2.7:30303");
  peer.inbound = true;
  peer.shard = 1;
  peer.client = "ringwire/0.1.0";
  peer.connected_for = 90s;
  peer.round_trip = 1500us;
  peer.silent_for = 2250ms;
  peer.bytes_in = 10;
  peer.bytes_out = 20;
  peer.queued_bytes = 30;
  return peer;
}

TEST(PeerReport, ARowSaysEverything) {
  std::string id;
  for (int i = 0; i < 32; ++i) id += "ab";
  const PeerInfo peers[] = {sample()};
  EXPECT_EQ(to_json(peers), "{\"id\":\"" + id +
                                "\",\"address\":\"192.0.2.7:30303\",\"direction\":\"in\",\"shard\":1,"
                                "\"client\":\"ringwire/0.1.0\",\"connected_seconds\":90.000,"
                                "\"round_trip_us\":1500.0,\"silent_seconds\":2.250,\"queued_bytes\":30,"
                                "\"received_bytes\":10,\"sent_bytes\":20}");
}

TEST(PeerReport, NoPongYetIsNullNotZero) {
  PeerInfo peers[] = {sample()};
  peers[0].round_trip = Duration{0};
  EXPECT_NE(to_json(peers).find("\"round_trip_us\":null,"), std::string::npos);
}

TEST(PeerReport, PartsOfAllShardsBecomeOneListWhicheverAreEmpty) {
  const auto assembled = [](std::vector<std::string> parts) {
    PeerReport report(static_cast<ShardId>(parts.size()));
    report.parts = std::move(parts);
    return assemble(report);
  };
  EXPECT_EQ(assembled({"", "", ""}), "{\"peers\":[]}\n");
  EXPECT_EQ(assembled({"{}", "", "{},{}"}), "{\"peers\":[{},{},{}]}\n");
  EXPECT_EQ(assembled({"", "{}", ""}), "{\"peers\":[{}]}\n");
}

TEST(PeerReport, TheLargestRowIsWithinThePlan) {
  PeerInfo peers[] = {sample()};
  peers[0].remote = *Endpoint::parse("[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
  peers[0].shard = kShardsMax;
  peers[0].client = std::string(wire::ClientName::kBytesMax, 'x');
  peers[0].connected_for = peers[0].round_trip = Duration::max();
  peers[0].bytes_in = peers[0].bytes_out = peers[0].queued_bytes = UINT64_MAX;
  EXPECT_LT(to_json(peers).size(), kPeerRowBytesMax);
}

}  // namespace
}  // namespace ringwire::node
