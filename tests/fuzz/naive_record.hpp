// The model of records in RLP: what the tables say of a record's form, judged by the book.
//
// An item is right if its header is the one that the Yellow Paper gives to its payload: the model computes
// that header and compares, where the code under test follows the bytes. It recurses, makes a vector of each
// list, and shares with the codec the tables and nothing else. What check() of a table says is not form.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/utf8.hpp"

namespace ringwire::fuzz {

struct NaiveItem {
  bool is_list;
  ByteView payload;
  ByteView encoded;
};

inline std::vector<std::uint8_t> naive_header(bool is_list, ByteView payload) {
  const auto base = static_cast<std::uint8_t>(is_list ? 0xC0 : 0x80);
  if (!is_list && payload.size() == 1 && payload[0] < 0x80) return {};
  if (payload.size() < 56) return {static_cast<std::uint8_t>(base + payload.size())};
  std::vector<std::uint8_t> header;
  for (std::size_t left = payload.size(); left > 0; left /= 256)
    header.insert(header.begin(), static_cast<std::uint8_t>(left % 256));
  header.insert(header.begin(), static_cast<std::uint8_t>(base + 55 + header.size()));
  return header;
}

// Of bytes that are not empty. Nothing where no item is at their start.
inline std::optional<NaiveItem> naive_item(ByteView bytes) {
  if (bytes[0] < 0x80) return NaiveItem{false, bytes.first(1), bytes.first(1)};
  const bool is_list = bytes[0] >= 0xC0;
  std::size_t header = 1, size = bytes[0] - (is_list ? 0xC0U : 0x80U);
  if (size >= 56) {
    header = size - 54;
    if (header > bytes.size()) return std::nullopt;
    size = 0;
    for (const std::uint8_t byte : bytes.first(header).subspan(1)) size = size * 256 + byte;
  }
  if (size > bytes.size() - header) return std::nullopt;
  const NaiveItem item{is_list, bytes.subspan(header, size), bytes.first(header + size)};
  if (!std::ranges::equal(naive_header(is_list, item.payload), bytes.first(header))) return std::nullopt;
  return item;
}

// Items one after the other, and nothing else.
inline std::optional<std::vector<NaiveItem>> naive_items(ByteView bytes) {
  std::vector<NaiveItem> items;
  while (!bytes.empty()) {
    const auto item = naive_item(bytes);
    if (!item) return std::nullopt;
    items.push_back(*item);
    bytes = bytes.subspan(item->encoded.size());
  }
  return items;
}

inline bool naive_is_integer(const NaiveItem& item, std::size_t bytes_max) {
  return !item.is_list && item.payload.size() <= bytes_max && (item.payload.empty() || item.payload[0] != 0);
}

template <class T>
bool naive_is_record(ByteView bytes);
template <class T>
bool naive_is_value(const NaiveItem& item);

template <class T>
struct NaiveListOf {
  static bool holds(const NaiveItem&) { return false; }
};
template <class T>
struct NaiveListOf<wire::List<T>> {
  static bool holds(const NaiveItem& list) {
    const auto items = naive_items(list.payload);
    return list.is_list && items && std::ranges::all_of(*items, &naive_is_value<T>);
  }
};
template <std::size_t kSize, class Tag>
struct NaiveListOf<std::optional<FixedBytes<kSize, Tag>>> {
  static bool holds(const NaiveItem& item) {
    return !item.is_list && (item.payload.empty() || item.payload.size() == kSize);
  }
};

inline bool naive_is_typed(ByteView bytes) {
  return bytes.size() >= 2 && bytes[0] > 0 && bytes[0] < 0x80;
}

// Whether the item is a member of this type.
template <class T>
bool naive_is_value(const NaiveItem& item) {
  if constexpr (std::is_same_v<T, bool>) {
    return naive_is_integer(item, 1) && (item.payload.empty() || item.payload[0] == 1);
  } else if constexpr (std::is_integral_v<T>) {
    return naive_is_integer(item, sizeof(T));
  } else if constexpr (std::is_same_v<T, wire::Uint256>) {
    return naive_is_integer(item, 32);
  } else if constexpr (wire::kIsFixedBytes<T>) {
    return !item.is_list && item.payload.size() == T::size();
  } else if constexpr (std::is_same_v<T, ByteView>) {
    return !item.is_list;
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return !item.is_list && wire::is_utf8(as_text(item.payload));
  } else if constexpr (std::is_same_v<T, wire::Envelope>) {
    return item.is_list || naive_is_typed(item.payload);
  } else if constexpr (wire::HasKinds<T>) {
    return item.is_list ? naive_is_record<T>(item.encoded)
                        : naive_is_typed(item.payload) && naive_is_record<T>(item.payload);
  } else if constexpr (wire::Described<T>) {
    return naive_is_record<T>(item.encoded);
  } else {
    return NaiveListOf<T>::holds(item);
  }
}

// Whether the bytes are the list of the fields and nothing else, of a record with kinds its envelope.
template <class T>
bool naive_is_record(ByteView bytes) {
  T record{};
  if constexpr (wire::HasKinds<T>) {
    const bool is_typed = naive_is_typed(bytes);
    if (!set_kind(record, is_typed ? bytes[0] : 0)) return false;
    if (is_typed) bytes = bytes.subspan(1);
  }
  const auto list = naive_items(bytes);
  if (!list || list->size() != 1 || !list->front().is_list) return false;
  const auto items = naive_items(list->front().payload);
  if (!items) return false;
  std::size_t at = 0;
  const bool fits = wire::each_field<T>(
      [&]<class Member, wire::FieldRole kRole>(const wire::Field<T, Member, kRole>& field, auto) {
        if (kRole == wire::FieldRole::kind || !has(record, field)) return true;
        if constexpr (kRole == wire::FieldRole::trailing) {
          return at == items->size() || naive_is_value<typename Member::value_type>((*items)[at++]);
        } else if constexpr (kRole == wire::FieldRole::value) {
          return at < items->size() && naive_is_value<Member>((*items)[at++]);
        }
        return true;
      });
  return fits && at == items->size();
}

}  // namespace ringwire::fuzz
