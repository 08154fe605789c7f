#include "tools/sim/isolate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "codec/base/check.hpp"
#include "tools/sim/run.hpp"

namespace ringwire::sim {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  int read = -1;
  int write = -1;
};

bool open_pipe(Pipe& made) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  made = {ends[0], ends[1]};
  // Only ours: the child may wait until we have read.
  fcntl(made.read, F_SETFL, O_NONBLOCK);
  return true;
}

void close_end(int& end) {
  if (end >= 0) close(end);
  end = -1;
}

// --- in the child

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void furnish_child(pid_t parent, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before we asked
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  dup2(errors, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
}

RunReport run_checked(const Scenario& scenario) {
  RW_ASSERT(check(scenario).empty());
  return run(scenario);
}

// An exception ends here too: above is the caller's code, which is not ours to go on with. And _exit, because
// what the caller has in its buffers it writes itself.
[[noreturn]] void be_child(const Scenario& scenario, const IsolateOptions& options, int result) noexcept {
  const RunReport report = options.run ? options.run(scenario) : run_checked(scenario);
  _exit(write_all(result, encode_outcome(outcome_of(report))) ? 0 : 1);
}

// --- in the parent

// Appends what there is and calls `trim` now and then. At the end of the pipe its end is closed.
template <class Trim>
void read_all(int& from, std::string& into, Trim&& trim) {
  char bytes[16 * 1024];
  while (from >= 0) {
    const ssize_t got = read(from, bytes, sizeof bytes);
    if (got < 0) return;  // no more for now
    if (got == 0) return close_end(from);
    into.append(bytes, static_cast<std::size_t>(got));
    trim(into);
  }
}

// Of what a crashed process said, the line that says why: a sanitizer sums up, and says more after it.
std::string_view telling_line(std::string_view said) {
  constexpr std::string_view kSummary = "SUMMARY: ";
  const std::size_t summary = said.rfind(kSummary);
  if (summary != said.npos) {
    said.remove_prefix(summary + kSummary.size());
    return said.substr(0, said.find('\n'));
  }
  said = said.substr(0, said.find_last_not_of(" \r\n") + 1);
  return said.substr(said.rfind('\n') + 1);  // npos + 1: the only line
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  return code == 0 ? "ended without a result" : fmt::format("exit status {}", code);
}

}  // namespace

IsolatedRun::IsolatedRun(const Scenario& scenario, const IsolateOptions& options) : limit_(options.limit) {
  start(scenario, options);
}

IsolatedRun::IsolatedRun(IsolatedRun&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      result_(std::exchange(other.result_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      bytes_(std::move(other.bytes_)),
      started_(other.started_),
      limit_(other.limit_),
      outcome_(std::move(other.outcome_)) {}

IsolatedRun& IsolatedRun::operator=(IsolatedRun&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  pid_ = std::exchange(other.pid_, -1);
  result_ = std::exchange(other.result_, -1);
  errors_ = std::exchange(other.errors_, -1);
  bytes_ = std::move(other.bytes_);
  started_ = other.started_;
  limit_ = other.limit_;
  outcome_ = std::move(other.outcome_);
  return *this;
}

IsolatedRun::~IsolatedRun() {
  abandon();
}

void IsolatedRun::start(const Scenario& scenario, const IsolateOptions& options) {
  Pipe result;
  Pipe errors;
  const bool piped = open_pipe(result) && open_pipe(errors);
  std::fflush(nullptr);  // else a child that flushes writes it a second time
  const pid_t parent = getpid();
  if (piped) pid_ = fork();
  if (pid_ == 0) {
    furnish_child(parent, errors.write);
    be_child(scenario, options, result.write);
  }
  const int error = errno;
  // Before another child begins, which would hold them open.
  close_end(result.write);
  close_end(errors.write);
  result_ = result.read;
  errors_ = errors.read;
  if (pid_ < 0) fail(kNotStarted, fmt::format("{}: {}", piped ? "fork" : "pipe", std::strerror(error)));
}

bool IsolatedRun::step() {
  if (pid_ < 0) return true;
  // Asked first, read then: what it wrote before its end is read whole. Where SIGCHLD is ignored nobody knows
  // its status, and the result alone decides.
  int status = 0;
  const bool ended = waitpid(pid_, &status, WNOHANG) != 0;
  read_all(result_, bytes_,
           [](std::string& bytes) { bytes.resize(std::min(bytes.size(), kOutcomeBytesMax + 1)); });
  read_all(errors_, outcome_.said, [](std::string& said) {
    if (said.size() > kSaidBytes) said.erase(0, said.size() - kSaidBytes);
  });
  if (ended) {
    pid_ = -1;
    conclude(status);
    return true;
  }
  if (Clock::now() - started_ < limit_) return false;
  abandon();
  fail(kHung, fmt::format("no end after {} s", std::chrono::duration<double>(limit_).count()));
  return true;
}

void IsolatedRun::conclude(int status) {
  close_end(result_);
  close_end(errors_);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && bytes_.size() <= kOutcomeBytesMax) {
    if (std::optional<Outcome> outcome = decode_outcome(bytes_)) {
      outcome->said = std::move(outcome_.said);
      outcome_ = std::move(*outcome);
      return;
    }
  }
  const std::string_view line = telling_line(outcome_.said);
  fail(kCrashed, describe_end(status) + (line.empty() ? "" : ": ") + std::string(line));
}

void IsolatedRun::fail(const char* rule, std::string text) {
  close_end(result_);
  close_end(errors_);
  outcome_.real_seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  outcome_.violations.push_back({rule, Duration(0), std::move(text)});
}

void IsolatedRun::abandon() {
  close_end(result_);
  close_end(errors_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
}

std::chrono::milliseconds IsolatedRun::patience() const {
  if (pid_ < 0) return 0ms;
  // Its pipes close shortly before it can be waited for.
  if (result_ < 0 && errors_ < 0) return 1ms;
  const auto left = limit_ - std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  return std::max<std::chrono::milliseconds>(left + 1ms, 0ms);
}

void await_any(std::span<const IsolatedRun* const> runs) {
  std::vector<pollfd> ends;
  std::chrono::milliseconds patience = 1h;
  for (const IsolatedRun* run : runs) {
    if (run->result_ >= 0) ends.push_back({run->result_, POLLIN, 0});
    if (run->errors_ >= 0) ends.push_back({run->errors_, POLLIN, 0});
    patience = std::min(patience, run->patience());
  }
  // Interrupted: it returns early, and step() finds nothing to do.
  poll(ends.data(), ends.size(), static_cast<int>(patience.count()));
}

Outcome run_isolated(const Scenario& scenario, const IsolateOptions& options) {
  IsolatedRun run(scenario, options);
  const IsolatedRun* const runs[] = {&run};
  while (!run.step()) await_any(runs);
  return run.take();
}

}  // namespace ringwire::sim
