#include "codec/wire/malformed.hpp"

namespace ringwire::wire {

const char* name(Malformed what) {
  switch (what) {
    case Malformed::none:
      return "none";
    case Malformed::truncated:
      return "truncated";
    case Malformed::not_canonical:
      return "not_canonical";
    case Malformed::expected_string:
      return "expected_string";
    case Malformed::expected_list:
      return "expected_list";
    case Malformed::wrong_size:
      return "wrong_size";
    case Malformed::bad_integer:
      return "bad_integer";
    case Malformed::trailing_bytes:
      return "trailing_bytes";
    case Malformed::too_deep:
      return "too_deep";
    case Malformed::too_many_items:
      return "too_many_items";
    case Malformed::bad_value:
      return "bad_value";
    case Malformed::missing_field:
      return "missing_field";
    case Malformed::wrong_field:
      return "wrong_field";
    case Malformed::bad_text:
      return "bad_text";
    case Malformed::no_room:
      return "no_room";
    case Malformed::count_:
      break;
  }
  return "unknown";
}

std::string DecodeError::to_string() const {
  std::string text(field);
  if (!text.empty()) text += ' ';
  return text + "at " + std::to_string(offset) + ": " + name(what);
}

}  // namespace ringwire::wire
