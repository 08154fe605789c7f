// The address of a node as people write it:
//
//   enode://<public key, 128 hex digits>@<IP>:<TCP port>[?discport=<UDP port>]
//
// The UDP port is the TCP port unless given; discport=0 says that the node does not speak UDP. Strict,
// because these lines are typed and pasted: lower-case scheme, numeric address (never a name look-up), IPv6
// in brackets, decimal ports without leading zeros, a key that is a point of the curve, nothing after the
// end. Source: the enode format of devp2p. Pure; parsing costs one curve check.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"

namespace ringwire::wire {

struct Enode {
  PublicKey public_key;
  Endpoint endpoint;           // TCP; port never 0
  std::uint16_t udp_port = 0;  // 0: no UDP

  auto operator<=>(const Enode&) const = default;

  [[nodiscard]] NodeId id() const;
  // The canonical text: lower case, discport only where it differs.
  [[nodiscard]] std::string to_string() const;
};

// What the operator has to correct.
enum class EnodeError : std::uint8_t {
  no_scheme,
  no_key,
  bad_key_length,
  bad_key_digit,
  not_a_key,
  bad_host,
  undialable_host,
  bad_port,
  bad_query,
  bad_udp_port,
  count_,
};
// One line: what is wrong, and what is expected there.
const char* explain(EnodeError error);

Result<Enode, EnodeError> parse_enode(std::string_view text);

}  // namespace ringwire::wire
