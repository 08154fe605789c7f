// Why somebody's score changes: ONE table. Sessions, gossip, sync and discovery only name a reason; what it
// weighs, and whom, stands here.
//
// Attack: a reason that can be forged is a weapon. Whoever can make others charge a third party for what it
// did not do needs no flood to cut it off. So
//  - an identity is charged for what its own proven session did, and nothing else;
//  - what an unproven connection does charges the address it completed a TCP handshake from, whatever it
//    claims to be;
//  - a datagram charges nobody, and there is no reason for one: its address may be invented;
//  - what honest peers do when they know more or less than we do (an unknown parent, an item that is gone, a
//    duplicate) is no offence; neither is damage that our own disk or memory caused.
//
// Points. 0 is a stranger. At or below kDisconnectAt a charge ends the connection, at or below kBanAt it
// bans. The address of a proven peer is charged less than the peer: others may share it, and many identities
// behind one address add up.
//
// Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ringwire::security {

enum class Reason : std::uint8_t {
  // --- the wire
  bad_frame,       // a frame header, fragment or record that no correct peer sends
  bad_checksum,    // damaged on the way, or made up
  bad_handshake,   // not a Handshake or HandshakeAck where one was due, or a malformed one
  bad_proof,       // the signature does not prove the identity that was claimed
  slow_handshake,  // the deadline passed without a proof
  // --- limits
  over_limit,  // more messages, bytes or cost than allowed, and did not stop
  too_slow,    // did not take what was queued for it
  // --- gossip
  invalid_transaction,  // refused for what it is, not for what we know
  forged_message,       // a signed topic message that its origin did not sign
  rejected_message,     // the application rejected it
  invalid_block,        // its own header or body proves it wrong
  bad_announcement,     // announced something else than it delivered
  // --- sync and requests
  unasked_answer,   // nothing of ours was open under that number
  invalid_answer,   // does not match the question, or its proof is wrong
  missed_deadline,  // no answer in time
  // --- good conduct
  useful_answer,   // answered what was asked, proven
  useful_message,  // the first to deliver something new and valid
  // --- the operator
  operator_ban,
  operator_pardon,
  count_,
};
const char* name(Reason reason);

// Thousandths of a point.
using Points = std::int32_t;
inline constexpr Points kPoint = 1'000;

inline constexpr Points kDisconnectAt = -20 * kPoint;
inline constexpr Points kBanAt = -50 * kPoint;
inline constexpr Points kWorst = -100 * kPoint;
// Good conduct forgives about one offence, not a career of them.
inline constexpr Points kBest = 10 * kPoint;

struct ReasonRules {
  Reason reason;
  const char* name;  // as in metrics and `ringwire why`
  Points identity;   // of the proven peer that did it
  Points address;    // of its address
  Points unproven;   // of the address, where nobody has proven anything yet
  bool fatal;        // bans what it charges at once, whatever its score
};

// In the order of the enum. Beside each row stands why.
std::span<const ReasonRules> reason_rules();
const ReasonRules& rules_of(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);

}  // namespace ringwire::security
