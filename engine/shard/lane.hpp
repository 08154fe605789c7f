// One direction between two shards: messages of a small fixed part and, where there are any, bytes that are
// read where they lie.
//
// Rules
//  - What crosses is {Meta, parcel}. Meta is trivially copyable; the bytes travel by reference
//    (engine/shard/parcel_post.hpp) and their parcels come home by themselves.
//  - send() never waits. False means full: no free slot or no credit. The chain stays with the caller, who
//    pauses what feeds it.
//  - What was sent becomes visible with publish(), once per turn or batch. True means ring:
//        if (lane.publish()) receiver_sleeper.notify();
//  - Who was refused may sleep: the receiver, after a turn in which it took messages or gave bytes back, does
//        if (lane.sender_waits()) sender_sleeper.notify();
//    No wake-up is lost: send() flags itself and tries again before it refuses, and the receiver looks at the
//    flag after its progress. Both are read-modify-writes, so one sees the other (engine/shard/sleeper.hpp).
//    The receiver may have looked while the sender was still awake: may_go_on() is part of the sender's last
//    look before sleeping.
//  - The sender calls collect_returns() once per turn, so that its buffers get back into their pools.
//
// Stopping, in this order:
//   1. The sender calls close(): nothing is sent after it (asserted).
//   2. The receiver keeps receiving, and drops every slice it holds, until finished().
//   3. The sender keeps collecting until settled(): every byte is back on its shard.
//   4. Both threads end; then the lane dies, and after it the sender's pools. A lane that dies while the
//      receiver still holds a slice is a bug and asserted; messages nobody received are dropped.
// A shard may leave its loop when every lane into it is finished and every lane out of it is settled.
// Dropping slices needs nothing from anybody, so this ends even where all shards stop at once.
//
// Thread: as named below. Complexity: O(1) and O(slices); nothing is allocated for chains of at most two.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include "codec/base/counter.hpp"
#include "engine/shard/parcel_post.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::shard {

struct LaneConfig {
  std::uint32_t depth = 1024;    // messages on the way at most; a power of two
  std::uint32_t parcels = 1024;  // messages with bytes on the way or held by the receiver at most
  // While as many bytes are away no more messages with bytes are taken: at most this and one message.
  std::uint64_t bytes_max = UINT64_MAX;
};

struct LaneCounters {
  Counter sent;
  Counter refused_full;    // send() found no free slot
  Counter refused_credit;  // send() found no free parcel, or too many bytes away
};

template <class Meta>
class Lane {
 public:
  explicit Lane(const LaneConfig& config)
      : ring_(config.depth), post_(config.parcels), bytes_max_(config.bytes_max) {}

  // --- sender

  [[nodiscard]] bool send(const Meta& meta) {
    SliceChain none;
    return send(meta, std::move(none));
  }
  // On false `bytes` is as it was.
  [[nodiscard]] bool send(const Meta& meta, SliceChain&& bytes) {
    RW_ASSERT(!closed_.load(std::memory_order_relaxed));
    if (try_send(meta, bytes) == nullptr) return true;
    waits_.exchange(true, std::memory_order_acq_rel);
    Counter* const reason = try_send(meta, bytes);
    if (reason == nullptr) return true;
    reason->add();
    refused_ = true;
    return false;
  }
  // Shows the receiver what was sent since. True where there was something: notify it.
  bool publish() { return ring_.publish(); }
  // Frees what the receiver gave back; returns how many parcels.
  std::uint32_t collect_returns() { return post_.collect(); }
  [[nodiscard]] std::uint32_t credits() const { return post_.credits(); }
  // Whether a message with bytes would be taken now, after one was refused: said once for any number of
  // refusals, so that a sender with nothing left to send is not kept awake.
  [[nodiscard]] bool may_go_on() {
    if (!refused_) return false;
    if (!has_room()) {
      // What came home was too little, and has cleared the flag.
      waits_.exchange(true, std::memory_order_acq_rel);
      if (!has_room()) return false;
    }
    refused_ = false;
    return true;
  }
  void close() {
    ring_.publish();
    closed_.store(true, std::memory_order_release);
  }
  // After close(): whether every parcel is home.
  [[nodiscard]] bool settled() {
    collect_returns();
    return post_.away() == 0;
  }

  // --- receiver

  // Calls handle(const Meta&, SliceChain&&) for each message, oldest first, at most `messages_max`; returns
  // how many. The bytes of a message that `handle` did not keep go home at once.
  template <class Handle>
  std::size_t receive(Handle&& handle, std::size_t messages_max) {
    std::size_t received = 0;
    while (received < messages_max) {
      std::span<const Crossing> ready = ring_.front();
      if (ready.empty()) break;
      ready = ready.first(std::min(ready.size(), messages_max - received));
      for (const Crossing& crossing : ready) {
        handle(crossing.meta,
               crossing.parcel == ParcelPost::kNoParcel ? SliceChain{} : post_.unpack(crossing.parcel));
      }
      ring_.release(ready.size());
      received += ready.size();
    }
    received_.add(received);
    return received;
  }
  // Whether a message waits: part of the last look before sleeping.
  [[nodiscard]] bool ready() { return !ring_.empty(); }
  // Whether the sender was refused and there was progress since it was last asked: notify it then.
  [[nodiscard]] bool sender_waits() {
    const std::uint64_t progress = received_.value() + post_.mailed();
    if (std::exchange(progress_told_, progress) == progress) return false;
    return waits_.exchange(false, std::memory_order_acq_rel);
  }
  // Whether the sender closed, everything was received and nothing is held.
  [[nodiscard]] bool finished() {
    return closed_.load(std::memory_order_acquire) && ring_.empty() && post_.held() == 0;
  }

  // --- anyone

  [[nodiscard]] std::size_t waiting() const { return ring_.size(); }
  [[nodiscard]] const LaneCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t refused() const {
    return counters_.refused_full.value() + counters_.refused_credit.value();
  }
  [[nodiscard]] const Counter& received() const { return received_; }

  static Footprint footprint(const LaneConfig& config) {
    Footprint sum = ParcelPost::footprint(config.parcels);
    sum.push_back({"shard: lane slots", config.depth, sizeof(Crossing)});
    return sum;
  }

 private:
  struct Crossing {
    Meta meta{};
    std::uint32_t parcel = ParcelPost::kNoParcel;
  };

  [[nodiscard]] bool has_room() {
    collect_returns();
    return has_credit() && ring_.has_room();
  }
  [[nodiscard]] bool has_credit() const { return post_.credits() > 0 && post_.away_bytes() < bytes_max_; }

  // Null for success, otherwise the counter of what was missing.
  Counter* try_send(const Meta& meta, SliceChain& bytes) {
    Crossing crossing{meta, ParcelPost::kNoParcel};
    if (!bytes.empty()) {
      if (!has_credit()) post_.collect();
      if (!has_credit()) return &counters_.refused_credit;
      crossing.parcel = post_.pack(bytes);
    }
    if (!ring_.stage(crossing)) {
      if (crossing.parcel != ParcelPost::kNoParcel) bytes = post_.unsend(crossing.parcel);
      return &counters_.refused_full;
    }
    counters_.sent.add();
    return nullptr;
  }

  SpscRing<Crossing> ring_;
  ParcelPost post_;
  const std::uint64_t bytes_max_;
  alignas(kCacheLine) std::atomic<bool> waits_{false};  // both sides', touched only around a refusal
  std::atomic<bool> closed_{false};
  alignas(kCacheLine) LaneCounters counters_;  // sender's
  bool refused_ = false;                       // likewise: send() said no since may_go_on() said yes
  alignas(kCacheLine) Counter received_;       // receiver's
  std::uint64_t progress_told_ = 0;
};

}  // namespace ringwire::shard
