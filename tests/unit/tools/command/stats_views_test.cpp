#include "tools/command/stats_views.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringwire::command {
namespace {

Answers answers(const std::string& metrics, std::string document = {}) {
  return {*MetricsText::parse(metrics), std::move(document)};
}

// Two shards after `seconds`, having done `times` what they do in one second.
Answers shards_after(double seconds, int times) {
  std::string text = "ringwire_uptime_seconds " + std::to_string(seconds) + "\n";
  for (int shard = 0; shard < 2; ++shard) {
    const auto add = [&](const std::string& name, int value) {
      text += name + "{shard=\"" + std::to_string(shard) + "\"} " + std::to_string(value) + "\n";
    };
    add("ringwire_driver_turns_total", 100 * times);
    add("ringwire_driver_received_bytes_total", 2048 * times);
    add("ringwire_shard_cpu_seconds_total", shard * times);
    add("ringwire_connections", 3 + shard);
    add("ringwire_shard_gathering", shard);
    add("ringwire_gossip_queued", 5);
    add("ringwire_gossip_awaiting", 2);
  }
  return answers(text);
}

TEST(ShardsView, RatesAreSinceTheStartOrSinceTheLastLook) {
  const Answers first = shards_after(10, 20), second = shards_after(12, 21);
  const auto since_start = shards_view().json({first, nullptr});
  EXPECT_EQ(since_start["shards"][0]["turns_per_second"], 200);
  EXPECT_EQ(since_start["shards"][1]["cpu_percent"], 200);
  EXPECT_NE(shards_view().table({first, nullptr}).find("since the start, 10.0 s ago"), std::string::npos);
  const auto between = shards_view().json({second, &first});
  EXPECT_EQ(between["shards"][0]["turns_per_second"], 50);
  EXPECT_EQ(between["shards"][1]["cpu_percent"], 50);
  EXPECT_NE(shards_view().table({second, &first}).find("over the last 2.0 s"), std::string::npos);
}

TEST(ShardsView, ALineForEachShardAndTheirSum) {
  const Answers look = shards_after(1, 1);
  EXPECT_EQ(
      shards_view().table({look, nullptr}),
      "shard  connections  sessions      cpu  wait    turns/s  syscalls/s  decided/s  queued  paused     in/s"
      "  out/s  heap\n"
      "0                3         0    0.0 %  sleep       100           0          0       7       0  2.0 KiB"
      "    0 B   0 B\n"
      "1                4         0  100.0 %  gather      100           0          0       7       0  2.0 KiB"
      "    0 B   0 B\n"
      "all              7         0  100.0 %              200           0          0      14       0  4.0 KiB"
      "    0 B   0 B\n"
      "rates and CPU: since the start, 1.0 s ago\n");
}

TEST(MemoryView, ThePlanIsASumAndOnlyPartsThatGrowAreInUse) {
  const Answers look = answers(
      "ringwire_memory_plan_bytes{part=\"small: fixed\"} 1024\n"
      "ringwire_memory_plan_bytes{part=\"large, growing\"} 3072\n"
      "ringwire_memory_used_bytes{part=\"large, growing\"} 1536\n"
      "process_resident_memory_bytes 2048\n");
  EXPECT_EQ(memory_view().table({look, nullptr}),
            "part                                       plan   in use  of plan\n"
            "large, growing                          3.0 KiB  1.5 KiB   50.0 %\n"
            "small: fixed                            1.0 KiB        -        -\n"
            "all of it (in use: RAM of the process)  4.0 KiB  2.0 KiB   50.0 %\n");
  const auto json = memory_view().json({look, nullptr});
  EXPECT_EQ(json["plan_bytes"], 4096);
  EXPECT_EQ(json["resident_bytes"], 2048);
  EXPECT_EQ(json["parts"][0]["used_bytes"], 1536);
  EXPECT_TRUE(json["parts"][1]["used_bytes"].is_null());
}

constexpr const char* kPeers =
    R"({"peers":[{"id":"aaaaaaaaaaaaaaaaaaaaaaaa","address":"192.0.2.7:30303","direction":"in","shard":0,)"
    R"("client":"","connected_seconds":1,"round_trip_us":null,"queued_bytes":0,"received_bytes":1,)"
    R"("sent_bytes":2},)"
    R"({"id":"bbbbbbbbbbbbbbbbbbbbbbbb","address":"[::1]:1","direction":"out","shard":1,)"
    R"("client":"ringwire/0.1.0","connected_seconds":90,"round_trip_us":1250.5,"queued_bytes":2048,)"
    R"("received_bytes":0,"sent_bytes":0}]})";

TEST(PeersView, TheLongestConnectedComesFirst) {
  const Answers look = answers("", kPeers);
  EXPECT_EQ(
      peers_view().table({look, nullptr}),
      "id                address          dir  shard   connected    ping   queued   in  out  client\n"
      "bbbbbbbbbbbbbbbb  [::1]:1          out      1  1 min 30 s  1.3 ms  2.0 KiB  0 B  0 B  ringwire/0.1.0\n"
      "aaaaaaaaaaaaaaaa  192.0.2.7:30303  in       0       1.0 s       -      0 B  1 B  2 B\n"
      "2 peers\n");
  EXPECT_EQ(peers_view().json({look, nullptr}), nlohmann::ordered_json::parse(kPeers));
}

TEST(PeersView, NobodyIsSaidSo) {
  const Answers look = answers("", R"({"peers":[]})");
  EXPECT_NE(peers_view().table({look, nullptr}).find("\n0 peers\n"), std::string::npos);
}

TEST(LatencyView, ExplainsEachSubsystemOnceAndShowsNothingForNothing) {
  const Answers look = answers("", R"({"latencies":[)"
                                   R"({"subsystem":"ping","where":"all","count":2,)"
                                   R"("latency_us":{"mean":1500,"p50":1.5,"p99":20,"p999":3000,"max":4e6}},)"
                                   R"({"subsystem":"ping","where":"shard 0","count":2,)"
                                   R"("latency_us":{"mean":1500,"p50":1.5,"p99":20,"p999":3000,"max":4e6}},)"
                                   R"({"subsystem":"later","where":"all","count":0,)"
                                   R"("latency_us":{"mean":0,"p50":0,"p99":0,"p999":0,"max":0}}]})");
  EXPECT_EQ(latency_view().table({look, nullptr}),
            "subsystem  where    count    mean     p50    p99  p99.9  max  what it is\n"
            "ping       all          2  1.5 ms  1.5 us  20 us   3 ms  4 s  our ping, until its pong\n"
            "           shard 0      2  1.5 ms  1.5 us  20 us   3 ms  4 s\n"
            "later      all          0       -       -      -      -    -\n");
}

TEST(Views, ADocumentOfAnotherVersionIsAnExceptionNotNonsense) {
  for (const char* document : {"", "{}", "[]", "null", R"({"peers":1})", R"({"peers":[{}]})",
                               R"({"latencies":[{"subsystem":1}]})"}) {
    const Answers look = answers("", document);
    EXPECT_THROW(peers_view().table({look, nullptr}), nlohmann::json::exception) << document;
    EXPECT_THROW(latency_view().table({look, nullptr}), nlohmann::json::exception) << document;
  }
}

TEST(Views, ANodeIsKnownByItsInfo) {
  EXPECT_FALSE(MetricsText::parse("go_goroutines 7\n")->is_ringwire());
  const auto metrics = *MetricsText::parse(
      "ringwire_node_info{version=\"0.1.0\",driver=\"epoll\",id=\"0123456789abcdef0123\"} 1\n"
      "ringwire_uptime_seconds 61\n");
  ASSERT_TRUE(metrics.is_ringwire());
  EXPECT_EQ(describe_node(metrics), "node 0123456789abcdef, ringwire 0.1.0 on epoll, up 1 min 1 s");
}

}  // namespace
}  // namespace ringwire::command
