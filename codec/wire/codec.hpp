// Picking a codec by its type, Rlp or Protobuf, for every record that has a table (codec/wire/describe.hpp).
// JSON needs room beside its text: to_json() and decode_json() of codec/wire/json_codec.hpp.
//
//   const auto header = decode<Rlp, Header>(bytes);
//   if (!header) log(header.error().to_string());
//   std::vector<std::uint8_t> out(encoded_bytes<Protobuf>(*header));
//   encode<Protobuf>(*header, out);
//
// A codec has bytes(record), write(record, out) and read<Record>(bytes); what it does with each kind of
// member is its own. Thread: any.
#pragma once

#include <cstddef>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"

namespace ringwire::wire {

template <class Codec, Described T>
std::size_t encoded_bytes(const T& record) {
  return Codec::bytes(record);
}
// `out` has room for encoded_bytes(record), asserted. Returns that number.
template <class Codec, Described T>
std::size_t encode(const T& record, ByteSpan out) {
  return Codec::write(record, out);
}
// All of `bytes`, and nothing else.
template <class Codec, Described T>
Result<T, DecodeError> decode(ByteView bytes) {
  return Codec::template read<T>(bytes);
}

}  // namespace ringwire::wire
