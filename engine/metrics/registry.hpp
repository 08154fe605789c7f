// Reads the counters that the modules own, and writes them as Prometheus text or as samples.
//
// Modules count into plain Counters (codec/base/counter.hpp) and know nothing of metrics. The node registers
// the address of each one at start, with its name, help and labels; nothing is registered afterwards, so
// readers need no lock.
//
// Names: ringwire_<subject>_<what>[_total|_bytes|_seconds], base units, labels `shard`, `reason`, `class`,
// never one per peer (their number is the network's to choose). Format: Prometheus text exposition 0.0.4.
// Thread: register on one thread before any reader; render() and samples() from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/counter.hpp"

namespace ringwire::metrics {

enum class Type : std::uint8_t { counter, gauge };

class Registry {
 public:
  // All series of one name must be added with the same type and help; `labels` is `shard="0",reason="x"` or
  // empty.
  void add(Type type, std::string_view name, std::string_view help, std::string labels,
           const Counter& counter);
  // A value computed at reading time; `read` must be safe from any thread and must not block.
  void add(Type type, std::string_view name, std::string_view help, std::string labels,
           std::function<std::uint64_t()> read);

  [[nodiscard]] std::string render() const;

  struct Value {
    std::string_view name;
    std::string_view labels;
    std::uint64_t value;
  };
  [[nodiscard]] std::vector<Value> values() const;

 private:
  struct Series {
    std::string labels;
    const Counter* counter = nullptr;
    std::function<std::uint64_t()> read;

    [[nodiscard]] std::uint64_t value() const { return counter != nullptr ? counter->value() : read(); }
  };
  struct Family {
    Type type;
    std::string name;
    std::string help;
    std::vector<Series> series;
  };

  Family& family(Type type, std::string_view name, std::string_view help);

  std::vector<Family> families_;
};

}  // namespace ringwire::metrics
