// A record as a line of text or JSON, without the newline.
//
//   2026-08-22T10:00:00.123Z warn  shard-0 peer 6f1a sent too much (+12 held back)
//   {"time":"2026-08-22T10:00:00.123Z","level":"warn","thread":"shard-0","message":"...",
//    "source":"node/relay.cpp:88"}       (one line)
//
// Attack: a peer's name with a newline forges a line, with an escape sequence it drives the operator's
// terminal, with broken UTF-8 it makes the JSON unreadable. So every byte that is not printable ASCII is
// escaped: \xNN in text, \u00NN in JSON. Pure; O(length), at most six bytes for one.
#pragma once

#include <string>
#include <string_view>

#include "engine/log/record.hpp"

namespace ringwire::log {

const char* name(LogLevel level);

// For whoever shows text of others outside of a log.
std::string printable(std::string_view text);

std::string text_line(const Record& record, std::string_view thread);
std::string json_line(const Record& record, std::string_view thread);

}  // namespace ringwire::log
