#include "tools/sim/scenario_file.hpp"

#include <gtest/gtest.h>

#include <set>
#include <span>

#include "codec/base/prng.hpp"

namespace ringwire::sim {
namespace {

std::vector<std::string> findings(const std::string& text) {
  const auto result = read_scenario(text, "w.toml");
  return result ? std::vector<std::string>{} : result.error();
}

Scenario read(const std::string& text) {
  const auto result = read_scenario(text, "w.toml");
  EXPECT_TRUE(result.ok()) << (result ? "" : result.error()[0]) << "\n" << text;
  return result ? *result : Scenario{};
}

Duration up_to(Prng& prng, Duration high) {
  return Duration(static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(high.count()) + 1)));
}

std::uint32_t among(Prng& prng, std::uint64_t low, std::uint64_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

Fault random_fault(Prng& prng, const Scenario& scenario) {
  Fault fault;
  fault.kind = FaultKind{static_cast<std::uint8_t>(prng.below(kFaultKinds))};
  const FaultShape& shape = shape_of(fault.kind);
  fault.at = up_to(prng, scenario.length - 1ns);
  if (shape.lasts) fault.lasts = 1ns + up_to(prng, scenario.length - fault.at - 1ns);
  fault.node = among(prng, fault.kind == FaultKind::partition ? 1 : 0, scenario.nodes - 1);
  if (shape.other) fault.other = (fault.node + among(prng, 1, scenario.nodes - 1)) % scenario.nodes;
  if (fault.kind == FaultKind::slow_shard) fault.other = among(prng, 0, scenario.shards - 1);
  if (shape.amount) fault.amount = static_cast<std::int64_t>(prng.between(1'000, 10'000));
  if (fault.kind == FaultKind::drift || fault.kind == FaultKind::wall_step) fault.amount -= 5'000;
  return fault;
}

Scenario random_scenario(Prng& prng) {
  Scenario scenario;
  scenario.name.clear();
  for (std::uint64_t left = prng.between(1, 100); left > 0; --left) {
    scenario.name += static_cast<char>(prng.between(' ', '~'));
  }
  scenario.seed = prng.next() >> prng.below(64);
  scenario.nodes = among(prng, 2, 40);
  scenario.shards = among(prng, 1, 8);
  scenario.degree = among(prng, 0, scenario.nodes - 1);
  scenario.tls = prng.below(2) == 0;
  scenario.length = 1us + up_to(prng, 1h);
  scenario.joining = up_to(prng, scenario.length);
  scenario.patience = 1s + up_to(prng, 3s);
  scenario.heap_mb = among(prng, 16, 65'536);
  LinkOptions& link = scenario.link;
  link.latency_min = up_to(prng, 5s);
  link.latency_max = link.latency_min + up_to(prng, 5s);
  link.jitter = up_to(prng, 10s);
  link.bytes_per_second = prng.below(2) == 0 ? 0 : prng.between(1'000, 100'000'000'000);
  link.lost_per_million = among(prng, 0, 900'000);
  link.split = prng.below(2) == 0;
  TrafficOptions& traffic = scenario.traffic;
  traffic.per_second = among(prng, 0, 100'000);
  traffic.topics_per_hundred = among(prng, 0, 100);
  traffic.bytes_min = among(prng, 110, kMessageBytesMax);
  traffic.bytes_max = among(prng, traffic.bytes_min, kMessageBytesMax);
  scenario.datagrams = {among(prng, 0, 10'000),    among(prng, 17, 1'472),    among(prng, 0, 900'000),
                        among(prng, 0, 1'000'000), among(prng, 0, 1'000'000), among(prng, 0, 900'000)};
  for (std::uint64_t left = prng.below(30); left > 0; --left) {
    scenario.faults.push_back(random_fault(prng, scenario));
  }
  return scenario;
}

TEST(ScenarioFile, NothingGivenIsTheDefault) {
  EXPECT_EQ(read(""), Scenario{});
  EXPECT_EQ(read("[link]\n[traffic]\n[datagrams]\n"), Scenario{});
  EXPECT_EQ(read("fault = []\n"), Scenario{});
  EXPECT_EQ(read(write_scenario({})), Scenario{});
}

TEST(ScenarioFile, EachKeyIsRead) {
  Scenario scenario;
  scenario.name = "two \"worlds\" \\ #1";
  scenario.seed = 77;
  scenario.nodes = 16;
  scenario.shards = 3;
  scenario.degree = 4;
  scenario.tls = true;
  scenario.length = 90s;
  scenario.joining = 2500ms;
  scenario.patience = 3s;
  scenario.heap_mb = 32;
  scenario.link = {2ms, 3ms, 250us, 1'000'000, 20, false};
  scenario.traffic = {50, 200, 300, 25};
  scenario.datagrams = {5, 600, 10, 20, 30, 40};
  scenario.faults = {{FaultKind::one_way, 12500ms, 4s, 1, 2, 0},
                     {FaultKind::wall_step, 1s, 0s, 15, 0, -3000}};
  EXPECT_EQ(read("name = 'two \"worlds\" \\ #1'\nseed = 77\nnodes = 16\nshards = 3\ndegree = 4\ntls = true\n"
                 "length = \"1.5min\"\njoining = \"2.5s\"\npatience = \"3s\"\nheap-mb = 32\n"
                 "[link]\nlatency-min = \"2ms\"\nlatency-max = \"3ms\"\njitter = \"0.25ms\"\n"
                 "bytes-per-second = 1_000_000\nlost-per-million = 20\nsplit = false\n"
                 "[traffic]\nper-second = 50\nbytes-min = 200\nbytes-max = 300\ntopics-per-hundred = 25\n"
                 "[datagrams]\nper-second = 5\nbytes-max = 600\nlost-per-million = 10\n"
                 "doubled-per-million = 20\ndelayed-per-million = 30\ncorrupted-per-million = 40\n"
                 "[[fault]]\nkind = \"one-way\"\nat = \"12.5s\"\nlasts = \"4s\"\nnode = 1\nother = 2\n"
                 "[[fault]]\nkind = \"wall-step\"\nat = \"1s\"\nnode = 15\namount = -3000\n"),
            scenario);
}

TEST(ScenarioFile, ASeedMayBeLargerThanAnIntegerOfToml) {
  EXPECT_EQ(read("seed = 0").seed, 0U);
  EXPECT_EQ(read("seed = 9223372036854775807").seed, 9223372036854775807U);
  EXPECT_EQ(read("seed = \"5\"").seed, 5U);
  EXPECT_EQ(read("seed = \"18446744073709551615\"").seed, UINT64_MAX);
  Scenario scenario;
  scenario.seed = UINT64_MAX;
  EXPECT_NE(write_scenario(scenario).find("\nseed = \"18446744073709551615\"\n"), std::string::npos);
  scenario.seed = 12;
  EXPECT_NE(write_scenario(scenario).find("\nseed = 12\n"), std::string::npos);
}

TEST(ScenarioFile, RandomScenariosAreReadBack) {
  Prng prng(2);
  std::set<FaultKind> kinds;
  for (int i = 0; i < 1'000; ++i) {
    const Scenario scenario = random_scenario(prng);
    ASSERT_TRUE(check(scenario).empty()) << check(scenario)[0].key << ": " << check(scenario)[0].text;
    ASSERT_EQ(read(write_scenario(scenario)), scenario) << write_scenario(scenario);
    for (const Fault& fault : scenario.faults) kinds.insert(fault.kind);
  }
  EXPECT_EQ(kinds.size(), kFaultKinds);
}

// Of each key and kind a comment, and nothing but comments, keys and tables.
TEST(ScenarioFile, AWrittenFileExplainsItself) {
  Scenario scenario;
  scenario.faults = {{FaultKind::freeze, 10s, 5s, 3, 0, 0}};
  const std::string text = write_scenario(scenario);
  EXPECT_NE(text.find("# How many nodes there are. Their numbers begin with 0.\nnodes = 8\n"),
            std::string::npos);
  EXPECT_NE(text.find("# slow-link (lasts, other, amount): what node and other say to each other passes at "
                      "amount bytes a second.\n"),
            std::string::npos);
  EXPECT_NE(text.find("\n[[fault]]  # node gets no turns\nkind = \"freeze\"\nat = \"10s\"\nlasts = \"5s\"\n"
                      "node = 3\n"),
            std::string::npos);
}

struct Case {
  const char* text;
  const char* finding;
};

void expect_each(std::span<const Case> cases) {
  for (const Case& each : cases) {
    EXPECT_EQ(findings(each.text), std::vector<std::string>{each.finding}) << each.text;
  }
}

TEST(ScenarioFile, AValueOfTheWrongTypeIsFound) {
  const Case cases[] = {
      {"name = 3", "w.toml:1: name: accepted: a text of 1 to 100 ASCII characters that print; given: 3"},
      {"seed = -1",
       "w.toml:1: seed: accepted: a number from 0 to 18446744073709551615, in quotes where TOML has none; "
       "given: -1"},
      {"seed = \"18446744073709551616\"",
       "w.toml:1: seed: accepted: a number from 0 to 18446744073709551615, in quotes where TOML has none; "
       "given: \"18446744073709551616\""},
      {"seed = \"\"",
       "w.toml:1: seed: accepted: a number from 0 to 18446744073709551615, in quotes where TOML has none; "
       "given: \"\""},
      {"seed = 1.5",
       "w.toml:1: seed: accepted: a number from 0 to 18446744073709551615, in quotes where TOML has none; "
       "given: 1.5"},
      {"\nnodes = \"8\"", "w.toml:2: nodes: accepted: a number from 1 to 10000; given: \"8\""},
      {"nodes = 8.0", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: 8.0"},
      {"nodes = -1", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: -1"},
      {"nodes = -4294967288", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: -4294967288"},
      {"nodes = 4294967304", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: 4294967304"},
      {"nodes = [8]", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: a list of 1"},
      {"nodes = {}", "w.toml:1: nodes: accepted: a number from 1 to 10000; given: a table"},
      {"shards = true", "w.toml:1: shards: accepted: a number from 1 to 8; given: true"},
      {"degree = -1", "w.toml:1: degree: accepted: a number less than nodes, 8; given: -1"},
      {"tls = 1", "w.toml:1: tls: accepted: true or false; given: 1"},
      {"tls = \"true\"", "w.toml:1: tls: accepted: true or false; given: \"true\""},
      {"heap-mb = 2024-01-01", "w.toml:1: heap-mb: accepted: a number from 16 to 65536; given: 2024-01-01"},
      {"[link]\nsplit = 0", "w.toml:2: link.split: accepted: true or false; given: 0"},
      {"[link]\nbytes-per-second = -1",
       "w.toml:2: link.bytes-per-second: accepted: 0 for no limit, or a number from 1000 to 100000000000; "
       "given: -1"},
      {"[link]\nlost-per-million = 0.5",
       "w.toml:2: link.lost-per-million: accepted: a number from 0 to 900000; given: 0.5"},
      {"[traffic]\nper-second = \"ten\"",
       "w.toml:2: traffic.per-second: accepted: a number from 0 to 100000; given: \"ten\""},
      {"[traffic]\nbytes-min = false",
       "w.toml:2: traffic.bytes-min: accepted: a number from 110 to 524288; given: false"},
      {"[traffic]\nbytes-max = -5",
       "w.toml:2: traffic.bytes-max: accepted: a number from bytes-min, 110, to 524288; given: -5"},
      {"[traffic]\ntopics-per-hundred = -5",
       "w.toml:2: traffic.topics-per-hundred: accepted: a number from 0 to 100; given: -5"},
      {"[[fault]]\nkind = 3\nnode = 99",
       "w.toml:2: fault[0].kind: accepted: one of partition one-way reset crash restart freeze slow-shard "
       "slow-link lossy-link wall-step drift dial-both ban twin strangers relay impostor disk; given: 3"},
      {"[[fault]]\nkind = \"one_way\"",
       "w.toml:2: fault[0].kind: accepted: one of partition one-way reset crash restart freeze slow-shard "
       "slow-link lossy-link wall-step drift dial-both ban twin strangers relay impostor disk; given: "
       "\"one_way\""},
      {"[[fault]]\nkind = \"none\"",
       "w.toml:2: fault[0].kind: accepted: one of partition one-way reset crash restart freeze slow-shard "
       "slow-link lossy-link wall-step drift dial-both ban twin strangers relay impostor disk; given: "
       "\"none\""},
      {"[[fault]]\nkind = \"reset\"\nnode = -1\nother = 1",
       "w.toml:3: fault[0].node: accepted: a number from 0 to 7; given: -1"},
      {"[[fault]]\nkind = \"wall-step\"\namount = \"1s\"",
       "w.toml:3: fault[0].amount: accepted: milliseconds from -86400000 to 86400000; given: \"1s\""},
      {"[[fault]]\nkind = \"reset\"\nother = 1\namount = 1.5",
       "w.toml:4: fault[0].amount: accepted: 0: reset has no amount; given: 1.5"},
  };
  expect_each(cases);
}

TEST(ScenarioFile, ADurationOfAnotherFormIsFound) {
  for (const char* given : {"60", "60.0", "\"60\"", "\"60 s\"", "\"60m\"", "\"-1s\"", "\"1.0000000001s\"",
                            "\"99999999999s\"", "\"0s\"", "\"25h\"", "true"}) {
    EXPECT_EQ(
        findings(std::string("length = ") + given),
        std::vector<std::string>{"w.toml:1: length: accepted: a duration, as \"1.5s\", from 1ns to 86400s; "
                                 "given: " +
                                 std::string(given)});
  }
  const Case cases[] = {
      {"joining = \"1 day\"",
       "w.toml:1: joining: accepted: a duration, as \"1.5s\", from 0s to 60s; given: \"1 day\""},
      {"[link]\nlatency-min = 1",
       "w.toml:2: link.latency-min: accepted: a duration, as \"1.5s\", from 0s to 10s; given: 1"},
      {"[link]\nlatency-max = \"fast\"",
       "w.toml:2: link.latency-max: accepted: a duration from latency-min, 1ms, to 10s; given: \"fast\""},
      {"[link]\njitter = \"1.5ns\"",
       "w.toml:2: link.jitter: accepted: a duration, as \"1.5s\", from 0s to 10s; given: \"1.5ns\""},
      {"[[fault]]\nkind = \"reset\"\nother = 1\nat = 5",
       "w.toml:4: fault[0].at: accepted: a duration, as \"1.5s\", from 0s to 60s; given: 5"},
      {"[[fault]]\nkind = \"freeze\"\nat = \"5s\"\nlasts = 5",
       "w.toml:4: fault[0].lasts: accepted: a duration over 0s that, from 5s on, ends within length, 60s; "
       "given: 5"},
  };
  expect_each(cases);
}

TEST(ScenarioFile, AnUnknownKeyIsRefusedWithThoseThatAreKnown) {
  const Case cases[] = {
      {"\n\ncolour = 3",
       "w.toml:3: colour: no such key; accepted: name seed nodes shards degree tls length joining patience "
       "heap-mb link traffic datagrams fault"},
      {"\"a\\nb\" = 3",
       "w.toml:1: \"a\\nb\": no such key; accepted: name seed nodes shards degree tls length joining "
       "patience heap-mb link traffic datagrams fault"},
      {"[weather]\nrain = true",
       "w.toml:1: weather: no such key; accepted: name seed nodes shards degree tls length joining patience "
       "heap-mb link traffic datagrams fault"},
      {"[link]\nlatency = \"1ms\"",
       "w.toml:2: link.latency: no such key; accepted: latency-min latency-max jitter bytes-per-second "
       "lost-per-million split"},
      {"[traffic]\nbytes = 3",
       "w.toml:2: traffic.bytes: no such key; accepted: per-second bytes-min bytes-max topics-per-hundred"},
      {"[[fault]]\nkind = \"freeze\"\nlasts = \"1s\"\n[[fault]]\nkind = \"freeze\"\nfor = \"1s\"\nlasts = "
       "\"1s\"",
       "w.toml:6: fault[1].for: no such key; accepted: kind at lasts node other amount"},
  };
  expect_each(cases);
}

TEST(ScenarioFile, WhatShouldBeATableIsOne) {
  const Case cases[] = {
      {"link = 3", "w.toml:1: link: accepted: [link] and its keys below; given: 3"},
      {"[[traffic]]", "w.toml:1: traffic: accepted: [traffic] and its keys below; given: a list of 1"},
      {"[fault]\nkind = \"freeze\"",
       "w.toml:1: fault: accepted: [[fault]] for each, and its keys below; given: a table"},
      {"fault = [1]",
       "w.toml:1: fault: accepted: [[fault]] for each, and its keys below; given: a list of 1"},
      {"fault = [{kind = \"freeze\", lasts = \"1s\"}, 1]",
       "w.toml:1: fault: accepted: [[fault]] for each, and its keys below; given: a list of 2"},
      {"fault = [[]]",
       "w.toml:1: fault: accepted: [[fault]] for each, and its keys below; given: a list of 1"},
  };
  expect_each(cases);
}

// One that stands in the file is found where it stands, a default where its table begins.
TEST(ScenarioFile, WhatDoesNotFitTogetherIsFoundWhereItStands) {
  const Case cases[] = {
      {"nodes = 4\ndegree = 4", "w.toml:2: degree: accepted: a number less than nodes, 4; given: 4"},
      {"joining = \"2min\"\nlength = \"1.5min\"",
       "w.toml:1: joining: accepted: a duration, as \"1.5s\", from 0s to 90s; given: \"2min\""},
      {"nodes = 9\n\n[link]\n\nlatency-min = \"100ms\"",
       "w.toml:3: link.latency-max: accepted: a duration from latency-min, 100ms, to 10s; default: 80ms"},
      {"nodes = 9\nlink.latency-min = \"100ms\"",
       "w.toml:2: link.latency-max: accepted: a duration from latency-min, 100ms, to 10s; default: 80ms"},
      {"[link]\nlatency-max = \"0.5ms\"",
       "w.toml:2: link.latency-max: accepted: a duration from latency-min, 1ms, to 10s; given: \"0.5ms\""},
      {"[traffic]\nbytes-max = 50",
       "w.toml:2: traffic.bytes-max: accepted: a number from bytes-min, 110, to 524288; given: 50"},
      {"nodes = 3\n[[fault]]\nkind = \"reset\"\nother = 1\n[[fault]]\nkind = \"ban\"\nlasts = \"1s\"\nother "
       "= 3",
       "w.toml:8: fault[1].other: accepted: a number from 0 to 2, not that of node, 0; given: 3"},
      {"\n[[fault]]\nkind = \"freeze\"",
       "w.toml:2: fault[0].lasts: accepted: a duration over 0s that, from 0s on, ends within length, 60s; "
       "default: 0s"},
      {"\n[[fault]]\nat = \"1s\"\nnode = 99",
       "w.toml:2: fault[0].kind: accepted: one of partition one-way reset crash restart freeze slow-shard "
       "slow-link lossy-link wall-step drift dial-both ban twin strangers relay impostor disk; default: "
       "none"},
      {"fault = [\n  {kind = \"reset\", other = 1},\n  {kind = \"reset\"},\n]",
       "w.toml:3: fault[1].other: accepted: a number from 0 to 7, not that of node, 0; default: 0"},
  };
  expect_each(cases);
}

TEST(ScenarioFile, FindsEverythingAtOnceInTheOrderOfLines) {
  EXPECT_EQ(
      findings("nodes = 0\n"
               "colour = 1\n"
               "tls = \"no\"\n"
               "length = 3\n"
               "[traffic]\n"
               "per-second = -1\n"
               "[[fault]]\n"
               "kind = \"reset\"\n"
               "node = 50\n"
               "other = 50\n"
               "at = \"soon\"\n"
               "[link]\n"
               "jitter = \"11s\"\n"),
      (std::vector<std::string>{
          "w.toml:1: nodes: accepted: a number from 1 to 10000; given: 0",
          "w.toml:2: colour: no such key; accepted: name seed nodes shards degree tls length joining "
          "patience heap-mb link traffic datagrams fault",
          "w.toml:3: tls: accepted: true or false; given: \"no\"",
          "w.toml:4: length: accepted: a duration, as \"1.5s\", from 1ns to 86400s; given: 3",
          "w.toml:6: traffic.per-second: accepted: a number from 0 to 100000; given: -1",
          "w.toml:10: fault[0].other: accepted: a number from 0 to 9999, not that of node, 50; given: 50",
          "w.toml:11: fault[0].at: accepted: a duration, as \"1.5s\", from 0s to 86400s; given: \"soon\"",
          "w.toml:13: link.jitter: accepted: a duration, as \"1.5s\", from 0s to 10s; given: \"11s\"",
      }));
}

TEST(ScenarioFile, AFileThatIsNoTomlEndsAtItsFirstError) {
  for (const char* text : {"nodes = 0\nshards = \n", "nodes = 0\nnodes = 8\n", "nodes = 0\n[link\n",
                           "nodes = 0\nseed = 18446744073709551615\n", "nodes = 0\nname = \"\xff\"\n"}) {
    const std::vector<std::string> lines = findings(text);
    ASSERT_EQ(lines.size(), 1U) << text;
    EXPECT_TRUE(lines[0].starts_with("w.toml:2: is no TOML: ")) << lines[0];
  }
}

TEST(ScenarioFile, AFindingIsOneLineWhateverStandsThere) {
  for (const std::string& given :
       {std::string("\"\"\"a\nb\"\"\""), "\"" + std::string(100'000, 'x') + "\"",
        std::string("[[1], [2, [3]]]"), std::string("{a = {b = [1]}}"), std::string("\"\\u0001\\u007f\\\"\""),
        std::string("nan"), std::string("07:32:00")}) {
    const std::vector<std::string> lines = findings("nodes = " + given);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].find_first_of("\n\x01\x7f"), std::string::npos) << lines[0];
    EXPECT_LT(lines[0].size(), 160U) << lines[0];
  }
  const std::string shown =
      "\xc3\xa4" + std::string(57, 'x');  // the next character would begin as the last byte
  EXPECT_EQ(findings("nodes = \"" + shown + "\xc3\xa4\xc3\xa4\""),
            std::vector<std::string>{"w.toml:1: nodes: accepted: a number from 1 to 10000; given: \"" +
                                     shown + "\"..."});
}

TEST(ScenarioFile, TooManyFaultsAreOneFinding) {
  std::string text = "fault = [\n";
  for (std::uint32_t i = 0; i <= kFaultsMax; ++i) text += "{},";
  const std::vector<std::string> lines = findings(text + "]");
  EXPECT_EQ(lines, std::vector<std::string>{
                       "w.toml:1: fault: accepted: at most 100000 of them; given: a list of 100001"});
}

// Whatever bytes there are: a scenario that can be run, or findings that name the file.
TEST(ScenarioFile, ADamagedFileIsReadOrRefused) {
  Prng prng(3);
  std::uint32_t read_anyway = 0;
  std::uint32_t refused = 0;
  for (int i = 0; i < 6'000; ++i) {
    std::string text = write_scenario(random_scenario(prng));
    for (std::uint64_t left = prng.between(1, 4); left > 0; --left) {
      const std::size_t place = prng.below(text.size());
      const auto byte = static_cast<char>(prng.below(2) == 0 ? prng.between(' ', '~') : prng.below(256));
      const std::uint64_t how = prng.below(4);
      if (how == 0) text.erase(place, prng.between(1, 8));
      if (how == 1) text.insert(place, 1, byte);
      if (how == 2) text.insert(place, text.substr(prng.below(text.size()), prng.between(1, 40)));
      if (how == 3) text[place] = byte;
      if (text.empty()) text = "x";
    }
    const auto result = read_scenario(text, "w.toml");
    if (result) {
      ++read_anyway;
      ASSERT_TRUE(check(*result).empty());
      ASSERT_EQ(read(write_scenario(*result)), *result);
      continue;
    }
    ++refused;
    ASSERT_FALSE(result.error().empty());
    for (const std::string& line : result.error()) {
      ASSERT_TRUE(line.starts_with("w.toml:")) << line;
      ASSERT_EQ(line.find('\n'), std::string::npos) << line;
    }
  }
  EXPECT_GT(read_anyway, 500U);
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace ringwire::sim
