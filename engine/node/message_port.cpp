#include "engine/node/message_port.hpp"

#include <utility>

#include "codec/base/copy.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/wire/transaction.hpp"
#include "engine/node/topic_message.hpp"

namespace ringwire::node {
namespace {

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

gossip::Kind kind_of(MessageKind kind) {
  return kind == MessageKind::transaction ? gossip::Kind::transaction : gossip::Kind::publish;
}

MessagePort::MessagePort(const gossip::Ownership& ownership, ShardId shards,
                         std::uint32_t transaction_bytes_max, driver::Waker& waker, PortDoor door,
                         const PortDepths& depths)
    : ownership_(ownership),
      transaction_bytes_max_(transaction_bytes_max),
      door_(std::move(door)),
      rings_(shards, waker, depths) {}

std::optional<Delivery> MessagePort::take_one() {
  std::optional<Delivery> delivery = std::exchange(packed_, std::nullopt);
  const auto take = [&](const DeliverMeta& meta, SliceChain&& bytes) {
    delivery = Delivery{kind_of(meta.kind), meta.id, {}, {}, std::move(bytes), meta.decided};
  };
  for (std::size_t tried = 0; tried < rings_.links.size() && !delivery; ++tried) {
    const ShardId shard = next_shard_;
    next_shard_ = static_cast<ShardId>((next_shard_ + 1U) % rings_.links.size());
    rings_.links[shard]->deliver.receive(take, 1);
    if (rings_.links[shard]->deliver.sender_waits()) door_.notify(shard);
  }
  return delivery;
}

std::optional<Delivery> MessagePort::next() {
  std::optional<Delivery> delivery = take_one();
  if (!delivery || delivery->kind != MessageKind::topic || unpack(*delivery)) return delivery;
  packed_ = std::move(delivery);
  return std::nullopt;
}

bool MessagePort::unpack(Delivery& delivery) {
  auto message = open_topic_message(delivery.bytes, unpacked_);
  if (!message) return false;
  delivery.topic = std::move(message->topic);
  delivery.author = message->author;
  delivery.bytes = std::move(message->payload);
  return true;
}

bool MessagePort::anything_waits() {
  if (packed_) return true;
  for (auto& link : rings_.links) {
    if (link->deliver.ready()) return true;
  }
  return false;
}

bool MessagePort::decide(const Hash32& id, Verdict verdict) {
  const ShardId owner = ownership_.owner(id);
  const bool sent = rings_.links[owner]->verdicts.push({id, verdict_of(verdict)});
  door_.notify(owner);
  return sent;
}

Slice MessagePort::room_for(std::size_t bytes) {
  const auto size = static_cast<std::uint32_t>(bytes);
  Slice room = heap_.make(size);
  if (!room.empty()) return room;
  collect_returns();
  return heap_.make(size);
}

PublishResult MessagePort::publish_transaction(ByteView bytes) {
  if (bytes.size() > transaction_bytes_max_) return PublishResult::too_large;
  if (!wire::decode_transaction(bytes).ok()) return PublishResult::malformed;
  Slice copy = room_for(bytes.size());
  if (copy.empty()) return PublishResult::full;
  copy_counted(HeapBuffers::writable(copy), bytes, CopyReason::cross_thread);
  return publish({crypto::keccak256(bytes), gossip::Kind::transaction, {}}, std::move(copy));
}

PublishResult MessagePort::publish_topic(std::string_view topic, ByteView payload, const Sign& sign) {
  if (topic.empty() || topic.size() > wire::kTopicBytesMax) return PublishResult::malformed;
  wire::PublishView head{wire::kPublishTtlMax, as_bytes(topic), wire::PublishEncoding::plain, payload};
  if (sign) head.author.emplace();
  const std::size_t bytes = head.head_bytes() + payload.size();
  if (bytes > wire::rules_of(wire::MessageType::publish).bytes_max) return PublishResult::too_large;
  Slice record = room_for(bytes);
  if (record.empty()) return PublishResult::full;
  const Hash32 content = wire::publish_id(as_bytes(topic), payload);
  if (sign) head.author = sign(content);
  const ByteSpan out = HeapBuffers::writable(record);
  const std::size_t written = wire::encode_publish_head(head, out);
  copy_counted(out.subspan(written), payload, CopyReason::cross_thread);
  const wire::PublishName name = wire::publish_name(head.author, content);
  const auto kind = sign ? gossip::Kind::signed_publish : gossip::Kind::publish;
  return publish({name.id, kind, name.digest.value_or(Hash32{})}, std::move(record));
}

PublishResult MessagePort::publish(const PublishMeta& message, Slice bytes) {
  if (door_.stopping()) return PublishResult::stopped;
  const ShardId owner = ownership_.owner(message.id);
  PublishLane& lane = rings_.links[owner]->publish;
  lane.collect_returns();
  if (!lane.send(message, SliceChain(std::move(bytes)))) return PublishResult::full;
  if (lane.publish()) door_.notify(owner);
  return PublishResult::accepted;
}

void MessagePort::collect_returns() {
  for (auto& link : rings_.links) link->publish.collect_returns();
}

// --- detaching

void MessagePort::close() {
  for (auto& link : rings_.links) link->publish.close();
}

void MessagePort::drain() {
  while (take_one()) continue;
  (void)settled();
}

bool MessagePort::settled() {
  bool all = true;
  for (auto& link : rings_.links) all = link->publish.settled() && all;
  return all;
}

}  // namespace ringwire::node
