#include "codec/wire/protobuf.hpp"

#include <protozero/exception.hpp>

namespace ringwire::wire {
namespace {

const char* chars(ByteView bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

// Tags and lengths are numbers of 32 bits.
Malformed read_u32(ByteView& rest, std::uint64_t& value) {
  const Malformed error = read_varint(rest, value);
  return error == Malformed::none && value > UINT32_MAX ? Malformed::bad_integer : error;
}

// What the language gives to fields, and what has a meaning behind it: varints, 8 bytes, a length, 4 bytes.
bool is_tag(std::uint64_t key) {
  constexpr std::uint32_t kReservedFirst = 19'000, kReservedLast = 19'999;
  const std::uint64_t number = key >> 3, type = key & 7U;
  const bool is_number = number > 0 && (number < kReservedFirst || number > kReservedLast);
  return is_number && (type <= 2 || type == 5);
}

}  // namespace

void ProtobufReader::long_tag() {
  ByteView rest(tag_, end_);
  std::uint64_t key = 0;
  const Malformed error = read_u32(rest, key);
  if (error == Malformed::not_canonical) return fail_at(tag_, error);
  if (error != Malformed::none || !is_tag(key) || key >> 3 < number_)
    return fail_at(tag_, Malformed::wrong_field);
  next_ = rest.data();
  number_ = static_cast<std::uint32_t>(key >> 3);
  type_ = key & 7U;
}

std::uint64_t ProtobufReader::long_varint() {
  ByteView rest(next_, end_);
  std::uint64_t value = 0;
  if (const Malformed error = read_varint(rest, value); error != Malformed::none) {
    fail(error);
    return 0;
  }
  next_ = rest.data();
  step();
  return value;
}

ByteView ProtobufReader::long_bytes() {
  ByteView rest(next_, end_);
  std::uint64_t length = 0;
  const Malformed error = read_u32(rest, length);
  if (error == Malformed::none && length <= rest.size()) return take(rest.data(), length);
  fail(error == Malformed::not_canonical ? error : Malformed::truncated);
  return {};
}

void ProtobufReader::fail(Malformed error) {
  if (!ok()) return;
  fail_at(field_, error);
  is_about_field_ = true;
}

void ProtobufReader::fail_at(const std::uint8_t* at, Malformed error) {
  error_ = error;
  error_at_ = at;
  tag_ = end_;
  next_ = end_;
  number_ = 0;
}

void ProtobufReader::adopt(const ProtobufReader& inner) {
  if (inner.ok() || !ok()) return;
  fail_at(inner.error_at_, inner.error_);
  is_about_field_ = true;
}

Malformed read_varint(ByteView& rest, std::uint64_t& value) {
  const char* next = chars(rest);
  try {
    value = protozero::decode_varint(&next, chars(rest) + rest.size());
  } catch (const protozero::end_of_buffer_exception&) {
    return Malformed::truncated;
  } catch (const protozero::exception&) {
    return Malformed::bad_integer;
  }
  const auto bytes = next - chars(rest);
  // Of the tenth byte one bit is part of the number, and the library drops the rest.
  if (bytes == protozero::max_varint_length && rest[protozero::max_varint_length - 1] > 1)
    return Malformed::bad_integer;
  if (bytes != protozero::length_of_varint(value)) return Malformed::not_canonical;
  rest = rest.subspan(static_cast<std::size_t>(bytes));
  return Malformed::none;
}

}  // namespace ringwire::wire
