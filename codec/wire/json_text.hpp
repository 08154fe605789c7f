// Values as JSON writes them: "0x1f" for a number, "0x00ff" for bytes, text in quotes.
#pragma once

#include <string>
#include <string_view>

#include "codec/base/bytes.hpp"
#include "codec/wire/malformed.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

void append_quantity(std::string& out, const Uint256& value);
void append_data(std::string& out, ByteView bytes);
// What is not UTF-8 is shown as U+FFFD.
void append_text(std::string& out, std::string_view text);

// "0x" and at least one digit, no leading zero but of "0x0", at most 256 bits.
Malformed read_quantity(std::string_view text, Uint256& value);
// "0x" and exactly two digits for each byte of `out`.
Malformed read_data(std::string_view text, ByteSpan out);

}  // namespace ringwire::wire
