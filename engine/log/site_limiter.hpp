// How often one call site of one thread may write, per reason.
//
// Attack: a peer repeats whatever makes us log. The disk fills, the writer takes a core, and the one line
// that matters is lost among a million.
//
// Rules: a site may write kBurst lines at once and one per kInterval after that; what is held back is counted
// and told with the next line. A site that serves several reasons gives each a number and each has its own
// allowance. With a full minute of flooding a site writes at most kBurst + 60 lines: below 35 KB.
//
// Pure: `now` is an argument. Memory: kEntries entries, none allocated; sites and reasons beyond that share
// one allowance. Complexity: O(1) expected. Thread: its logger's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "codec/base/time.hpp"
#include "engine/log/record.hpp"

namespace ringwire::log {

class SiteLimiter {
 public:
  static constexpr std::uint32_t kBurst = 32;  // a start-up that lists its listeners and peers passes
  static constexpr Duration kInterval = 1s;
  static constexpr std::size_t kEntries = 256;  // call sites that log on one thread, with room to spare

  // The number of lines held back before this one, or nothing where this one is to be held back too.
  std::optional<std::uint32_t> admit(const Site& site, std::uint32_t reason, Instant now) {
    Entry& entry = find(site, reason);
    const Instant start = entry.free_at > now ? entry.free_at : now;
    if (start - now > (kBurst - 1) * kInterval) {
      ++entry.suppressed;
      return std::nullopt;
    }
    entry.free_at = start + kInterval;
    return std::exchange(entry.suppressed, 0);
  }

 private:
  // Each line takes kInterval of the future; a site may be kBurst intervals ahead of the clock.
  struct Entry {
    Site site{nullptr, 0};
    std::uint32_t reason = 0;
    std::uint32_t suppressed = 0;
    Instant free_at;
  };

  Entry& find(const Site& site, std::uint32_t reason) {
    const std::uint64_t mixed = (reinterpret_cast<std::uintptr_t>(site.file) ^
                                 std::uint64_t{site.line} << 40 ^ std::uint64_t{reason} << 20) *
                                0x9e3779b97f4a7c15ULL;
    for (std::size_t i = 0; i < kEntries; ++i) {
      Entry& entry = entries_[((mixed >> 32) + i) % kEntries];
      if (entry.site.file == nullptr) entry = {site, reason, 0, {}};
      if (entry.site.file == site.file && entry.site.line == site.line && entry.reason == reason)
        return entry;
    }
    return overflow_;
  }

  std::array<Entry, kEntries> entries_;
  Entry overflow_;
};

}  // namespace ringwire::log
