#include "engine/log/log.hpp"

#include <fmt/core.h>
#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

#include "engine/log/line.hpp"
#include "engine/shard/pinning.hpp"

namespace ringwire::log {
namespace {

Now clock_now() {
  const Duration monotonic = std::chrono::steady_clock::now().time_since_epoch();
  const Duration wall = std::chrono::system_clock::now().time_since_epoch();
  return {{monotonic.count()}, {static_cast<std::uint64_t>(wall / 1ms)}};
}

std::shared_ptr<spdlog::sinks::sink> make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_st>();
  return std::make_shared<spdlog::sinks::rotating_file_sink_st>(file, Log::kFileBytes, Log::kFiles - 1);
}

}  // namespace

Result<std::unique_ptr<Log>, std::string> Log::open(const LogConfig& config) {
  try {
    return std::unique_ptr<Log>(new Log(config, make_sink(config.file)));
  } catch (const spdlog::spdlog_ex& error) {
    return Failure{"cannot write the log file \"" + config.file + "\": " + error.what()};
  }
}

Log::Log(const LogConfig& config, std::shared_ptr<spdlog::sinks::sink> sink)
    : sink_(std::move(sink)),
      json_(config.json),
      level_(config.level),
      budget_(clock_now().monotonic),
      last_notice_(clock_now().monotonic) {
  sink_->set_pattern("%v");
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
    drain();
  } while (!stopping_);
}

void Log::drain() {
  const std::uint64_t before = counters_.lines.value();
  Record record;
  for (const std::unique_ptr<Logger>& logger : loggers_) {
    // A thread that logs without end must not keep the writer from the others.
    for (std::uint32_t i = 0; i < Logger::kRecords && logger->take(record); ++i) {
      write(record, logger->thread());
    }
  }
  tell_losses();
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

void Log::tell_losses() {
  std::uint64_t dropped = 0;
  for (const std::unique_ptr<Logger>& logger : loggers_) dropped += logger->counters().dropped.value();
  const std::uint64_t losses = dropped + counters_.over_budget.value();
  const Now now = clock_now();
  if (losses == losses_told_ || (now.monotonic - last_notice_ < kNoticeEvery && !stopping_)) return;
  losses_told_ = losses;
  last_notice_ = now.monotonic;
  Record record;
  const std::string text =
      fmt::format("log lines lost so far: {} over the budget of 1 MB a minute, {} at full rings",
                  counters_.over_budget.value(), dropped);
  record.wall = now.wall;
  record.site = {__FILE__, __LINE__};
  record.length = static_cast<std::uint16_t>(text.copy(record.text, Record::kTextMax));
  record.level = LogLevel::error;
  write(record, "log");
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
