// Who brought a message, as far as gossip cares: a number it can compare and charge.
//
// The engine chooses what stands behind it. Shares and charges are per SourceId, so it must name what a peer
// cannot change by reconnecting: the node id's or the address prefix's number, never the connection's.
#pragma once

#include <compare>
#include <cstdint>

namespace ringwire::gossip {

struct SourceId {
  std::uint64_t value = 0;
  auto operator<=>(const SourceId&) const = default;
};

// This node itself (its embedder, its admin interface). No share limits it: it is not a stranger.
inline constexpr SourceId kLocalSource{0};

// What `percent` of a whole is: how much of a bounded thing one source may have.
constexpr std::uint64_t share_of(std::uint64_t whole, std::uint32_t percent) {
  return whole / 100 * percent + whole % 100 * percent / 100;
}

}  // namespace ringwire::gossip
