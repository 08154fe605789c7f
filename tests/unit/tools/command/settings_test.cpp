#include "tools/command/settings.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ringwire::command {
namespace {

TEST(Settings, HaveOneKeyOneFlagAndOneVariableEach) {
  std::set<std::string> keys;
  std::set<std::string> flags;
  std::set<std::string> variables;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(keys.insert(std::string(setting.key)).second) << setting.key;
    EXPECT_TRUE(flags.insert(setting.flag_name()).second) << setting.key;
    EXPECT_TRUE(variables.insert(setting.variable_name()).second) << setting.key;
    EXPECT_EQ(find_setting(setting.key), &setting);
    EXPECT_TRUE(setting.help.ends_with('.')) << setting.key;
    EXPECT_EQ(setting.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz-."), std::string_view::npos)
        << setting.key;
  }
  EXPECT_EQ(find_setting("no-such-key"), nullptr);
}

TEST(Settings, StandGroupByGroup) {
  std::set<std::string_view> finished;
  std::string_view group;
  for (const Setting& setting : settings()) {
    if (setting.group() == group) continue;
    EXPECT_TRUE(finished.insert(setting.group()).second) << setting.key;
    group = setting.group();
  }
}

TEST(Settings, AcceptTheirOwnDefault) {
  for (const Setting& setting : settings()) {
    Config config;
    std::string literal = setting.value.literal(config);
    if (setting.value.shape == Shape::list) {
      EXPECT_EQ(literal, "[]") << setting.key;
      EXPECT_TRUE(setting.value.assign(config, {}));
      continue;
    }
    if (literal.empty()) continue;
    if (setting.value.shape == Shape::text) literal = literal.substr(1, literal.size() - 2);
    EXPECT_TRUE(setting.value.assign(config, {literal})) << setting.key << " = " << literal;
  }
}

TEST(Settings, NumbersAcceptTheirRangeAndNothingElse) {
  for (const Setting& setting : settings()) {
    if (setting.value.shape != Shape::number) continue;
    const std::string& accepted = setting.value.accepted;
    const std::size_t from = accepted.find(" from ") + 6;
    const std::size_t to = accepted.find(" to ");
    const std::string low = accepted.substr(from, to - from);
    const std::string high = accepted.substr(to + 4);
    Config config;
    for (const std::string& text : {low, high}) {
      EXPECT_TRUE(setting.value.assign(config, {text})) << setting.key << " = " << text;
      EXPECT_EQ(setting.value.literal(config), text) << setting.key << " is cut short on its way into Config";
    }
    const std::string above = std::to_string(std::stoull(high) + 1);
    for (const std::string& text :
         {above, std::string("-1"), std::string(""), std::string("1x"), std::string(" 1"),
          std::string("0x10"), std::string("1.5"), std::string("99999999999999999999")}) {
      EXPECT_FALSE(setting.value.assign(config, {text})) << setting.key << " = " << text;
    }
    if (low != "0") {
      EXPECT_FALSE(setting.value.assign(config, {std::to_string(std::stoull(low) - 1)})) << setting.key;
    }
    EXPECT_FALSE(setting.value.assign(config, {low, low})) << setting.key << " given twice";
    EXPECT_EQ(setting.value.literal(config), high) << setting.key << " changed by what was refused";
  }
}

TEST(Settings, BufferCountsArePowersOfTwo) {
  const Setting& setting = *find_setting("memory.receive-buffers");
  Config config;
  EXPECT_TRUE(setting.value.assign(config, {"2048"}));
  for (const char* text : {"2047", "2049", "24", "0"})
    EXPECT_FALSE(setting.value.assign(config, {text})) << text;
}

TEST(Settings, AChoiceAcceptsItsWordsOnly) {
  const Setting& setting = *find_setting("shards.driver");
  Config config;
  for (const auto& [word, driver] : {std::pair{"auto", DriverChoice::automatic},
                                     {"uring", DriverChoice::uring},
                                     {"epoll", DriverChoice::epoll}}) {
    EXPECT_TRUE(setting.value.assign(config, {word}));
    EXPECT_EQ(config.shards.driver, driver);
  }
  for (const char* word : {"", "Auto", "io_uring", "0"})
    EXPECT_FALSE(setting.value.assign(config, {word})) << word;
}

TEST(Settings, ACpuListIsEmptyOrNamesEachCpuOnce) {
  const Setting& setting = *find_setting("shards.cpus");
  Config config;
  for (const char* text : {"", "0", "0-1,4"}) EXPECT_TRUE(setting.value.assign(config, {text})) << text;
  for (const char* text : {",", "1,", "3-1", "0-1,1", "a"})
    EXPECT_FALSE(setting.value.assign(config, {text})) << text;
}

TEST(Settings, WhatDoesNotFitTogetherIsNamed) {
  EXPECT_TRUE(check_together(Config{}).empty());
  const auto misfit = [](auto change) {
    Config config;
    change(config);
    const std::vector<Misfit> misfits = check_together(config);
    return misfits.size() == 1 ? std::string(misfits[0].key) : std::to_string(misfits.size()) + " misfits";
  };
  EXPECT_EQ(misfit([](Config& c) { c.limits.inbound_max = c.limits.connections_max + 1; }),
            "limits.inbound-max");
  EXPECT_EQ(misfit([](Config& c) { c.limits.outbound_max = c.limits.connections_max + 1; }),
            "limits.outbound-max");
  EXPECT_EQ(misfit([](Config& c) { c.limits.ping_interval_ms = c.limits.idle_timeout_ms; }),
            "limits.ping-interval-ms");
  EXPECT_EQ(misfit([](Config& c) { c.limits.redial_min_ms = c.limits.redial_max_ms + 1; }),
            "limits.redial-min-ms");
  EXPECT_EQ(misfit([](Config& c) { c.memory.relay_heap_mb = 1; }), "memory.peer-queue-kb");
  EXPECT_EQ(misfit([](Config& c) {
              c.shards.count = 2;
              c.shards.cpus = "0-2";
            }),
            "shards.cpus");
  EXPECT_EQ(misfit([](Config& c) {
              c.listen = {*Endpoint::parse("[::1]:1"), *Endpoint::parse("[::1]:1")};
            }),
            "listen");
  EXPECT_EQ(misfit([](Config& c) {
              c.listen = {*Endpoint::parse("[::1]:0"), *Endpoint::parse("[::1]:0")};
            }),
            "0 misfits")
      << "port 0 is a different port each time";
}

TEST(Nearest, FindsTypingErrorsAndNothingElse) {
  const std::vector<std::string> words = {"shards.count", "limits.inbound-max", "listen"};
  EXPECT_EQ(nearest("shards.cout", words), "shards.count");
  EXPECT_EQ(nearest("limits.inbound_max", words), "limits.inbound-max");
  EXPECT_EQ(nearest("lisen", words), "listen");
  EXPECT_EQ(nearest("vectors", words), "");
  EXPECT_EQ(nearest("", words), "");
}

}  // namespace
}  // namespace ringwire::command
