// The life of every peer connection of a shard: turns events of driver, peer, timers, claim owner and
// operator into the actions that the connection table names (engine/session/connection_table.hpp), and
// carries them out.
//
// Timers: the connection manager's three deadlines (connect, handshake, leaving) through
// next_deadline()/on_deadline(); per established session one wheel timer for pings, idleness and stalled
// sends. Thread: its shard's.
#pragma once

#include <string_view>

#include "engine/node/app_desk.hpp"
#include "engine/node/ledger_desk.hpp"
#include "engine/node/outbox.hpp"
#include "engine/node/session_log.hpp"
#include "engine/node/session_table.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/node/source_desk.hpp"
#include "engine/security/ban_list.hpp"
#include "engine/shard/timer_wheel.hpp"
#include "engine/transport/connection_manager.hpp"

namespace ringwire::node {

// How full the other shards are: each writes its own, all read all. Owned by who owns the shards.
struct ShardLoad {
  alignas(shard::kCacheLine) Counter inbound;
  Counter inbound_places;  // as many may be inbound
  Counter outbound;
  Counter outbound_places;  // as many may be outbound
};

class Connections {
 public:
  using Event = session::ConnectionEvent;

  Connections(ShardContext& context, SessionTable& sessions, Outbox& outbox, shard::TimerWheel& timers,
              LedgerDesk& ledger, SourceDesk& sources, security::BanList& bans, AppDesk& app,
              std::vector<ShardLoad>& loads);

  // The first event of a session that was just opened, and has its place (engine/node/admission.hpp).
  void begin(Session& session, Event event);
  // --- anybody: what happened to `session`. May end it; do not touch it afterwards where the event was
  // `socket_closed`.
  void on(Session& session, Event event);
  // A failure with its reason for the peer and the counters.
  void refuse(Session& session, Event event, wire::DisconnectReason reason);
  // Its handshake has failed.
  void refuse_handshake(Session& session, Event event);
  void disconnect(Session& session, wire::DisconnectReason reason) {
    refuse(session, Event::local_disconnect, reason);
  }

  // Every connection with that node, however far it has come: a dial of it, one that waits for its claim, a
  // session. False where there is none here. Complexity: O(slots).
  bool drop(const NodeId& node, wire::DisconnectReason reason);
  // Every connection from there.
  void drop(const security::Prefix& addresses, wire::DisconnectReason reason);
  // It did something for which it is charged. Does not end it: that is the ledger's verdict, or the caller's.
  void offence(const Session& session, security::Reason reason) { ledger_.offence(session, reason); }
  // What this peer sent was refused, and it is to blame.
  void blame(gossip::SourceId source, security::Reason reason);
  // The ledger's verdict.
  void punish(const session::ConnectionRef& connection);
  void disconnect_all(wire::DisconnectReason reason);
  void reset_all();

  // --- the turn, after its events and before its commit: sessions whose goodbye the kernel has taken are
  // closed; casualties of the outbox are disconnected.
  void settle_leaving();
  void settle_casualties();
  // After the commit: who stalls from now on has a deadline.
  void watch_stalled();
  // Something was begun too late in this turn to be ended in it: the next one must not be waited for.
  [[nodiscard]] bool unsettled() const { return unsettled_; }
  [[nodiscard]] Instant next_deadline() const { return manager_.next_deadline(); }
  void on_deadline();

  // A deadline of `session` may have come closer: a message began to arrive in fragments.
  void rearm(Session& session) { arm(session, context_.time()); }

  [[nodiscard]] transport::ConnectionMetrics& metrics(const Session& session) {
    return manager_.metrics(session.id.slot);
  }
  [[nodiscard]] const transport::ConnectionManager& manager() const { return manager_; }
  [[nodiscard]] transport::ConnectionManager& manager() { return manager_; }

  // Sessions that are due CPU time, in order; whose bytes may be read on.
  IntrusiveList<Session, ProofTag>& proofs() { return proofs_; }
  IntrusiveList<Session, PausedTag>& readable() { return readable_; }

 private:
  void perform(Session& session, session::ConnectionAction action, Event event);
  void secure(Session& session);
  void start_handshake(Session& session);
  void ask_claim(Session& session);
  void establish(Session& session);
  void begin_leaving(Session& session);
  void end_securing(Session& session);
  void send_alert(Session& session);
  void say_goodbye(Session& session);
  void close(Session& session, driver::CloseMode mode);
  void free_slot(Session& session);
  void return_claim(const Session& session);
  void leave(Session& session);
  void tell_presence(const Session& session, bool present);
  static void fire_session_timer(void* session, Instant now);
  void on_session_timer(Session& session, Instant now);
  void arm(Session& session, Instant now);
  void update_gauges();

  ShardContext& context_;
  SessionTable& sessions_;
  Outbox& outbox_;
  shard::TimerWheel& timers_;
  LedgerDesk& ledger_;
  SourceDesk& sources_;
  security::BanList& bans_;
  AppDesk& app_;
  std::vector<ShardLoad>& loads_;
  transport::ConnectionManager manager_;
  SessionLog log_;
  IntrusiveList<Session, ProofTag> proofs_;
  IntrusiveList<Session, PausedTag> readable_;
  bool unsettled_ = false;
  IntrusiveList<Session, LeavingTag> leaving_;
};

}  // namespace ringwire::node
