#include "engine/log/line.hpp"

#include <fmt/core.h>

#include <ctime>

namespace ringwire::log {
namespace {

constexpr std::string_view kCut = " [cut]";

std::string time_of(UnixMillis wall) {
  const auto seconds = static_cast<std::time_t>(wall.ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, wall.ms % 1000);
}

// "engine/node/relay.cpp" or a longer path to it: "node/relay.cpp".
std::string_view short_path(std::string_view path) {
  const std::size_t last = path.rfind('/');
  if (last == path.npos || last == 0) return path;
  const std::size_t before = path.rfind('/', last - 1);
  return before == path.npos ? path : path.substr(before + 1);
}

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7F;
}

void append_escaped(std::string& line, std::string_view text, const char* escape) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : text) {
    if (is_printable(c)) {
      line += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    line += escape;
    line += kDigits[byte >> 4];
    line += kDigits[byte & 15];
  }
}

void append_json_string(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    append_escaped(line, {&c, 1}, "\\u00");
  }
  line += '"';
}

}  // namespace

const char* name(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      break;
  }
  return "off";
}

std::string printable(std::string_view text) {
  std::string line;
  append_escaped(line, text, "\\x");
  return line;
}

std::string text_line(const Record& record, std::string_view thread) {
  std::string line = fmt::format("{} {:<5} {} ", time_of(record.wall), name(record.level), thread);
  append_escaped(line, record.view(), "\\x");
  if (record.truncated) line += kCut;
  if (record.suppressed > 0) line += fmt::format(" (+{} held back)", record.suppressed);
  if (record.level <= LogLevel::debug) {
    line += fmt::format(" ({}:{})", short_path(record.site.file), record.site.line);
  }
  return line;
}

std::string json_line(const Record& record, std::string_view thread) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","thread":)", time_of(record.wall), name(record.level));
  append_json_string(line, thread);
  line += R"(,"message":)";
  append_json_string(line, record.view());
  if (record.truncated) line += R"(,"cut":true)";
  if (record.suppressed > 0) line += fmt::format(R"(,"held_back":{})", record.suppressed);
  line += R"(,"source":)";
  append_json_string(line, fmt::format("{}:{}", short_path(record.site.file), record.site.line));
  line += '}';
  return line;
}

}  // namespace ringwire::log
