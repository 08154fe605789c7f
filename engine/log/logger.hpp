// Where one thread logs: never a lock, a system call or a wait.
//
//     logger.warn("peer {} sent {} bytes too many", id, excess);
//
// Rules
//  - The format string is checked by the compiler; file and line come with it. The text is formatted into a
//    record of fixed size and handed to the writing thread (engine/log/log.hpp).
//  - Below the level of the log a call costs one comparison. Its arguments are still evaluated:
//    ask enabled() before computing something only to log it.
//  - A full ring drops the line; a site that writes too often is held back (engine/log/site_limiter.hpp).
//    Both are counted.
//  - tick() once per turn: lines carry the time of the turn, and the limits are measured by it. A thread that
//    does not tick gets its first kBurst lines per site and then none.
//  - Whatever bytes a peer put into an argument: the writer escapes them.
//
// Thread: the one it was made for. Memory: 128 KiB ring, 12 KiB limits.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"
#include "engine/api/config.hpp"
#include "engine/log/record.hpp"
#include "engine/log/site_limiter.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::log {

// A checked format string that knows where it stands.
template <class... Args>
struct Format {
  template <class Text>
  consteval Format(const Text& literal, const char* file = __builtin_FILE(),
                   std::uint32_t line = __builtin_LINE())
      : text(literal), site{file, line} {}

  fmt::format_string<Args...> text;
  Site site;
};
template <class... Args>
using FormatFor = std::type_identity_t<Format<Args...>>;

struct LoggerCounters {
  Counter written;     // handed to the writing thread
  Counter dropped;     // the ring was full
  Counter suppressed;  // held back by the limit of their site
};

class Logger {
 public:
  static constexpr std::uint32_t kRecords = 512;  // 25,000 lines/s at the writer's pace of 20 ms

  Logger(std::string thread, LogLevel level) : thread_(std::move(thread)), level_(level) {}
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void tick(const Now& now) { now_ = now; }
  [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

  template <class... Args>
  void trace(FormatFor<Args...> format, Args&&... args) {
    log<Args...>(LogLevel::trace, 0, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(FormatFor<Args...> format, Args&&... args) {
    log<Args...>(LogLevel::debug, 0, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(FormatFor<Args...> format, Args&&... args) {
    log<Args...>(LogLevel::info, 0, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(FormatFor<Args...> format, Args&&... args) {
    log<Args...>(LogLevel::warn, 0, format, std::forward<Args>(args)...);
  }
  // For what is wrong with us or our machine, never for what a peer did.
  template <class... Args>
  void error(FormatFor<Args...> format, Args&&... args) {
    log<Args...>(LogLevel::error, 0, format, std::forward<Args>(args)...);
  }
  // For a site that serves several reasons: each number is limited by itself.
  template <class... Args>
  void log(LogLevel level, std::uint32_t reason, FormatFor<Args...> format, Args&&... args) {
    if (enabled(level)) write(level, reason, format.site, format.text, fmt::make_format_args(args...));
  }

  [[nodiscard]] const std::string& thread() const { return thread_; }
  [[nodiscard]] const LoggerCounters& counters() const { return counters_; }

  // The writing thread's end.
  [[nodiscard]] bool take(Record& record) { return ring_.pop(record); }

 private:
  void write(LogLevel level, std::uint32_t reason, const Site& site, fmt::string_view text,
             fmt::format_args args);

  const std::string thread_;
  const LogLevel level_;
  Now now_{};
  SiteLimiter limiter_;
  LoggerCounters counters_;
  shard::SpscRing<Record> ring_{kRecords};
};

}  // namespace ringwire::log
