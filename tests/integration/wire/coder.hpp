// What wire_peer does with a type of message: make a random one, and read one. One coder for each row of
// message_rules(), so that a type without one stops the program.
#pragma once

#include <string>
#include <vector>

#include "codec/base/result.hpp"
#include "codec/wire/message_type.hpp"
#include "tests/support/random_record.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {

// A record as its payload; as JSON, values in the order of the wire; and what the page derives from it, such
// as its id.
struct Spoken {
  Bytes payload;
  std::string values;
  Bytes derived;
};

struct Coder {
  MessageType type;
  Spoken (*make)(RecordMaker& maker);
  // What the payload was decoded to, written again; or why it is no such record.
  Result<Spoken, std::string> (*read)(ByteView payload);
};

std::vector<Coder> session_coders();    // sections 4 and 5
std::vector<Coder> content_coders();    // sections 6 to 8
std::vector<Coder> described_coders();  // sections 9 to 13

// Bytes that repeat themselves, so that compressing them pays.
inline Bytes repetitive_bytes(RecordMaker& maker) {
  const ByteView piece = maker.bytes(maker.prng().between(1, 40));
  Bytes bytes;
  for (std::uint64_t copies = maker.prng().between(2, 60); copies > 0; --copies) append(bytes, piece);
  return bytes;
}

}  // namespace ringwire::wire
