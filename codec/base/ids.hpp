// Names of things on the network. Equal bytes are equal things; none of them is secret.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

#include "codec/base/bytes.hpp"

namespace ringwire {

template <std::size_t kSize, class Tag>
struct FixedBytes {
  std::array<std::uint8_t, kSize> bytes{};

  auto operator<=>(const FixedBytes&) const = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] ByteSpan span() { return bytes; }
  static constexpr std::size_t size() { return kSize; }
};

using Hash32 = FixedBytes<32, struct Hash32Tag>;        // Keccak-256 output: transaction and block hashes
using NodeId = FixedBytes<32, struct NodeIdTag>;        // Keccak-256 of the public key (discv4)
using PublicKey = FixedBytes<64, struct PublicKeyTag>;  // secp256k1 point x | y, as in an enode URL
using Address20 = FixedBytes<20, struct Address20Tag>;  // Ethereum account
using ShardId = std::uint16_t;

inline constexpr ShardId kShardsMax = 64;  // cores one process drives; the rings are quadratic in it

}  // namespace ringwire
