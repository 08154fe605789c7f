// Whether bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. O(bytes).
#pragma once

#include <string_view>

namespace ringwire::wire {

bool is_utf8(std::string_view text);

}  // namespace ringwire::wire
