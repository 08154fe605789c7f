// Records as RLP: a list of the fields in the order of their table (codec/wire/describe.hpp).
//
// A record that comes in kinds is an envelope (EIP-2718): kind 0 is the list itself, any other the kind's
// byte and the list. As an element of a list that is a string; the record in it has one form there too.
//
// Reading is one pass without allocation; what it finds wrong it says with the field and its offset. Writing
// asks for the size first and then writes once. Complexity: O(bytes) to read and to write. Before it is
// written, a field is measured once for each list around it but the outermost, which fills `out`: O(1) for a
// field, however long, and for a list that is still as it was read.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/rlp.hpp"
#include "codec/wire/utf8.hpp"

namespace ringwire::wire {

// How one kind of value stands in RLP: write(sink, value), read(reader, out), and the fewest bytes it takes.
template <class T>
struct RlpValue;

namespace rlp_detail {

// The fields of a record, without list header; `failed` names the one that is wrong.
template <class T>
void read_fields(RlpReader& from, T& out, std::string_view& failed) {
  each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
    if (!has(out, field)) return true;
    if constexpr (kRole == FieldRole::value) RlpValue<Member>::read(from, out.*field.member);
    if constexpr (kRole == FieldRole::trailing) {
      if (!from.more()) {
        (out.*field.member).reset();
        return from.ok();
      }
      RlpValue<typename Member::value_type>::read(from, made(out.*field.member));
    }
    if (!from.ok()) failed = field.name;
    return from.ok();
  });
  from.finish();
  if (!from.ok()) return;
  if (const Malformed what = check_value(out); what != Malformed::none) from.fail(what);
}

template <class Sink, class T>
void write_fields(Sink& sink, const T& record) {
  each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
    if (!has(record, field)) return true;
    const Member& member = record.*field.member;
    if constexpr (kRole == FieldRole::value) RlpValue<Member>::write(sink, member);
    if constexpr (kRole == FieldRole::trailing) {
      if (member) RlpValue<typename Member::value_type>::write(sink, *member);
      return member.has_value();
    }
    return true;
  });
}

template <class Sink, class T>
void write_list(Sink& sink, const T& record) {
  sink.list([&](auto& inside) { write_fields(inside, record); });
}

template <class T>
void read_list(RlpReader& from, T& out, std::string_view& failed) {
  RlpReader fields = from.list();
  if (fields.ok()) read_fields(fields, out, failed);
  from.adopt(fields);
}

template <class Sink, class T>
void write_kind(Sink& sink, const T& record) {
  if constexpr (HasKinds<T>) {
    if (const std::uint8_t kind = kind_of(record); kind != 0) sink.raw({&kind, 1});
  }
}

// `from` is an envelope, and nothing else.
template <class T>
void read_envelope(RlpReader& from, T& out, std::string_view& failed) {
  const ByteView rest = from.rest();
  const bool has_byte = !rest.empty() && rest[0] < kEnvelopeKindEnd;
  const std::uint8_t kind = has_byte ? from.kind_byte() : 0;
  if (has_byte && kind == 0) return from.fail(Malformed::not_canonical);
  if (kind != kind_of(out)) out = T{};  // of fields that this kind does not have nothing is read
  if (!set_kind(out, kind)) return from.fail(Malformed::bad_value);
  read_list(from, out, failed);
  from.finish();
}

}  // namespace rlp_detail

template <std::unsigned_integral T>
struct RlpValue<T> {
  template <class Sink>
  static void write(Sink& sink, T value) {
    sink.u64(value);
  }
  static void read(RlpReader& from, T& out) {
    const std::uint64_t value = from.u64();
    if (value > std::numeric_limits<T>::max()) from.fail(Malformed::bad_integer);
    out = static_cast<T>(value);
  }
};

template <>
struct RlpValue<Uint256> {
  template <class Sink>
  static void write(Sink& sink, const Uint256& value) {
    sink.integer(value);
  }
  static void read(RlpReader& from, Uint256& out) { from.integer(out); }
};

template <std::size_t kSize, class Tag>
struct RlpValue<FixedBytes<kSize, Tag>> {
  template <class Sink>
  static void write(Sink& sink, const FixedBytes<kSize, Tag>& value) {
    sink.fixed(value);
  }
  static void read(RlpReader& from, FixedBytes<kSize, Tag>& out) { from.fixed(out); }
};

template <std::size_t kSize, class Tag>
struct RlpValue<std::optional<FixedBytes<kSize, Tag>>> {
  template <class Sink>
  static void write(Sink& sink, const std::optional<FixedBytes<kSize, Tag>>& value) {
    value ? sink.fixed(*value) : sink.string({});
  }
  static void read(RlpReader& from, std::optional<FixedBytes<kSize, Tag>>& out) {
    const ByteView bytes = from.string();
    if (bytes.empty()) return out.reset();
    if (bytes.size() != kSize) return from.fail(Malformed::wrong_size);
    copy_fixed(bytes.data(), made(out));
  }
};

template <>
struct RlpValue<ByteView> {
  template <class Sink>
  static void write(Sink& sink, ByteView value) {
    sink.string(value);
  }
  static void read(RlpReader& from, ByteView& out) { out = from.string(); }
};

template <>
struct RlpValue<std::string_view> {
  template <class Sink>
  static void write(Sink& sink, std::string_view value) {
    sink.string(as_bytes(value));
  }
  static void read(RlpReader& from, std::string_view& out) {
    out = as_text(from.string());
    if (!is_utf8(out)) from.fail(Malformed::bad_text);
  }
};

template <>
struct RlpValue<Envelope> {
  template <class Sink>
  static void write(Sink& sink, const Envelope& envelope) {
    const bool is_list = !envelope.bytes.empty() && envelope.bytes[0] >= kEnvelopeKindEnd;
    is_list ? sink.raw(envelope.bytes) : sink.string(envelope.bytes);
  }
  static void read(RlpReader& from, Envelope& out) {
    const RlpItem item = from.item();
    out.bytes = item.is_list ? item.encoded : item.payload;
    if (from.ok() && !item.is_list &&
        (out.bytes.size() < 2 || out.bytes[0] == 0 || out.bytes[0] >= kEnvelopeKindEnd))
      from.fail(Malformed::expected_list);
  }
};

template <Described T>
struct RlpValue<T> {
  template <class Sink>
  static void write(Sink& sink, const T& record) {
    const auto envelope = [&](auto& inside) {
      rlp_detail::write_kind(inside, record);
      rlp_detail::write_list(inside, record);
    };
    if constexpr (HasKinds<T>) {
      if (kind_of(record) != 0) sink.string_header(rlp_size(envelope));
    }
    envelope(sink);
  }
  static void read(RlpReader& from, T& out) {
    std::string_view failed;
    if constexpr (HasKinds<T>) {
      const RlpItem item = from.item();
      if (!from.ok()) return;
      RlpReader envelope(item.is_list ? item.encoded : item.payload);
      if (item.is_list || (!item.payload.empty() && item.payload[0] < kEnvelopeKindEnd)) {
        rlp_detail::read_envelope(envelope, out, failed);
      } else {
        envelope.fail(Malformed::expected_list);
      }
      from.adopt(envelope);
    } else {
      rlp_detail::read_list(from, out, failed);
    }
  }
};

template <class T>
struct RlpValue<List<T>> {
  static T next(ByteView& rest) {
    RlpReader from(rest);
    T element{};
    RlpValue<T>::read(from, element);
    rest = from.rest();
    return element;
  }
  template <class Sink>
  static void write(Sink& sink, const List<T>& list) {
    sink.list([&](auto& inside) {
      if (const ByteView* elements = list.as_read_by(&next)) return inside.raw(*elements);
      list.each([&](const T& element) { RlpValue<T>::write(inside, element); });
    });
  }
  static void read(RlpReader& from, List<T>& out) {
    RlpReader elements = from.list();
    const ByteView all = elements.rest();
    std::uint32_t count = 0;
    for (; elements.more(); ++count) {
      T element{};
      RlpValue<T>::read(elements, element);
    }
    from.adopt(elements);
    out = List<T>(all, count, &next);
  }
};

// The codec: see codec/wire/codec.hpp.
struct Rlp {
  template <Described T>
  static std::size_t bytes(const T& record) {
    return rlp_size([&](auto& sink) { write_whole(sink, record); });
  }
  template <Described T>
  static void write(const T& record, ByteSpan out) {
    RlpWriter writer(out);
    write_whole(writer, record);
  }
  template <Described T>
  static Status<DecodeError> read_into(ByteView bytes, T& record) {
    std::string_view failed;
    RlpReader from(bytes);
    if constexpr (HasKinds<T>) {
      rlp_detail::read_envelope(from, record, failed);
    } else {
      rlp_detail::read_list(from, record, failed);
      from.finish();
    }
    if (!from.ok()) return Failure{DecodeError{from.error(), from.error_offset(bytes), failed}};
    return Done{};
  }

 private:
  template <class Sink, class T>
  static void write_whole(Sink& sink, const T& record) {
    rlp_detail::write_kind(sink, record);
    sink.last_list([&](auto& inside) { rlp_detail::write_fields(inside, record); });
  }
};

}  // namespace ringwire::wire
