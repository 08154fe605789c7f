// Tables of text for people: columns as wide as what is in them, numbers with the unit that suits them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codec/base/time.hpp"

namespace ringwire::command {

class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One text per column.
  void add(std::vector<std::string> row);
  // Titles, then the rows in order; no spaces at the end of a line.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::string format_bytes(double bytes);         // "0 B", "4.0 KiB", "16 MiB"
std::string format_delay(double microseconds);  // "0.5 us", "12 us", "1.3 ms", "2.1 s"
std::string format_age(double seconds);         // "4.2 s", "3 min 12 s", "2 h 5 min", "9 d 3 h"
std::string format_rate(double per_second);     // "0.4", "12", "15300"

}  // namespace ringwire::command
