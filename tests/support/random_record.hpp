// Random records by their tables, and whether two are the same: what property tests of codecs need, for every
// record that has a table.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"

namespace ringwire::wire {

template <class T>
bool same(const T& a, const T& b);

template <class T>
inline constexpr bool kIsStdOptional = false;
template <class T>
inline constexpr bool kIsStdOptional<std::optional<T>> = true;

// Owns what its records refer to. What a table's check() asks for beyond form is put right by a function
// `make_valid(T&, RecordMaker&)` beside the record's test.
class RecordMaker {
 public:
  explicit RecordMaker(std::uint64_t seed) : prng_(seed) {}

  template <class T>
  T make() {
    if constexpr (std::is_integral_v<T>) {
      return number<T>();
    } else if constexpr (std::is_same_v<T, Uint256>) {
      Uint256 value;
      for (std::size_t word = prng_.below(5); word < 4; ++word) value.words[word] = number<std::uint64_t>();
      return value;
    } else if constexpr (kIsFixedBytes<T>) {
      T value;
      if (!prng_.chance_ppm(100'000)) prng_.fill(value.bytes);
      return value;
    } else if constexpr (std::is_same_v<T, ByteView>) {
      return bytes(prng_.below(4) == 0 ? prng_.below(300) : prng_.below(4));
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      return text();
    } else if constexpr (std::is_same_v<T, Envelope>) {
      return envelope();
    } else if constexpr (kIsStdOptional<T>) {
      return prng_.below(2) == 0 ? T{} : T{make<typename T::value_type>()};
    } else if constexpr (kIsList<T>) {
      return list<typename T::value_type>(prng_.below(4));
    } else {
      return record<T>();
    }
  }

  Prng& prng() { return prng_; }
  template <class T>
  List<T> list_of(std::vector<T> elements) {
    auto kept = std::make_shared<std::vector<T>>(std::move(elements));
    lists_.push_back(kept);
    return List<T>(std::span<const T>(*kept));
  }
  template <class T>
  List<T> list(std::size_t size) {
    std::vector<T> elements;
    for (; size > 0; --size) elements.push_back(make<T>());
    return list_of(std::move(elements));
  }
  ByteView bytes(std::size_t size) {
    std::vector<std::uint8_t>& bytes = bytes_.emplace_back(size);
    prng_.fill(bytes);
    return bytes;
  }

 private:
  template <class T>
  T number() {
    const auto bits = static_cast<unsigned>(prng_.below(8 * sizeof(T) + 1));
    return bits == 0 ? T{} : static_cast<T>(prng_.next() >> (64 - bits));
  }

  Envelope envelope() {
    std::vector<std::uint8_t>& bytes = bytes_.emplace_back(prng_.between(2, 50));
    prng_.fill(bytes);
    bytes[0] = static_cast<std::uint8_t>(prng_.between(1, 0x7F));
    if (prng_.below(2) == 0) bytes[0] = static_cast<std::uint8_t>(0xC0 + bytes.size() - 1);
    return {bytes};
  }

  std::string_view text() {
    static constexpr std::string_view kPieces[] = {"a", "\"",     "\\",     "\n",        "\x01",
                                                   "/", "\u00e9", "\u20ac", "\U0001F600"};
    std::string& text = texts_.emplace_back();
    for (std::uint64_t left = prng_.below(9); left > 0; --left)
      text += kPieces[prng_.below(std::size(kPieces))];
    return text;
  }

  template <class T>
  T record() {
    T made{};
    if constexpr (HasKinds<T>) {
      while (!set_kind(made, prng_.below(32))) continue;
    }
    each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
      if (!has(made, field)) return true;
      if constexpr (kRole == FieldRole::value) made.*field.member = make<Member>();
      if constexpr (kRole == FieldRole::trailing) {
        if (prng_.below(8) == 0) return false;
        made.*field.member = make<typename Member::value_type>();
      }
      return true;
    });
    if constexpr (requires { make_valid(made, *this); }) make_valid(made, *this);
    return made;
  }

  Prng prng_;
  std::deque<std::vector<std::uint8_t>> bytes_;
  std::deque<std::string> texts_;
  std::vector<std::shared_ptr<void>> lists_;
};

template <class T>
bool same_value(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, ByteView>) {
    return as_text(a) == as_text(b);
  } else if constexpr (std::is_same_v<T, Envelope>) {
    return as_text(a.bytes) == as_text(b.bytes);
  } else if constexpr (kIsStdOptional<T>) {
    return a.has_value() == b.has_value() && (!a || same_value(*a, *b));
  } else if constexpr (kIsList<T>) {
    if (a.size() != b.size()) return false;
    auto other = b.begin();
    for (const auto& element : a) {
      if (!same_value(element, *other)) return false;
      ++other;
    }
    return true;
  } else if constexpr (Described<T>) {
    return same(a, b);
  } else {
    return a == b;
  }
}

template <class T>
bool same(const T& a, const T& b) {
  return each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
    return same_value(a.*field.member, b.*field.member);
  });
}

}  // namespace ringwire::wire
