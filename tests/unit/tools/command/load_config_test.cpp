#include "tools/command/load_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::command {
namespace {

constexpr const char* kEnode =
    "enode://79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8@192.0.2.1:30303";

class LoadConfig : public testing::Test {
 protected:
  void file(const std::string& text) {
    sources_.file = folder_ / "node.toml";
    std::ofstream(*sources_.file, std::ios::binary) << text;
  }
  void variable(const std::string& name, const std::string& value) {
    sources_.environment.emplace_back(name, value);
  }
  void flag(std::string_view key, Texts texts) { sources_.flags[find_setting(key)] = std::move(texts); }

  [[nodiscard]] Config loaded() const {
    auto result = load_config(sources_);
    EXPECT_TRUE(result.ok()) << (result ? "" : result.error()[0].to_string());
    return result ? result->config : Config{};
  }
  // Every finding, without the folder's name.
  [[nodiscard]] std::vector<std::string> findings() const {
    const auto result = load_config(sources_);
    std::vector<std::string> lines;
    if (result) return lines;
    for (const Finding& finding : result.error()) {
      std::string line = finding.to_string();
      if (line.starts_with(folder_.string())) line.erase(0, folder_.string().size() + 1);
      lines.push_back(line);
    }
    return lines;
  }
  [[nodiscard]] std::string only_finding() const {
    const std::vector<std::string> lines = findings();
    return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " findings";
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
  Sources sources_;
};

TEST_F(LoadConfig, NothingGivenIsTheDefault) {
  EXPECT_EQ(write_config(loaded()), write_config(Config{}));
  file("");
  EXPECT_EQ(write_config(loaded()), write_config(Config{}));
}

TEST_F(LoadConfig, ReadsBackWhatItWrites) {
  file(write_config(Config{}));
  EXPECT_EQ(write_config(loaded()), write_config(Config{}));

  Config config;
  config.network_id = INT64_MAX;
  config.listen = {*Endpoint::parse("127.0.0.1:0"), *Endpoint::parse("[2001:db8::1]:30303")};
  config.advertise = IpAddress::parse("203.0.113.7");
  config.peers = {kEnode};
  config.key_file = "a \"quoted\" \\ path\nwith a\x01 control";
  config.insecure_plaintext = true;
  config.shards = {2, "0-1", DriverChoice::epoll, true, 0};
  config.limits.treat_loopback_as_public = true;
  config.metrics = Endpoint::parse("[::1]:6060");
  config.log = {LogLevel::off, "file", true};
  file(write_config(config));
  EXPECT_EQ(write_config(loaded()), write_config(config));
  EXPECT_EQ(loaded().key_file, config.key_file);
}

TEST_F(LoadConfig, AFlagWinsOverAVariableOverTheFileOverTheDefault) {
  EXPECT_EQ(loaded().shards.count, 0U);
  file("[shards]\ncount = 1\n");
  EXPECT_EQ(loaded().shards.count, 1U);
  variable("RINGWIRE_SHARDS_COUNT", "2");
  EXPECT_EQ(loaded().shards.count, 2U);
  flag("shards.count", {"3"});
  EXPECT_EQ(loaded().shards.count, 3U);
}

TEST_F(LoadConfig, EverySettingCanComeFromEverySource) {
  for (const Setting& setting : settings()) {
    Config changed;
    for (const char* text :
         {"true", "1", "2048", "5000", "20000", "2", "debug", "epoll", "127.0.0.1:7", "10.0.0.1", kEnode}) {
      changed = {};
      const bool takes = setting.value.assign(changed, {text}) && check_together(changed).empty();
      if (!takes || setting.value.literal(changed) == setting.value.literal(Config{})) continue;
      const std::string group = setting.group().empty() ? "" : "[" + std::string(setting.group()) + "]\n";
      sources_ = {};
      file(group + std::string(setting.name()) + " = " + setting.value.literal(changed) + "\n");
      const std::string from_file = setting.value.literal(loaded());
      sources_ = {};
      variable(setting.variable_name(), text);
      const std::string from_variable = setting.value.literal(loaded());
      sources_ = {};
      flag(setting.key, {text});
      EXPECT_EQ(from_file, setting.value.literal(changed)) << setting.key;
      EXPECT_EQ(from_variable, setting.value.literal(changed)) << setting.key;
      EXPECT_EQ(setting.value.literal(loaded()), setting.value.literal(changed)) << setting.key;
      break;
    }
    EXPECT_NE(setting.value.literal(changed), setting.value.literal(Config{}))
        << "nothing tried for " << setting.key;
  }
}

TEST_F(LoadConfig, AListIsReplacedAsAWhole) {
  file("listen = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n");
  variable("RINGWIRE_LISTEN", "127.0.0.1:3,127.0.0.1:4");
  EXPECT_EQ(loaded().listen.size(), 2U);
  EXPECT_EQ(loaded().listen[0].port, 3);
  flag("listen", {"127.0.0.1:5"});
  EXPECT_EQ(loaded().listen.size(), 1U);
}

TEST_F(LoadConfig, AnEmptyVariableEmptiesAList) {
  file("listen = [\"127.0.0.1:1\"]\n");
  variable("RINGWIRE_LISTEN", "");
  EXPECT_TRUE(loaded().listen.empty());
}

TEST_F(LoadConfig, FindsEverythingAtOnceAndSaysWhere) {
  file(
      "network-id = \"main\"\n"
      "colour = 3\n"
      "\n"
      "[shards]\n"
      "count = 65\n"
      "cout = 1\n"
      "[limits]\n"
      "treat-loopback-as-public = 1\n"
      "[log]\n"
      "level = \"loud\"\n"
      "[weather]\n"
      "rain = true\n");
  variable("RINGWIRE_GOSSIP_POOL_MB", "0");
  variable("RINGWIRE_LISTNE", "127.0.0.1:1");
  flag("metrics.addr", {"here"});
  const std::vector<std::string> lines = findings();
  const auto has = [&lines](const std::string& start) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(start); });
  };
  for (const char* start :
       {"node.toml:1: network-id: accepted: a number from 0 to 9223372036854775807; given: 'main'",
        "node.toml:2: colour: no such setting; see: ringwire config default",
        "node.toml:5: shards.count: accepted: a number from 0 to 64; given: 65",
        "node.toml:6: shards.cout: no such setting; did you mean shards.count?",
        "node.toml:8: limits.treat-loopback-as-public: accepted: true or false; given: 1",
        "node.toml:10: log.level: accepted: one of trace debug info warn error off; given: loud",
        "node.toml:11: weather: no such setting",
        "variable RINGWIRE_GOSSIP_POOL_MB: gossip.pool-mb: accepted: a number from 1 to",
        "variable RINGWIRE_LISTNE: no such setting; did you mean RINGWIRE_LISTEN?",
        "flag --metrics.addr: metrics.addr: accepted: IP:PORT or [IP6]:PORT; given: here"}) {
    EXPECT_TRUE(has(start)) << start << "\nnot in:\n" << testing::PrintToString(lines);
  }
  EXPECT_EQ(lines.size(), 10U) << testing::PrintToString(lines);
}

TEST_F(LoadConfig, AFileThatIsNoTomlEndsAtItsFirstError) {
  file("network-id = 1\nlisten = [\n\"a\"\n[shards\n");
  EXPECT_TRUE(only_finding().starts_with("node.toml:4: is no TOML: ")) << only_finding();
  file("network-id = 1\nnetwork-id = 2\n");
  EXPECT_TRUE(only_finding().starts_with("node.toml:2: is no TOML: ")) << only_finding();
  file("busy = t\n\n");  // the parser shows what it met, a line's end too
  EXPECT_EQ(only_finding().find('\n'), std::string::npos) << only_finding();
}

TEST_F(LoadConfig, AFileThatCannotBeReadIsAFinding) {
  sources_.file = folder_ / "absent.toml";
  EXPECT_TRUE(only_finding().starts_with("absent.toml: cannot be read")) << only_finding();
  sources_.file = folder_;
  EXPECT_EQ(findings().size(), 1U);
}

TEST_F(LoadConfig, AGroupIsNoValue) {
  file("shards = 2\n");
  EXPECT_TRUE(only_finding().starts_with("node.toml:1: shards: is a group; write [shards]"))
      << only_finding();
}

TEST_F(LoadConfig, AListHoldsTextsOnly) {
  for (const char* list : {"[1]", "[\"127.0.0.1:1\", 2]", "\"127.0.0.1:1\"", "[[\"127.0.0.1:1\"]]"}) {
    file(std::string("listen = ") + list + "\n");
    EXPECT_TRUE(only_finding().starts_with("node.toml:1: listen: accepted: IP:PORT"))
        << list << only_finding();
  }
}

TEST_F(LoadConfig, AMisfitIsBlamedOnWhatWasSet) {
  file("[limits]\n\nidle-timeout-ms = 2000\n");
  EXPECT_EQ(only_finding(),
            "node.toml:3: limits.ping-interval-ms: accepted: less than limits.idle-timeout-ms, 2000; "
            "default: 15000");
  flag("limits.ping-interval-ms", {"3000"});
  EXPECT_EQ(
      only_finding(),
      "flag --limits.ping-interval-ms: limits.ping-interval-ms: accepted: less than limits.idle-timeout-ms, "
      "2000; given: 3000");
}

TEST_F(LoadConfig, OtherVariablesAreNotOurs) {
  variable("RINGWIRE_VECTORS", "/somewhere");
  variable("PATH", "/bin");
  EXPECT_TRUE(findings().empty());
}

TEST_F(LoadConfig, APeerIsADialableEnode) {
  flag("peers", {kEnode, kEnode});
  EXPECT_EQ(loaded().peers.size(), 2U);
  for (const char* text : {"", "192.0.2.1:30303", "enode://00@192.0.2.1:30303"}) {
    flag("peers", {text});
    EXPECT_TRUE(only_finding().starts_with("flag --peer: peers: accepted: enode://")) << text;
  }
}

TEST_F(LoadConfig, WrittenConfigurationSaysWhatSetAValue) {
  file("[shards]\ncount = 1\n");
  flag("log.level", {"debug"});
  const auto result = load_config(sources_);
  ASSERT_TRUE(result.ok());
  const std::string text = write_config(result->config, &result->places);
  EXPECT_NE(text.find("count = 1  # " + (folder_ / "node.toml:2").string()), std::string::npos);
  EXPECT_NE(text.find("level = \"debug\"  # flag --log.level"), std::string::npos);
  EXPECT_NE(text.find("network-id = 1337\n"), std::string::npos);
}

}  // namespace
}  // namespace ringwire::command
