#include "bench/compare/machine.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

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

}  // namespace

Facts describe_machine() {
  utsname kernel{};
  uname(&kernel);
  return {
      {"cpu", value_in("/proc/cpuinfo", "model name")},
      {"cpus", std::to_string(std::thread::hardware_concurrency())},
      {"memory", value_in("/proc/meminfo", "MemTotal")},
      {"kernel", std::string(kernel.release) + " " + kernel.machine},
      {"clocksource", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"congestion control", first_line("/proc/sys/net/ipv4/tcp_congestion_control")},
      {"compiler", __VERSION__},
  };
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
