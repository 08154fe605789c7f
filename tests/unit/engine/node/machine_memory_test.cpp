#include "engine/node/machine_memory.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::node {
namespace {

namespace fs = std::filesystem;

// A made-up / with what the kernel shows of memory.
struct MachineMemory : testing::Test {
  const test::TemporaryFolder temporary;
  const fs::path root = temporary.path();

  void SetUp() override { write("proc/meminfo", "MemTotal:        1048576 kB\nMemFree:          100 kB\n"); }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
};

constexpr std::uint64_t kMiB = 1 << 20;

TEST_F(MachineMemory, IsWhatTheMachineHasWhereNothingElseLimits) {
  const MemoryLimit limit = memory_limit(root);
  EXPECT_EQ(limit.bytes, 1024 * kMiB);
  EXPECT_EQ(limit.whose, "this machine has");
}

TEST_F(MachineMemory, IsTheLeastOfAllGroupsOnTheWay) {
  write("proc/self/cgroup", "0::/system.slice/node.service\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  write("sys/fs/cgroup/system.slice/memory.max", std::to_string(300 * kMiB) + "\n");
  write("sys/fs/cgroup/system.slice/node.service/memory.max", std::to_string(400 * kMiB) + "\n");
  EXPECT_EQ(memory_limit(root).bytes, 300 * kMiB);
  EXPECT_EQ(memory_limit(root).whose, "its control group /system.slice allows");
  write("sys/fs/cgroup/system.slice/node.service/memory.max", std::to_string(200 * kMiB) + "\n");
  EXPECT_EQ(memory_limit(root).bytes, 200 * kMiB);
}

TEST_F(MachineMemory, KnowsTheOlderControlGroups) {
  write("proc/self/cgroup", "9:name=systemd:/\n8:pids:/a\n4:cpu,memory:/docker/x\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", std::to_string(500 * kMiB) + "\n");
  EXPECT_EQ(memory_limit(root).bytes, 500 * kMiB);
}

TEST_F(MachineMemory, WhatCannotBeReadLimitsNothing) {
  fs::remove_all(root / "proc");
  write("proc/self/cgroup", "nonsense\n0::\n::\n");
  EXPECT_GT(memory_limit(root).bytes, std::uint64_t{1} << 40);
}

TEST(MachineMemoryHere, IsSomething) {
  EXPECT_GT(memory_limit().bytes, 16 * kMiB);
  EXPECT_FALSE(memory_limit().whose.empty());
}

}  // namespace
}  // namespace ringwire::node
