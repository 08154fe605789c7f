// Durations as people write them: "500us", "12.5s", "2h". Exact to the nanosecond, without floating point.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/base/time.hpp"

namespace ringwire::sim {

// Digits, perhaps a point and up to 9 more digits, then ns, us, ms, s, min or h. Nothing where the text has
// another form, names a part of a nanosecond, or exceeds what a Duration holds (292 years).
std::optional<Duration> parse_duration(std::string_view text);

// In the largest of ns, us, ms and s that is not larger than the duration. parse_duration() reads it back
// where it is not negative.
std::string duration_text(Duration duration);

}  // namespace ringwire::sim
