#include "engine/metrics/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "codec/base/check.hpp"

namespace ringwire::metrics {
namespace {

// Upper bounds of the buckets shown: 2^10 ns (a microsecond) to 2^34 ns (17 s).
constexpr std::uint32_t kFirstPower = 10;
constexpr std::uint32_t kLastPower = 34;

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

void write_line(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                std::string_view value) {
  const std::string_view open = labels.empty() ? "" : "{";
  const std::string_view close = labels.empty() ? "" : "}";
  fmt::format_to(std::back_inserter(out), "{}{}{}{}{} {}\n", name, suffix, open, labels, close, value);
}

void write_histogram(std::string& out, std::string_view name, const std::string& labels,
                     const Histogram& histogram) {
  const std::string prefix = labels.empty() ? "" : labels + ",";
  std::uint64_t below = 0;
  for (std::uint32_t power = kFirstPower; power <= kLastPower; power += 2) {
    below += histogram.count_between_powers(power == kFirstPower ? 0 : power - 2, power);
    write_line(out, name, "_bucket", fmt::format("{}le=\"{}\"", prefix, seconds(1ULL << power)),
               fmt::to_string(below));
  }
  const std::string count = fmt::to_string(histogram.count());
  write_line(out, name, "_bucket", prefix + "le=\"+Inf\"", count);
  write_line(out, name, "_sum", labels, fmt::to_string(seconds(histogram.sum_ns())));
  write_line(out, name, "_count", labels, count);
}

const char* word(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      break;
  }
  return "histogram";
}

}  // namespace

bool Registry::Family::in_seconds() const {
  return name.ends_with("_seconds") || name.ends_with("_seconds_total");
}

Registry::Family& Registry::family(Type type, std::string_view name, std::string_view help) {
  const auto found =
      std::find_if(families_.begin(), families_.end(), [&](const Family& f) { return f.name == name; });
  if (found != families_.end()) {
    RW_ASSERT(found->type == type && found->help == help);
    return *found;
  }
  return families_.emplace_back(Family{type, std::string(name), std::string(help), {}});
}

void Registry::add(Type type, std::string_view name, std::string_view help, std::string labels,
                   const Counter& counter) {
  family(type, name, help).series.push_back({std::move(labels), &counter, {}, nullptr});
}

void Registry::add(Type type, std::string_view name, std::string_view help, std::string labels, Read read) {
  family(type, name, help).series.push_back({std::move(labels), nullptr, std::move(read), nullptr});
}

void Registry::add(std::string_view name, std::string_view help, std::string labels,
                   const Histogram& histogram) {
  Family& added = family(Type::histogram, name, help);
  RW_ASSERT(added.in_seconds());
  added.series.push_back({std::move(labels), nullptr, {}, &histogram});
}

std::string Registry::render() const {
  std::string text;
  for (const Family& family : families_) {
    text += "# HELP " + family.name + " " + family.help + "\n# TYPE " + family.name + " " +
            word(family.type) + "\n";
    for (const Series& series : family.series) {
      if (series.histogram != nullptr) {
        write_histogram(text, family.name, series.labels, *series.histogram);
      } else if (family.in_seconds()) {
        write_line(text, family.name, "", series.labels, fmt::to_string(seconds(series.value())));
      } else {
        write_line(text, family.name, "", series.labels, fmt::to_string(series.value()));
      }
    }
  }
  return text;
}

std::vector<Registry::Value> Registry::values() const {
  std::vector<Value> all;
  for (const Family& family : families_) {
    for (const Series& series : family.series) {
      if (const Histogram* histogram = series.histogram) {
        all.push_back({family.name + "_count", series.labels, static_cast<double>(histogram->count())});
        all.push_back({family.name + "_sum", series.labels, seconds(histogram->sum_ns())});
      } else {
        const std::uint64_t value = series.value();
        all.push_back(
            {family.name, series.labels, family.in_seconds() ? seconds(value) : static_cast<double>(value)});
      }
    }
  }
  return all;
}

std::vector<Registry::NamedHistogram> Registry::histograms() const {
  std::vector<NamedHistogram> all;
  for (const Family& family : families_) {
    for (const Series& series : family.series) {
      if (series.histogram != nullptr) all.push_back({family.name, series.labels, series.histogram});
    }
  }
  return all;
}

std::string_view label(std::string_view labels, std::string_view key) {
  for (std::size_t at = 0; at < labels.size();) {
    const std::size_t equals = labels.find("=\"", at);
    const std::size_t end = labels.find('"', equals + 2);
    if (equals == labels.npos || end == labels.npos) return {};
    if (labels.substr(at, equals - at) == key) return labels.substr(equals + 2, end - equals - 2);
    at = end + 2;  // past the quote and the comma
  }
  return {};
}

}  // namespace ringwire::metrics
