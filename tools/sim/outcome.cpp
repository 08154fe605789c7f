#include "tools/sim/outcome.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace ringwire::sim {
namespace {

// Also says where the form begins: another program's bytes are not read.
constexpr std::uint64_t kMark = 0x72772d6f7574636fU;

class Writer {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
  }
  void text(std::string_view text) {
    text = text.substr(0, kViolationTextBytesMax);
    number(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first thing that is missing, everything is 0 or empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    const std::string_view bytes = take(sizeof value);
    if (whole_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool at_end() const { return whole_ && left_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    whole_ = whole_ && count <= left_.size();
    if (!whole_) return {};
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
  bool whole_ = true;
};

}  // namespace

Outcome outcome_of(const RunReport& report) {
  Outcome outcome;
  outcome.trace = report.trace;
  outcome.published = report.published;
  outcome.expected = report.expected;
  outcome.delivered = report.delivered;
  outcome.simulated = report.simulated;
  outcome.real_seconds = report.real_seconds;
  const std::size_t kept = std::min(report.violations.size(), kViolationsKept);
  outcome.violations.assign(report.violations.begin(),
                            report.violations.begin() + static_cast<std::ptrdiff_t>(kept));
  return outcome;
}

std::string encode_outcome(const Outcome& outcome) {
  Writer writer;
  writer.number(kMark);
  writer.number(outcome.trace);
  writer.number(outcome.published);
  writer.number(outcome.expected);
  writer.number(outcome.delivered);
  writer.number(std::int64_t{outcome.simulated.count()});
  writer.number(outcome.real_seconds);
  writer.number(static_cast<std::uint32_t>(outcome.violations.size()));
  for (const Violation& violation : outcome.violations) {
    writer.number(std::int64_t{violation.at.count()});
    writer.text(violation.rule);
    writer.text(violation.text);
  }
  return writer.take();
}

std::optional<Outcome> decode_outcome(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.number<std::uint64_t>() != kMark) return std::nullopt;
  Outcome outcome;
  outcome.trace = reader.number<std::uint64_t>();
  outcome.published = reader.number<std::uint64_t>();
  outcome.expected = reader.number<std::uint64_t>();
  outcome.delivered = reader.number<std::uint64_t>();
  outcome.simulated = Duration(reader.number<std::int64_t>());
  outcome.real_seconds = reader.number<double>();
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.whole(); ++i) {
    Violation violation;
    violation.at = Duration(reader.number<std::int64_t>());
    violation.rule = reader.text();
    violation.text = reader.text();
    outcome.violations.push_back(std::move(violation));
  }
  if (!reader.at_end()) return std::nullopt;
  return outcome;
}

}  // namespace ringwire::sim
