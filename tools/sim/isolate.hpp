// One run in a process of its own.
//
// A broken invariant ends the process it happens in, and a run that stands still never ends by itself: who
// tries a thousand scenarios wants to hear of both, and of the scenarios after them. So each is run in a
// child, which is this program as it is (fork, no exec). Whatever becomes of it is an Outcome:
//   it handed over a result and ended as it should   that result
//   it ended otherwise: signal, sanitizer, exit      one violation, "crashed"; text: how, and what it said
//   it took longer than the limit                    one violation, "hung"; it is killed
//   it could not be started                          one violation, "not-started"
//
// The caller has one thread: what other threads hold at the fork nobody gives back in the child. The child
// does not outlive the caller, leaves no core file, and writes to neither of its standard streams; a debugger
// gets the same crash from the same scenario run without isolation.
// Descriptors: two for each run under way. Time is real time throughout.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/sim/outcome.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

inline constexpr const char* kCrashed = "crashed";
inline constexpr const char* kHung = "hung";
inline constexpr const char* kNotStarted = "not-started";

// Enough for an assertion, and for the summary at the end of what a sanitizer says.
inline constexpr std::size_t kSaidBytes = 4096;

struct IsolateOptions {
  std::chrono::milliseconds limit{120'000};
  std::function<RunReport(const Scenario&)> run;  // in the child; empty: sim::run
};

// Starts with the object and ends with it at the latest.
class IsolatedRun {
 public:
  IsolatedRun(const Scenario& scenario, const IsolateOptions& options);
  IsolatedRun(IsolatedRun&& other) noexcept;
  IsolatedRun& operator=(IsolatedRun&& other) noexcept;
  // Of a run that has not ended: it is killed.
  ~IsolatedRun();

  // Takes in what there is, without waiting. True: it has ended, and the outcome is there to be taken, once.
  bool step();
  Outcome take() { return std::move(outcome_); }

 private:
  friend void await_any(std::span<const IsolatedRun* const> runs);
  using Clock = std::chrono::steady_clock;

  void start(const Scenario& scenario, const IsolateOptions& options);
  void conclude(int status);
  void fail(const char* rule, std::string text);
  void abandon();
  [[nodiscard]] std::chrono::milliseconds patience() const;

  pid_t pid_ = -1;   // -1: has ended, and was waited for
  int result_ = -1;  // read ends; -1: at its end
  int errors_ = -1;
  std::string bytes_;  // of the result, so far
  Clock::time_point started_ = Clock::now();
  std::chrono::milliseconds limit_{0};
  Outcome outcome_;
};

// Until step() of one of them has something to do.
void await_any(std::span<const IsolatedRun* const> runs);

// From beginning to end.
Outcome run_isolated(const Scenario& scenario, const IsolateOptions& options);

}  // namespace ringwire::sim
