// The log of the process: one thread that writes what all others have to say.
//
// Problem: a shard must not wait for a disk, a pipe or a lock, and an ordinary asynchronous logger has all
// three between the caller and the file. Here each thread has a ring of its own (engine/log/logger.hpp) and
// one background thread empties them all into a spdlog sink.
//
// Rules
//  - Standard error, or a file that is rotated: at most kFiles files of kFileBytes, so that the disk has a
//    bound.
//  - At most 1 MB a minute (engine/log/byte_budget.hpp). What was lost, and where, is told in a line of its
//    own at most every kNoticeEvery and at the end.
//  - Lines of one thread are in order; lines of different threads within one pass of the writer may be
//    swapped.
//  - Every line is written with the lock of logger() held: make all loggers at the start.
//  - The destructor writes everything that was logged before it. All loggers die with it: stop the threads
//    first.
//  - A line is at most kDrainEvery old when it is handed to the kernel; a crash loses that much.
//  - Standard error may be a pipe. While its reader does not read, lines wait in their rings, and the end
//    waits for it at most kLastWords; where there is no reader any more, they are dropped. Neither holds up
//    or ends the process.
//
// Thread: logger() from any. A Logger never takes the lock.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/result.hpp"
#include "engine/api/config.hpp"
#include "engine/log/byte_budget.hpp"
#include "engine/log/logger.hpp"

namespace spdlog::sinks {
class sink;
}

namespace ringwire::log {

struct LogCounters {
  Counter lines;         // written
  Counter bytes;         // written
  Counter over_budget;   // lines dropped because the process wrote too much
  Counter write_failed;  // lines the sink refused: disk full, file gone, nobody reads
};

class Log {
 public:
  static constexpr Duration kDrainEvery = 20ms;
  static constexpr Duration kNoticeEvery = 10s;
  static constexpr Duration kLastWords = 250ms;
  static constexpr std::size_t kFileBytes = 64U << 20;
  static constexpr std::size_t kFiles = 5;

  // The error is a line for the operator.
  static Result<std::unique_ptr<Log>, std::string> open(const LogConfig& config);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  // A new logger for one thread; `thread` is the name its lines carry. Lives as long as the log.
  Logger& logger(std::string_view thread);

  [[nodiscard]] const LogCounters& counters() const { return counters_; }
  static Footprint footprint(std::uint32_t threads);

 private:
  Log(const LogConfig& config, std::shared_ptr<spdlog::sinks::sink> sink);

  void run();
  void drain(Instant until);
  void write(const Record& record, std::string_view thread);
  void tell_losses(Instant until);
  // Whether a write would not wait, now or until then.
  [[nodiscard]] bool is_read(Instant until) const;
  void flush();

  const std::shared_ptr<spdlog::sinks::sink> sink_;
  const bool to_file_;
  const bool json_;
  const LogLevel level_;
  LogCounters counters_;

  // The writing thread's.
  ByteBudget budget_;
  Instant last_notice_;
  std::uint64_t losses_told_ = 0;

  std::mutex mutex_;  // loggers_, stopping_
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Logger>> loggers_;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace ringwire::log
