#include "engine/session/connection_table.hpp"

#include <array>

#include "codec/base/check.hpp"

namespace ringwire::session {
namespace {

struct Rule {
  ConnectionState state;
  ConnectionEvent event;
  ConnectionState next;
  ConnectionAction action;
};

constexpr std::size_t index(ConnectionState state) {
  return static_cast<std::size_t>(state);
}
constexpr std::size_t index(ConnectionEvent event) {
  return static_cast<std::size_t>(event);
}

using S = ConnectionState;
using E = ConnectionEvent;
using A = ConnectionAction;

// clang-format off
// The way of a connection. Pairs that are neither here nor in the two lists below are impossible.
constexpr Rule kRules[] = {
  {S::closed,             E::dial_started,      S::dialling,           A::none},
  {S::closed,             E::accepted,          S::securing,           A::secure},

  {S::dialling,           E::connected,         S::securing,           A::secure},
  {S::dialling,           E::connect_failed,    S::closing,            A::close},
  {S::dialling,           E::local_disconnect,  S::closing,            A::reset},
  {S::dialling,           E::deadline,          S::closing,            A::reset},
  {S::dialling,           E::socket_ended,      S::closing,            A::close},

  {S::securing,           E::secured,           S::awaiting_handshake, A::start_handshake},
  {S::securing,           E::security_failed,   S::leaving,            A::send_alert},
  {S::securing,           E::local_disconnect,  S::closing,            A::reset},
  {S::securing,           E::deadline,          S::closing,            A::reset},
  {S::securing,           E::socket_ended,      S::closing,            A::close},

  {S::awaiting_handshake, E::handshake_ok,      S::awaiting_ack,       A::sign_ack},
  {S::awaiting_ack,       E::ack_received,      S::verifying,          A::verify_ack},
  {S::verifying,          E::ack_ok,            S::awaiting_claim,     A::ask_claim},
  {S::awaiting_claim,     E::claim_granted,     S::established,        A::open},
  {S::awaiting_claim,     E::claim_denied,      S::leaving,            A::say_goodbye},
  {S::established,        E::claim_revoked,     S::leaving,            A::say_goodbye},

  {S::leaving,            E::goodbye_sent,      S::closing,            A::close},
  {S::leaving,            E::deadline,          S::closing,            A::reset},
  {S::leaving,            E::socket_ended,      S::closing,            A::close},

  {S::closing,            E::socket_closed,     S::closed,             A::free_slot},
};
// clang-format on

// What ends a connection that can hear and be heard, wherever it is on its way: everything a peer, an
// operator or a timer can bring about. An unproven peer that lets its time pass is reset: it shall hold no
// kernel memory.
constexpr ConnectionState kOpen[] = {S::awaiting_handshake, S::awaiting_ack, S::verifying, S::awaiting_claim,
                                     S::established};
constexpr ConnectionEvent kRefusals[] = {E::handshake_bad, E::ack_bad, E::frame_refused, E::local_disconnect};

// What may still be under way when a connection is already on its way out: ignored.
constexpr ConnectionEvent kLate[] = {E::handshake_ok,    E::handshake_bad,   E::ack_received,
                                     E::ack_ok,          E::ack_bad,         E::claim_granted,
                                     E::claim_denied,    E::claim_revoked,   E::frame_refused,
                                     E::peer_disconnect, E::local_disconnect};

struct Entry {
  ConnectionState next;
  ConnectionAction action;
};
using Table = std::array<std::array<Entry, kEvents>, kStates>;

constexpr Table make_table() {
  Table table{};
  for (auto& row : table) row.fill({S::closed, A::impossible});
  for (const ConnectionState state : kOpen) {
    auto& row = table[index(state)];
    for (const ConnectionEvent event : kRefusals) row[index(event)] = {S::leaving, A::say_goodbye};
    row[index(E::peer_disconnect)] = {S::closing, A::close};
    row[index(E::socket_ended)] = {S::closing, A::close};
    const bool proven = state == S::awaiting_claim || state == S::established;
    row[index(E::deadline)] = proven ? Entry{S::leaving, A::say_goodbye} : Entry{S::closing, A::reset};
  }
  for (const ConnectionEvent event : kLate) {
    table[index(S::leaving)][index(event)] = {S::leaving, A::none};
    table[index(S::closing)][index(event)] = {S::closing, A::none};
  }
  for (const ConnectionEvent event : {E::goodbye_sent, E::deadline, E::socket_ended}) {
    table[index(S::closing)][index(event)] = {S::closing, A::none};
  }
  for (const Rule& rule : kRules) {
    table[index(rule.state)][index(rule.event)] = {rule.next, rule.action};
  }
  return table;
}

constexpr Table kTable = make_table();

bool holds_claim(ConnectionState state) {
  return state == S::awaiting_claim || state == S::established;
}

}  // namespace

Transition on(ConnectionState state, ConnectionEvent event) {
  const Entry entry = kTable[index(state)][index(event)];
  const bool owner_knows = event == ConnectionEvent::claim_denied || event == ConnectionEvent::claim_revoked;
  const bool gives_up = holds_claim(state) && !holds_claim(entry.next);
  return {entry.next, entry.action, gives_up && !owner_knows && entry.action != A::impossible};
}

Reading reading(ConnectionState state) {
  switch (state) {
    case ConnectionState::securing:
      return Reading::secure;
    case ConnectionState::awaiting_handshake:
    case ConnectionState::awaiting_ack:
    case ConnectionState::established:
      return Reading::parse;
    case ConnectionState::verifying:
    case ConnectionState::awaiting_claim:
      return Reading::hold;
    case ConnectionState::leaving:
    case ConnectionState::closing:
      return Reading::discard;
    case ConnectionState::closed:
    case ConnectionState::dialling:
    case ConnectionState::count_:
      break;
  }
  return Reading::nothing;
}

bool pending(ConnectionState state) {
  return state >= ConnectionState::dialling && state <= ConnectionState::verifying;
}

const char* name(ConnectionState state) {
  static constexpr std::array<const char*, kStates> kNames{
      "closed",       "dialling",  "securing",       "awaiting_handshake",
      "awaiting_ack", "verifying", "awaiting_claim", "established",
      "leaving",      "closing"};
  RW_ASSERT(state < ConnectionState::count_);
  return kNames[index(state)];
}

const char* name(ConnectionEvent event) {
  static constexpr std::array<const char*, kEvents> kNames{
      "dial_started",    "accepted",         "connected",     "connect_failed", "secured",
      "security_failed", "handshake_ok",     "handshake_bad", "ack_received",   "ack_ok",
      "ack_bad",         "claim_granted",    "claim_denied",  "claim_revoked",  "frame_refused",
      "peer_disconnect", "local_disconnect", "goodbye_sent",  "deadline",       "socket_ended",
      "socket_closed"};
  RW_ASSERT(event < ConnectionEvent::count_);
  return kNames[index(event)];
}

const char* name(ConnectionAction action) {
  static constexpr std::array<const char*, static_cast<std::size_t>(ConnectionAction::count_)> kNames{
      "none",        "secure",     "start_handshake", "sign_ack", "verify_ack", "ask_claim", "open",
      "say_goodbye", "send_alert", "close",           "reset",    "free_slot",  "impossible"};
  RW_ASSERT(action < ConnectionAction::count_);
  return kNames[static_cast<std::size_t>(action)];
}

}  // namespace ringwire::session
