// Records as Protocol Buffers (proto3): the messages of codec/wire/proto, one field for each row of the table
// (codec/wire/describe.hpp), its number the row's.
//
// A default is left out: 0, false, nothing. Fields of a fixed size and records inside have none and are
// always there. A field at the end that may be left out has presence (`optional`), and then its 0 is written;
// a list there is a message with one repeated field, because none at all is not the same as an empty one.
// Unknown fields and fields that the kind of the record does not have are refused.
//
// Reading is one pass without allocation, as deep as the tables are: the tag of each row is compared, not
// looked up. Writing asks for the size first and then writes once. Complexity: O(bytes) to read and to write.
// Before it is written, a field is measured once for each message around it but the outermost: O(1), however
// long it is.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/protobuf.hpp"
#include "codec/wire/rlp.hpp"
#include "codec/wire/utf8.hpp"

namespace ringwire::wire {

// How one kind of value stands as field `number`. read(): the field was begun.
//   static constexpr bool kHasDefault;
//   static bool is_default(const T&);
//   template <class Sink> static void write(Sink&, std::uint32_t number, const T&);
//   static void read(ProtobufReader&, T& out);
template <class T>
struct ProtobufValue;

namespace protobuf_detail {

template <class T>
void read_fields(ProtobufReader& from, T& out, std::string_view& failed);
template <class Sink, class T>
void write_fields(Sink& sink, const T& record);

template <class T>
inline constexpr WireType kWireType =
    std::unsigned_integral<T> ? WireType::varint : WireType::length_delimited;

// A field without presence.
template <class T>
void read_value(ProtobufReader& from, std::uint32_t number, T& out) {
  using Value = ProtobufValue<T>;
  if (from.begin(number, kWireType<T>)) {
    Value::read(from, out);
    if (Value::is_default(out)) from.fail(Malformed::not_canonical);
  } else if constexpr (Value::kHasDefault) {
    out = T{};
  } else {
    static_cast<void>(from.number());  // what stands there may be no tag at all, which says more
    from.fail(Malformed::missing_field);
  }
}

template <class Sink, class T>
void write_value(Sink& sink, std::uint32_t number, const T& value) {
  if (!ProtobufValue<T>::is_default(value)) ProtobufValue<T>::write(sink, number, value);
}

}  // namespace protobuf_detail

template <std::unsigned_integral T>
struct ProtobufValue<T> {
  static constexpr bool kHasDefault = true;
  static bool is_default(T value) { return value == T{}; }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, T value) {
    sink.number(number, value);
  }
  static void read(ProtobufReader& from, T& out) {
    const std::uint64_t value = from.varint();
    if (value > std::numeric_limits<T>::max()) from.fail(Malformed::bad_integer);
    out = static_cast<T>(value);
  }
};

template <>
struct ProtobufValue<ByteView> {
  static constexpr bool kHasDefault = true;
  static bool is_default(ByteView value) { return value.empty(); }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, ByteView value) {
    sink.bytes(number, value);
  }
  static void read(ProtobufReader& from, ByteView& out) { out = from.bytes(); }
};

template <>
struct ProtobufValue<std::string_view> {
  static constexpr bool kHasDefault = true;
  static bool is_default(std::string_view value) { return value.empty(); }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, std::string_view value) {
    sink.bytes(number, as_bytes(value));
  }
  static void read(ProtobufReader& from, std::string_view& out) {
    out = as_text(from.bytes());
    if (!is_utf8(out)) from.fail(Malformed::bad_text);
  }
};

template <>
struct ProtobufValue<Uint256> {
  static constexpr bool kHasDefault = true;
  static bool is_default(const Uint256& value) { return value.is_zero(); }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const Uint256& value) {
    sink.integer(number, value);
  }
  static void read(ProtobufReader& from, Uint256& out) { from.integer(out); }
};

template <std::size_t kSize, class Tag>
struct ProtobufValue<FixedBytes<kSize, Tag>> {
  static constexpr bool kHasDefault = false;
  static bool is_default(const FixedBytes<kSize, Tag>&) { return false; }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const FixedBytes<kSize, Tag>& value) {
    sink.fixed(number, value);
  }
  static void read(ProtobufReader& from, FixedBytes<kSize, Tag>& out) {
    const ByteView bytes = from.bytes();
    if (bytes.size() != kSize) return from.fail(Malformed::wrong_size);
    copy_fixed(bytes.data(), out);
  }
};

template <std::size_t kSize, class Tag>
struct ProtobufValue<std::optional<FixedBytes<kSize, Tag>>> {
  using Value = ProtobufValue<FixedBytes<kSize, Tag>>;
  static constexpr bool kHasDefault = true;
  static bool is_default(const std::optional<FixedBytes<kSize, Tag>>& value) { return !value; }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const std::optional<FixedBytes<kSize, Tag>>& value) {
    Value::write(sink, number, *value);
  }
  static void read(ProtobufReader& from, std::optional<FixedBytes<kSize, Tag>>& out) {
    Value::read(from, made(out));
  }
};

template <>
struct ProtobufValue<Envelope> {
  static constexpr bool kHasDefault = false;
  static bool is_default(const Envelope&) { return false; }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const Envelope& envelope) {
    sink.bytes(number, envelope.bytes);
  }
  static void read(ProtobufReader& from, Envelope& out) {
    out.bytes = from.bytes();
    if (from.ok() && !is_envelope(out.bytes)) from.fail(Malformed::bad_value);
  }
};

template <Described T>
struct ProtobufValue<T> {
  static constexpr bool kHasDefault = false;
  static bool is_default(const T&) { return false; }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const T& record) {
    write_message(sink, number, [&](auto& inside) { protobuf_detail::write_fields(inside, record); });
  }
  static void read(ProtobufReader& from, T& out) {
    std::string_view failed;
    const ByteView message = from.bytes();
    if (!from.ok()) return;
    ProtobufReader inside(message);
    protobuf_detail::read_fields(inside, out, failed);
    from.adopt(inside);
  }
};

// Elements one after the other, each a field of the same number. The list begins behind the first tag.
template <class T>
struct ProtobufValue<List<T>> {
  static constexpr bool kHasDefault = true;
  static bool is_default(const List<T>& list) { return list.empty(); }
  static T next(ByteView& rest) {
    ProtobufReader from(rest);
    T element{};
    ProtobufValue<T>::read(from, element);
    from.skip_tag();
    rest = from.rest();
    return element;
  }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const List<T>& list) {
    list.each([&](const T& element) { ProtobufValue<T>::write(sink, number, element); });
  }
  static void read(ProtobufReader& from, List<T>& out) {
    const ByteView start = from.rest();
    std::uint32_t count = 0;
    std::size_t left = 0;
    do {
      T element{};
      ProtobufValue<T>::read(from, element);
      ++count;
      left = from.rest().size();
    } while (from.begin_again(protobuf_detail::kWireType<T>));
    out = List<T>(start.first(start.size() - left), count, &next);
  }
};

// Integers are packed: one field with all of them.
template <std::unsigned_integral T>
struct ProtobufValue<List<T>> {
  static constexpr bool kHasDefault = true;
  static bool is_default(const List<T>& list) { return list.empty(); }
  static T next(ByteView& rest) {
    std::uint64_t value = 0;
    static_cast<void>(read_varint(rest, value));
    return static_cast<T>(value);
  }
  template <class Sink>
  static void write(Sink& sink, std::uint32_t number, const List<T>& list) {
    write_message(sink, number, [&](auto& inside) { list.each([&](T value) { inside.varint(value); }); });
  }
  static void read(ProtobufReader& from, List<T>& out) {
    const ByteView all = from.bytes();
    std::uint32_t count = 0;
    for (ByteView rest = all; !rest.empty(); ++count) {
      std::uint64_t value = 0;
      Malformed error = read_varint(rest, value);
      if (error == Malformed::none && value > std::numeric_limits<T>::max()) error = Malformed::bad_integer;
      if (error != Malformed::none) return from.fail(error);
    }
    out = List<T>(all, count, &next);
  }
};

namespace protobuf_detail {

// A field with presence.
template <class T>
void read_present(ProtobufReader& from, T& out) {
  if constexpr (kIsList<T>) {
    ProtobufReader inside(from.bytes());
    read_value(inside, 1, out);
    inside.finish();
    from.adopt(inside);
  } else {
    ProtobufValue<T>::read(from, out);
  }
}

template <class Sink, class T>
void write_present(Sink& sink, std::uint32_t number, const T& value) {
  if constexpr (kIsList<T>) {
    write_message(sink, number, [&](auto& inside) { write_value(inside, 1, value); });
  } else {
    ProtobufValue<T>::write(sink, number, value);
  }
}

template <class T>
void read_kind(ProtobufReader& from, std::uint32_t number, T& out) {
  if constexpr (HasKinds<T>) {
    std::uint8_t kind = 0;
    read_value(from, number, kind);
    if (kind != kind_of(out)) out = T{};  // fields that this kind does not have are not read
    if (!set_kind(out, kind)) from.fail(Malformed::bad_value);
  }
}

template <class T>
void read_fields(ProtobufReader& from, T& out, std::string_view& failed) {
  bool ended = false;  // a field at the end is absent, and so are all behind it
  each_field<T>(
      [&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, std::uint32_t number) {
        if constexpr (kRole == FieldRole::kind) {
          read_kind(from, number, out);
        } else if (!has(out, field)) {
          return true;
        } else if constexpr (kRole == FieldRole::trailing) {
          if (from.begin(number, kWireType<typename Member::value_type>)) {
            read_present(from, made(out.*field.member));
            if (ended) from.fail(Malformed::missing_field);
          } else {
            (out.*field.member).reset();
            ended = true;
          }
        } else {
          read_value(from, number, out.*field.member);
        }
        if (from.ok()) return true;
        if (from.error_is_about_field()) failed = field.name;
        return false;
      });
  from.finish();
  if (!from.ok()) return;
  if (const Malformed what = check_value(out); what != Malformed::none) from.fail(what);
}

template <class Sink, class T>
void write_fields(Sink& sink, const T& record) {
  each_field<T>(
      [&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, std::uint32_t number) {
        const Member& member = record.*field.member;
        if constexpr (kRole == FieldRole::kind) {
          write_value(sink, number, static_cast<std::uint8_t>(member));
        } else if (!has(record, field)) {
          return true;
        } else if constexpr (kRole == FieldRole::trailing) {
          if (member) write_present(sink, number, *member);
          return member.has_value();
        } else {
          write_value(sink, number, member);
        }
        return true;
      });
}

}  // namespace protobuf_detail

// The codec: see codec/wire/codec.hpp.
struct Protobuf {
  template <Described T>
  static std::size_t bytes(const T& record) {
    return protobuf_size([&](auto& sink) { protobuf_detail::write_fields(sink, record); });
  }
  template <Described T>
  static void write(const T& record, ByteSpan out) {
    ProtobufWriter writer(out);
    protobuf_detail::write_fields(writer, record);
    RW_ASSERT(writer.bytes() == out.size());
  }
  template <Described T>
  static Status<DecodeError> read_into(ByteView bytes, T& record) {
    std::string_view failed;
    ProtobufReader from(bytes);
    protobuf_detail::read_fields(from, record, failed);
    if (!from.ok()) return Failure{DecodeError{from.error(), from.error_offset(bytes), failed}};
    return Done{};
  }
};

}  // namespace ringwire::wire
