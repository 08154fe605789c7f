// Picking a codec by its type, Rlp or Protobuf, for every record that has a table (codec/wire/describe.hpp).
// JSON needs room beside its text: to_json() and decode_json() of codec/wire/json_codec.hpp.
//
//   const auto header = decode<Rlp, Header>(bytes);
//   if (!header) log(header.error().to_string());
//   std::vector<std::uint8_t> out(encoded_bytes<Protobuf>(*header));
//   encode<Protobuf>(*header, out);
//
// Who reads many of one kind reads them into one record: records are large, and making each anew costs a good
// part of reading it.
//
//   Header header;
//   for (const ByteView bytes : answer) if (const auto read = decode_into<Rlp>(bytes, header); !read) ...
//
// A codec has bytes(record), write(record, out) and read_into(bytes, record); what it does with each kind of
// member is its own. Thread: any.
#pragma once

#include <cstddef>
#include <utility>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"

namespace ringwire::wire {

namespace codec_detail {

template <class Work>
[[gnu::flatten]] auto inlined(const Work& work) {
  return work();
}
// What a codec does with a record, as one piece of straight code where the record is hot.
template <class T, class Work>
auto run(const Work& work) {
  if constexpr (kIsHot<T>) {
    return inlined(work);
  } else {
    return work();
  }
}

}  // namespace codec_detail

template <class Codec, Described T>
std::size_t encoded_bytes(const T& record) {
  return codec_detail::run<T>([&] { return Codec::bytes(record); });
}
// `out` has encoded_bytes(record) bytes, asserted.
template <class Codec, Described T>
void encode(const T& record, ByteSpan out) {
  codec_detail::run<T>([&] { Codec::write(record, out); });
}
// All of `bytes`, and nothing else.
template <class Codec, Described T>
Result<T, DecodeError> decode(ByteView bytes) {
  Result<T, DecodeError> result(std::in_place);  // made where it is returned
  const auto read = codec_detail::run<T>([&] { return Codec::read_into(bytes, *result); });
  if (!read) result = Failure{read.error()};
  return result;
}
// Into a record that was used before: nothing of what was in it is left. After an error it is as newly made.
template <class Codec, Described T>
Status<DecodeError> decode_into(ByteView bytes, T& record) {
  const auto read = codec_detail::run<T>([&] { return Codec::read_into(bytes, record); });
  if (!read) record = T{};
  return read;
}

}  // namespace ringwire::wire
