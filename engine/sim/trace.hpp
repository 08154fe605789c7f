// One number for everything that happened, in order: equal seeds must give equal numbers.
// FNV-1a over 64-bit words and bytes; it finds differences, it does not resist an adversary.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"

namespace ringwire::sim {

class Trace {
 public:
  void add(std::uint64_t word) { mix(word); }
  void add(ByteView bytes) {
    mix(bytes.size());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) mix(load_be<std::uint64_t>(bytes.data()));
    for (const std::uint8_t byte : bytes) mix(byte);
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3U; }

  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace ringwire::sim
