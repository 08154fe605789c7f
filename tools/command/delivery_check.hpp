// Whether every node delivered everything that was published exactly once, by the nodes' own delivery logs:
// not by what a peer was sent.
//
// Memory: an entry for each message published. Reads files: for tools only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "tools/command/delivery_log.hpp"
#include "tools/command/load_report.hpp"

namespace ringwire::command {

class DeliveryCheck {
 public:
  // One log per node.
  explicit DeliveryCheck(const std::vector<std::string>& logs);

  void publish(const Hash32& id, std::int64_t unix_ns);
  // Takes what was appended to the logs since the last call; notes latencies and strangers in `report`.
  // Empty, or what is wrong with a file.
  [[nodiscard]] std::string read_new(LoadReport& report);

  // First deliveries of what was published, over all nodes.
  [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }
  [[nodiscard]] std::uint64_t expected() const { return entries_.size() * logs_.size(); }
  // Counts delivered, lost and duplicated into `report`.
  void settle(LoadReport& report) const;

 private:
  struct Entry {
    std::int64_t published_unix_ns = 0;
    std::vector<std::uint16_t> times;  // delivered, by node
  };
  struct IdHash {
    std::size_t operator()(const Hash32& id) const { return load_be<std::uint64_t>(id.bytes.data()); }
  };
  void deliver(std::size_t node, const Hash32& id, std::int64_t unix_ns, LoadReport& report);

  std::vector<DeliveryLogReader> logs_;
  std::unordered_map<Hash32, Entry, IdHash> entries_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace ringwire::command
