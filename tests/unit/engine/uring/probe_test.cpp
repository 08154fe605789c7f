#include "engine/uring/probe.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstddef>

#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

// io_uring_setup(2) fails with `error` from here on, as under a container's seccomp filter.
bool forbid_setup(std::uint32_t error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Why there is no driver, in a child of ours that first did `prepare`.
template <class Prepare>
std::string reason_in_child(Prepare prepare) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::string reason = "not prepared";
    if (prepare()) {
      const auto made = make_uring_driver(driver::DriverConfig{});
      reason = made.ok() ? "a driver" : made.error();
    }
    const bool written = write(ends[1], reason.data(), reason.size()) > 0;
    _exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string reason(4096, '\0');
  const ssize_t count = read(ends[0], reason.data(), reason.size());
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  reason.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return reason;
}

TEST(Probe, SaysThatAFilterForbidsIt) {
  const std::string reason = reason_in_child([] { return forbid_setup(EPERM); });
  EXPECT_NE(reason.find("EPERM"), std::string::npos) << reason;
  EXPECT_TRUE(reason.find("seccomp") != std::string::npos ||
              reason.find("io_uring_disabled") != std::string::npos)
      << reason;
}

TEST(Probe, SaysThatTheKernelHasNone) {
  const std::string reason = reason_in_child([] { return forbid_setup(ENOSYS); });
  EXPECT_NE(reason.find("ENOSYS"), std::string::npos) << reason;
}

TEST(Probe, SaysThatDescriptorsRanOut) {
  const std::string reason = reason_in_child([] {
    const rlimit none{0, 0};
    return setrlimit(RLIMIT_NOFILE, &none) == 0;
  });
  EXPECT_NE(reason.find("ulimit -n"), std::string::npos) << reason;
}

TEST(Probe, EveryReasonIsOneLineWithARemedy) {
  for (const std::int32_t error : {ENOSYS, EPERM, EACCES, ENOMEM, EMFILE, ENFILE, EINVAL, EFAULT}) {
    const std::string reason = explain_setup(error);
    EXPECT_EQ(reason.find('\n'), std::string::npos);
    EXPECT_NE(reason.find("; "), std::string::npos) << reason;
  }
}

TEST(Probe, AMissingFeatureThatIsNeededMakesItUnusable) {
  Probe probe;
  probe.features = {{"one", true, true, "a"}, {"two", false, false, "b"}};
  EXPECT_EQ(probe.unusable(), std::nullopt);
  probe.features.push_back({"three", false, true, "c"});
  ASSERT_TRUE(probe.unusable().has_value());
  EXPECT_NE(probe.unusable()->find("three"), std::string::npos);
}

TEST(Probe, TableHasALinePerFeature) {
  const Probe found = probe();
  if (found.setup_error != 0) GTEST_SKIP() << *found.unusable();
  const std::string table = found.table();
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'),
            static_cast<std::ptrdiff_t>(found.features.size() + 1));
  for (const Feature& feature : found.features) EXPECT_NE(table.find(feature.name), std::string::npos);
}

TEST(Footprint, GrowsWithWhatIsConfigured) {
  const auto sum = [](const driver::DriverConfig& config) {
    std::uint64_t bytes = 0;
    for (const Addend& addend : footprint(config)) {
      EXPECT_GT(addend.total(), 0U) << addend.what;
      bytes += addend.total();
    }
    return bytes;
  };
  driver::DriverConfig config;
  const std::uint64_t before = sum(config);
  config.pools.small_buffers *= 2;
  EXPECT_GE(sum(config), before + std::uint64_t{1024} * config.pools.small_bytes);
  config.connections_max *= 2;
  EXPECT_GT(sum(config), before + std::uint64_t{1024} * config.pools.small_bytes);
}

}  // namespace
}  // namespace ringwire::uring
