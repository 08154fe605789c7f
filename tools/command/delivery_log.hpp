// The delivery log: one line per message that a node gave to its application.
//
//   tx 9f2c...(64 hex digits) 1785600000123456789
//   kind id                   nanoseconds since the Unix epoch
//
// The writer's file is whole up to its last newline; a reader ignores what stands behind it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "codec/base/result.hpp"
#include "engine/api/ringwire.hpp"

namespace ringwire::command {

class DeliveryLog {
 public:
  // Appends to `path`. The error is a line for the operator.
  static Result<DeliveryLog, std::string> open(const std::string& path);

  // Where this fails the next flush() says so.
  void write(const Delivery& delivery);
  // The error is a line for the operator; what was written since the last flush may be lost then.
  [[nodiscard]] Status<std::string> flush();

 private:
  DeliveryLog(std::FILE* file, std::string path) : file_(file, &std::fclose), path_(std::move(path)) {}
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::string path_;
  int error_ = 0;  // errno of the first write that failed
};

// Reads what was appended since the last call, line by line.
class DeliveryLogReader {
 public:
  explicit DeliveryLogReader(std::string path) : path_(std::move(path)) {}

  using OnLine = std::function<void(std::string_view kind, const Hash32& id, std::int64_t unix_ns)>;
  // False where a line is not one of a delivery log; error() names file and line then.
  [[nodiscard]] bool read_new(const OnLine& on_line);
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bool parse(std::string_view line, const OnLine& on_line);

  std::string path_;
  std::string error_;
  std::string tail_;
  std::uint64_t offset_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace ringwire::command
