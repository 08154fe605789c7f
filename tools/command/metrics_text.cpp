#include "tools/command/metrics_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ringwire::command {
namespace {

// Reads one line from the left; every step says whether what it wanted was there.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool name(std::string& out) {
    const auto part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == ':';
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), part);
    out.assign(rest_.begin(), end);
    rest_.remove_prefix(out.size());
    return !out.empty();
  }
  bool sign(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Between quotes; \\, \" and \n stand for what they look like.
  bool quoted(std::string& out) {
    if (!sign('"')) return false;
    out.clear();
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = rest_.front() == 'n' ? '\n' : rest_.front();
        rest_.remove_prefix(1);
      }
      out += c;
    }
    return false;
  }
  bool labels(MetricsText::Labels& out) {
    if (!sign('{')) return true;
    while (!sign('}')) {
      std::string key, value;
      if (!name(key) || !sign('=') || !quoted(value)) return false;
      out[key] = value;
      if (!sign(',') && (rest_.empty() || rest_.front() != '}')) return false;
    }
    return true;
  }
  // A timestamp may follow; it is not looked at.
  bool value(double& out) {
    const std::size_t start = rest_.find_first_not_of(' ');
    if (start == rest_.npos || start == 0) return false;
    rest_.remove_prefix(start);
    std::string_view number = rest_.substr(0, rest_.find(' '));
    if (number.front() == '+') number.remove_prefix(1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out);
    return error == std::errc{} && end == number.data() + number.size();
  }

 private:
  std::string_view rest_;
};

bool includes(const MetricsText::Labels& labels, const MetricsText::Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
    const auto found = labels.find(entry.first);
    return found != labels.end() && found->second == entry.second;
  });
}

}  // namespace

Result<MetricsText, std::string> MetricsText::parse(std::string_view text) {
  MetricsText metrics;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    Line reader(line);
    Sample sample;
    if (!reader.name(sample.name) || !reader.labels(sample.labels) || !reader.value(sample.value)) {
      return Failure{fmt::format("line {} is no metric", number)};
    }
    metrics.samples_.push_back(std::move(sample));
  }
  return metrics;
}

std::vector<const MetricsText::Sample*> MetricsText::find(std::string_view name, const Labels& wanted) const {
  std::vector<const Sample*> found;
  for (const Sample& sample : samples_) {
    if (sample.name == name && includes(sample.labels, wanted)) found.push_back(&sample);
  }
  return found;
}

double MetricsText::sum(std::string_view name, const Labels& wanted) const {
  double sum = 0;
  for (const Sample* sample : find(name, wanted)) sum += sample->value;
  return sum;
}

std::vector<std::string> MetricsText::values_of(std::string_view name, std::string_view label) const {
  std::vector<std::string> values;
  for (const Sample* sample : find(name)) {
    const auto found = sample->labels.find(label);
    if (found == sample->labels.end()) continue;
    if (std::find(values.begin(), values.end(), found->second) == values.end())
      values.push_back(found->second);
  }
  return values;
}

}  // namespace ringwire::command
