#include "tools/command/sim_choice.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/sim/library.hpp"

namespace ringwire::command {
namespace {

std::string only_line(const Result<Chosen, std::vector<std::string>>& chosen) {
  if (chosen.ok() || chosen.error().size() != 1) return "(not one line)";
  return chosen.error().front();
}

class SimChoiceTest : public testing::Test {
 protected:
  SimChoiceTest() {
    std::ofstream(path_) << "name = \"mine\"\nseed = 9\nnodes = 6\ntls = true\n"
                            "[[fault]]\nkind = \"crash\"\nat = \"1s\"\nlasts = \"2s\"\nnode = 5\n";
  }
  ~SimChoiceTest() override { std::filesystem::remove(path_); }
  const std::string path_ = testing::TempDir() + "sim_choice_test.toml";
};

TEST_F(SimChoiceTest, WithoutAnythingItIsTheWorldOfSeed1) {
  const auto chosen = choose({});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(chosen->seed, 1U);
  EXPECT_EQ(chosen->make(7), sim::random_world(7));
}

TEST_F(SimChoiceTest, OfTheLibraryWhatWasAskedForIsTakenOver) {
  SimChoice choice;
  choice.scenario = sim::library().front().name;
  choice.seed = 5;
  choice.nodes = 40;
  choice.minutes = 0.25;
  choice.tls = true;
  const auto chosen = choose(choice);
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(chosen->seed, 5U);
  const sim::Scenario scenario = chosen->make(6);
  EXPECT_EQ(scenario.seed, 6U);
  EXPECT_EQ(scenario.nodes, 40U);
  EXPECT_EQ(scenario.length, 15s);
  EXPECT_TRUE(scenario.tls);
}

TEST_F(SimChoiceTest, OfAFileWhatWasNotAskedForStays) {
  SimChoice choice;
  choice.scenario = path_;
  const auto chosen = choose(choice);
  ASSERT_TRUE(chosen.ok()) << chosen.error().front();
  EXPECT_EQ(chosen->seed, 9U);
  const sim::Scenario scenario = chosen->make(10);
  EXPECT_EQ(scenario.name, "mine");
  EXPECT_EQ(scenario.seed, 10U);
  EXPECT_EQ(scenario.nodes, 6U);
  EXPECT_TRUE(scenario.tls);
  EXPECT_EQ(scenario.length, sim::Scenario{}.length);
}

TEST_F(SimChoiceTest, OfAFileWhatWasAskedForIsTakenOver) {
  SimChoice choice;
  choice.scenario = path_;
  choice.seed = 3;
  choice.nodes = 12;
  choice.minutes = 2;
  choice.tls = false;
  const auto chosen = choose(choice);
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(chosen->seed, 3U);
  const sim::Scenario scenario = chosen->make(3);
  EXPECT_EQ(scenario.nodes, 12U);
  EXPECT_EQ(scenario.length, 120s);
  EXPECT_FALSE(scenario.tls);
}

TEST_F(SimChoiceTest, FaultsOfNodesThatAreNotThereAreNamed) {
  SimChoice choice;
  choice.scenario = path_;
  choice.nodes = 5;
  EXPECT_EQ(only_line(choose(choice)).find(path_ + ": fault[0].node: accepted: "), 0U)
      << only_line(choose(choice));
}

TEST_F(SimChoiceTest, OfAnUnknownNameTheNearestIsNamed) {
  SimChoice choice;
  choice.scenario = "randomworld";
  EXPECT_EQ(only_line(choose(choice)),
            "SCENARIO: accepted: a name that ringwire sim --list prints, or FILE.toml; given: randomworld; "
            "nearest: random-world");
  for (const sim::LibraryEntry& entry : sim::library()) {
    choice.scenario = std::string(entry.name) + "x";
    const std::string line = only_line(choose(choice));
    EXPECT_TRUE(line.ends_with(std::string("nearest: ") + entry.name)) << line;
  }
}

TEST_F(SimChoiceTest, AFileThatCannotBeReadIsNamed) {
  SimChoice choice;
  for (const std::string& path : {testing::TempDir() + "none.toml", testing::TempDir()}) {
    choice.scenario = path;
    EXPECT_EQ(only_line(choose(choice)).find(path + ": cannot be read"), 0U);
  }
}

TEST(CommandLine, DoesTheSameAgain) {
  SimChoice choice;
  EXPECT_EQ(command_line(choice, 17), "ringwire sim random-world --seed 17");
  choice.scenario = "a/b.toml";
  choice.nodes = 8;
  choice.minutes = 0.5;
  choice.tls = false;
  EXPECT_EQ(command_line(choice, 18), "ringwire sim a/b.toml --seed 18 --nodes 8 --minutes 0.5 --no-tls");
}

}  // namespace
}  // namespace ringwire::command
