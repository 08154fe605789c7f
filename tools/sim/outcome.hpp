// What a sweep keeps of one run, and the bytes in which the process that ran it hands it over.
//
// Both ends are the same program, so that numbers are as they lie in memory. The sender may have broken its
// own memory: what does not add up is refused, whatever it is, and takes no more memory than there are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/time.hpp"
#include "tools/sim/run_report.hpp"

namespace ringwire::sim {

struct Outcome {
  std::uint64_t trace = 0;
  std::uint64_t published = 0;
  std::uint64_t expected = 0;
  std::uint64_t delivered = 0;
  Duration simulated{0};
  double real_seconds = 0;
  std::vector<Violation> violations;  // the first kViolationsKept
  std::string said;                   // the end of what the process wrote to standard error

  [[nodiscard]] bool ok() const { return violations.empty(); }
};

// One broken rule breaks others after it: who looks for the cause reads the first ones.
inline constexpr std::size_t kViolationsKept = 100;
inline constexpr std::size_t kViolationTextBytesMax = 1000;
inline constexpr std::size_t kOutcomeBytesMax = 256 * 1024;

// Without `said`, which takes another way.
Outcome outcome_of(const RunReport& report);
std::string encode_outcome(const Outcome& outcome);
std::optional<Outcome> decode_outcome(std::string_view bytes);

}  // namespace ringwire::sim
