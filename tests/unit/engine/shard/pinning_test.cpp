#include "engine/shard/pinning.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <thread>

namespace ringwire::shard {
namespace {

TEST(ParseCpus, AcceptsCpusAndRangesInTheOrderNamed) {
  const std::vector<std::pair<const char*, std::vector<Cpu>>> cases = {
      {"", {}},     {"0", {0}},       {"0-1,4", {0, 1, 4}}, {"7,0-2,5", {7, 0, 1, 2, 5}},
      {"3-3", {3}}, {"8191", {8191}},
  };
  for (const auto& [text, cpus] : cases) {
    const auto parsed = parse_cpus(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed.value(), cpus) << text;
  }
}

TEST(ParseCpus, NamesThePartItRefusesAndWhatIsAccepted) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"0-1,4x", "\"4x\""}, {"0,,1", "\"\""},   {",", "\"\""},      {"1,", "\"\""},
      {"3-1", "\"3-1\""},   {"-1", "\"-1\""},   {"1-", "\"1-\""},   {"0 1", "\"0 1\""},
      {"8192", "\"8192\""}, {"0-9000", "9000"}, {"0x1", "\"0x1\""}, {"99999999999999999999", "9999"},
      {"1-2-3", "1-2-3"},   {"+1", "\"+1\""},
  };
  for (const auto& [text, part] : cases) {
    const auto parsed = parse_cpus(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().find(part), std::string::npos) << parsed.error();
    EXPECT_NE(parsed.error().find("accepted: "), std::string::npos) << parsed.error();
  }
}

TEST(ParseCpus, RefusesACpuNamedTwice) {
  const auto parsed = parse_cpus("0-3,2");
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().find("CPU 2 a second time"), std::string::npos) << parsed.error();
}

TEST(Pinning, AThreadRunsWhereItWasPinnedAndNowhereElse) {
  const std::vector<Cpu> usable = usable_cpus();
  ASSERT_FALSE(usable.empty());
  std::thread([&usable] {
    for (const Cpu cpu : usable) {
      ASSERT_TRUE(pin_this_thread(cpu).ok());
      EXPECT_EQ(sched_getcpu(), static_cast<int>(cpu));
      EXPECT_EQ(usable_cpus(), std::vector<Cpu>{cpu});
    }
  }).join();
  EXPECT_EQ(usable_cpus(), usable);
}

TEST(Pinning, ACpuThatIsNotThereIsAnErrorThatListsTheUsableOnes) {
  const Status<std::string> pinned = pin_this_thread(kCpusMax - 1);
  ASSERT_FALSE(pinned.ok());
  EXPECT_NE(pinned.error().find("may use CPUs " + std::to_string(usable_cpus().front())), std::string::npos)
      << pinned.error();
}

TEST(Pinning, AThreadNameIsCutAtWhatTheKernelKeeps) {
  std::thread([] {
    char name[16] = {};
    name_this_thread("shard-0");
    pthread_getname_np(pthread_self(), name, sizeof name);
    EXPECT_STREQ(name, "shard-0");
    name_this_thread("a-name-that-is-too-long");
    pthread_getname_np(pthread_self(), name, sizeof name);
    EXPECT_STREQ(name, "a-name-that-is-");
  }).join();
}

}  // namespace
}  // namespace ringwire::shard
