#include "engine/shard/pinning.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace ringwire::shard {
namespace {

using CpuMask = std::array<cpu_set_t, kCpusMax / CPU_SETSIZE>;

struct Range {
  Cpu first;
  Cpu last;
};

std::optional<Cpu> parse_cpu(std::string_view text) {
  Cpu cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (error != std::errc{} || end != text.data() + text.size() || cpu >= kCpusMax) return std::nullopt;
  return cpu;
}

std::optional<Range> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::optional<Cpu> first = parse_cpu(text.substr(0, dash));
  const std::optional<Cpu> last = dash == text.npos ? first : parse_cpu(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

Failure<std::string> refuse(std::string_view text, std::string_view part, std::string_view why) {
  std::string message = "CPU list \"";
  message.append(text).append("\": \"").append(part).append("\" ").append(why);
  message += "; accepted: CPUs and ascending ranges separated by commas, like \"0-1,4\", each below " +
             std::to_string(kCpusMax) + " and named once";
  return Failure{std::move(message)};
}

std::string list_of(const std::vector<Cpu>& cpus) {
  std::string text;
  for (const Cpu cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

}  // namespace

Result<std::vector<Cpu>, std::string> parse_cpus(std::string_view text) {
  std::vector<Cpu> cpus;
  std::string_view rest = text;
  while (!text.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::optional<Range> range = parse_range(part);
    if (!range) return refuse(text, part, "is neither a CPU nor a range of CPUs");
    for (Cpu cpu = range->first; cpu <= range->last; ++cpu) {
      if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) {
        return refuse(text, part, "names CPU " + std::to_string(cpu) + " a second time");
      }
      cpus.push_back(cpu);
    }
    if (comma == rest.npos) break;
    rest.remove_prefix(comma + 1);
  }
  return cpus;
}

std::vector<Cpu> usable_cpus() {
  CpuMask mask{};
  std::vector<Cpu> cpus;
  if (sched_getaffinity(0, sizeof mask, mask.data()) != 0) return cpus;
  for (Cpu cpu = 0; cpu < kCpusMax; ++cpu) {
    if (CPU_ISSET_S(cpu, sizeof mask, mask.data())) cpus.push_back(cpu);
  }
  return cpus;
}

Status<std::string> pin_this_thread(Cpu cpu) {
  RW_ASSERT(cpu < kCpusMax);
  CpuMask mask{};
  CPU_SET_S(cpu, sizeof mask, mask.data());
  const int error = pthread_setaffinity_np(pthread_self(), sizeof mask, mask.data());
  if (error == 0) return Done{};
  return Failure{"cannot pin a thread to CPU " + std::to_string(cpu) + ": " + std::strerror(error) +
                 "; this process may use CPUs " + list_of(usable_cpus()) +
                 " (see shards.cpus, taskset and the cgroup's cpuset)"};
}

void name_this_thread(std::string_view name) {
  const std::string kept(name.substr(0, 15));
  pthread_setname_np(pthread_self(), kept.c_str());
}

}  // namespace ringwire::shard
