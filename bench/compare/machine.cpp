#include "bench/compare/machine.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/version.hpp>
#include <fstream>
#include <numeric>
#include <sstream>
#include <thread>

#include "bench/compare/build_facts.hpp"
#include "engine/uring/probe.hpp"

namespace ringwire::compare {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.empty() ? "unknown" : line;
}

std::string value_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "unknown" : line.substr(value);
  }
  return "unknown";
}

std::string libraries() {
  std::ostringstream text;
  for (const Library& library : kLibraries) text << library.name << " " << library.version << ", ";
  text << "asio " << ASIO_VERSION / 100'000 << "." << ASIO_VERSION / 100 % 1000 << "." << ASIO_VERSION % 100;
  return text.str();
}

std::string joined(const std::vector<uring::Feature>& features, bool present) {
  std::string names;
  for (const uring::Feature& feature : features) {
    if (feature.present == present) names += (names.empty() ? "" : ", ") + std::string(feature.name);
  }
  return names.empty() ? "none" : names;
}

void add_features(Facts& facts) {
  const uring::Probe probe = uring::probe();
  if (const auto why = probe.unusable()) {
    facts.emplace_back("io_uring", *why);
    return;
  }
  facts.emplace_back("io_uring", uring::name(probe.mode));
  facts.emplace_back("io_uring features", joined(probe.features, true));
  facts.emplace_back("io_uring lacks", joined(probe.features, false));
}

}  // namespace

Facts describe_machine() {
  utsname kernel{};
  uname(&kernel);
  Facts facts{
      {"ringwire", kVersion},
      {"cpu", value_in("/proc/cpuinfo", "model name")},
      {"cpus", std::to_string(std::thread::hardware_concurrency())},
      {"memory", value_in("/proc/meminfo", "MemTotal")},
      {"kernel", std::string(kernel.release) + " " + kernel.machine},
      {"clocksource", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"congestion control", first_line("/proc/sys/net/ipv4/tcp_congestion_control")},
      {"compiler", __VERSION__},
      {"libraries", libraries()},
  };
  add_features(facts);
  return facts;
}

Disturbance::Disturbance() : start_(read()) {}

Disturbance::Seconds Disturbance::read() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
  file >> cpu;
  for (double& each : ticks) file >> each;
  const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double all = std::accumulate(ticks.begin(), ticks.end(), 0.0) / per_second;
  const double idle = (ticks[3] + ticks[4]) / per_second;
  const double stolen = ticks[7] / per_second;
  Seconds seconds{all, all - idle - stolen, stolen};
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& part : {usage.ru_utime, usage.ru_stime}) {
      seconds.own += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) / 1e6;
    }
  }
  return seconds;
}

Disturbance::Shares Disturbance::since() const {
  const Seconds now = read();
  const double all = now.all - start_.all;
  if (all <= 0) return {};
  const double others = (now.busy - start_.busy) - (now.own - start_.own);
  return {std::max(0.0, others / all), (now.stolen - start_.stolen) / all};
}

std::string describe(const Disturbance::Shares& shares) {
  return fmt::format("other processes took {:.0f} % of the CPU time, the hypervisor {:.1f} %{}",
                     shares.others * 100, shares.stolen * 100,
                     shares.matters() ? ": THE NUMBERS ARE NOT TO BE TRUSTED" : "");
}

}  // namespace ringwire::compare
