// What is going on, on standard error: a line that changes where a person looks, else a line now and then.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace ringwire::command {

class Progress {
 public:
  // As often as there is news: most of it is not shown.
  void tell(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < (is_terminal_ ? kOnTerminal : kElsewhere)) return;
    told_ = now;
    fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\033[K" : "", text, is_terminal_ ? "" : "\n");
  }
  // What comes next is a result.
  void clear() const {
    if (is_terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  static constexpr std::chrono::milliseconds kOnTerminal{100};
  static constexpr std::chrono::milliseconds kElsewhere{5'000};

  const bool is_terminal_ = isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace ringwire::command
