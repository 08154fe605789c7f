// What GET /why?peer=WHO answers with: all that the ledger knows of one node or address.
//
// Shard 0 asks the shard that owns the subject (topology.hpp: explain, explained); that one writes the
// document. Thread: a report is shard 0's, but for the time between the two messages.
#pragma once

#include <memory>
#include <string>

#include "engine/driver/driver.hpp"
#include "engine/security/ledger.hpp"

namespace ringwire::node {

// A change is at most 128 bytes, and what stands around them.
inline constexpr std::size_t kWhyBytesMax = 512 + security::Ledger::kHistory * 160;

struct WhyReport {
  security::Subject subject;
  driver::ConnectionId asker;
  std::string json;
};

// Also where nothing is known of it: then "known" is false.
std::string to_json(const security::Subject& subject, const std::optional<security::Explanation>& why,
                    const Now& now);

}  // namespace ringwire::node
