#include "tools/command/doctor.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>

#include "engine/driver/driver.hpp"
#include "engine/node/machine_memory.hpp"
#include "engine/node/memory_plan.hpp"
#include "engine/node/open_files.hpp"
#include "engine/shard/pinning.hpp"
#include "engine/uring/probe.hpp"

namespace ringwire::command {
namespace {

// A window of 4 MiB carries 1 Gbit/s over 33 ms.
constexpr std::uint64_t kWindowBytes = 4 * 1024 * 1024;

std::optional<std::uint64_t> last_number(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::optional<std::uint64_t> last;
  for (std::uint64_t number = 0; stream >> number;) last = number;
  return last;
}

std::string first_word(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

Limit limit_of(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  const auto count = [](rlim_t value) { return value == RLIM_INFINITY ? kUnlimited : std::uint64_t{value}; };
  return {count(limit.rlim_cur), count(limit.rlim_max)};
}

std::string spelled(std::uint64_t limit) {
  return limit == kUnlimited ? "unlimited" : std::to_string(limit);
}

Check check_uring(const Facts& facts, const Config& config) {
  if (!facts.uring_unusable) return {"io_uring", "usable", Verdict::fine, ""};
  const bool required = config.shards.driver == DriverChoice::uring;
  return {"io_uring", required ? "not usable, but asked for" : "not usable; nodes use epoll",
          required ? Verdict::blocked : Verdict::advice, *facts.uring_unusable};
}

Check check_open_files(const Facts& facts, const Config& config) {
  const std::uint64_t needed = node::open_files(config).needed;
  // A node raises the soft limit itself.
  Check check{"open files", fmt::format("{}, {} needed", spelled(facts.open_files.hard), needed),
              Verdict::fine, ""};
  if (facts.open_files.hard >= needed) return check;
  check.verdict = Verdict::blocked;
  check.change = fmt::format("as root: ulimit -Hn {0}; in a systemd unit: LimitNOFILE={0}", needed);
  return check;
}

Check check_memory(const Facts& facts, const Config& config) {
  const auto mib = [](std::uint64_t bytes) { return (bytes >> 20) + 1; };
  const std::uint64_t needed = node::total(node::memory_plan(config));
  Check check{"memory", fmt::format("{} MiB, {} needed", facts.memory_bytes >> 20, mib(needed)),
              Verdict::fine, ""};
  if (facts.memory_bytes >= needed) return check;
  check.verdict = Verdict::blocked;
  check.change =
      "lower what takes it (ringwire node --explain-memory), or allow more: MemoryMax= of the unit, ulimit "
      "-v";
  return check;
}

Check check_cpus(const Facts& facts, const Config& config) {
  const std::uint32_t shards = config.shards.count;
  Check check{"CPUs", std::to_string(facts.cpus), Verdict::fine, ""};
  if (shards <= facts.cpus) return check;
  check.verdict = Verdict::advice;
  check.change = fmt::format("{} shards share {} CPUs: set shards.count to 0 or to at most {}", shards,
                             facts.cpus, facts.cpus);
  return check;
}

Check check_backlog(const Facts& facts) {
  const std::uint64_t wanted = driver::ListenOptions{}.backlog;
  if (!facts.listen_backlog_max) return {"net.core.somaxconn", "unknown", Verdict::fine, ""};
  Check check{"net.core.somaxconn", std::to_string(*facts.listen_backlog_max), Verdict::fine, ""};
  if (*facts.listen_backlog_max >= wanted) return check;
  check.verdict = Verdict::advice;
  check.change =
      fmt::format("a burst of dials is dropped beyond it: sysctl -w net.core.somaxconn={}", wanted);
  return check;
}

Check check_window(const char* name, std::optional<std::uint64_t> bytes_max) {
  if (!bytes_max) return {name, "unknown", Verdict::fine, ""};
  Check check{name, fmt::format("at most {} bytes", *bytes_max), Verdict::fine, ""};
  if (*bytes_max >= kWindowBytes) return check;
  check.verdict = Verdict::advice;
  check.change = fmt::format("far peers are slower than they could be: sysctl -w {}='4096 131072 {}'", name,
                             kWindowBytes);
  return check;
}

Check check_encryption(const Facts& facts) {
  const crypto::AeadChoice& aead = facts.aead;
  const crypto::AeadSuite suite = aead.preference[0];
  const crypto::AeadProvider provider = aead.provider_of(suite);
  Check check{"encryption", fmt::format("{} by {}", name(suite), name(provider)), Verdict::fine, ""};
  if (provider == crypto::AeadProvider::libcrypto) return check;
  check.verdict = Verdict::advice;
  check.change =
      "encrypted sessions would cost a tenth with libcrypto: build with it, and let openssl.cnf offer it";
  return check;
}

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::fine:
      return "fine";
    case Verdict::advice:
      return "advice";
    case Verdict::blocked:
      return "blocked";
  }
  return "?";
}

Facts read_facts(const std::filesystem::path& proc) {
  utsname system{};
  uname(&system);
  const std::filesystem::path net = proc / "sys/net";
  Facts facts;
  facts.kernel = system.release;
  facts.cpus = static_cast<std::uint32_t>(shard::usable_cpus().size());
  facts.uring_unusable = uring::probe().unusable();
  facts.memory_bytes = node::memory_limit().bytes;
  facts.open_files = limit_of(RLIMIT_NOFILE);
  facts.locked_bytes = limit_of(RLIMIT_MEMLOCK);
  facts.listen_backlog_max = last_number(net / "core/somaxconn");
  facts.receive_buffer_max = last_number(net / "ipv4/tcp_rmem");
  facts.send_buffer_max = last_number(net / "ipv4/tcp_wmem");
  facts.congestion_control = first_word(net / "ipv4/tcp_congestion_control");
  facts.aead = crypto::aead_choice();
  return facts;
}

std::vector<Check> examine(const Facts& facts, const Config& config) {
  return {
      {"kernel", facts.kernel, Verdict::fine, ""},
      check_uring(facts, config),
      check_cpus(facts, config),
      check_open_files(facts, config),
      check_memory(facts, config),
      {"locked memory", spelled(facts.locked_bytes.soft), Verdict::fine, ""},
      check_backlog(facts),
      check_window("net.ipv4.tcp_rmem", facts.receive_buffer_max),
      check_window("net.ipv4.tcp_wmem", facts.send_buffer_max),
      {"TCP congestion control", facts.congestion_control.empty() ? "unknown" : facts.congestion_control,
       Verdict::fine, ""},
      check_encryption(facts),
  };
}

}  // namespace ringwire::command
