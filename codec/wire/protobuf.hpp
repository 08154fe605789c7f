// Protocol Buffers on the wire: fields of one message, read in place and written once, over protozero.
//
// Any implementation reads what this writes. What this reads is one form of each message, the one that all
// serialisers write: fields in ascending order, varints in their shortest form. Two wire types occur:
// varints, and everything with a length. Errors stick: after the first, no field is left.
//
// No allocation. Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>

#include "codec/base/bytes.hpp"
#include "codec/wire/malformed.hpp"

namespace ringwire::wire {

enum class WireType : std::uint8_t { varint = 0, length_delimited = 2 };

class ProtobufReader {
 public:
  explicit ProtobufReader(ByteView message);

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
  std::uint64_t varint();
  ByteView bytes();

  // About the field read last.
  void fail(Malformed error);
  // Takes over the error of the reader of a message inside.
  void adopt(const ProtobufReader& inner);

 private:
  [[nodiscard]] const std::uint8_t* at() const {
    return reinterpret_cast<const std::uint8_t*>(reader_.data().data());
  }
  void fail_at(const std::uint8_t* at, Malformed error);
  bool begin(protozero::pbf_wire_type type);
  void step();

  protozero::pbf_reader reader_;
  const std::uint8_t* tag_;  // of the field to read next
  const std::uint8_t* end_;
  const std::uint8_t* field_;               // read last
  const std::uint8_t* error_at_ = nullptr;  // the field of the first error
  std::uint32_t number_ = 0;
  Malformed error_ = Malformed::none;
  bool is_about_field_ = false;
};

// The numbers of a packed field, one after the other: the first of `rest`, which then begins behind it. The
// error is truncated, bad_integer or not_canonical.
Malformed read_varint(ByteView& rest, std::uint64_t& value);

// Counts what ProtobufWriter would write.
class ProtobufSizer {
 public:
  void tag(std::uint32_t number, WireType) { varint(std::uint64_t{number} << 3); }
  void varint(std::uint64_t value) { bytes_ += static_cast<std::size_t>(protozero::length_of_varint(value)); }
  void raw(ByteView bytes) { bytes_ += bytes.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// Writes to the start of `out`, which must be large enough (asserted).
class ProtobufWriter {
 public:
  explicit ProtobufWriter(ByteSpan out) : out_(out) {}

  void tag(std::uint32_t number, WireType type) {
    varint(std::uint64_t{number} << 3 | static_cast<std::uint8_t>(type));
  }
  void varint(std::uint64_t value);
  void raw(ByteView bytes);
  [[nodiscard]] std::size_t bytes() const { return written_; }

 private:
  ByteSpan out_;
  std::size_t written_ = 0;
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
