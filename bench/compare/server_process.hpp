// One subject under test in a process of its own, so that its CPU time is its own.
//
// The child runs `serve` on the CPU and with the scheduling asked for, and reports the port it listens on.
// SCHED_BATCH on the same core ("lockstep"): a wake-up does not preempt, the client sends to all, then
// blocks, then the server sees the whole batch. Nothing can be shifted to the other side unseen, and the
// spread is 1-3 %.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "codec/base/result.hpp"

namespace ringwire::compare {

struct Placement {
  int server_cpu = 0;
  int client_cpu = 0;
  bool batch = true;  // SCHED_BATCH for both
};

// Pins the calling process and sets its scheduling class.
void place(int cpu, bool batch);

class ServerProcess {
 public:
  // `serve` gets a function to call once with the port, then serves until it is killed. An error is what the
  // child said.
  static Result<ServerProcess, std::string> start(
      const Placement& placement, const std::function<void(std::function<void(std::uint16_t)>)>& serve);
  ServerProcess(ServerProcess&& other) noexcept : pid_(other.pid_), port_(other.port_) { other.pid_ = -1; }
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // All threads, kernel work in their context included, since the process began.
  [[nodiscard]] double cpu_ns() const;
  [[nodiscard]] double resident_bytes() const;

 private:
  ServerProcess(pid_t pid, std::uint16_t port) : pid_(pid), port_(port) {}
  pid_t pid_;
  std::uint16_t port_;
};

}  // namespace ringwire::compare
