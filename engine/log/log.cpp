#include "engine/log/log.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "engine/log/line.hpp"
#include "engine/shard/pinning.hpp"
#include "engine/shard/signals.hpp"

namespace ringwire::log {
namespace {

Now clock_now() {
  const Duration monotonic = std::chrono::steady_clock::now().time_since_epoch();
  const Duration wall = std::chrono::system_clock::now().time_since_epoch();
  return {{monotonic.count()}, {static_cast<std::uint64_t>(wall / 1ms)}};
}

// The library's own does not say that a write failed. A line is shorter than PIPE_BUF, so a pipe takes all of
// it or nothing.
class StandardError final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (::write(STDERR_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      spdlog::throw_spdlog_ex("standard error", errno);
  }
  void flush_() override {}
};

std::shared_ptr<spdlog::sinks::sink> make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<StandardError>();
  return std::make_shared<spdlog::sinks::rotating_file_sink_st>(file, Log::kFileBytes, Log::kFiles - 1);
}

}  // namespace

Result<std::unique_ptr<Log>, std::string> Log::open(const LogConfig& config) {
  try {
    return std::unique_ptr<Log>(new Log(config, make_sink(config.file)));
  } catch (const spdlog::spdlog_ex& error) {
    return Failure{fmt::format("log.file: cannot write \"{}\": {}; name a file that this user may write",
                               config.file, error.what())};
  } catch (const std::system_error& error) {
    return Failure{fmt::format(
        "threads: the log has none: {}; raise the limit (ulimit -u; in a systemd unit: TasksMax=)",
        error.code().message())};
  }
}

Log::Log(const LogConfig& config, std::shared_ptr<spdlog::sinks::sink> sink)
    : sink_(std::move(sink)),
      to_file_(!config.file.empty()),
      json_(config.json),
      level_(config.level),
      budget_(clock_now().monotonic),
      last_notice_(clock_now().monotonic) {
  sink_->set_pattern("%v");
  const shard::SignalsBlocked blocked;
  writer_ = std::thread([this] { run(); });
}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

Logger& Log::logger(std::string_view thread) {
  const std::lock_guard lock(mutex_);
  return *loggers_.emplace_back(std::make_unique<Logger>(std::string(thread), level_));
}

void Log::run() {
  shard::name_this_thread("log");
  std::unique_lock lock(mutex_);
  do {
    wake_.wait_for(lock, kDrainEvery, [this] { return stopping_; });
    const Instant now = clock_now().monotonic;
    drain(stopping_ ? now + kLastWords : now);
  } while (!stopping_);
}

void Log::drain(Instant until) {
  const std::uint64_t before = counters_.lines.value();
  Record record;
  for (const std::unique_ptr<Logger>& logger : loggers_) {
    // A thread that logs without end must not keep the writer from the others.
    for (std::uint32_t i = 0; i < Logger::kRecords && is_read(until) && logger->take(record); ++i) {
      write(record, logger->thread());
    }
  }
  tell_losses(until);
  if (counters_.lines.value() != before) flush();
}

void Log::write(const Record& record, std::string_view thread) {
  const std::string line = json_ ? json_line(record, thread) : text_line(record, thread);
  if (!budget_.admit(line.size() + 1, record.level == LogLevel::error, clock_now().monotonic)) {
    counters_.over_budget.add();
    return;
  }
  try {
    sink_->log(spdlog::details::log_msg("", spdlog::level::info, line));
    counters_.lines.add();
    counters_.bytes.add(line.size() + 1);
  } catch (const spdlog::spdlog_ex&) {
    counters_.write_failed.add();
  }
}

void Log::tell_losses(Instant until) {
  std::uint64_t dropped = 0;
  for (const std::unique_ptr<Logger>& logger : loggers_) dropped += logger->counters().dropped.value();
  const std::uint64_t losses = dropped + counters_.over_budget.value() + counters_.write_failed.value();
  const Now now = clock_now();
  if (losses == losses_told_ || (now.monotonic - last_notice_ < kNoticeEvery && !stopping_)) return;
  if (!is_read(until)) return;
  losses_told_ = losses;
  last_notice_ = now.monotonic;
  Record record;
  const std::string text = fmt::format(
      "log lines lost so far: {} over the budget of 1 MB a minute, {} at full rings, "
      "{} not written",
      counters_.over_budget.value(), dropped, counters_.write_failed.value());
  record.wall = now.wall;
  record.site = {__FILE__, __LINE__};
  record.length = static_cast<std::uint16_t>(text.copy(record.text, Record::kTextMax));
  record.level = LogLevel::error;
  write(record, "log");
}

bool Log::is_read(Instant until) const {
  if (to_file_) return true;
  pollfd reader{STDERR_FILENO, POLLOUT, 0};
  const auto patience_ms =
      std::chrono::ceil<std::chrono::milliseconds>(until - clock_now().monotonic).count();
  // Where it is broken the write says so.
  return poll(&reader, 1, static_cast<int>(std::max<std::int64_t>(patience_ms, 0))) != 0;
}

void Log::flush() {
  try {
    sink_->flush();
  } catch (const spdlog::spdlog_ex&) {
    counters_.write_failed.add();
  }
}

Footprint Log::footprint(std::uint32_t threads) {
  return {{"log: rings and limits", threads, sizeof(Logger) + Logger::kRecords * sizeof(Record)}};
}

}  // namespace ringwire::log
