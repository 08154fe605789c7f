// Base64 in the alphabet of URLs, without padding: how node records are written as text.
//
// Strict, so that one sequence of bytes has one text: no '=', no white space, no character of the other
// alphabet, and the bits of the last character that belong to no byte are zero.
//
// Pure. Complexity: one pass. Source: RFC 4648, 5 and 3.5.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/base/bytes.hpp"

namespace ringwire::wire {

std::string to_base64url(ByteView bytes);

// Decodes to the start of `out` and returns how many bytes it took. Nothing for text that is not of this
// form, or that does not fit; `out` is unspecified then.
std::optional<std::size_t> from_base64url(std::string_view text, ByteSpan out);

}  // namespace ringwire::wire
