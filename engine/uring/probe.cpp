#include "engine/uring/probe.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>

#include "engine/driver/errno_table.hpp"
#include "engine/uring/buffer_group.hpp"

namespace ringwire::uring {
namespace {

struct SocketPair {
  std::array<int, 2> ends{-1, -1};

  explicit SocketPair(int type) {
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) ends = {-1, -1};
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  ~SocketPair() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
};

// The next completion has so many bytes in a buffer of the group, and is not the last one.
bool goes_on_after(Ring& ring, BufferGroup& group, std::uint32_t bytes) {
  ring.wait({.timeout = 1s});
  Completion completion;
  if (!ring.pop(completion) || completion.result != static_cast<std::int32_t>(bytes)) return false;
  const bool held = completion.has_buffer();
  if (held) group.take(completion.flags, bytes).reset();
  return held && !completion.final();
}

// One byte through a multishot receive into a provided buffer.
bool receives_into(Ring& ring, BufferGroup& group) {
  const SocketPair pair(SOCK_STREAM);
  if (pair.ends[0] < 0 || write(pair.ends[1], "x", 1) != 1) return false;
  ring.receive_each(pair.ends[0], group.id(), 0);
  return goes_on_after(ring, group, 1);
}

// The same of a datagram, behind what is said of it.
bool receives_datagrams_into(Ring& ring, BufferGroup& group) {
  const SocketPair pair(SOCK_DGRAM);
  if (pair.ends[0] < 0 || write(pair.ends[1], "x", 1) != 1) return false;
  msghdr header{};
  ring.receive_datagrams(pair.ends[0], header, true, group.id(), 0);
  return goes_on_after(ring, group, sizeof(io_uring_recvmsg_out) + 1);
}

bool opcode_present(io_uring_probe* known, int opcode) {
  return known != nullptr && io_uring_opcode_supported(known, opcode) != 0;
}

std::optional<int> sysctl_disabled() {
  std::ifstream file("/proc/sys/kernel/io_uring_disabled");
  int value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

}  // namespace

std::string explain_setup(std::int32_t error) {
  const auto say = [](const char* cause, const char* remedy) {
    return fmt::format("io_uring cannot be used: {}; {}", cause, remedy);
  };
  if (error == ENOSYS) return say("this kernel has none (ENOSYS)", "Linux 6.0 or later has it");
  if (error == EPERM && sysctl_disabled() == 2) {
    return say("the sysctl kernel.io_uring_disabled is 2 (EPERM)", "set it to 0");
  }
  if (error == EPERM && sysctl_disabled() == 1) {
    return say(
        "the sysctl kernel.io_uring_disabled is 1 and this process is not in kernel.io_uring_group (EPERM)",
        "add it to that group or set the sysctl to 0");
  }
  if (error == EPERM || error == EACCES) {
    return say("a seccomp filter or security module of this container or service forbids it (EPERM)",
               "allow io_uring_setup, io_uring_enter and io_uring_register");
  }
  if (error == ENOMEM) {
    return say("no memory for its rings (ENOMEM)", "raise the limit of locked memory (`ulimit -l`)");
  }
  if (error == EMFILE || error == ENFILE) {
    return say("no descriptor left", "raise the limit of open files (`ulimit -n`)");
  }
  return say(driver::explain(error), "Linux 6.0 or later is needed");
}

Probe probe() {
  Probe result;
  driver::DriverCounters unused;
  auto made = Ring::make({.sq_entries = 8, .cq_entries = 16}, unused);
  if (!made.ok()) {
    result.setup_error = made.error();
    return result;
  }
  Ring& ring = **made;
  result.mode = ring.mode();
  auto group = BufferGroup::make(ring, {.id = 0, .count = 2, .bytes = 64});
  const bool multishot = group.ok() && receives_into(ring, **group);
  result.multishot_datagrams = multishot && receives_datagrams_into(ring, **group);
  const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> known(io_uring_get_probe_ring(&ring.raw()),
                                                                         io_uring_free_probe);
  const std::uint32_t bits = ring.raw().features;
  const auto bit = [bits](std::uint32_t feature) { return (bits & feature) != 0; };

  result.features = {
      {"completions kept on overflow", bit(IORING_FEAT_NODROP), true, "completions would be lost"},
      {"arguments copied at submission", bit(IORING_FEAT_SUBMIT_STABLE), true, "gather lists would dangle"},
      {"time limit on enter", bit(IORING_FEAT_EXT_ARG), true, "waits could not end"},
      {"completions skipped on success", bit(IORING_FEAT_CQE_SKIP), true, "every send would wake the shard"},
      {"provided-buffer rings", group.ok(), true, "a receive buffer per connection"},
      {"multishot receive", multishot, true, "a submission per receive"},
      {"multishot receive of datagrams", result.multishot_datagrams, false, "a submission per datagram"},
      {"deferred task work", ring.mode() == Mode::defer, false, "completions interrupt the shard"},
      {"wait for several, bounded (min-timeout)", ring.has_min_timeout(), false,
       "no gathering: more wake-ups under load"},
      {"ring messages", opcode_present(known.get(), IORING_OP_MSG_RING), false,
       "nothing: an eventfd wakes a shard"},
      {"zero-copy send", opcode_present(known.get(), IORING_OP_SEND_ZC), false, "nothing: it is off"},
  };
  return result;
}

std::optional<std::string> Probe::unusable() const {
  if (setup_error != 0) return explain_setup(setup_error);
  for (const Feature& feature : features) {
    if (!feature.needed || feature.present) continue;
    return fmt::format("io_uring cannot be used: this kernel lacks {} ({}); Linux 6.0 or later has it",
                       feature.name, feature.effect);
  }
  return std::nullopt;
}

std::string Probe::table() const {
  if (setup_error != 0) return explain_setup(setup_error) + "\n";
  std::string text = fmt::format("io_uring mode: {}\n", name(mode));
  for (const Feature& feature : features) {
    text += fmt::format("  {:<40} {:<4} {}\n", feature.name, feature.present ? "yes" : "no",
                        feature.present ? "" : fmt::format("without it: {}", feature.effect));
  }
  return text;
}

}  // namespace ringwire::uring
