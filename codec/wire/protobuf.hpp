// Protocol Buffers on the wire: fields of one message, read in place and written once. Long numbers are read
// by protozero.
//
// Any implementation reads what this writes. What this reads is one form of each message, the one that all
// serialisers write: fields in ascending order, varints in their shortest form. Two wire types occur:
// varints, and everything with a length. Errors stick: after the first, no field is left.
//
// No allocation. Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <algorithm>
#include <bit>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"
#include "codec/base/ids.hpp"
#include "codec/wire/copy_fixed.hpp"
#include "codec/wire/malformed.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

enum class WireType : std::uint8_t { varint = 0, length_delimited = 2 };

class ProtobufReader {
 public:
  explicit ProtobufReader(ByteView message)
      : next_(message.data()), end_(message.data() + message.size()), field_(next_) {}

  [[nodiscard]] bool ok() const { return error_ == Malformed::none; }
  [[nodiscard]] Malformed error() const { return error_; }
  // Where the field stood that the first error is about; of `message`, whose part this reader reads.
  [[nodiscard]] std::uint32_t error_offset(ByteView message) const {
    return static_cast<std::uint32_t>(error_at_ - message.data());
  }
  // Whether it is about a field that was read, and not about what should be the tag of the next.
  [[nodiscard]] bool error_is_about_field() const { return is_about_field_; }
  // What was not read yet.
  [[nodiscard]] ByteView rest() const { return {next_, end_}; }

  // The number of the field to read next; 0 at the end and after an error.
  std::uint32_t number() { return next_ == end_ ? 0 : rare(&ProtobufReader::read_number); }
  // Begins field `number` if it comes next: what follows is its value.
  bool begin(std::uint32_t number, WireType type) {
    const std::uint32_t tag = number << 3 | static_cast<std::uint8_t>(type);
    const std::uint32_t next = short_tag();
    if (next == tag) {
      last_ = number;
      field_ = next_;
      next_ += tag < 0x80 ? 1 : 2;
      return true;
    }
    // Nothing is left, or a later field.
    if (next_ == end_ || next >> 3 > number) return false;
    return rare(&ProtobufReader::begin_other, number, type);
  }
  // The same of another field with the number of the last one.
  bool begin_again(WireType type) { return begin(last_, type); }
  // Over the tag of a field that was begun before in the same bytes, if there is one.
  void skip_tag() {
    while (next_ != end_ && *next_++ >= 0x80) {
    }
  }

  // The value of the field that was begun.
  std::uint64_t varint() {
    if (next_ != end_ && *next_ < 0x80) return *next_++;
    if (end_ - next_ < 8) return rare(&ProtobufReader::long_varint);
    // Of two to eight bytes, by one load: the first byte without a top bit is the last. Neighbours of 7, of
    // 14 and of 28 bits then close up.
    std::uint64_t bits = __builtin_bswap64(load_be<std::uint64_t>(next_));
    const std::uint64_t ends = ~bits & 0x8080'8080'8080'8080;
    const unsigned last = std::countr_zero(ends) / 8U;
    if (ends == 0 || next_[last] == 0) return rare(&ProtobufReader::long_varint);
    bits &= UINT64_MAX >> (56 - 8 * last);
    bits = (bits & 0x007F'007F'007F'007F) | (bits & 0x7F00'7F00'7F00'7F00) >> 1;
    bits = (bits & 0x0000'3FFF'0000'3FFF) | (bits & 0x3FFF'0000'3FFF'0000) >> 2;
    next_ += last + 1;
    return (bits & 0x0FFF'FFFF) | bits >> 32 << 28;
  }
  ByteView bytes() {
    const auto left = static_cast<std::size_t>(end_ - next_);
    if (left > 0 && *next_ < 0x80 && *next_ < left) return take(next_ + 1, *next_);
    // A length of two bytes.
    const std::size_t length = left >= 2 ? (*next_ & 0x7FU) | std::size_t{next_[1]} << 7 : 0;
    if (length >= 0x80 && length < 0x4000 && length <= left - 2) return take(next_ + 2, length);
    return rare(&ProtobufReader::long_bytes);
  }

  // Bytes that are a number in its shortest form, at most 32.
  void integer(Uint256& out) {
    const ByteView found = bytes();
    if (found.size() > 32 || (!found.empty() && found[0] == 0)) return fail(Malformed::bad_integer);
    if (found.size() == 32) return out.assign_whole_be(found.data());
    // What stands behind a short number may be read with it.
    const bool is_one_load = !found.empty() && found.size() <= 8 && end_ - found.data() >= 8;
    if (!is_one_load) return out.assign_be(found);
    out = load_be<std::uint64_t>(found.data()) >> (64 - 8 * found.size());
  }

  // Nothing may be left.
  void finish() {
    if (number() != 0) fail_at(next_, Malformed::wrong_field);
  }
  // About the field begun last.
  void fail(Malformed error) {
    if (!ok()) return;
    fail_at(field_, error);
    is_about_field_ = true;
  }
  // Takes over the error of the reader of a message inside.
  void adopt(const ProtobufReader& inner) {
    if (inner.ok() || !ok()) return;
    fail_at(inner.error_at_, inner.error_);
    is_about_field_ = true;
  }

 private:
  void fail_at(const std::uint8_t* at, Malformed error) {
    error_ = error;
    error_at_ = at;
    next_ = end_;
  }
  // The tag of one or two bytes that stands there in its shortest form; 0, which is none, of anything else.
  [[nodiscard]] std::uint32_t short_tag() const {
    if (next_ == end_) return 0;
    if (*next_ < 0x80) return *next_;
    if (end_ - next_ < 2 || next_[1] >= 0x80 || next_[1] == 0) return 0;
    return (next_[0] & 0x7FU) | std::uint32_t{next_[1]} << 7;
  }
  ByteView take(const std::uint8_t* start, std::size_t bytes) {
    next_ = start + bytes;
    return {start, bytes};
  }
  // What is longer or rarer, or wrong: by a copy, so that the reader itself stays in registers (see
  // RlpReader).
  template <class Found, class... Given>
  Found rare(Found (ProtobufReader::*read)(Given...), Given... given) {
    ProtobufReader copy = *this;
    const Found found = (copy.*read)(given...);
    *this = copy;
    return found;
  }
  std::uint32_t read_number();
  bool begin_other(std::uint32_t number, WireType type);
  std::uint64_t long_varint();
  ByteView long_bytes();

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  const std::uint8_t* field_;               // begun last
  const std::uint8_t* error_at_ = nullptr;  // the field of the first error
  std::uint32_t last_ = 0;                  // number of that begun last
  Malformed error_ = Malformed::none;
  bool is_about_field_ = false;
};

// The numbers of a packed field, one after the other: the first of `rest`, which then begins behind it. The
// error is truncated, bad_integer or not_canonical.
Malformed read_varint(ByteView& rest, std::uint64_t& value);

// Bytes of a varint: of a number of n bits n / 7, rounded up.
constexpr std::size_t varint_bytes(std::uint64_t value) {
  return (9 * static_cast<std::size_t>(std::bit_width(value | 1)) + 64) / 64;
}
constexpr std::size_t tag_bytes(std::uint32_t number) {
  return varint_bytes(std::uint64_t{number} << 3);
}

// Counts what ProtobufWriter would write.
class ProtobufSizer {
 public:
  // The number of a packed field, or one that has no field.
  void varint(std::uint64_t value) { bytes_ += varint_bytes(value); }
  void number(std::uint32_t field, std::uint64_t value) { bytes_ += tag_bytes(field) + varint_bytes(value); }
  void bytes(std::uint32_t field, ByteView value) { message(field, value.size()), bytes_ += value.size(); }
  template <std::size_t kSize, class Tag>
  void fixed(std::uint32_t field, const FixedBytes<kSize, Tag>&) {
    bytes_ += tag_bytes(field) + varint_bytes(kSize) + kSize;
  }
  void integer(std::uint32_t field, const Uint256& value) {
    bytes_ += tag_bytes(field) + 1 + value.significant_bytes();
  }
  // The tag and the length of a message that is written next.
  void message(std::uint32_t field, std::size_t bytes) { bytes_ += tag_bytes(field) + varint_bytes(bytes); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// Writes to the start of `out`, which must be large enough (asserted).
class ProtobufWriter {
 public:
  explicit ProtobufWriter(ByteSpan out)
      : begin_(out.data()), next_(out.data()), end_(out.data() + out.size()) {}

  void varint(std::uint64_t value) {
    RW_ASSERT(varint_bytes(value) <= room());
    put(value);
  }
  void number(std::uint32_t field, std::uint64_t value) {
    RW_ASSERT(tag_bytes(field) + varint_bytes(value) <= room());
    tag(field, WireType::varint);
    put(value);
  }
  void bytes(std::uint32_t field, ByteView value) {
    RW_ASSERT(tag_bytes(field) + varint_bytes(value.size()) + value.size() <= room());
    tag(field, WireType::length_delimited);
    put(value.size());
    next_ = std::copy(value.begin(), value.end(), next_);
  }
  template <std::size_t kSize, class Tag>
  void fixed(std::uint32_t field, const FixedBytes<kSize, Tag>& value) {
    message(field, kSize);
    RW_ASSERT(kSize <= room());
    copy_fixed(value, next_);
    next_ += kSize;
  }
  // In its shortest form.
  void integer(std::uint32_t field, const Uint256& value) {
    const std::size_t bytes = value.significant_bytes();
    RW_ASSERT(tag_bytes(field) + 1 + bytes <= room());
    tag(field, WireType::length_delimited);
    put(bytes);
    value.store_shortest_be(next_, bytes);
    next_ += bytes;
  }
  void message(std::uint32_t field, std::size_t bytes) {
    RW_ASSERT(tag_bytes(field) + varint_bytes(bytes) <= room());
    tag(field, WireType::length_delimited);
    put(bytes);
  }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(end_ - next_); }
  // Where there is room.
  void tag(std::uint32_t field, WireType type) {
    put(std::uint64_t{field} << 3 | static_cast<std::uint8_t>(type));
  }
  void put(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *next_++ = static_cast<std::uint8_t>(value | 0x80);
    *next_++ = static_cast<std::uint8_t>(value);
  }

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
void write_message(Sink& sink, std::uint32_t field, const Body& body) {
  sink.message(field, protobuf_size(body));
  body(sink);
}

}  // namespace ringwire::wire
