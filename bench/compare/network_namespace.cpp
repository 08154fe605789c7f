#include "bench/compare/network_namespace.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace ringwire::compare {
namespace {

Failure<std::string> failure(const std::string& what) {
  return Failure{what + ": " + std::strerror(errno)};
}

bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

bool is_private = false;

Status<std::string> raise_loopback() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failure("socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int result = ioctl(descriptor, SIOCSIFFLAGS, &request);
  close(descriptor);
  if (result < 0) return failure("bringing up lo");
  return Done{};
}

}  // namespace

Status<std::string> enter_private_network() {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0) return failure("unshare (needs root)");
  // Mounts made here must not show outside.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) return failure("making mounts private");
  if (auto up = raise_loopback(); !up) return up;
  if (!write_text("/proc/sys/net/ipv4/tcp_congestion_control", "reno"))
    return Failure<std::string>{"cannot select reno"};
  // 4000 connections from one address, again and again: TIME_WAIT must not run out of ports.
  write_text("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
  write_text("/proc/sys/net/ipv4/tcp_tw_reuse", "1");
  write_text("/proc/sys/net/core/somaxconn", "8192");
  is_private = true;
  return Done{};
}

Status<std::string> steer_receive(int cpu) {
  if (!is_private) return Failure<std::string>{"receive steering needs the private network (root)"};
  static const std::string kQueue = "/sys/class/net/lo/queues/rx-0/rps_cpus";
  struct stat present {};
  if (stat("/sys/class/net/lo", &present) < 0 || stat(kQueue.c_str(), &present) < 0) {
    if (mount("sysfs", "/sys", "sysfs", 0, nullptr) < 0) return failure("mounting sysfs");
  }
  const std::string mask = cpu < 0 ? "0" : [&] {
    char text[32];
    std::snprintf(text, sizeof text, "%lx", 1UL << cpu);
    return std::string(text);
  }();
  // sysfs of the namespace we came from shows its lo: a fresh mount shows ours.
  if (!write_text(kQueue, mask)) {
    if (mount("sysfs", "/sys", "sysfs", 0, nullptr) < 0) return failure("mounting sysfs");
    if (!write_text(kQueue, mask)) return Failure<std::string>{"cannot write " + kQueue};
  }
  return Done{};
}

}  // namespace ringwire::compare
