#include "tools/command/delivery_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

namespace ringwire::command {
namespace {

const char* kind_name(MessageKind kind) {
  return kind == MessageKind::transaction ? "tx" : "topic";
}

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Result<DeliveryLog, std::string> DeliveryLog::open(const std::string& path) {
  // O_NONBLOCK: a pipe without a reader is an error and not a wait. On a file it does nothing.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  std::FILE* file = descriptor < 0 ? nullptr : fdopen(descriptor, "a");
  if (file == nullptr) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return Failure<std::string>{
        fmt::format("delivery log {}: {}; name a file that this user may write", path, std::strerror(error))};
  }
  DeliveryLog log(file, path);
  struct stat facts {};
  if (fstat(descriptor, &facts) == 0 && (S_ISREG(facts.st_mode) || S_ISCHR(facts.st_mode))) return log;
  return Failure<std::string>{
      fmt::format("delivery log {}: is no file: who reads it could hold up the node; name a file", path)};
}

void DeliveryLog::write(const Delivery& delivery) {
  const std::int64_t age = clock_ns(CLOCK_MONOTONIC) - delivery.decided.ns;
  const std::int64_t unix_ns = clock_ns(CLOCK_REALTIME) - age;
  fmt::memory_buffer line;
  fmt::format_to(std::back_inserter(line), "{} {} {}\n", kind_name(delivery.kind), to_hex(delivery.id.view()),
                 unix_ns);
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size();
  if (!written && error_ == 0) error_ = errno;
}

Status<std::string> DeliveryLog::flush() {
  if (std::fflush(file_.get()) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0) return Done{};
  return Failure<std::string>{fmt::format(
      "delivery log {}: cannot be written: {}; make room, or name another", path_, std::strerror(error_))};
}

bool DeliveryLogReader::read_new(const OnLine& on_line) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return true;  // the node has not made it yet
  file.seekg(static_cast<std::streamoff>(offset_));
  std::string chunk(1 << 20, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    const auto got = static_cast<std::size_t>(file.gcount());
    offset_ += got;
    tail_.append(chunk, 0, got);
    std::size_t start = 0;
    for (std::size_t end = tail_.find('\n'); end != std::string::npos; end = tail_.find('\n', start)) {
      ++lines_;
      if (!parse(std::string_view(tail_).substr(start, end - start), on_line)) return false;
      start = end + 1;
    }
    tail_.erase(0, start);
  }
  return true;
}

bool DeliveryLogReader::parse(std::string_view line, const OnLine& on_line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  Hash32 id;
  std::int64_t unix_ns = 0;
  if (first != std::string_view::npos && second != std::string_view::npos &&
      from_hex(line.substr(first + 1, second - first - 1), id.span())) {
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data() + second + 1, end, unix_ns);
    if (error == std::errc{} && stop == end) {
      on_line(line.substr(0, first), id, unix_ns);
      return true;
    }
  }
  error_ = fmt::format("{}:{}: not a line of a delivery log", path_, lines_);
  return false;
}

}  // namespace ringwire::command
