// One log line on its way from a thread that must not wait to the thread that writes.
//
// 256 bytes, trivially copyable: it crosses in an SpscRing. Text beyond kTextMax is cut and marked, so that
// no line, whatever a peer put into it, costs more than this.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "codec/base/time.hpp"
#include "engine/api/config.hpp"

namespace ringwire::log {

// A call site. `file` is a literal of the program and lives as long as it.
struct Site {
  const char* file = "";
  std::uint32_t line = 0;
};

struct Record {
  static constexpr std::size_t kTextMax = 224;

  UnixMillis wall;
  Site site;
  std::uint32_t suppressed = 0;  // lines of this site held back since its last one
  std::uint16_t length = 0;
  LogLevel level = LogLevel::info;
  bool truncated = false;
  char text[kTextMax];

  [[nodiscard]] std::string_view view() const { return {text, length}; }
};
static_assert(sizeof(Record) == 256 && std::is_trivially_copyable_v<Record>);

}  // namespace ringwire::log
