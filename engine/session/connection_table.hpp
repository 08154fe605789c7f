// The life of a connection as ONE table: state x event -> next state, what to do.
//
// Problem: a connection is told things by five parties (kernel, peer, claim owner, timer, operator) in any
// order. A rule forgotten for one pair is a leaked slot, a message taken before its sender was proven, or a
// claim nobody gives back. So every pair has an entry, a test walks all of them, and the caller has no
// condition of its own.
//
//   closed -> dialling -> securing -> awaiting_handshake -> awaiting_ack -> verifying -> awaiting_claim
//          -> established
//   any of them -> leaving (a Disconnect is being sent) -> closing (the driver lets go) -> closed
//
// `securing` is TLS's. A plaintext connection is secured at once, so that there is one way for both.
//
// Both ends send Handshake at once and HandshakeAck when they have the other's, so one end may be established
// and send while the other still verifies. Such bytes are early, not wrong: in `verifying` and
// `awaiting_claim` the caller stops parsing and pauses the receive (Reading::hold) until the claim is
// settled.
//
// Timers. Each fires as ConnectionEvent::deadline. The first three are kept by
// engine/transport/connection_manager.hpp, the last by engine/session/liveness.hpp, which starts when the
// identity is proven.
//   dialling                         connect timeout
//   securing to verifying            ONE absolute handshake deadline, from accept or connect
//   leaving                          kLeavingTime
//   awaiting_claim, established      nothing received for too long
//
// Answers of the claim owner name a generation; one for an earlier connection in the same slot is dropped by
// the caller.
//
// Pure, no state of its own. Complexity: one array access.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::session {

enum class ConnectionState : std::uint8_t {
  closed,              // the slot is free
  dialling,            // our connect() is under way
  securing,            // keys are being agreed on: no frame can be said or read yet
  awaiting_handshake,  // ours is sent; nothing is known about the peer
  awaiting_ack,        // its Handshake is in order; its claim to the identity is not proven yet
  verifying,           // its HandshakeAck is here; the signature waits for its turn
  awaiting_claim,      // its identity is proven; the owner of the node id decides about duplicates
  established,         // the application's messages flow
  leaving,             // our Disconnect, or the alert, is on its way out; nothing is read any more
  closing,             // close() was called; only the driver still knows the connection
  count_,
};
inline constexpr std::size_t kStates = static_cast<std::size_t>(ConnectionState::count_);
const char* name(ConnectionState state);

enum class ConnectionEvent : std::uint8_t {
  dial_started,      // we: connect() was called
  accepted,          // driver: a stranger connected and was admitted
  connected,         // driver: our connect() succeeded
  connect_failed,    // driver: it did not
  secured,           // TLS: the keys are here; in plaintext at once
  security_failed,   // TLS: there will be none
  handshake_ok,      // handshake: the peer's Handshake is acceptable
  handshake_bad,     // handshake: it is not, or came twice
  ack_received,      // handshake: a well-formed HandshakeAck is stored
  ack_ok,            // handshake: its signature proves the identity
  ack_bad,           // handshake: malformed, or it proves nothing
  claim_granted,     // owner: this is the one connection of that node
  claim_denied,      // owner: another one is
  claim_revoked,     // owner: it was, and another one took its place
  frame_refused,     // framing: malformed, over a limit, or not allowed in this state
  peer_disconnect,   // peer: it said Disconnect
  local_disconnect,  // we: shutdown, ban, full queue, policy
  goodbye_sent,      // we: the kernel took our Disconnect, or the alert
  deadline,          // timer: the deadline of this state passed
  socket_ended,      // driver: FIN or error
  socket_closed,     // driver: it let go of the connection
  count_,
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(ConnectionEvent::count_);
const char* name(ConnectionEvent event);

enum class ConnectionAction : std::uint8_t {
  none,
  secure,           // start receiving; agree on keys
  start_handshake,  // send our Handshake
  sign_ack,         // queue the signing of our HandshakeAck
  verify_ack,       // hold what follows; queue the recovery of the peer's signature
  ask_claim,        // ask the owner shard of the node id
  open,             // free the handshake, read on, tell the application
  say_goodbye,      // send Disconnect(reason), drop what else was queued, read no more
  send_alert,       // likewise, before there are keys: what TLS still has to say
  close,            // driver.close(graceful)
  reset,            // driver.close(reset)
  free_slot,        // forget the connection
  impossible,       // our own bug: the caller asserts. No peer can bring it about
  count_,
};
const char* name(ConnectionAction action);

struct Transition {
  ConnectionState next = ConnectionState::closed;
  ConnectionAction action = ConnectionAction::none;
  bool returns_claim = false;  // also tell the owner shard that the claim is free (or withdrawn)
};
Transition on(ConnectionState state, ConnectionEvent event);

// What the caller does with received bytes in a state.
enum class Reading : std::uint8_t {
  nothing,  // there are none
  secure,   // they are TLS's
  parse,    // frames go to the handshake or, established, to their protocols
  hold,     // keep what is there unparsed, pause the receive
  discard,  // drop unparsed
};
Reading reading(ConnectionState state);

// The peer's identity is not proven yet: the connection counts as pending
// (engine/transport/connection_manager.hpp).
bool pending(ConnectionState state);

// Time for a Disconnect to leave through a full socket before the connection is reset.
inline constexpr Duration kLeavingTime = 2s;

}  // namespace ringwire::session
