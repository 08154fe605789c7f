// What a record is made of, written down once: each codec reads it.
//
// Problem: a record that travels as RLP, Protocol Buffers and JSON has three encoders, three decoders and
// three size functions, and a field that is forgotten in one of them is found by a peer. So a record has one
// table, and a codec is what it does with a field of each kind.
//
//   struct Withdrawal {
//     std::uint64_t index = 0;
//     std::uint64_t validator = 0;
//     Address20 address;
//     std::uint64_t amount_gwei = 0;
//   };
//   template <>
//   struct Describe<Withdrawal> {
//     static constexpr auto kFields = std::tuple(
//         field("index", &Withdrawal::index), field("validatorIndex", &Withdrawal::validator),
//         field("address", &Withdrawal::address), field("amount", &Withdrawal::amount_gwei));
//   };
//
// The order is that of RLP, the position (from 1) is the number in Protocol Buffers, the name is that of JSON
// and, in snake case, of the schema. Codecs: Rlp (codec/wire/rlp_codec.hpp), Protobuf (protobuf_codec.hpp),
// and functions for JSON (json_codec.hpp).
//
//   kind of member            RLP                    Protocol Buffers         JSON
//   -----------------------   --------------------   ----------------------   -------------------------------
//   bool                      0 or 1                 bool                     true, false
//   u8, u16, u32, u64         integer                uint64                   "0x1f", shortest; see decimal()
//   Uint256                   integer                bytes, shortest          "0x1f", shortest
//   FixedBytes<N>             N bytes                bytes, always there      "0x" and 2 N digits
//   ByteView                  bytes                  bytes                    "0x" and digits
//   string_view (UTF-8)       bytes                  string                   text
//   optional<FixedBytes<N>>   empty or N bytes       bytes, or absent         null or absent, or the value
//   List<T>                   list                   repeated; packed for     array
//                                                    integers
//   Envelope                  a list, or a string    bytes                    "0x" and digits
//                             with kind and list
//   another record            list                   message                  object
//
// A field may be one of the last, left out together with all after it: trailing(), its member a
// std::optional. A record may come in kinds, as transactions do: its table names the kinds there are and the
// member that tells them apart, kind_field() says what that is called, and only() which kinds have a field.
// Two fields may share a member where no kind has both.
//
// A table says `static constexpr bool kHot = true` where the record is read or written for every message of
// the hot path: its codecs are then inlined whole, which costs compilers seconds for each record.
//
// A codec accepts one form of each value and nothing else, so that decode(encode(x)) = x and
// encode(decode(b)) = b; JSON alone has other forms of the same text. A table may have a function
// `static Malformed check(const T&)` for what is more than form.
//
// Everything that a decoded record refers to is in the bytes it was decoded from, or in the Storage that the
// caller gave.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/wire/malformed.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

template <class T>
struct Describe;

template <class T>
concept Described = requires {
  Describe<T>::kFields;
};

template <class T>
inline constexpr bool kIsHot = requires {
  requires Describe<T>::kHot;
};

// Records of which a kind is one: bit i is kind i.
using KindSet = std::uint32_t;
inline constexpr KindSet kEveryKind = UINT32_MAX;

// A record that comes in kinds, not decoded: the list of kind 0, or the kind's byte and the list (EIP-2718).
struct Envelope {
  ByteView bytes;
};

enum class FieldRole : std::uint8_t { value, kind, trailing };

template <class Record, class Member, FieldRole kRole_>
struct Field {
  static constexpr FieldRole kRole = kRole_;

  std::string_view name;
  Member Record::*member;
  KindSet kinds = kEveryKind;
  bool is_decimal = false;

  // Only in records of these kinds.
  [[nodiscard]] constexpr Field only(KindSet in) const {
    Field changed = *this;
    changed.kinds = in;
    return changed;
  }
  // In JSON a plain number, as for ports and counts of people.
  [[nodiscard]] constexpr Field decimal() const {
    Field changed = *this;
    changed.is_decimal = true;
    return changed;
  }
};

template <class Record, class Member>
constexpr Field<Record, Member, FieldRole::value> field(std::string_view name, Member Record::*member) {
  return {name, member};
}
template <class Record, class Value>
constexpr Field<Record, std::optional<Value>, FieldRole::trailing> trailing(
    std::string_view name, std::optional<Value> Record::*member) {
  return {name, member};
}
// Describe<Record> has `kKind`, this member, and `kKinds`, the set of those there are. In RLP the kind is not
// among the fields: see codec/wire/rlp_codec.hpp.
template <class Record, class Member>
constexpr Field<Record, Member, FieldRole::kind> kind_field(std::string_view name, Member Record::*member) {
  return {name, member};
}
constexpr KindSet kind_set(std::initializer_list<unsigned> kinds) {
  KindSet set = 0;
  for (const unsigned kind : kinds) set |= 1U << kind;
  return set;
}

template <class T>
concept HasKinds = requires {
  Describe<T>::kKind;
};

template <HasKinds T>
constexpr std::uint8_t kind_of(const T& record) {
  return static_cast<std::uint8_t>(record.*Describe<T>::kKind);
}
// False, and nothing is set, where there is no such kind.
template <HasKinds T>
constexpr bool set_kind(T& record, std::uint64_t kind) {
  if (kind >= 32 || (Describe<T>::kKinds >> kind & 1) == 0) return false;
  using Kind = std::remove_reference_t<decltype(record.*Describe<T>::kKind)>;
  record.*Describe<T>::kKind = static_cast<Kind>(kind);
  return true;
}

// Calls visit(field, number) for one field after the other, until it answers false.
template <class Record, class Visit>
constexpr bool each_field(Visit&& visit) {
  return std::apply(
      [&](const auto&... fields) {
        std::uint32_t number = 0;
        return (visit(fields, ++number) && ...);
      },
      Describe<Record>::kFields);
}

// Whether the record has this field, by its kind.
template <class Record, class Member, FieldRole kRole>
constexpr bool has(const Record& record, const Field<Record, Member, kRole>& field) {
  if constexpr (HasKinds<Record>) {
    return (field.kinds >> kind_of(record) & 1) != 0;
  } else {
    return true;
  }
}

// What a reader overwrites, or leaves together with the whole record: a value that is there already is not
// made anew, because to zero it first costs more than to read it.
template <class Value>
Value& made(std::optional<Value>& place) {
  return place ? *place : place.emplace();
}

template <class Record>
Malformed check_value(const Record& record) {
  if constexpr (requires { Describe<Record>::check(record); }) {
    return Describe<Record>::check(record);
  } else {
    return Malformed::none;
  }
}

template <class T>
inline constexpr bool kIsFixedBytes = false;
template <std::size_t kSize, class Tag>
inline constexpr bool kIsFixedBytes<FixedBytes<kSize, Tag>> = true;

}  // namespace ringwire::wire
