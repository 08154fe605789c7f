#include "bench/compare/server_process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "codec/base/check.hpp"

namespace ringwire::compare {

Result<ServerProcess, std::string> ServerProcess::start(const Placement& placement,
                                                        const std::function<void(const Ready&)>& serve) {
  int line[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
    return Failure<std::string>{"socketpair failed"};
  const pid_t pid = fork();
  if (pid < 0) {
    close(line[0]);
    close(line[1]);
    return Failure<std::string>{"fork failed"};
  }
  if (pid == 0) {
    close(line[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    place(placement.server_cpu, placement.batch);
    try {
      serve(Ready(line[1]));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "server: %s\n", error.what());
    }
    _exit(2);  // a server never returns
  }
  close(line[1]);
  ServerProcess process(pid, line[0]);
  process.port_ = receive_port(line[0]);
  if (process.port_ == 0) return Failure<std::string>{"the server ended before it listened"};
  return process;
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(line_);
}

double ServerProcess::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  RW_ASSERT(clock_getcpuclockid(pid_, &clock) == 0 && clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

std::uint64_t ServerProcess::sleeps() const {
  constexpr std::string_view kName = "voluntary_ctxt_switches:";
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(kName)) sum += std::stoull(line.substr(kName.size()));
    }
  }
  return sum;
}

double ServerProcess::own_bytes() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  double kilobytes = 0;
  for (std::string line; std::getline(status, line);) {
    for (const std::string_view name : {"RssAnon:", "RssShmem:"}) {
      if (line.starts_with(name)) kilobytes += std::stod(line.substr(name.size()));
    }
  }
  return kilobytes * 1024;
}

}  // namespace ringwire::compare
