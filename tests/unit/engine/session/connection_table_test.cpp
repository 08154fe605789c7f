#include "engine/session/connection_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::session {
namespace {

std::vector<ConnectionState> all_states() {
  std::vector<ConnectionState> states;
  for (std::size_t i = 0; i < kStates; ++i) states.push_back(static_cast<ConnectionState>(i));
  return states;
}

std::vector<ConnectionEvent> all_events() {
  std::vector<ConnectionEvent> events;
  for (std::size_t i = 0; i < kEvents; ++i) events.push_back(static_cast<ConnectionEvent>(i));
  return events;
}

// The whole table, spelled out a second time and apart from the code: "event: next action", `~` where the
// claim returns. What is not named is impossible.
const std::map<std::string, std::vector<std::string>> kExpected{
    {"closed", {"dial_started: dialling none", "accepted: securing secure"}},
    {"dialling",
     {"connected: securing secure", "connect_failed: closing close", "local_disconnect: closing reset",
      "deadline: closing reset", "socket_ended: closing close"}},
    {"securing",
     {"secured: awaiting_handshake start_handshake", "security_failed: leaving send_alert",
      "local_disconnect: closing reset", "deadline: closing reset", "socket_ended: closing close"}},
    {"awaiting_handshake",
     {"handshake_ok: awaiting_ack sign_ack", "handshake_bad: leaving say_goodbye",
      "ack_bad: leaving say_goodbye", "frame_refused: leaving say_goodbye", "peer_disconnect: closing close",
      "local_disconnect: leaving say_goodbye", "deadline: closing reset", "socket_ended: closing close"}},
    {"awaiting_ack",
     {"handshake_bad: leaving say_goodbye", "ack_received: verifying verify_ack",
      "ack_bad: leaving say_goodbye", "frame_refused: leaving say_goodbye", "peer_disconnect: closing close",
      "local_disconnect: leaving say_goodbye", "deadline: closing reset", "socket_ended: closing close"}},
    {"verifying",
     {"handshake_bad: leaving say_goodbye", "ack_ok: awaiting_claim ask_claim",
      "ack_bad: leaving say_goodbye", "frame_refused: leaving say_goodbye", "peer_disconnect: closing close",
      "local_disconnect: leaving say_goodbye", "deadline: closing reset", "socket_ended: closing close"}},
    {"awaiting_claim",
     {"handshake_bad: leaving say_goodbye ~", "ack_bad: leaving say_goodbye ~",
      "claim_granted: established open", "claim_denied: leaving say_goodbye",
      "frame_refused: leaving say_goodbye ~", "peer_disconnect: closing close ~",
      "local_disconnect: leaving say_goodbye ~", "deadline: leaving say_goodbye ~",
      "socket_ended: closing close ~"}},
    {"established",
     {"handshake_bad: leaving say_goodbye ~", "ack_bad: leaving say_goodbye ~",
      "claim_revoked: leaving say_goodbye", "frame_refused: leaving say_goodbye ~",
      "peer_disconnect: closing close ~", "local_disconnect: leaving say_goodbye ~",
      "deadline: leaving say_goodbye ~", "socket_ended: closing close ~"}},
    {"leaving",
     {"handshake_ok: leaving none", "handshake_bad: leaving none", "ack_received: leaving none",
      "ack_ok: leaving none", "ack_bad: leaving none", "claim_granted: leaving none",
      "claim_denied: leaving none", "claim_revoked: leaving none", "frame_refused: leaving none",
      "peer_disconnect: leaving none", "local_disconnect: leaving none", "goodbye_sent: closing close",
      "deadline: closing reset", "socket_ended: closing close"}},
    {"closing",
     {"handshake_ok: closing none", "handshake_bad: closing none", "ack_received: closing none",
      "ack_ok: closing none", "ack_bad: closing none", "claim_granted: closing none",
      "claim_denied: closing none", "claim_revoked: closing none", "frame_refused: closing none",
      "peer_disconnect: closing none", "local_disconnect: closing none", "goodbye_sent: closing none",
      "deadline: closing none", "socket_ended: closing none", "socket_closed: closed free_slot"}},
};

TEST(ConnectionTable, EveryPairOfStateAndEventIsAsWritten) {
  std::size_t possible = 0;
  for (const ConnectionState state : all_states()) {
    std::vector<std::string> actual;
    for (const ConnectionEvent event : all_events()) {
      const Transition transition = on(state, event);
      if (transition.action == ConnectionAction::impossible) {
        EXPECT_FALSE(transition.returns_claim);
        continue;
      }
      actual.push_back(std::string(name(event)) + ": " + name(transition.next) + " " +
                       name(transition.action) + (transition.returns_claim ? " ~" : ""));
    }
    EXPECT_EQ(actual, kExpected.at(name(state))) << name(state);
    possible += actual.size();
  }
  EXPECT_EQ(possible, 82U);
}

// What a peer can do to a connection whose socket is open, before there are keys and afterwards.
constexpr ConnectionEvent kUnsecuredPeerEvents[] = {
    ConnectionEvent::secured, ConnectionEvent::security_failed, ConnectionEvent::socket_ended};
constexpr ConnectionEvent kPeerEvents[] = {ConnectionEvent::handshake_bad, ConnectionEvent::ack_bad,
                                           ConnectionEvent::frame_refused, ConnectionEvent::peer_disconnect,
                                           ConnectionEvent::socket_ended};

TEST(ConnectionTable, NothingAPeerDoesIsImpossible) {
  for (const ConnectionState state : all_states()) {
    if (reading(state) == Reading::nothing) continue;
    const bool unsecured = reading(state) == Reading::secure;
    const auto events =
        unsecured ? std::span<const ConnectionEvent>(kUnsecuredPeerEvents) : std::span(kPeerEvents);
    for (const ConnectionEvent event : events) {
      EXPECT_NE(on(state, event).action, ConnectionAction::impossible) << name(state) << " " << name(event);
    }
  }
}

TEST(ConnectionTable, TheOnlyWayToASessionIsKeysThenHandshakeThenProofThenClaim) {
  const std::map<ConnectionState, std::pair<ConnectionState, ConnectionEvent>> only_door{
      {ConnectionState::awaiting_handshake, {ConnectionState::securing, ConnectionEvent::secured}},
      {ConnectionState::awaiting_ack, {ConnectionState::awaiting_handshake, ConnectionEvent::handshake_ok}},
      {ConnectionState::verifying, {ConnectionState::awaiting_ack, ConnectionEvent::ack_received}},
      {ConnectionState::awaiting_claim, {ConnectionState::verifying, ConnectionEvent::ack_ok}},
      {ConnectionState::established, {ConnectionState::awaiting_claim, ConnectionEvent::claim_granted}}};
  for (const ConnectionState state : all_states()) {
    for (const ConnectionEvent event : all_events()) {
      const Transition transition = on(state, event);
      const auto door = only_door.find(transition.next);
      if (transition.next == state || door == only_door.end()) continue;
      EXPECT_EQ(door->second, std::pair(state, event)) << name(state) << " " << name(event);
    }
  }
}

TEST(ConnectionTable, EveryStateCanEndAndNoneGoesBack) {
  for (const ConnectionState start : all_states()) {
    std::set<ConnectionState> reached{start};
    for (std::size_t i = 0; i < kStates; ++i) {
      for (const ConnectionState state : std::set(reached)) {
        if (state == ConnectionState::closed) continue;
        for (const ConnectionEvent event : all_events()) {
          const Transition transition = on(state, event);
          if (transition.action == ConnectionAction::impossible) continue;
          reached.insert(transition.next);
          EXPECT_TRUE(transition.next >= state || transition.next == ConnectionState::closed);
        }
      }
    }
    EXPECT_TRUE(reached.contains(ConnectionState::closed)) << name(start);
  }
}

TEST(ConnectionTable, EveryStateThatWaitsForOthersHasADeadline) {
  for (const ConnectionState state : all_states()) {
    if (state == ConnectionState::closed) continue;
    const Transition transition = on(state, ConnectionEvent::deadline);
    EXPECT_NE(transition.action, ConnectionAction::impossible) << name(state);
    EXPECT_GE(transition.next, ConnectionState::leaving);
  }
}

// The event that brings a connection on its way, where there is one.
ConnectionEvent forward_from(ConnectionState state) {
  const auto events = all_events();
  const auto found = std::find_if(events.begin(), events.end(), [&](ConnectionEvent event) {
    const Transition transition = on(state, event);
    return transition.action != ConnectionAction::impossible &&
           static_cast<std::size_t>(transition.next) == static_cast<std::size_t>(state) + 1;
  });
  return found == events.end() ? ConnectionEvent::socket_closed : *found;
}

// Walks of random possible events: resources that are taken come back exactly once.
TEST(ConnectionTable, ClaimsSlotsAndSocketsAreTakenAndReturnedInPairs) {
  Prng prng(1);
  ConnectionState state = ConnectionState::closed;
  bool slot = false, closed_by_us = false, claim = false, opened = false;
  int sessions = 0;
  for (int step = 0; step < 100'000; ++step) {
    const auto event =
        prng.below(2) == 0 ? forward_from(state) : static_cast<ConnectionEvent>(prng.below(kEvents));
    const Transition transition = on(state, event);
    if (transition.action == ConnectionAction::impossible) continue;
    if (state == ConnectionState::closed) slot = true;
    if (event == ConnectionEvent::claim_denied || event == ConnectionEvent::claim_revoked) claim = false;
    if (transition.returns_claim) {
      EXPECT_TRUE(claim);
      claim = false;
    }
    switch (transition.action) {
      case ConnectionAction::ask_claim:
        claim = true;
        break;
      case ConnectionAction::open:
        EXPECT_TRUE(claim);
        opened = true;
        ++sessions;
        break;
      case ConnectionAction::close:
      case ConnectionAction::reset:
        EXPECT_FALSE(closed_by_us);
        closed_by_us = true;
        break;
      case ConnectionAction::free_slot:
        EXPECT_TRUE(slot && closed_by_us && !claim);
        slot = closed_by_us = opened = false;
        break;
      case ConnectionAction::none:
      case ConnectionAction::secure:
      case ConnectionAction::start_handshake:
      case ConnectionAction::sign_ack:
      case ConnectionAction::verify_ack:
      case ConnectionAction::say_goodbye:
      case ConnectionAction::send_alert:
      case ConnectionAction::impossible:
      case ConnectionAction::count_:
        break;
    }
    state = transition.next;
    EXPECT_TRUE(state != ConnectionState::established || (opened && claim));
  }
  EXPECT_GT(sessions, 100);
}

TEST(ConnectionTable, OnlyUnprovenConnectionsArePendingAndNothingIsReadBeforeTheClaim) {
  for (const ConnectionState state : all_states()) {
    const bool unproven = state >= ConnectionState::dialling && state < ConnectionState::awaiting_claim;
    EXPECT_EQ(pending(state), unproven) << name(state);
  }
  EXPECT_EQ(reading(ConnectionState::securing), Reading::secure);
  EXPECT_EQ(reading(ConnectionState::verifying), Reading::hold);
  EXPECT_EQ(reading(ConnectionState::awaiting_claim), Reading::hold);
  EXPECT_EQ(reading(ConnectionState::established), Reading::parse);
  EXPECT_EQ(reading(ConnectionState::leaving), Reading::discard);
  EXPECT_EQ(reading(ConnectionState::closed), Reading::nothing);
}

TEST(ConnectionTable, AnUnprovenPeerOutOfTimeIsReset) {
  for (const ConnectionState state : all_states()) {
    if (!pending(state)) continue;
    EXPECT_EQ(on(state, ConnectionEvent::deadline).action, ConnectionAction::reset) << name(state);
  }
}

}  // namespace
}  // namespace ringwire::session
