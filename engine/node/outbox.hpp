// From what the shard wants to say to what its driver sends: frames into the egress logs, one send per peer
// at the end of the turn.
//
//   after_wait()   what the kernel did not take of the last turn's sends becomes rests; the logs start anew
//   tell, relay    any number of times
//   commit()       one driver.send() per peer that has something to say. Peers with TLS get 32 KiB, then the
//                  kernel is asked to take them, and so on until all is committed (engine/session/README.md,
//                  rounds)
//
// A peer that cannot be told (its queue overflowed, its socket broke, no heap for its reply) ends up in
// casualties(): the connections desk disconnects it. Nothing meant for a peer is dropped without that, but
// where the heap is full: then the peer with the longest queue loses what waits for it in the lowest class
// whose messages are asked for again, counted, and at last its place. What is being said is said. Thread: its
// shard's.
#pragma once

#include <span>
#include <vector>

#include "engine/node/session_table.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/session/egress.hpp"

namespace ringwire::node {

struct Casualty {
  driver::ConnectionId connection{};
  wire::DisconnectReason reason{};
  bool can_be_told = true;  // not so in the middle of a frame, or where the socket is broken
  bool overflown = false;   // its own queue, so it is to blame
  std::int32_t error = 0;   // of the socket
};

class Outbox {
 public:
  Outbox(ShardContext& context, SessionTable& sessions);

  // --- what is said

  // One whole message for one peer. It may be dropped only together with the peer.
  void tell(Session& session, wire::MessageType type, ByteView payload);
  // Likewise by reference, where it is large.
  void tell(Session& session, wire::MessageType type, const SliceChain& payload);
  // One message (`prefix`, then `rest`) for every established peer but `except`.
  void relay(wire::MessageType type, ByteView prefix, const SliceChain& rest,
             std::span<const gossip::SourceId> except);

  // The peer lets us send it more. False: more than there may be.
  [[nodiscard]] bool grant(Session& session, const wire::WindowUpdate& update) {
    return egress_.grant(session.egress, update.traffic_class, update.credit);
  }

  // What its TLS handshake has to say goes out with this turn's commit, before anything else.
  void tell_unsealed(Session& session);
  // ... and has not been given to the kernel yet.
  [[nodiscard]] static bool has_unsealed(const Session& session) {
    return session.channel != nullptr && session.channel->has_unsealed();
  }

  void join(Session& session) { egress_.join(session.egress); }
  void silence(Session& session) { egress_.silence(session.egress); }
  void forget(Session& session) { egress_.forget(session.egress); }

  // --- the turn

  void after_wait();
  void on_rest_sent(Session& session, std::int32_t error);
  void commit();
  // After the last turn: what was said refers to nothing any more.
  void clear() {
    round_.end_round();
    egress_.begin_turn();
  }
  // There is more to send than one turn may take: the next wait must not sleep.
  [[nodiscard]] bool has_more() const { return egress_.has_speakers(); }

  // Whose stalled_since() is to be watched from now on.
  [[nodiscard]] std::vector<driver::ConnectionId> take_stalled() { return egress_.take_stalled(); }
  [[nodiscard]] std::vector<Casualty>& casualties() { return casualties_; }
  [[nodiscard]] const session::EgressCounters& counters() const { return egress_.counters(); }

 private:
  template <class Payload>
  void tell_one(Session& session, wire::MessageType type, const Payload& payload);
  template <class Payload>
  Result<session::Record, session::AppendError> append(wire::MessageType type, const Payload& payload);
  Slice make_prefix(ByteView prefix);
  // Drops what waits for the peer with the longest queue, if that is longer than `queued_min`, in the lowest
  // class that has something and whose messages are asked for again; where there is none, gives the peer up.
  [[nodiscard]] bool shed_costliest(std::uint64_t queued_min = 0);
  void keep_reserve();
  void end_turn_early();
  void take_unsent();
  void commit_round();
  void send_flights();
  void send(Session& session, session::Pieces pieces);
  void send_sealed(Session& session, session::Pieces pieces);
  void send_rest(Session& session, const Result<session::Pieces, session::Overflow>& rest);
  void give_up(Session& session, Casualty casualty, Counter& counter);
  void overflow(Session& session, session::Overflow what, bool can_be_told);
  void break_off(Session& session, std::int32_t error);

  ShardContext& context_;
  SessionTable& sessions_;
  session::Egress egress_;
  session::SealedRound round_;
  IntrusiveList<Session, FlightTag> flights_;
  std::vector<Casualty> casualties_;
};

}  // namespace ringwire::node
