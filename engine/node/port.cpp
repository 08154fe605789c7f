#include "engine/node/port.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/driver/clock.hpp"
#include "engine/node/runtime.hpp"

namespace ringwire::node {

RuntimePort::RuntimePort(Runtime& runtime, const gossip::Ownership& ownership, ShardId shards,
                         std::uint32_t place, metrics::Histogram& delays)
    : runtime_(runtime),
      place_(place),
      delays_(delays),
      messages_(ownership, shards, runtime.transaction_bytes_max(), waker_, door()) {
  runtime_.on_all_shards([this](Shard& shard) {
    shard.gossip().attach(messages_.rings());
    return true;
  });
}

PortDoor RuntimePort::door() {
  return {[this](ShardId shard) { runtime_.notify(shard); }, [this] { return runtime_.stopping(); },
          [] { return driver::read_monotonic(); }};
}

RuntimePort::~RuntimePort() {
  detach();
  runtime_.release_subscriptions(this);
  runtime_.port_closed(place_);
}

// Shards close their side; meanwhile this side gives back what they wait for.
void RuntimePort::detach() {
  PortRings& rings = messages_.rings();
  messages_.close();
  if (app_ != nullptr) app_->close();
  std::vector<std::uint8_t> begun(rings.links.size());  // by shard, each its own
  auto command = runtime_.start_on_all_shards([&](Shard& shard) {
    const bool first = std::exchange(begun[shard.context().id], std::uint8_t{1}) == 0;
    shard.gossip().begin_detach(rings);
    if (shard.ended()) shard.gossip().discard_published(rings);
    if (app_ != nullptr && first) shard.app().begin_detach();
    const bool gone = app_ == nullptr || shard.app().try_detach(app_->rings());
    return gone && shard.gossip().try_detach(rings);
  });
  for (std::size_t left = rings.links.size(); left > 0;) {
    messages_.drain();
    if (app_ != nullptr) app_->drain();
    runtime_.serve_stopped();
    if (command->try_wait_one()) {
      --left;
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  RW_ASSERT(messages_.settled());
  RW_ASSERT(app_ == nullptr || app_->settled());
}

bool RuntimePort::subscribe(MessageKind kind, Decider decider) {
  if (!runtime_.reserve_subscription(kind, this)) return false;
  runtime_.on_all_shards([&](Shard& shard) {
    shard.gossip().subscribe(messages_.rings(), kind_of(kind), decider);
    return true;
  });
  return true;
}

// --- receiving

template <class Next>
auto RuntimePort::next_or_sleep(Next&& next) {
  auto found = next();
  if (found) return found;
  prepare_sleep();
  found = next();
  // Of the other kind: its ring may have been drained just now.
  if (!found && anything_waits()) sleeper().notify();
  return found;
}

std::optional<Delivery> RuntimePort::next_delivery() {
  auto delivery = next_or_sleep([this] { return messages_.next(); });
  if (delivery) delays_.record(driver::read_monotonic() - delivery->decided);
  return delivery;
}

bool RuntimePort::anything_waits() {
  return messages_.anything_waits() || (app_ != nullptr && app_->anything_waits());
}

// A ring that came since the last look is taken back: the descriptor must not stay readable over nothing.
// Where none came, the flag still stands and no system call is needed.
void RuntimePort::prepare_sleep() {
  if (asleep_ && sleeper().undisturbed()) return;
  waker_.drain();
  sleeper().prepare_sleep();
  asleep_ = true;
}

bool RuntimePort::wait(Duration timeout) {
  if (app_ != nullptr) app_->send_cancels();
  prepare_sleep();
  if (!anything_waits()) {
    pollfd ready{waker_.descriptor(), POLLIN, 0};
    // A negative number would be no limit to poll().
    const auto timeout_ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(timeout_ms, 0, 3'600'000)));
  }
  sleeper().awake();
  asleep_ = false;
  messages_.collect_returns();
  return anything_waits();
}

// --- peers

bool RuntimePort::subscribe_to_peers() {
  if (!runtime_.reserve_peers(this)) return false;
  if (app_ != nullptr) return true;
  app_ = std::make_unique<AppPort>(runtime_.slots(), runtime_.peer_queue_bytes(), sleeper(), door());
  runtime_.on_all_shards([this](Shard& shard) {
    shard.app().attach(app_->rings());
    return true;
  });
  return true;
}

std::optional<PeerEvent> RuntimePort::next_peer_event() {
  if (app_ == nullptr) return std::nullopt;
  return next_or_sleep([this] { return app_->next(); });
}

SendResult RuntimePort::send_data(const NodeId& peer, ByteView bytes) {
  return app_ != nullptr ? app_->send_data(peer, bytes) : SendResult::no_such_peer;
}

Result<RequestNumber, SendResult> RuntimePort::send_request(const NodeId& peer, ByteView bytes,
                                                            Duration deadline) {
  if (app_ == nullptr) return Failure{SendResult::no_such_peer};
  return app_->send_request(peer, bytes, deadline);
}

bool RuntimePort::cancel(RequestNumber request) {
  return app_ != nullptr && app_->cancel(request);
}

SendResult RuntimePort::answer(const AnswerToken& token, ByteView bytes) {
  return app_ != nullptr ? app_->answer(token, bytes) : SendResult::no_such_peer;
}

// --- sending

void RuntimePort::decide(const Hash32& id, Verdict verdict) {
  while (!messages_.decide(id, verdict)) {
    if (runtime_.stopping()) return;
    std::this_thread::yield();
  }
}

PublishResult RuntimePort::publish_signed(std::string_view topic, ByteView payload) {
  return messages_.publish_topic(topic, payload, [this](const Hash32& hash) { return runtime_.sign(hash); });
}

}  // namespace ringwire::node
