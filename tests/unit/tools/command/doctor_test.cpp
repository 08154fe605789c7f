#include "tools/command/doctor.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::command {
namespace {

Facts good_machine() {
  Facts facts;
  facts.kernel = "6.1.0";
  facts.cpus = 4;
  facts.memory_bytes = std::uint64_t{64} << 30;
  facts.open_files = {1024, kUnlimited};
  facts.locked_bytes = {kUnlimited, kUnlimited};
  facts.listen_backlog_max = 4096;
  facts.receive_buffer_max = 6291456;
  facts.send_buffer_max = 4194304;
  facts.congestion_control = "cubic";
  facts.aead = crypto::choose_aead(true, {true, true, true});
  return facts;
}

Check named(const std::string& name, const Facts& facts, const Config& config = {}) {
  for (const Check& check : examine(facts, config)) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << "no check named " << name;
  return {};
}

TEST(Doctor, HasNothingToSayAboutAGoodMachine) {
  for (const Check& check : examine(good_machine(), Config{})) {
    EXPECT_EQ(check.verdict, Verdict::fine) << check.name;
    EXPECT_EQ(check.change, "") << check.name;
    EXPECT_NE(check.value, "") << check.name;
  }
}

TEST(Doctor, AdvisesWhereIoUringCannotBeUsedAndBlocksWhereItWasAskedFor) {
  Facts facts = good_machine();
  facts.uring_unusable = "forbidden by kernel.io_uring_disabled";
  EXPECT_EQ(named("io_uring", facts).verdict, Verdict::advice);
  EXPECT_EQ(named("io_uring", facts).change, "forbidden by kernel.io_uring_disabled");
  Config config;
  config.shards.driver = DriverChoice::uring;
  EXPECT_EQ(named("io_uring", facts, config).verdict, Verdict::blocked);
}

TEST(Doctor, NamesTheCipherAndAdvisesLibcrypto) {
  Facts facts = good_machine();
  EXPECT_EQ(named("encryption", facts).value, "AES-128-GCM by libcrypto");
  facts.aead = crypto::choose_aead(false, {true, true, true});
  EXPECT_EQ(named("encryption", facts).value, "ChaCha20-Poly1305 by libcrypto");
  EXPECT_EQ(named("encryption", facts).verdict, Verdict::fine);
  facts.aead = crypto::choose_aead(true, {});
  EXPECT_EQ(named("encryption", facts).value, "ChaCha20-Poly1305 by wolfCrypt");
  EXPECT_EQ(named("encryption", facts).verdict, Verdict::advice);
}

TEST(Doctor, CountsTheDescriptorsThatTheConfigurationNeeds) {
  Facts facts = good_machine();
  Config config;
  config.limits.connections_max = 19'900;
  config.shards.count = 2;
  facts.open_files.hard = 20'000;
  EXPECT_EQ(named("open files", facts, config).verdict, Verdict::fine) << "a node raises the soft limit";
  config.shards.count = 3;
  EXPECT_EQ(named("open files", facts, config).verdict, Verdict::blocked);
  EXPECT_NE(named("open files", facts, config).change.find("LimitNOFILE=20012"), std::string::npos);
}

TEST(Doctor, ComparesThePlanWithTheMemoryThatThereIs) {
  Facts facts = good_machine();
  Config config;
  config.shards.count = 2;
  EXPECT_EQ(named("memory", facts, config).verdict, Verdict::fine);
  facts.memory_bytes = 128 << 20;
  EXPECT_EQ(named("memory", facts, config).verdict, Verdict::blocked);
  EXPECT_NE(named("memory", facts, config).change.find("--explain-memory"), std::string::npos);
}

TEST(Doctor, AdvisesOnKernelLimitsWithTheCommandToRaiseThem) {
  Facts facts = good_machine();
  facts.listen_backlog_max = 128;
  facts.receive_buffer_max = 212992;
  facts.send_buffer_max = 212992;
  for (const char* name : {"net.core.somaxconn", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}) {
    const Check check = named(name, facts);
    EXPECT_EQ(check.verdict, Verdict::advice) << name;
    EXPECT_NE(check.change.find(std::string("sysctl -w ") + name + "="), std::string::npos) << check.change;
  }
}

TEST(Doctor, AdvisesAgainstMoreShardsThanCpus) {
  Config config;
  config.shards.count = 5;
  EXPECT_EQ(named("CPUs", good_machine(), config).verdict, Verdict::advice);
  config.shards.count = 4;
  EXPECT_EQ(named("CPUs", good_machine(), config).verdict, Verdict::fine);
}

TEST(Doctor, ReadsTheFilesOfTheKernel) {
  const test::TemporaryFolder temporary;
  const std::filesystem::path& proc = temporary.path();
  std::filesystem::create_directories(proc / "sys/net/core");
  std::filesystem::create_directories(proc / "sys/net/ipv4");
  std::ofstream(proc / "sys/net/core/somaxconn") << "77\n";
  std::ofstream(proc / "sys/net/ipv4/tcp_rmem") << "4096\t131072\t6291456\n";
  std::ofstream(proc / "sys/net/ipv4/tcp_congestion_control") << "bbr\n";
  const Facts facts = read_facts(proc);
  EXPECT_EQ(facts.listen_backlog_max, 77U);
  EXPECT_EQ(facts.receive_buffer_max, 6291456U);
  EXPECT_EQ(facts.send_buffer_max, std::nullopt) << "a file that is not there is unknown, not zero";
  EXPECT_EQ(facts.congestion_control, "bbr");
  EXPECT_GE(facts.cpus, 1U);
  EXPECT_GT(facts.open_files.hard, 0U);
  EXPECT_FALSE(facts.kernel.empty());
}

}  // namespace
}  // namespace ringwire::command
