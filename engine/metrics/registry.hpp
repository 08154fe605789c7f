// Reads the counters that the modules own, and writes them as Prometheus text or as samples.
//
// Modules count into plain Counters (codec/base/counter.hpp) and Histograms, and know nothing of metrics. The
// node registers the address of each one at start, with its name, help and labels; nothing is registered
// afterwards, so readers need no lock.
//
// Names: ringwire_<subject>_<what>[_total|_bytes|_seconds], base units, labels `shard`, `reason`, `class`,
// never one per peer (their number is the network's to choose). What is called `_seconds` or `_seconds_total`
// is counted in nanoseconds and shown in seconds. Format: Prometheus text exposition 0.0.4.
// Thread: register on one thread before any reader; the rest from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/counter.hpp"
#include "engine/metrics/histogram.hpp"

namespace ringwire::metrics {

enum class Type : std::uint8_t { counter, gauge, histogram };

class Registry {
 public:
  using Read = std::function<std::uint64_t()>;

  // All series of one name must be added with the same type and help; `labels` is `shard="0",reason="x"` or
  // empty.
  void add(Type type, std::string_view name, std::string_view help, std::string labels,
           const Counter& counter);
  // A value computed at reading time; `read` must be safe from any thread and must not block.
  void add(Type type, std::string_view name, std::string_view help, std::string labels, Read read);
  // `name` ends in `_seconds`. Shown as cumulative buckets a factor of four apart, from a microsecond to 17
  // seconds; histograms() has the fine ones.
  void add(std::string_view name, std::string_view help, std::string labels, const Histogram& histogram);

  [[nodiscard]] std::string render() const;

  struct Value {
    std::string name;
    std::string_view labels;
    double value;
  };
  // Of a histogram: `name_count` and `name_sum`.
  [[nodiscard]] std::vector<Value> values() const;

  struct NamedHistogram {
    std::string_view name;
    std::string_view labels;
    const Histogram* histogram;
  };
  [[nodiscard]] std::vector<NamedHistogram> histograms() const;

 private:
  struct Series {
    std::string labels;
    const Counter* counter = nullptr;
    Read read;
    const Histogram* histogram = nullptr;

    [[nodiscard]] std::uint64_t value() const { return counter != nullptr ? counter->value() : read(); }
  };
  struct Family {
    Type type;
    std::string name;
    std::string help;
    std::vector<Series> series;

    [[nodiscard]] bool in_seconds() const;
  };

  Family& family(Type type, std::string_view name, std::string_view help);

  std::vector<Family> families_;
};

// The value of `key` in `shard="0",reason="x"`; empty where it is not there.
std::string_view label(std::string_view labels, std::string_view key);

}  // namespace ringwire::metrics
