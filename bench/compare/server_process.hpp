// One subject under test in a process of its own, so that its CPU time is its own.
//
// The child runs `serve` on the CPU and with the scheduling asked for, and reports the port it listens on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "bench/compare/placement.hpp"
#include "bench/compare/server_line.hpp"
#include "codec/base/result.hpp"

namespace ringwire::compare {

class ServerProcess {
 public:
  // `serve` says once that it is ready, then serves until it is killed. An error is what the child said.
  static Result<ServerProcess, std::string> start(const Placement& placement,
                                                  const std::function<void(const Ready&)>& serve);
  ServerProcess(ServerProcess&& other) noexcept : pid_(other.pid_), line_(other.line_), port_(other.port_) {
    other.pid_ = -1;
  }
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // All threads, kernel work in their context included, since the process began.
  [[nodiscard]] double cpu_ns() const;
  // How often its threads went to sleep, since the process began.
  [[nodiscard]] std::uint64_t sleeps() const;
  // What it has of its own in RAM: anonymous and shared pages, without the files it maps.
  [[nodiscard]] double own_bytes() const;
  // Of subjects that count (Subject::counts).
  [[nodiscard]] Counters counters() const { return ask_counters(line_); }

 private:
  ServerProcess(pid_t pid, int line) : pid_(pid), line_(line) {}
  pid_t pid_;
  int line_;
  std::uint16_t port_ = 0;
};

}  // namespace ringwire::compare
