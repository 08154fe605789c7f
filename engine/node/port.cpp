#include "engine/node/port.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "codec/base/copy.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/wire/publish.hpp"
#include "codec/wire/transaction.hpp"
#include "engine/driver/clock.hpp"
#include "engine/node/runtime.hpp"
#include "engine/node/topic_message.hpp"

namespace ringwire::node {
namespace {

gossip::Kind kind_of(MessageKind kind) {
  return kind == MessageKind::transaction ? gossip::Kind::transaction : gossip::Kind::publish;
}
MessageKind kind_of(gossip::Kind kind) {
  return kind == gossip::Kind::transaction ? MessageKind::transaction : MessageKind::topic;
}

gossip::Verdict verdict_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::accept:
      return gossip::Verdict::accept;
    case Verdict::reject:
      return gossip::Verdict::reject;
    case Verdict::ignore:
      break;
  }
  return gossip::Verdict::ignore;
}

}  // namespace

RuntimePort::RuntimePort(Runtime& runtime, const gossip::Ownership& ownership, ShardId shards,
                         std::uint32_t place, metrics::Histogram& delays)
    : runtime_(runtime),
      ownership_(ownership),
      place_(place),
      delays_(delays),
      rings_(shards, waker_),
      heap_(kPublishBytesMax),
      unpacked_(kUnpackedBytesMax) {
  runtime_.on_all_shards([this](Shard& shard) {
    shard.gossip().attach(rings_);
    return true;
  });
}

RuntimePort::~RuntimePort() {
  detach();
  runtime_.release_subscriptions(this);
  runtime_.port_closed(place_);
}

// Shards close their side; meanwhile this side gives back what they wait for.
void RuntimePort::detach() {
  for (auto& link : rings_.links) link->publish.close();
  if (app_ != nullptr) app_->close();
  std::vector<std::uint8_t> begun(rings_.links.size());  // by shard, each its own
  auto command = runtime_.start_on_all_shards([&](Shard& shard) {
    const bool first = std::exchange(begun[shard.context().id], std::uint8_t{1}) == 0;
    shard.gossip().begin_detach(rings_);
    if (shard.ended()) shard.gossip().discard_published(rings_);
    if (app_ != nullptr && first) shard.app().begin_detach();
    const bool gone = app_ == nullptr || shard.app().try_detach(app_->rings());
    return gone && shard.gossip().try_detach(rings_);
  });
  for (std::size_t left = rings_.links.size(); left > 0;) {
    while (take_one()) continue;
    for (auto& link : rings_.links) (void)link->publish.settled();
    if (app_ != nullptr) app_->drain();
    runtime_.serve_stopped();
    if (command->try_wait_one()) {
      --left;
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  for (auto& link : rings_.links) RW_ASSERT(link->publish.settled());
  RW_ASSERT(app_ == nullptr || app_->settled());
}

bool RuntimePort::subscribe(MessageKind kind, Decider decider) {
  if (!runtime_.reserve_subscription(kind, this)) return false;
  runtime_.on_all_shards([&](Shard& shard) {
    shard.gossip().subscribe(rings_, kind_of(kind), decider);
    return true;
  });
  return true;
}

// --- receiving

std::optional<Delivery> RuntimePort::take_one() {
  std::optional<Delivery> delivery = std::exchange(packed_, std::nullopt);
  const auto take = [&](const DeliverMeta& meta, SliceChain&& bytes) {
    delivery = Delivery{kind_of(meta.kind), meta.id, {}, {}, std::move(bytes), meta.decided};
  };
  for (std::size_t tried = 0; tried < rings_.links.size() && !delivery; ++tried) {
    const ShardId shard = next_shard_;
    next_shard_ = static_cast<ShardId>((next_shard_ + 1U) % rings_.links.size());
    rings_.links[shard]->deliver.receive(take, 1);
    if (rings_.links[shard]->deliver.sender_waits()) runtime_.notify(shard);
  }
  return delivery;
}

std::optional<Delivery> RuntimePort::receive_one() {
  std::optional<Delivery> delivery = take_one();
  if (!delivery || delivery->kind != MessageKind::topic || unpack(*delivery)) return delivery;
  packed_ = std::move(delivery);
  return std::nullopt;
}

bool RuntimePort::unpack(Delivery& delivery) {
  auto message = open_topic_message(delivery.bytes, unpacked_);
  if (!message) return false;
  delivery.topic = std::move(message->topic);
  delivery.author = message->author;
  delivery.bytes = std::move(message->payload);
  return true;
}

template <class Next>
auto RuntimePort::next_or_sleep(Next&& next) {
  auto found = next();
  if (found) return found;
  prepare_sleep();
  found = next();
  // Of the other kind: its ring may have been drained just now.
  if (!found && anything_waits()) rings_.sleeper.notify();
  return found;
}

std::optional<Delivery> RuntimePort::next_delivery() {
  auto delivery = next_or_sleep([this] { return receive_one(); });
  if (delivery) delays_.record(driver::read_monotonic() - delivery->decided);
  return delivery;
}

bool RuntimePort::anything_waits() {
  return delivery_waits() || (app_ != nullptr && app_->anything_waits());
}

bool RuntimePort::delivery_waits() {
  if (packed_) return true;
  for (auto& link : rings_.links) {
    if (link->deliver.ready()) return true;
  }
  return false;
}

// A ring that came since the last look is taken back: the descriptor must not stay readable over nothing.
// Where none came, the flag still stands and no system call is needed.
void RuntimePort::prepare_sleep() {
  if (asleep_ && rings_.sleeper.undisturbed()) return;
  waker_.drain();
  rings_.sleeper.prepare_sleep();
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
  rings_.sleeper.awake();
  asleep_ = false;
  for (auto& link : rings_.links) link->publish.collect_returns();
  return anything_waits();
}

// --- peers

bool RuntimePort::subscribe_to_peers() {
  if (!runtime_.reserve_peers(this)) return false;
  if (app_ != nullptr) return true;
  PortDoor door{[this](ShardId shard) { runtime_.notify(shard); }, [this] { return runtime_.stopping(); },
                [] { return driver::read_monotonic(); }};
  app_ = std::make_unique<AppPort>(runtime_.slots(), runtime_.peer_queue_bytes(), rings_.sleeper,
                                   std::move(door));
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
  const ShardId owner = ownership_.owner(id);
  const VerdictMessage message{id, verdict_of(verdict)};
  while (!rings_.links[owner]->verdicts.push(message)) {
    if (runtime_.stopping()) return;
    runtime_.notify(owner);
    std::this_thread::yield();
  }
  runtime_.notify(owner);
}

Slice RuntimePort::room_for(std::size_t bytes) {
  const auto size = static_cast<std::uint32_t>(bytes);
  Slice room = heap_.make(size);
  if (!room.empty()) return room;
  for (auto& link : rings_.links) link->publish.collect_returns();
  return heap_.make(size);
}

PublishResult RuntimePort::publish_transaction(ByteView bytes) {
  if (bytes.size() > runtime_.transaction_bytes_max()) return PublishResult::too_large;
  if (!wire::decode_transaction(bytes).ok()) return PublishResult::malformed;
  Slice copy = room_for(bytes.size());
  if (copy.empty()) return PublishResult::full;
  copy_counted(HeapBuffers::writable(copy), bytes, CopyReason::cross_thread);
  return publish({crypto::keccak256(bytes), gossip::Kind::transaction, {}}, std::move(copy));
}

PublishResult RuntimePort::publish_topic(std::string_view topic, ByteView payload, bool is_signed) {
  if (topic.empty() || topic.size() > wire::kTopicBytesMax) return PublishResult::malformed;
  wire::PublishView head{wire::kPublishTtlMax, as_bytes(topic), wire::PublishEncoding::plain, payload};
  if (is_signed) head.author.emplace();
  const std::size_t bytes = head.head_bytes() + payload.size();
  if (bytes > wire::rules_of(wire::MessageType::publish).bytes_max) return PublishResult::too_large;
  Slice record = room_for(bytes);
  if (record.empty()) return PublishResult::full;
  const Hash32 content = wire::publish_id(as_bytes(topic), payload);
  if (is_signed) head.author = runtime_.sign(content);
  const ByteSpan out = HeapBuffers::writable(record);
  const std::size_t written = wire::encode_publish_head(head, out);
  copy_counted(out.subspan(written), payload, CopyReason::cross_thread);
  const wire::PublishName name = wire::publish_name(head.author, content);
  const auto kind = is_signed ? gossip::Kind::signed_publish : gossip::Kind::publish;
  return publish({name.id, kind, name.digest.value_or(Hash32{})}, std::move(record));
}

PublishResult RuntimePort::publish(const PublishMeta& message, Slice bytes) {
  if (runtime_.stopping()) return PublishResult::stopped;
  const ShardId owner = ownership_.owner(message.id);
  PublishLane& lane = rings_.links[owner]->publish;
  lane.collect_returns();
  if (!lane.send(message, SliceChain(std::move(bytes)))) return PublishResult::full;
  if (lane.publish()) runtime_.notify(owner);
  return PublishResult::accepted;
}

}  // namespace ringwire::node
