// What this kernel's io_uring can do, found by trying it, and why it cannot be used where it cannot.
//
// Problem: io_uring is forbidden in many places (containers' seccomp filters, the sysctl io_uring_disabled),
// and distributions backport features without version numbers that tell. So nothing is concluded from a
// version: a small ring is made, and the receive path that everything depends on is run once over a socket
// pair.
//
// Errors: unusable() names what is missing and what to change; the caller falls back to epoll and says so.
// Thread: any. Complexity: some ten system calls, no waiting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/uring/ring.hpp"

namespace ringwire::uring {

struct Feature {
  const char* name = "";
  bool present = false;
  bool needed = false;      // the driver does not start without it
  const char* effect = "";  // what is lost without it
};

struct Probe {
  std::int32_t setup_error = 0;  // errno of io_uring_setup(2)
  Mode mode = Mode::plain;       // the best the kernel granted
  bool multishot_datagrams = false;
  std::vector<Feature> features;

  // One line with the cause and the remedy; nothing where the driver can be used.
  [[nodiscard]] std::optional<std::string> unusable() const;
  // For `ringwire doctor`: one line per feature.
  [[nodiscard]] std::string table() const;
};

Probe probe();

// The cause and the remedy for an errno of io_uring_setup(2).
std::string explain_setup(std::int32_t error);

}  // namespace ringwire::uring
