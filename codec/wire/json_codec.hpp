// Records as JSON, in the shapes that Ethereum's tools use: numbers as hexadecimal quantities, bytes as
// hexadecimal data, keys in camel case.
//
//   {"index":"0x0","validatorIndex":"0x2a","address":"0x5a0b…","amount":"0x1f"}
//
// Writing gives one text for a record: fields in the order of their table, no space. Reading takes any order,
// either case of digits, keys that the record does not have (skipped), and null for what may be absent; it
// refuses a key twice, a missing field, leading zeros. What the bytes of the record need, a Storage holds.
//
//   Storage storage(text.size());
//   const auto header = decode_json<Header>(text, storage);
//
// Source: ethereum.github.io/execution-apis, "Hex value encoding".
#pragma once

#include <charconv>
#include <concepts>
#include <limits>
#include <string>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/json_reader.hpp"
#include "codec/wire/json_text.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/rlp_codec.hpp"

namespace ringwire::wire {

// How one kind of value stands in JSON: write(text, value), and read(out, text, storage) from a string.
template <class T>
struct JsonValue;

template <std::unsigned_integral T>
struct JsonValue<T> {
  static void write(std::string& out, T value) { append_quantity(out, Uint256(value)); }
  static Malformed read(T& out, std::string_view text, Storage&) {
    Uint256 value;
    const Malformed what = read_quantity(text, value);
    if (what != Malformed::none) return what;
    if (value > Uint256(std::numeric_limits<T>::max())) return Malformed::bad_integer;
    out = static_cast<T>(value.saturated_u64());
    return Malformed::none;
  }
};

template <>
struct JsonValue<Uint256> {
  static void write(std::string& out, const Uint256& value) { append_quantity(out, value); }
  static Malformed read(Uint256& out, std::string_view text, Storage&) { return read_quantity(text, out); }
};

template <std::size_t kSize, class Tag>
struct JsonValue<FixedBytes<kSize, Tag>> {
  static void write(std::string& out, const FixedBytes<kSize, Tag>& value) { append_data(out, value.view()); }
  static Malformed read(FixedBytes<kSize, Tag>& out, std::string_view text, Storage&) {
    if (text.size() != 2 + 2 * kSize) return Malformed::wrong_size;
    return read_data(text, out.bytes);
  }
};

template <>
struct JsonValue<ByteView> {
  static void write(std::string& out, ByteView value) { append_data(out, value); }
  static Malformed read(ByteView& out, std::string_view text, Storage& storage) {
    if (text.size() < 2 || text.size() % 2 != 0) return Malformed::bad_text;
    const auto room = storage.take(text.size() / 2 - 1);
    if (!room) return Malformed::no_room;
    out = *room;
    return read_data(text, *room);
  }
};

template <>
struct JsonValue<std::string_view> {
  static void write(std::string& out, std::string_view value) { append_text(out, value); }
  static Malformed read(std::string_view& out, std::string_view text, Storage& storage) {
    const auto kept = storage.keep(as_bytes(text));
    if (!kept) return Malformed::no_room;
    out = as_text(*kept);
    return Malformed::none;
  }
};

template <>
struct JsonValue<Envelope> {
  static void write(std::string& out, const Envelope& envelope) { append_data(out, envelope.bytes); }
  static Malformed read(Envelope& out, std::string_view text, Storage& storage) {
    const Malformed what = JsonValue<ByteView>::read(out.bytes, text, storage);
    return what == Malformed::none && !is_envelope(out.bytes) ? Malformed::bad_value : what;
  }
};

template <class T>
struct JsonValue<std::optional<T>> {
  static void write(std::string& out, const std::optional<T>& value) {
    if (value) return JsonValue<T>::write(out, *value);
    out += "null";
  }
};

template <class T>
struct JsonValue<List<T>> {
  static void write(std::string& out, const List<T>& list) {
    out += '[';
    bool first = true;
    for (const T& element : list) {
      if (!first) out += ',';
      first = false;
      JsonValue<T>::write(out, element);
    }
    out += ']';
  }
};

template <Described T>
struct JsonValue<T> {
  static void write(std::string& out, const T& record) {
    out += '{';
    bool first = true;
    each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
      const Member& member = record.*field.member;
      if (!has(record, field)) return true;
      if constexpr (kRole == FieldRole::trailing) {
        if (!member) return false;
      }
      out += first ? "\"" : ",\"";
      first = false;
      out += field.name;
      out += "\":";
      write_member(out, field, member);
      return true;
    });
    out += '}';
  }

 private:
  template <class Member, FieldRole kRole>
  static void write_member(std::string& out, const Field<T, Member, kRole>& field, const Member& member) {
    if constexpr (std::same_as<Member, bool>) {
      out += member ? "true" : "false";
    } else if constexpr (std::unsigned_integral<Member>) {
      if (field.is_decimal) {
        out += std::to_string(member);
      } else {
        JsonValue<Member>::write(out, member);
      }
    } else if constexpr (kRole == FieldRole::kind) {
      JsonValue<std::uint8_t>::write(out, static_cast<std::uint8_t>(member));
    } else {
      JsonValue<Member>::write(out, member);
    }
  }
};

// --- tables without types, for the reader

namespace json_detail {

template <class T>
const JsonObject& object_of();
template <class T, class Member>
const JsonArray& array_of();

template <class Member>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

// What a member is a list of, whether it may be absent or not; void for others.
template <class Member>
struct ListOf {
  using Element = void;
};
template <class T>
struct ListOf<List<T>> {
  using Element = T;
};
template <class T>
struct ListOf<std::optional<List<T>>> {
  using Element = T;
};

template <class Member>
Malformed set_text(void* member, std::string_view text, Storage& storage) {
  if constexpr (kIsOptional<Member>) {
    return JsonValue<typename Member::value_type>::read(static_cast<Member*>(member)->emplace(), text,
                                                        storage);
  } else if constexpr (std::is_enum_v<Member>) {
    std::uint8_t value = 0;
    const Malformed what = JsonValue<std::uint8_t>::read(value, text, storage);
    *static_cast<Member*>(member) = static_cast<Member>(value);
    return what;
  } else {
    return JsonValue<Member>::read(*static_cast<Member*>(member), text, storage);
  }
}

template <std::unsigned_integral Member>
Malformed set_number(void* member, std::uint64_t number) {
  if (number > std::numeric_limits<Member>::max()) return Malformed::bad_integer;
  *static_cast<Member*>(member) = static_cast<Member>(number);
  return Malformed::none;
}

inline Malformed set_bool(void* member, bool value) {
  *static_cast<bool*>(member) = value;
  return Malformed::none;
}

template <class Member>
JsonType make_type(bool is_decimal) {
  JsonType type;
  using Element = typename ListOf<Member>::Element;
  type.may_be_null = kIsOptional<Member>;
  if constexpr (std::same_as<Member, bool>) {
    type.set_bool = &set_bool;
  } else if constexpr (!std::is_void_v<Element>) {
    type.array = &array_of<Element, Member>();
  } else if constexpr (Described<Member>) {
    type.object = &object_of<Member>();
  } else if constexpr (std::unsigned_integral<Member>) {
    if (is_decimal) type.set_number = &set_number<Member>;
    if (!is_decimal) type.set_text = &set_text<Member>;
  } else {
    type.set_text = &set_text<Member>;
  }
  return type;
}

template <class Member>
const JsonType& type_of(bool is_decimal) {
  static const JsonType kTypes[] = {make_type<Member>(false), make_type<Member>(true)};
  return kTypes[is_decimal ? 1 : 0];
}

// A field of a table as functions, which find it by its place.
template <class T, std::size_t kPlace>
struct FieldAt {
  static constexpr auto kField = std::get<kPlace>(Describe<T>::kFields);
  using Member = std::remove_reference_t<decltype(std::declval<T&>().*kField.member)>;

  static void* member(void* record) { return &(static_cast<T*>(record)->*kField.member); }
  static void reset(void* record) { *static_cast<Member*>(member(record)) = Member{}; }
  static JsonField entry() {
    return {kField.name, &member, &reset, &type_of<Member>(kField.is_decimal), kField.kinds, kField.kRole};
  }
};

template <class T>
KindSet kind_set_of(const void* record) {
  if constexpr (HasKinds<T>) {
    const std::uint8_t kind = kind_of(*static_cast<const T*>(record));
    return kind < 32 ? Describe<T>::kKinds & 1U << kind : 0;
  } else {
    return kEveryKind;
  }
}

template <class T>
const JsonObject& object_of() {
  constexpr std::size_t kCount = std::tuple_size_v<std::remove_cvref_t<decltype(Describe<T>::kFields)>>;
  static_assert(kCount <= 64);
  static const auto kFields = []<std::size_t... kPlaces>(std::index_sequence<kPlaces...>) {
    return std::array<JsonField, kCount>{FieldAt<T, kPlaces>::entry()...};
  }
  (std::make_index_sequence<kCount>{});
  static const JsonObject kObject{kFields, &kind_set_of<T>, [](const void* record) {
                                    return check_value(*static_cast<const T*>(record));
                                  }};
  return kObject;
}

template <class T, class Member>
const JsonArray& array_of() {
  static const JsonArray kArray{&type_of<T>(false), []() -> void* { return new T{}; },
                                [](void* element) { delete static_cast<T*>(element); },
                                [](void* element, std::vector<std::uint8_t>& rlp, Storage& storage) {
                                  T& value = *static_cast<T*>(element);
                                  const auto body = [&](auto& sink) { RlpValue<T>::write(sink, value); };
                                  const auto room = storage.extend(rlp, rlp_size(body));
                                  if (!room) return false;
                                  RlpWriter writer(*room);
                                  body(writer);
                                  value = T{};
                                  return true;
                                },
                                [](void* list, ByteView rlp, std::uint32_t count) {
                                  *static_cast<Member*>(list) = List<T>(rlp, count, &RlpValue<List<T>>::next);
                                }};
  return kArray;
}

}  // namespace json_detail

template <Described T>
std::string to_json(const T& record) {
  std::string text;
  JsonValue<T>::write(text, record);
  return text;
}

// What the record refers to is in `storage`.
template <Described T>
Result<T, DecodeError> decode_json(std::string_view text, Storage& storage) {
  T record{};
  const auto read = read_json(as_bytes(text), json_detail::object_of<T>(), &record, storage);
  if (!read) return Failure{read.error()};
  return record;
}

}  // namespace ringwire::wire
