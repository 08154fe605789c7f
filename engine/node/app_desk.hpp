// The embedder's own messages on one shard: from peers to the port that subscribed to peers, and back.
//
//   submit()    a message of a peer: to the port, dropped with a reason, or "paused": its connection waits
//   receive()   orders of the port: said to the peer, or dropped because its session is over
//   flush()     what the port was given becomes visible, and what left of what it sent
//
// States of a peer's session here
//   unknown   established, no port has subscribed: nothing is kept but for requests of a port before
//   known     `began` has been said; messages pass both ways
//   over      `ended` has been said; what was open is forgotten. The port ends its own requests of that peer
//
// Attacks
//  - Requests without end that nobody answers: kOpenRequestsMax of one session are open, each for
//    kRequestTimeMax (engine/session/open_requests.hpp). The others are dropped, counted, and the peer is
//    read on: a connection that waits for the application would also hold back the answers that it waits
//    for.
//  - Messages without end to an application that reads slowly: the lane takes kEventBytesMax; then the
//    connection that brings one more is paused. Nothing is dropped, nobody is blamed.
//  - Answers to what nobody asked: charged (unasked_answer), dropped.
//
// What has no connection to pause (`began`, `ended`, the end of a request) waits in order, and messages
// behind it. That is bounded: of a session whose `began` waits nothing else does, and it leaves no trace when
// it ends; the others are as many as the port had been told of; and requests are as many as the port may
// have.
//
// Timers: per known session one wheel timer for the deadlines of its requests, ours and theirs.
// Thread: its shard's. Memory: footprint(). Complexity: O(open requests of the session) per message.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/node/app_counters.hpp"
#include "engine/node/app_rings.hpp"
#include "engine/node/ledger_desk.hpp"
#include "engine/node/outbox.hpp"
#include "engine/node/session_table.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/session/open_requests.hpp"
#include "engine/shard/timer_wheel.hpp"

namespace ringwire::node {

constexpr bool is_app(wire::MessageType type) {
  return type >= wire::MessageType::app_data && type <= wire::MessageType::app_response;
}

enum class AppSubmitted : std::uint8_t {
  taken,      // given to the port, or dropped: done with it
  paused,     // no room: submit it again when something moved
  malformed,  // no record of its type
};

class AppDesk {
 public:
  AppDesk(ShardContext& context, SessionTable& sessions, Outbox& outbox, shard::TimerWheel& timers,
          LedgerDesk& ledger);

  // --- sessions
  void on_established(const Session& session);
  void on_left(const Session& session);
  // A message of an established session. `keep` makes it a chain of slices that may stay, called only where
  // it is needed; empty: no heap for it now.
  template <class Keep>
  AppSubmitted submit(Session& session, wire::MessageType type, const SliceChain& whole, Keep&& keep);

  // --- the turn
  // The kernel's answer to the last turn's sends has been looked at.
  void after_wait();
  void receive();
  // After the commit.
  void flush();
  // The port waits until something has left; the next turn will tell, and must not be waited for.
  [[nodiscard]] bool has_work() const { return unsettled_; }
  [[nodiscard]] bool port_waits();
  // An order waits for room on the heap, which nobody announces: look again soon.
  [[nodiscard]] bool short_of_heap();

  // --- the port
  void attach(AppRings& rings);
  // The port has closed its orders: the last of them are carried out, its requests are given up.
  void begin_detach();
  // True when nothing is away in either direction: the rings may go.
  [[nodiscard]] bool try_detach(AppRings& rings);
  void clear();

  [[nodiscard]] const AppCounters& counters() const { return counters_; }
  static Footprint footprint(std::uint32_t slots);

 private:
  // What is known of one session.
  struct Peer {
    Peer(AppDesk& owner, const Session& session);
    void on_timer(Instant now) { desk.on_deadline(*this, now); }

    AppDesk& desk;
    const driver::ConnectionId connection;
    const NodeId node;
    session::AskedRequests asked;
    session::OwedAnswers owed;
    shard::Timer timer;
    std::uint64_t said = 0;  // cost of what it was sent, beside AppLink::left
    bool sending = false;    // in sending_
  };
  enum class Judged : std::uint8_t { deliver, dropped, malformed };
  // A message of a peer, and what the port would be told of it.
  struct Incoming {
    const Session& session;
    wire::MessageType type{};
    std::uint64_t id = 0;  // on the wire
    PeerEventMeta event;
  };

  [[nodiscard]] AppLink& link() { return *rings_->links[context_.id]; }
  [[nodiscard]] Peer* find(driver::ConnectionId connection);
  [[nodiscard]] session::ConnectionRef ref_of(const Peer& peer) const;
  void know(const Session& session);
  Judged judge(Incoming& incoming, const SliceChain& whole);
  Judged judge_request(Incoming& incoming);
  Judged judge_answer(Incoming& incoming);
  Judged drop(AppDrop reason);
  void on_delivered(const Incoming& incoming);
  void tell_port(const Peer& peer, PeerEventKind kind, std::uint64_t number = 0);
  void retry_waiting();
  void carry_out(const OrderMeta& order, const SliceChain& bytes);
  void ask(Session& session, Peer& peer, const OrderMeta& order, const SliceChain& bytes);
  void say(Session& session, Peer& peer, wire::MessageType type, std::optional<std::uint64_t> id,
           const SliceChain& bytes);
  void arm(Peer& peer);
  void on_deadline(Peer& peer, Instant now);
  void forget_requests(Peer& peer);
  [[nodiscard]] std::uint64_t not_left(const Peer& peer);
  // False where all that it was sent has left.
  bool note_left(Peer& peer);
  [[nodiscard]] bool heap_has_room() const;

  ShardContext& context_;
  SessionTable& sessions_;
  Outbox& outbox_;
  shard::TimerWheel& timers_;
  LedgerDesk& ledger_;
  AppCounters counters_;
  AppRings* rings_ = nullptr;                  // of the subscriber
  std::vector<std::unique_ptr<Peer>> peers_;   // by slot
  std::deque<PeerEventMeta> waiting_;          // events that found the lane full
  std::vector<driver::ConnectionId> sending_;  // sessions with messages that have not left
  std::vector<std::uint8_t> scratch_;
  bool took_orders_ = false;
  bool room_came_ = false;
  bool unsettled_ = false;
};

template <class Keep>
AppSubmitted AppDesk::submit(Session& session, wire::MessageType type, const SliceChain& whole, Keep&& keep) {
  Incoming incoming{session, type, 0, {}};
  const Judged judged = judge(incoming, whole);
  if (judged != Judged::deliver)
    return judged == Judged::malformed ? AppSubmitted::malformed : AppSubmitted::taken;
  if (!waiting_.empty()) return AppSubmitted::paused;
  SliceChain bytes;
  if (!whole.empty()) {
    bytes = keep();
    if (bytes.empty()) return AppSubmitted::paused;
  }
  if (type != wire::MessageType::app_data) bytes.remove_prefix(wire::kAppHeaderBytes);
  if (!link().events.send(incoming.event, std::move(bytes))) return AppSubmitted::paused;
  on_delivered(incoming);
  return AppSubmitted::taken;
}

}  // namespace ringwire::node
