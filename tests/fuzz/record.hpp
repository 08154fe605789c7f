// What holds of every record that has a table, whatever the bytes: for targets whose input is
// `record u8 | bytes`, the record being a place in their list.
//
//   using Records = RecordList<Receipt, Log>;
//   return record_seeds(Records{}, [](const auto& record) { return encoded<wire::Rlp>(record); });
//   with_record(Records{}, input, []<class T>(ByteView bytes) { check_rlp<T>(bytes); });
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "codec/wire/codec.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "codec/wire/rlp_codec.hpp"
#include "tests/fuzz/naive_record.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/random_record.hpp"

namespace ringwire::fuzz {

template <class... Records>
struct RecordList {};

template <class Codec, class T>
Input encoded(const T& record) {
  Input bytes(wire::encoded_bytes<Codec>(record));
  wire::encode<Codec>(record, bytes);
  return bytes;
}

// Calls check.operator()<Record>(bytes) for the record that the input names.
template <class... Records, class Check>
void with_record(RecordList<Records...>, ByteView input, const Check& check) {
  if (input.empty()) return;
  std::size_t place = input[0] % sizeof...(Records);
  const ByteView bytes = input.subspan(1);
  ((place-- == 0 ? check.template operator()<Records>(bytes) : void()), ...);
}

// Random records of each type that their decoders accept, by `encode.operator()(record)`.
template <class... Records, class Encode>
std::vector<Input> record_seeds(RecordList<Records...>, const Encode& encode) {
  constexpr int kEach = 12;
  constexpr int kTries = 1000;  // a random record may break what its table checks
  std::vector<Input> all;
  std::uint8_t place = 0;
  wire::RecordMaker maker(1);
  const auto make_some = [&]<class T>(std::type_identity<T>) {
    for (int made = 0, tries = 0; made < kEach && tries < kTries; ++tries) {
      const T record = maker.make<T>();
      if (!wire::decode<wire::Rlp, T>(encoded<wire::Rlp>(record))) continue;
      const auto bytes = encode(record);
      all.emplace_back(1, place).insert(all.back().end(), bytes.begin(), bytes.end());
      ++made;
    }
    ++place;
  };
  (make_some(std::type_identity<Records>{}), ...);
  return all;
}

// Seeds of a target whose input is one record in RLP.
template <class T>
std::vector<Input> rlp_seeds() {
  auto all = record_seeds(RecordList<T>{}, [](const auto& made) { return encoded<wire::Rlp>(made); });
  for (Input& input : all) input.erase(input.begin());
  return all;
}

// Reads every element of every list in it, which never fails; returns how many there are.
template <class T>
std::size_t elements_in(const T& value) {
  std::size_t count = 0;
  if constexpr (wire::kIsStdOptional<T>) {
    return value ? elements_in(*value) : 0;
  } else if constexpr (wire::kIsList<T>) {
    for (const auto& element : value) count += 1 + elements_in(element);
  } else if constexpr (wire::Described<T>) {
    wire::each_field<T>([&](const auto& field, auto) {
      count += elements_in(value.*field.member);
      return true;
    });
  }
  return count;
}

inline void check_error(const wire::DecodeError& error, std::size_t input_bytes) {
  RW_ASSERT(error.what != wire::Malformed::none && error.offset <= input_bytes);
  RW_ASSERT(!error.to_string().empty());
}

// Right by its form and refused nevertheless: what a table's check() says.
inline bool is_of_check(wire::Malformed what) {
  using enum wire::Malformed;
  return what == bad_value || what == too_many_items || what == wrong_size;
}

// Returns the record, where the bytes are one.
template <class T>
std::optional<T> check_rlp(ByteView bytes) {
  const auto record = wire::decode<wire::Rlp, T>(bytes);
  const bool is_formed = naive_is_record<T>(bytes);
  if (!record) {
    check_error(record.error(), bytes.size());
    RW_ASSERT(!is_formed || is_of_check(record.error().what));
    return std::nullopt;
  }
  RW_ASSERT(is_formed);
  RW_ASSERT(elements_in(*record) <= bytes.size());
  RW_ASSERT(std::ranges::equal(encoded<wire::Rlp>(*record), bytes));
  const Input protobuf = encoded<wire::Protobuf>(*record);
  const auto crossed = wire::decode<wire::Protobuf, T>(protobuf);
  RW_ASSERT(crossed.ok() && std::ranges::equal(encoded<wire::Rlp>(*crossed), bytes));
  return *record;
}

template <class T>
void check_protobuf(ByteView bytes) {
  const auto record = wire::decode<wire::Protobuf, T>(bytes);
  if (!record) return check_error(record.error(), bytes.size());
  RW_ASSERT(elements_in(*record) <= bytes.size());
  RW_ASSERT(std::ranges::equal(encoded<wire::Protobuf>(*record), bytes));
  const std::string text = wire::to_json(*record);
  wire::Storage storage(text.size());
  const auto crossed = wire::decode_json<T>(text, storage);
  RW_ASSERT(crossed.ok() && std::ranges::equal(encoded<wire::Protobuf>(*crossed), bytes));
}

template <class T>
void check_json(ByteView bytes) {
  wire::Storage storage(bytes.size());
  const auto record = wire::decode_json<T>(as_text(bytes), storage);
  if (!record) return check_error(record.error(), bytes.size());
  RW_ASSERT(elements_in(*record) <= bytes.size());
  const std::string text = wire::to_json(*record);
  wire::Storage again_storage(text.size());
  const auto again = wire::decode_json<T>(text, again_storage);
  RW_ASSERT(again.ok() && wire::same(*again, *record) && wire::to_json(*again) == text);
  const Input rlp = encoded<wire::Rlp>(*record);
  const auto crossed = wire::decode<wire::Rlp, T>(rlp);
  RW_ASSERT(crossed.ok() && wire::same(*crossed, *record));
}

}  // namespace ringwire::fuzz
