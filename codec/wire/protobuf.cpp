#include "codec/wire/protobuf.hpp"

#include <protozero/exception.hpp>
#include <protozero/varint.hpp>

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

// A tag is read where it is asked for and again where its field begins: it is rare that both happen.
std::uint32_t ProtobufReader::read_number() {
  ByteView rest(next_, end_);
  std::uint64_t key = 0;
  const Malformed error = read_u32(rest, key);
  if (error == Malformed::none && is_tag(key) && key >> 3 >= last_)
    return static_cast<std::uint32_t>(key >> 3);
  fail_at(next_, error == Malformed::not_canonical ? error : Malformed::wrong_field);
  return 0;
}

bool ProtobufReader::begin_other(std::uint32_t number, WireType type) {
  if (number == 0 || read_number() != number) return false;
  field_ = next_;
  last_ = number;
  ByteView rest(next_, end_);
  std::uint64_t key = 0;
  static_cast<void>(read_u32(rest, key));
  next_ = rest.data();
  if ((key & 7U) == static_cast<std::uint8_t>(type)) return true;
  fail(Malformed::wrong_field);
  return false;
}

std::uint64_t ProtobufReader::long_varint() {
  ByteView rest(next_, end_);
  std::uint64_t value = 0;
  if (const Malformed error = read_varint(rest, value); error != Malformed::none) {
    fail(error);
    return 0;
  }
  next_ = rest.data();
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
