// From the bytes a driver received to the desks that use them: open, parse, verify, dispatch.
//
// A message that finds no room at its next hop, or whose sender is over its limits, interrupts its
// connection: the rest of its bytes stays in the parser, what else arrives is held, the receive is paused so
// that TCP holds the peer back, and the connection waits in line until something moved. The same holding
// serves a connection whose claim is being settled.
//
// Thread: its shard's. Errors of the peer end its connection with a reason and a counter; none is answered
// otherwise.
#pragma once

#include "engine/node/app_desk.hpp"
#include "engine/node/claims_desk.hpp"
#include "engine/node/connections.hpp"
#include "engine/node/credit_desk.hpp"
#include "engine/node/gossip_desk.hpp"
#include "engine/node/rate_desk.hpp"
#include "engine/node/relief.hpp"
#include "engine/node/securing.hpp"
#include "engine/node/unfinished.hpp"

namespace ringwire::node {

class Inbox {
 public:
  Inbox(ShardContext& context, Connections& connections, ClaimsDesk& claims, GossipDesk& gossip, AppDesk& app,
        Outbox& outbox, Relief& relief, Securing& securing, RateDesk& rates, CreditDesk& credits,
        Unfinished& unfinished);

  void on_received(Session& session, Slice data);
  // The stream has ended.
  void on_ended(Session& session, std::int32_t error);
  // Reads on where connections were interrupted or held, in order, until one is interrupted again.
  void read_on();
  // A message waits for room on the heap, which nobody announces: look again soon.
  [[nodiscard]] bool short_of_heap() const { return short_of_heap_; }

 private:
  enum class Progress : std::uint8_t { done, interrupted, ended };

  Progress read(Session& session, Slice data);
  Progress open_records(Session& session);
  Progress refuse_record(Session& session);
  Progress pump(Session& session);
  Progress take(Session& session, wire::Frame& frame);
  Progress dispatch(Session& session, wire::Frame& frame);
  Progress take_handshake(Session& session, const wire::Frame& frame);
  Progress take_message(Session& session, Interrupted& at);
  Progress take_record(Session& session, const wire::Frame& frame);
  Progress take_goodbye(Session& session, const wire::Frame& frame);
  Progress take_fragment(Session& session, const wire::Frame& frame);
  Progress take_transactions(Session& session, Interrupted& at);
  Progress take_publish(Session& session, Interrupted& at);
  Progress take_app(Session& session, Interrupted& at);
  Progress interrupt(Session& session, Interrupted& at);
  Progress resume(Session& session);
  void hear(Session& session, std::uint8_t code);
  void on_ping(Session& session, ByteView payload);
  void on_pong(Session& session, ByteView payload);
  Progress take_window_update(Session& session, ByteView payload);
  void hold(Session& session, Slice data);
  void pause(Session& session);
  void put_off(Session& session);
  void continue_receiving(Session& session);
  void choose_pool(Session& session);
  void watch_frame(Session& session);
  Progress refuse(Session& session, wire::DisconnectReason reason, Counter& counter);
  void refuse(Session& session, wire::DisconnectReason reason);
  Progress refuse_malformed(Session& session, wire::Malformed what);
  Progress refuse_frame(Session& session);
  [[nodiscard]] Slice copy_of(ByteView bytes);
  [[nodiscard]] SliceChain kept(const SliceChain& whole);

  ShardContext& context_;
  Connections& connections_;
  ClaimsDesk& claims_;
  GossipDesk& gossip_;
  AppDesk& app_;
  Outbox& outbox_;
  Relief& relief_;
  Securing& securing_;
  RateDesk& rates_;
  CreditDesk& credits_;
  Unfinished& unfinished_;
  bool short_of_heap_ = false;  // since the last read_on()
};

}  // namespace ringwire::node
