// A node and where it answers, unsigned: an entry of discv4's Neighbors, and what tools and the admin
// interface say of a peer. Nobody vouches for it; records that travel between strangers are
// codec/wire/enr.hpp.
#pragma once

#include "codec/wire/describe.hpp"

namespace ringwire::wire {

struct Node {
  ByteView ip;  // 4 or 16 bytes
  std::uint16_t udp_port = 0;
  std::uint16_t tcp_port = 0;  // 0: takes no sessions
  PublicKey public_key;
};
template <>
struct Describe<Node> {
  static constexpr auto kFields =
      std::tuple(field("ip", &Node::ip), field("udpPort", &Node::udp_port).decimal(),
                 field("tcpPort", &Node::tcp_port).decimal(), field("publicKey", &Node::public_key));
  static Malformed check(const Node& node) {
    return node.ip.size() == 4 || node.ip.size() == 16 ? Malformed::none : Malformed::wrong_size;
  }
};

}  // namespace ringwire::wire
