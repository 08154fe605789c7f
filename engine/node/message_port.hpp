// An embedder thread's end of the rings that carry messages: what engine/api/ringwire.hpp promises of a Port
// about deliveries, verdicts and publishing.
//
// A topic message crosses as it travels; here it is taken apart, and unpacked where its origin packed it.
//
// Thread: the port's; it never waits for anything. Memory: its two heaps are bounded (ports.hpp).
// Complexity: O(shards) for a look, O(bytes) for what is published.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "codec/base/heap_buffer.hpp"
#include "codec/wire/publish.hpp"
#include "engine/api/ringwire.hpp"
#include "engine/node/app_port.hpp"
#include "engine/node/ports.hpp"
#include "gossip/ownership.hpp"

namespace ringwire::node {

class MessagePort {
 public:
  // A message with this content hash, under the next number of the node's key.
  using Sign = std::function<wire::PublishAuthor(const Hash32& content)>;

  MessagePort(const gossip::Ownership& ownership, ShardId shards, std::uint32_t transaction_bytes_max,
              driver::Waker& waker, PortDoor door, const PortDepths& depths = {});
  MessagePort(const MessagePort&) = delete;
  MessagePort& operator=(const MessagePort&) = delete;

  // For the desks of the shards, until all of them have detached.
  [[nodiscard]] PortRings& rings() { return rings_; }

  // Nothing where nothing is there, or where what is there waits for room to be unpacked.
  std::optional<Delivery> next();
  // Whether next() may find something.
  [[nodiscard]] bool anything_waits();
  // False where the owner's ring is full; it has been rung.
  [[nodiscard]] bool decide(const Hash32& id, Verdict verdict);

  PublishResult publish_transaction(ByteView bytes);
  // Signed where `sign` is there.
  PublishResult publish_topic(std::string_view topic, ByteView payload, const Sign& sign);
  // Before a thread sleeps for long: memory that shards gave back.
  void collect_returns();

  // Detaching, before the shards do their part: nothing is sent any more.
  void close();
  // Meanwhile, until they have: drops what comes, takes back what is given back.
  void drain();
  [[nodiscard]] bool settled();

 private:
  std::optional<Delivery> take_one();
  // False where there is no room for it now.
  [[nodiscard]] bool unpack(Delivery& delivery);
  // For what is published; empty where shards have not given enough back.
  [[nodiscard]] Slice room_for(std::size_t bytes);
  PublishResult publish(const PublishMeta& message, Slice bytes);

  const gossip::Ownership ownership_;
  const std::uint32_t transaction_bytes_max_;
  const PortDoor door_;
  PortRings rings_;
  HeapBuffers heap_{kPublishBytesMax};       // what is published
  HeapBuffers unpacked_{kUnpackedBytesMax};  // payloads that came packed
  std::optional<Delivery> packed_;           // waits for room there
  ShardId next_shard_ = 0;                   // round robin over the shards' lanes
};

// The words of the API in those of gossip.
gossip::Kind kind_of(MessageKind kind);

}  // namespace ringwire::node
