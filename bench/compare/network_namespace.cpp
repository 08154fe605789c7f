#include "bench/compare/network_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace ringwire::compare {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  explicit operator bool() const { return descriptor_ >= 0; }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

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
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) return failure("socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(any.get(), SIOCSIFFLAGS, &request) < 0) return failure("bringing up lo");
  return Done{};
}

Status<std::string> prepare() {
  if (auto up = raise_loopback(); !up) return up;
  if (!write_text("/proc/sys/net/ipv4/tcp_congestion_control", "reno"))
    return Failure<std::string>{"cannot select reno"};
  // 4000 connections from one address, again and again: TIME_WAIT must not run out of ports.
  write_text("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
  write_text("/proc/sys/net/ipv4/tcp_tw_reuse", "1");
  write_text("/proc/sys/net/core/somaxconn", "8192");
  return Done{};
}

}  // namespace

Status<std::string> enter_private_network() {
  const Descriptor outside(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!outside) return failure("opening the present network namespace");
  if (unshare(CLONE_NEWNET) < 0) return failure("unshare (needs root)");
  if (auto ready = prepare(); !ready.ok()) {
    if (setns(outside.get(), CLONE_NEWNET) < 0)
      throw std::runtime_error("cannot leave a network that is half made");
    return ready;
  }
  is_private = true;
  return Done{};
}

// The mounted sysfs shows the loopback of the namespace that mounted it. One made here shows ours, and as it
// is attached nowhere, nobody else sees it.
Status<std::string> steer_receive(int cpu) {
  if (!is_private) return Failure<std::string>{"receive steering needs the private network (root)"};
  const Descriptor context(fsopen("sysfs", FSOPEN_CLOEXEC));
  if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0)
    return failure("making a sysfs");
  const Descriptor sysfs(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!sysfs) return failure("mounting a sysfs");
  constexpr const char* kQueue = "class/net/lo/queues/rx-0/rps_cpus";
  const Descriptor queue(openat(sysfs.get(), kQueue, O_WRONLY | O_CLOEXEC));
  if (!queue) return failure(kQueue);
  const std::string mask = fmt::format("{:x}", cpu < 0 ? 0UL : 1UL << cpu);
  if (write(queue.get(), mask.data(), mask.size()) < 0) return failure(kQueue);
  return Done{};
}

}  // namespace ringwire::compare
