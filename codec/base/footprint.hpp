// What a part will hold in memory at most, one line per addend, so that the whole plan can be printed and
// enforced.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringwire {

struct Addend {
  std::string what;         // "uring: small receive buffers"
  std::uint64_t count = 0;  // how many
  std::uint64_t bytes = 0;  // each

  [[nodiscard]] std::uint64_t total() const { return count * bytes; }
};

using Footprint = std::vector<Addend>;

}  // namespace ringwire
