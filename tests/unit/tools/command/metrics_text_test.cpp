#include "tools/command/metrics_text.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "engine/metrics/registry.hpp"

namespace ringwire::command {
namespace {

TEST(MetricsText, ReadsWhatARegistryWrites) {
  Counter bytes;
  bytes.add(1ULL << 40);
  metrics::Histogram turns;
  turns.record(2us, 7);
  metrics::Registry registry;
  registry.add(metrics::Type::counter, "ringwire_bytes_total", "Bytes.", "shard=\"0\",reason=\"a b, c\"",
               bytes);
  registry.add(metrics::Type::gauge, "ringwire_up_seconds", "Up.", "",
               [] { return std::uint64_t{1'500'000'000}; });
  registry.add("ringwire_turn_seconds", "Turns.", "shard=\"1\"", turns);
  const auto text = MetricsText::parse(registry.render());
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_EQ(text->sum("ringwire_bytes_total", {{"reason", "a b, c"}}), static_cast<double>(1ULL << 40));
  EXPECT_EQ(text->sum("ringwire_up_seconds"), 1.5);
  EXPECT_EQ(text->sum("ringwire_turn_seconds_bucket", {{"le", "+Inf"}}), 7);
}

TEST(MetricsText, SumsOverTheLabelsThatWereNotAskedFor) {
  const auto text = MetricsText::parse(
      "a{shard=\"0\",reason=\"x\"} 1\na{shard=\"1\",reason=\"x\"} 2\na{shard=\"1\",reason=\"y\"} 4\nab 8\n");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->sum("a"), 7);
  EXPECT_EQ(text->sum("a", {{"shard", "1"}}), 6);
  EXPECT_EQ(text->sum("a", {{"shard", "1"}, {"reason", "y"}}), 4);
  EXPECT_EQ(text->sum("a", {{"shard", "2"}}), 0);
  EXPECT_EQ(text->values_of("a", "reason"), (std::vector<std::string>{"x", "y"}));
}

TEST(MetricsText, KnowsTheFormatsOddities) {
  const auto text = MetricsText::parse(
      "# HELP a Text.\n\na{k=\"quote \\\" slash \\\\ line \\n\",} 1e3 1395066363000\nb +Inf\nc NaN\nd{} 1");
  ASSERT_TRUE(text.ok()) << text.error();
  ASSERT_EQ(text->samples().size(), 4U);
  EXPECT_EQ(text->samples()[0].labels.at("k"), "quote \" slash \\ line \n");
  EXPECT_EQ(text->samples()[0].value, 1000);
  EXPECT_EQ(text->samples()[1].value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(text->samples()[3].labels.size(), 0U);
}

TEST(MetricsText, RefusesWhatIsNoMetricAndNamesTheLine) {
  for (const char* wrong : {"<html>", "a", "a ", "a b", "a 1x", "a{k} 1", "a{k=1} 1", "a{k=\"v} 1",
                            "a{k=\"v\" 1", "{k=\"v\"} 1", "a{k=\"v\"}1", "a{k=\"v\\"}) {
    const auto text = MetricsText::parse(std::string("good 1\n") + wrong);
    ASSERT_FALSE(text.ok()) << wrong;
    EXPECT_EQ(text.error(), "line 2 is no metric") << wrong;
  }
}

}  // namespace
}  // namespace ringwire::command
