// Protocol Buffers on the wire: fields of one message, read in place and written once, over protozero.
//
// Any implementation reads what this writes. What this reads is one form of each message, the one that all
// serialisers write: fields in ascending order, varints in their shortest form. Two wire types occur:
// varints, and everything with a length. Errors stick: after the first, no field is left.
//
// No allocation. Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <algorithm>
#include <bit>
#include <protozero/varint.hpp>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"
#include "codec/wire/malformed.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

enum class WireType : std::uint8_t { varint = 0, length_delimited = 2 };

class ProtobufReader {
 public:
  explicit ProtobufReader(ByteView message)
      : next_(message.data()), end_(message.data() + message.size()), tag_(next_), field_(next_) {
    step();
  }

  // The number of the field to read next; 0 at the end and after an error.
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] bool ok() const { return error_ == Malformed::none; }
  [[nodiscard]] Malformed error() const { return error_; }
  // Where the field stood that the first error is about; of `message`, whose part this reader reads.
  [[nodiscard]] std::uint32_t error_offset(ByteView message) const {
    return static_cast<std::uint32_t>(error_at_ - message.data());
  }
  // Whether it is about a field that was read, and not about what should be the tag of the next.
  [[nodiscard]] bool error_is_about_field() const { return is_about_field_; }
  // From the tag of the field to read next.
  [[nodiscard]] ByteView rest() const { return {tag_, end_}; }

  // The value of that field, and on to the next one.
  std::uint64_t varint() {
    if (!begin(WireType::varint)) return 0;
    std::uint64_t value = 0;
    const std::uint8_t* at = next_;
    for (unsigned shift = 0; shift < 63 && at != end_; shift += 7) {
      const std::uint8_t byte = *at++;
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte >= 0x80) continue;
      if (byte == 0 && shift > 0) break;  // not in its shortest form
      next_ = at;
      step();
      return value;
    }
    return long_varint();
  }
  ByteView bytes() {
    if (!begin(WireType::length_delimited)) return {};
    const auto left = static_cast<std::size_t>(end_ - next_);
    if (left > 0 && *next_ < 0x80 && *next_ < left) return take(next_ + 1, *next_);
    return long_bytes();
  }

  // About the field read last.
  void fail(Malformed error);
  // Takes over the error of the reader of a message inside.
  void adopt(const ProtobufReader& inner);

 private:
  void fail_at(const std::uint8_t* at, Malformed error);
  bool begin(WireType type) {
    if (!ok()) return false;
    RW_ASSERT(number_ != 0);
    field_ = tag_;
    if (type_ == static_cast<std::uint8_t>(type)) return true;
    fail(Malformed::wrong_field);
    return false;
  }
  // To the next tag; one that is not greater than the last may repeat it.
  void step() {
    tag_ = next_;
    if (next_ == end_) {
      number_ = 0;
      return;
    }
    std::uint32_t key = *next_;
    std::uint32_t bytes = 1;
    if (key >= 0x80 && end_ - next_ >= 2 && next_[1] < 0x80 && next_[1] > 0) {
      key = (key & 0x7FU) | std::uint32_t{next_[1]} << 7;
      bytes = 2;
    }
    // Fields of up to 2047; what is not in its shortest form is told apart elsewhere.
    const bool is_plain = (key < 0x80 || bytes == 2) && key >= 8 && (key & 7U) <= 2;
    if (!is_plain || key >> 3 < number_) return long_tag();
    next_ += bytes;
    number_ = key >> 3;
    type_ = key & 7U;
  }
  ByteView take(const std::uint8_t* start, std::size_t bytes) {
    next_ = start + bytes;
    step();
    return {start, bytes};
  }
  // Whatever is longer, or wrong.
  void long_tag();
  std::uint64_t long_varint();
  ByteView long_bytes();

  const std::uint8_t* next_;  // behind the tag of the field to read next
  const std::uint8_t* end_;
  const std::uint8_t* tag_;                 // of that field
  const std::uint8_t* field_;               // read last
  const std::uint8_t* error_at_ = nullptr;  // the field of the first error
  std::uint32_t number_ = 0;
  std::uint8_t type_ = 0;
  Malformed error_ = Malformed::none;
  bool is_about_field_ = false;
};

// The numbers of a packed field, one after the other: the first of `rest`, which then begins behind it. The
// error is truncated, bad_integer or not_canonical.
Malformed read_varint(ByteView& rest, std::uint64_t& value);

// Bytes of a varint.
constexpr std::size_t varint_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

// Counts what ProtobufWriter would write.
class ProtobufSizer {
 public:
  void tag(std::uint32_t number, WireType) { varint(std::uint64_t{number} << 3); }
  void varint(std::uint64_t value) { bytes_ += varint_bytes(value); }
  void raw(ByteView bytes) { bytes_ += bytes.size(); }
  void integer(const Uint256& value) { bytes_ += value.significant_bytes(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// Writes to the start of `out`, which must be large enough (asserted).
class ProtobufWriter {
 public:
  explicit ProtobufWriter(ByteSpan out)
      : begin_(out.data()), next_(out.data()), end_(out.data() + out.size()) {}

  void tag(std::uint32_t number, WireType type) {
    varint(std::uint64_t{number} << 3 | static_cast<std::uint8_t>(type));
  }
  void varint(std::uint64_t value) {
    RW_ASSERT(varint_bytes(value) <= room());
    next_ += protozero::add_varint_to_buffer(reinterpret_cast<char*>(next_), value);
  }
  void raw(ByteView bytes) {
    RW_ASSERT(bytes.size() <= room());
    next_ = std::copy(bytes.begin(), bytes.end(), next_);
  }
  // In its shortest form, without a length.
  void integer(const Uint256& value) {
    RW_ASSERT(value.significant_bytes() <= room());
    value.store_shortest_be(next_);
    next_ += value.significant_bytes();
  }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(end_ - next_); }

  std::uint8_t* begin_;
  std::uint8_t* next_;
  std::uint8_t* end_;
};

// The size of what `body(sink)` writes.
template <class Body>
std::size_t protobuf_size(const Body& body) {
  ProtobufSizer sizer;
  body(sizer);
  return sizer.bytes();
}

// Field `number` with a length and what `body(sink)` writes.
template <class Sink, class Body>
void write_delimited(Sink& sink, std::uint32_t number, const Body& body) {
  sink.tag(number, WireType::length_delimited);
  sink.varint(protobuf_size(body));
  body(sink);
}

}  // namespace ringwire::wire
