#include "codec/wire/protobuf.hpp"

#include <algorithm>
#include <protozero/exception.hpp>

#include "codec/base/check.hpp"

namespace ringwire::wire {
namespace {

const char* chars(ByteView bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

// Of a tag or length: the library reads 32 bits of it and drops the rest.
bool is_shortest(const std::uint8_t* begin, const std::uint8_t* end, std::uint64_t value) {
  constexpr std::ptrdiff_t kBytesMax = 5;
  constexpr std::uint8_t kLastMax = 0x0F;
  return end - begin == protozero::length_of_varint(value) &&
         (end - begin < kBytesMax || begin[kBytesMax - 1] <= kLastMax);
}

}  // namespace

ProtobufReader::ProtobufReader(ByteView message)
    : reader_(chars(message), message.size()),
      tag_(message.data()),
      end_(message.data() + message.size()),
      field_(tag_) {
  step();
}

// To the next tag; a tag that is not greater than the last one may repeat it.
void ProtobufReader::step() {
  tag_ = end_;
  const std::uint32_t before = number_;
  number_ = 0;
  const std::uint8_t* const tag = at();
  try {
    if (!reader_.next()) return;
  } catch (const protozero::exception&) {
    return fail_at(tag, Malformed::wrong_field);
  }
  const std::uint64_t key = std::uint64_t{reader_.tag()} << 3;
  if (!is_shortest(tag, at(), key)) return fail_at(tag, Malformed::not_canonical);
  if (reader_.tag() < before) return fail_at(tag, Malformed::wrong_field);
  tag_ = tag;
  number_ = reader_.tag();
}

bool ProtobufReader::begin(protozero::pbf_wire_type type) {
  if (!ok()) return false;
  RW_ASSERT(number_ != 0);
  field_ = tag_;
  if (reader_.has_wire_type(type)) return true;
  fail(Malformed::wrong_field);
  return false;
}

std::uint64_t ProtobufReader::varint() {
  if (!begin(protozero::pbf_wire_type::varint)) return 0;
  ByteView rest(at(), end_);
  std::uint64_t value = 0;
  const Malformed error = read_varint(rest, value);
  if (error != Malformed::none) {
    fail(error);
    return 0;
  }
  reader_.skip();
  step();
  return value;
}

ByteView ProtobufReader::bytes() {
  if (!begin(protozero::pbf_wire_type::length_delimited)) return {};
  try {
    const std::uint8_t* const length = at();
    const protozero::data_view found = reader_.get_view();
    const auto* const start = reinterpret_cast<const std::uint8_t*>(found.data());
    if (!is_shortest(length, start, found.size())) {
      fail(Malformed::not_canonical);
      return {};
    }
    step();
    return {start, found.size()};
  } catch (const protozero::exception&) {
    fail(Malformed::truncated);
    return {};
  }
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

void ProtobufWriter::varint(std::uint64_t value) {
  const auto bytes = static_cast<std::size_t>(protozero::length_of_varint(value));
  RW_ASSERT(bytes <= out_.size() - written_);
  protozero::add_varint_to_buffer(reinterpret_cast<char*>(out_.data() + written_), value);
  written_ += bytes;
}

void ProtobufWriter::raw(ByteView bytes) {
  RW_ASSERT(bytes.size() <= out_.size() - written_);
  std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<std::ptrdiff_t>(written_));
  written_ += bytes.size();
}

}  // namespace ringwire::wire
