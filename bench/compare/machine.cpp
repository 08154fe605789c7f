#include "bench/compare/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <asio/version.hpp>
#include <cstdlib>
#include <fstream>
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

std::string disturbance() {
  double load[1] = {};
  if (getloadavg(load, 1) != 1) return {};
  // The benchmark itself is one runnable task per CPU at most.
  const double own = static_cast<double>(std::thread::hardware_concurrency());
  if (load[0] <= own + 0.5) return {};
  std::ostringstream text;
  text << "load average " << load[0] << ": other processes are running, the numbers are not to be trusted";
  return text.str();
}

}  // namespace ringwire::compare
