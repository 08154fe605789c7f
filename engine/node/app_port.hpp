// An embedder thread's end of the app rings: what engine/api/peer_events.hpp promises.
//
// What it keeps
//  - the peers that have begun and not ended, by node id: which session of which shard, and what of its
//    window is used (app_rings.hpp)
//  - the requests of its own that have not ended. The shard ends each once; when a session ends the port ends
//    what was open there by itself, and what the shard says of it afterwards is dropped
//
// Two sessions of one node follow each other, maybe on different shards, whose events have no order: the
// `began` of the second one ends the first.
//
// Thread: the port's. Memory: footprint(). Complexity: O(log peers) for what is sent, O(1) for an event, but
// O(requests) where a session ends.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "engine/api/ringwire.hpp"
#include "engine/node/app_rings.hpp"

namespace ringwire::node {

// What a port needs of who runs the shards.
struct PortDoor {
  std::function<void(ShardId)> notify;
  std::function<bool()> stopping;
  std::function<Instant()> now;
};

class AppPort {
 public:
  // `slots`: see AppRings.
  AppPort(const std::vector<std::uint32_t>& slots, std::uint64_t peer_queue_bytes, shard::Sleeper& sleeper,
          PortDoor door);
  AppPort(const AppPort&) = delete;
  AppPort& operator=(const AppPort&) = delete;

  // For the desks of the shards, until all of them have detached.
  [[nodiscard]] AppRings& rings() { return rings_; }

  std::optional<PeerEvent> next();
  // Whether next() may find something.
  [[nodiscard]] bool anything_waits();

  SendResult send_data(const NodeId& peer, ByteView bytes);
  Result<RequestNumber, SendResult> send_request(const NodeId& peer, ByteView bytes, Duration deadline);
  bool cancel(RequestNumber request);
  SendResult answer(const AnswerToken& token, ByteView bytes);
  // Cancels that found no room go on their way; also part of everything above.
  void send_cancels();

  // Detaching, before the shards do their part: nothing is sent any more.
  void close();
  // Meanwhile, until they have: drops what comes, takes back what is given back.
  void drain();
  [[nodiscard]] bool settled();

  static Footprint footprint();

 private:
  struct Peer {
    session::ConnectionRef session;
    std::uint64_t sent = 0;  // cost of all messages, beside AppLink::left
    std::uint32_t requests = 0;
  };
  struct Request {
    RequestNumber number = 0;  // 0: the place is free
    NodeId peer;
    session::ConnectionRef session;
    bool cancelling = false;
  };

  [[nodiscard]] bool has_ready() const { return next_ready_ < ready_.size(); }
  void take(const PeerEventMeta& meta, SliceChain&& bytes);
  void begin(const PeerEventMeta& meta);
  void end(const NodeId& node, const session::ConnectionRef& session, Instant at);
  // The session is this port's view of the node.
  [[nodiscard]] Peer* find(const NodeId& node, const session::ConnectionRef& session);
  [[nodiscard]] Request* find(RequestNumber number);
  void close(Request& request);
  RequestNumber open(Peer& peer, const NodeId& node);

  SendResult send(Peer* peer, OrderMeta order, ByteView bytes, std::uint32_t bytes_max);
  [[nodiscard]] bool window_has_room(const Peer& peer, std::uint64_t cost);
  [[nodiscard]] Slice room_for(std::size_t bytes);
  [[nodiscard]] bool push(const OrderMeta& order, SliceChain&& bytes);

  const std::uint64_t window_;
  const PortDoor door_;
  AppRings rings_;
  HeapBuffers heap_{kOrderBytesMax};
  std::map<NodeId, Peer> peers_;  // ordered, not hashed: peers choose their ids
  std::vector<Request> requests_;
  std::vector<std::uint32_t> free_;  // places in requests_
  std::deque<OrderMeta> cancels_;    // that found the lane full: one per request at most
  std::vector<PeerEvent> ready_;     // to be given out, from the next one on
  std::size_t next_ready_ = 0;
  std::uint64_t requests_made_ = 0;
  ShardId next_shard_ = 0;  // round robin over the lanes
};

}  // namespace ringwire::node
