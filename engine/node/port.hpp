// An embedder thread's end of the rings: what engine/api/ringwire.hpp promises of a Port.
//
// Messages and peers each have a part of their own (message_port.hpp, app_port.hpp); this joins them to a
// running node and to the thread that sleeps.
//
// Thread: one embedder thread at a time. The descriptor stays readable while something is there: each time
// next_delivery() or next_peer_event() finds nothing it drains the eventfd, flags itself asleep and looks
// once more; where the other one would find something now, the eventfd is rung again.
#pragma once

#include "engine/api/ringwire.hpp"
#include "engine/driver/event_waker.hpp"
#include "engine/metrics/histogram.hpp"
#include "engine/node/app_port.hpp"
#include "engine/node/message_port.hpp"

namespace ringwire::node {

class Runtime;

class RuntimePort final : public Port {
 public:
  // `place` is its own among the ports of the node, and `delays` that place's.
  RuntimePort(Runtime& runtime, const gossip::Ownership& ownership, ShardId shards, std::uint32_t place,
              metrics::Histogram& delays);
  RuntimePort(const RuntimePort&) = delete;
  RuntimePort& operator=(const RuntimePort&) = delete;
  ~RuntimePort() override;

  bool subscribe(MessageKind kind, Decider decider) override;
  std::optional<Delivery> next_delivery() override;
  void decide(const Hash32& id, Verdict verdict) override;
  PublishResult publish_transaction(ByteView bytes) override { return messages_.publish_transaction(bytes); }
  PublishResult publish_topic(std::string_view topic, ByteView payload) override {
    return messages_.publish_topic(topic, payload, {});
  }
  PublishResult publish_signed(std::string_view topic, ByteView payload) override;
  bool subscribe_to_peers() override;
  std::optional<PeerEvent> next_peer_event() override;
  SendResult send_data(const NodeId& peer, ByteView bytes) override;
  Result<RequestNumber, SendResult> send_request(const NodeId& peer, ByteView bytes,
                                                 Duration deadline) override;
  bool cancel(RequestNumber request) override;
  SendResult answer(const AnswerToken& token, ByteView bytes) override;
  bool wait(Duration timeout) override;
  [[nodiscard]] int descriptor() const override { return waker_.descriptor(); }

 private:
  PortDoor door();
  [[nodiscard]] shard::Sleeper& sleeper() { return messages_.rings().sleeper; }
  [[nodiscard]] bool anything_waits();
  void prepare_sleep();
  // Of what kind `next` finds, the next one; where there is none, the descriptor is as it should be.
  template <class Next>
  [[nodiscard]] auto next_or_sleep(Next&& next);
  void detach();

  Runtime& runtime_;
  const std::uint32_t place_;
  metrics::Histogram& delays_;  // of deliveries
  driver::EventWaker waker_;
  MessagePort messages_;
  std::unique_ptr<AppPort> app_;  // from subscribe_to_peers() on
  bool asleep_ = false;
};

}  // namespace ringwire::node
