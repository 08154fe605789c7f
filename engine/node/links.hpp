// The rings between threads, and one shard's ends of them.
//
// Mesh holds every ring of topology.hpp for the life of the node; a Links is what one shard may touch: the
// sending ends of what leaves it, the receiving ends of what comes to it. A message of a shard to itself goes
// through the same doors (a queue of its own), so callers need not know who owns what.
//
// Per turn: flush() shows the others what was sent and wakes who sleeps; collect() frees what came home.
// Thread: each shard its own Links; Mesh is built before the shards start and dies after they ended.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "codec/base/footprint.hpp"
#include "engine/node/topology.hpp"
#include "engine/shard/lane.hpp"
#include "engine/shard/sleeper.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::node {

using ControlRing = shard::SpscRing<ControlMessage>;
using ForwardLane = shard::Lane<ForwardMeta>;
using RelayLane = shard::Lane<RelayMeta>;

// From one shard to another. Nothing is allocated for a pair of a shard with itself.
struct Pair {
  ControlRing control{kControlDepth};
  ForwardLane forward{{kForwardDepth, kForwardDepth}};
  RelayLane relay{{kRelayDepth, kRelayDepth}};
};

class Mesh {
 public:
  explicit Mesh(ShardId shards);

  [[nodiscard]] Pair& pair(ShardId from, ShardId to) { return *pairs_[from * shards_ + to]; }
  [[nodiscard]] ShardId shards() const { return shards_; }
  static Footprint footprint(ShardId shards);

 private:
  const ShardId shards_;
  std::vector<std::unique_ptr<Pair>> pairs_;
};

struct LinkCounters {
  Counter control_sent;
  Counter control_waited;  // messages that waited in an overflow list
};

class Links {
 public:
  // `sleepers[i]` wakes shard i; the pointers are filled in before the shards start.
  Links(Mesh& mesh, ShardId self, const std::vector<std::unique_ptr<shard::Sleeper>>& sleepers);
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  [[nodiscard]] ShardId self() const { return self_; }
  [[nodiscard]] ShardId shards() const { return mesh_.shards(); }

  // --- control: never dropped, never waits
  void send(ShardId to, const ControlMessage& message);
  void send_to_others(const ControlMessage& message);
  // Calls handle(message) for every message that is there, those to oneself included.
  template <class Handle>
  std::size_t receive_control(Handle&& handle) {
    std::size_t received = 0;
    ControlMessage message;
    for (ShardId from = 0; from < shards(); ++from) {
      if (from == self_) continue;
      while (mesh_.pair(from, self_).control.pop(message)) {
        handle(message);
        ++received;
      }
    }
    // Handling may send to oneself again: that is served too, in order.
    for (; !to_self_.empty(); ++received) {
      message = to_self_.front();
      to_self_.pop_front();
      handle(message);
    }
    return received;
  }

  // --- bytes
  [[nodiscard]] ForwardLane& forward_to(ShardId to) { return mesh_.pair(self_, to).forward; }
  [[nodiscard]] ForwardLane& forward_from(ShardId from) { return mesh_.pair(from, self_).forward; }
  [[nodiscard]] RelayLane& relay_to(ShardId to) { return mesh_.pair(self_, to).relay; }
  [[nodiscard]] RelayLane& relay_from(ShardId from) { return mesh_.pair(from, self_).relay; }

  // --- the turn
  void collect();
  void flush();
  // Messages wait in an overflow list: flush again soon.
  [[nodiscard]] bool control_waits() const;
  // Something is there to be received.
  [[nodiscard]] bool mail_waits();
  // The last look before sleeping: whether anything is there to be received, or room for what was refused.
  [[nodiscard]] bool anything_waits();

  // --- after all shards ended: calls handle(message) for every control message that this shard has not
  // received or could not send.
  template <class Handle>
  void drain_control(Handle&& handle) {
    receive_control(handle);
    for (auto& waiting : overflow_) {
      for (const ControlMessage& message : waiting) handle(message);
      waiting.clear();
    }
  }

  // --- after all shards ended, by the thread that joined them (engine/shard/lane.hpp): close() each, drop
  // what nobody received with discard(), then collect() each until all are quiet(). A relayed message may
  // refer to one that was forwarded, so that takes a second round.
  void close();
  void discard();
  [[nodiscard]] bool quiet();

  [[nodiscard]] const LinkCounters& counters() const { return counters_; }
  // Messages that found no room in a lane of this shard; they are sent again later. Anyone may ask.
  [[nodiscard]] std::uint64_t forwards_refused() const;
  [[nodiscard]] std::uint64_t relays_refused() const;

 private:
  template <class Visit>
  void for_each_other(Visit&& visit) const {
    for (ShardId other = 0; other < shards(); ++other) {
      if (other != self_) visit(other);
    }
  }
  void flush_control(ShardId to);

  Mesh& mesh_;
  const ShardId self_;
  const std::vector<std::unique_ptr<shard::Sleeper>>& sleepers_;
  std::vector<std::deque<ControlMessage>> overflow_;  // by receiver
  std::deque<ControlMessage> to_self_;
  LinkCounters counters_;
};

}  // namespace ringwire::node
