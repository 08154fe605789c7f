#include "bench/compare/server_line.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "bench/compare/relay_figures.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

TEST(ServerLineTest, SumsTheSeriesOfOneNameOnly) {
  const Counters counters{{"copied{shard=\"0\",reason=\"unpin\"}", 1},
                          {"copied{shard=\"1\",reason=\"unpin\"}", 2},
                          {"copied{shard=\"0\",reason=\"backlog\"}", 4},
                          {"copied_more{shard=\"0\"}", 8},
                          {"plain", 16}};
  EXPECT_EQ(sum(counters, "copied"), 7);
  EXPECT_EQ(sum(counters, "copied", "reason=\"unpin\""), 3);
  EXPECT_EQ(sum(counters, "plain"), 16);
  EXPECT_EQ(sum(counters, "absent"), 0);
}

TEST(ServerLineTest, AServerTellsItsPortAndAnswersWhenAsked) {
  const auto server = ServerProcess::start(on_one_core(), [](const Ready& ready) {
    ready(1234);
    double asked = 0;
    ready.answer([&] { return Counters{{"asked", ++asked}, {"with{label=\"a b\"}", 0.5}}; });
  });
  ASSERT_TRUE(server.ok()) << server.error();
  EXPECT_EQ(server->port(), 1234);
  EXPECT_EQ(server->counters(), (Counters{{"asked", 1}, {"with{label=\"a b\"}", 0.5}}));
  EXPECT_EQ(server->counters().at("asked"), 2);
}

TEST(ServerLineTest, AServerThatEndsIsAnError) {
  const auto silent =
      ServerProcess::start(on_one_core(), [](const Ready&) { throw std::runtime_error("on purpose"); });
  EXPECT_FALSE(silent.ok());
  const auto brief = ServerProcess::start(on_one_core(), [](const Ready& ready) { ready(1); });
  ASSERT_TRUE(brief.ok());
  EXPECT_THROW((void)brief->counters(), std::runtime_error);
}

TEST(RelayFiguresTest, CopiesAreCountedOverWhatWasRelayed) {
  RelayCount count;
  count.before = {{"ringwire_relayed_bytes_total{shard=\"0\"}", 1000},
                  {"ringwire_egress_sends_total{shard=\"0\"}", 10},
                  {"ringwire_copied_bytes_total{shard=\"0\",reason=\"backlog\"}", 7}};
  count.after = {{"ringwire_relayed_bytes_total{shard=\"0\"}", 2000},
                 {"ringwire_egress_sends_total{shard=\"0\"}", 14},
                 {"ringwire_copied_bytes_total{shard=\"0\",reason=\"backlog\"}", 17},
                 {"ringwire_copied_bytes_total{shard=\"0\",reason=\"unpin\"}", 30}};
  count.deliveries = 64;
  EXPECT_DOUBLE_EQ(copied_per_relayed_byte(count, CopyReason::unpin), 0.03);
  EXPECT_DOUBLE_EQ(copied_in_relay(count), 0.01);
  EXPECT_DOUBLE_EQ(copied_per_relayed_byte(count), 0.04);
  EXPECT_EQ(relay_figures(count).front(), (std::pair<std::string, double>("messages per send", 16)));
}

}  // namespace
}  // namespace ringwire::compare
