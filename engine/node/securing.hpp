// Connections on their way to keys: bytes to their handshakes, CPU time and places to those that are due.
//
// Attacks
//  - An object of the TLS library costs 77 KiB and half a millisecond, so a shard has kTlsHandshakesMax of
//    them at most, and none is made before a whole ClientHello is here. Strangers have kTlsStrangersMax; the
//    others are kept for nodes that we dial.
//  - Strangers take all places and then say nothing, so that nobody gets in until their deadlines pass. A
//    place is never safe: who finds none gets that of the address that holds most of them, if it holds at
//    least two more than the newcomer's own; the handshake begun first is given up. Where places are shared
//    out evenly, newcomers wait in a line, and where kTlsWaitingMax wait already, the line moves on all the
//    same. So a hog pushes out itself (engine/transport/connection_manager.hpp has the same rule for
//    connections).
//  - Many addresses take one place each. Somebody waits, so who has a place and has let us wait for his next
//    flight for kTlsPatience gives it up, the slowest first; that we are slow is held against nobody. So the
//    whole line moves on within two such times, whatever those in it do; only who makes more handshakes than
//    we have CPU time for delays others longer.
//  - Bytes while work is due: held, and the receive paused (receiving.hpp).
//
// Timers: the connection's absolute deadline covers it; while somebody waits, next_deadline(), the end of the
// patience with the slowest, which give_places() looks at. Thread: its shard's. Complexity: O(1) for a
// step of a handshake, O(kTlsHandshakesMax) where a place is looked for.
#pragma once

#include <map>

#include "engine/node/connections.hpp"
#include "engine/node/outbox.hpp"
#include "engine/security/prefix.hpp"
#include "engine/shard/turn_budget.hpp"

namespace ringwire::node {

// 16 dials at once finish within 20 turns.
inline constexpr std::size_t kTlsStrangersMax = transport::kTlsHandshakesMax - 16;
// As many as are answered while a peer at the other end of the world says its next word.
inline constexpr std::size_t kTlsWaitingMax = 64;

// Three round trips around the world, or one and the repetition of a lost packet.
inline constexpr Duration kTlsPatience = 1s;

class Securing {
 public:
  Securing(ShardContext& context, Connections& connections, Outbox& outbox)
      : context_(context), connections_(connections), outbox_(outbox) {}

  // In state `securing`.
  void on_received(Session& session, Slice data);
  // Before a turn's CPU work: who waits longest gets the places that are free.
  void give_places();
  // A step of this session, which was in line for it.
  void work(Session& session, shard::TurnBudget& budget);
  // give_places() has something to give.
  [[nodiscard]] bool has_work();
  // When it will have.
  [[nodiscard]] Instant next_deadline();

 private:
  using Line = IntrusiveList<Session, ProofTag>;

  void advance(Session& session);
  void feed(Session& session);
  void secured(Session& session);
  void fail(Session& session);
  void queue(Session& session);
  // Whether it has one now; else it waits.
  [[nodiscard]] bool find_place(Session& session);
  [[nodiscard]] bool is_outdone(const Session& session);
  void push_one_out();
  // Whether there was one.
  [[nodiscard]] bool push_out_overdue();
  [[nodiscard]] Session* slowest();
  void begin(Session& session);
  // Who was accepted, of those with a place: how many, and how many from each address.
  [[nodiscard]] std::size_t strangers();
  [[nodiscard]] std::map<security::Prefix, std::size_t> strangers_by_address();
  [[nodiscard]] bool may_begin(const Session& session, std::size_t strangers) const;

  ShardContext& context_;
  Connections& connections_;
  Outbox& outbox_;
  Line waiting_;                             // for a place
  IntrusiveList<Session, PlaceTag> places_;  // who holds one, the first begun first
};

}  // namespace ringwire::node
