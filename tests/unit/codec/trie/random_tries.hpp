// Tries of many shapes for the tests of this folder.
#pragma once

#include <cstdint>
#include <string>

#include "codec/base/check.hpp"
#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "tests/support/naive_trie.hpp"

namespace ringwire::trie {

using test::Bytes;
using test::NaiveTrie;

inline Bytes unhex(std::string digits) {
  if (digits.starts_with("0x")) digits = digits.substr(2);
  Bytes bytes(digits.size() / 2);
  RW_ASSERT(from_hex(digits, bytes));
  return bytes;
}

inline Bytes random_bytes(Prng& prng, std::size_t size) {
  Bytes bytes(size);
  prng.fill(bytes);
  return bytes;
}

// 1 to 40 bytes, mostly so few that nodes are embedded in others.
inline Bytes random_value(Prng& prng) {
  return random_bytes(prng, prng.chance_ppm(700'000) ? prng.between(1, 4) : prng.between(1, 40));
}

// Keys whose bytes are few different ones, so that they share long prefixes.
inline Bytes crowded_key(Prng& prng, std::size_t size) {
  constexpr std::uint8_t kBytes[] = {0x00, 0x01, 0x10, 0x7F, 0xF0, 0xFF};
  Bytes key(size);
  for (std::uint8_t& byte : key) byte = kBytes[prng.below(sizeof kBytes)];
  return key;
}

// `count` tries at keys of `key_bytes` each; fewer pairs where keys repeat.
inline NaiveTrie crowded_trie(Prng& prng, std::size_t count, std::size_t key_bytes) {
  NaiveTrie::Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) pairs[crowded_key(prng, key_bytes)] = random_value(prng);
  return NaiveTrie(std::move(pairs));
}

// Keys of 0 to 5 bytes: some are prefixes of others.
inline NaiveTrie ragged_trie(Prng& prng, std::size_t count) {
  NaiveTrie::Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) pairs[crowded_key(prng, prng.below(6))] = random_value(prng);
  return NaiveTrie(std::move(pairs));
}

// Keys and values as those of accounts.
inline NaiveTrie hashed_trie(Prng& prng, std::size_t count) {
  NaiveTrie::Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    pairs[test::bytes_of(crypto::keccak256(random_bytes(prng, 20)).view())] =
        random_bytes(prng, prng.between(70, 110));
  }
  return NaiveTrie(std::move(pairs));
}

}  // namespace ringwire::trie
