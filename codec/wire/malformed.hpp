// Why bytes are not the record they should be, and where: the same words for every codec.
//
// What the caller does is the same for all of them: drop the message and penalise who sent it. No correct
// encoder produces any of these. `no_room` alone is ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringwire::wire {

enum class Malformed : std::uint8_t {
  none,
  truncated,        // something runs past the end of what contains it
  not_canonical,    // a shorter form of the same value exists, or its default written out
  expected_string,  // a list or an object where a value belongs
  expected_list,
  wrong_size,      // a string of another size than the field has
  bad_integer,     // leading zero, or larger than the type
  trailing_bytes,  // something after the last field or item
  too_deep,
  too_many_items,
  bad_value,      // of the right form, and not one that this field may have
  missing_field,  // a field that has no default
  wrong_field,    // unknown, twice, out of order, or of another wire type
  bad_text,       // neither JSON nor UTF-8, or no hexadecimal where it belongs
  no_room,        // more storage than a record of this input can need
  count_,
};
const char* name(Malformed what);

struct DecodeError {
  Malformed what = Malformed::none;
  std::uint32_t offset = 0;  // of the item, from the start of what was decoded
  std::string_view field;    // as the record's description names it; empty for the record itself

  // "gasLimit at 12: bad_integer"
  [[nodiscard]] std::string to_string() const;
  bool operator==(const DecodeError&) const = default;
};

}  // namespace ringwire::wire
