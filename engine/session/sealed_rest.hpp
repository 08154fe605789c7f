// Ciphertext between the sealer and the kernel: the buffer it was sealed into, for exactly as long as the
// driver may read it.
//
// Problem: what was encrypted is ordered for ever, so what a socket did not take cannot return to its queue,
// as plain frames do: it has to be sent as it is, before anything else. And a peer that is told nothing must
// hold no buffer.
//
//   make()        room for the ciphertext of one send of this round, at most kRestBytesMax of it (and an
//   alert) on_unsent()   after the wait: the kernel took a part. The rest, for send_rest(), stays
//   end_round()   after that: what the kernel took whole is given back
//   on_rest_sent(), or its destruction (the driver said `closed`): so is the rest
//
// Rule: a vote waits behind at most one rest, which is less than kRestBytesMax; PeerEgress commits no more to
// a sealed peer at a time, and nothing while a rest is in flight.
//
// Owner: a SealedRest the connection, SealedRound the shard. HeapBuffers must outlive both.
// Thread: the owning shard. Complexity: O(1), end_round() O(sends). Memory: an idle connection has no buffer.
#pragma once

#include <cstdint>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/intrusive_list.hpp"

namespace ringwire::session {

struct SealedTag;

class SealedRest : public ListNode<SealedTag> {
 public:
  [[nodiscard]] bool in_flight() const { return in_flight_; }

  // Of the bytes of this round the kernel took `taken`, not all of them (asserted). What to pass to
  // send_rest().
  [[nodiscard]] ByteView on_unsent(std::uint32_t taken) {
    RW_ASSERT(!in_flight_ && taken < bytes_.size());
    ListNode<SealedTag>::unlink();
    bytes_.remove_prefix(taken);
    in_flight_ = true;
    return bytes_.view();
  }
  void on_rest_sent() {
    in_flight_ = false;
    bytes_.reset();
  }

 private:
  friend class SealedRound;

  Slice bytes_;
  bool in_flight_ = false;
};
static_assert(sizeof(SealedRest) <= 40, "an idle session over TLS must stay within 6 KiB");

class SealedRound {
 public:
  explicit SealedRound(HeapBuffers& heap) : heap_(heap) {}

  // `bytes` (above 0) to write all of and to send before the next wait; nothing else of this connection may
  // be in flight or made in this round (asserted). Empty at the heap's limit.
  [[nodiscard]] ByteSpan make(SealedRest& rest, std::uint32_t bytes) {
    RW_ASSERT(!rest.in_flight_ && rest.bytes_.empty());
    rest.bytes_ = heap_.make(bytes);
    if (rest.bytes_.empty()) return {};
    made_.push_back(rest);
    return HeapBuffers::writable(rest.bytes_);
  }

  void end_round() {
    while (SealedRest* rest = made_.pop_front()) rest->bytes_.reset();
  }

 private:
  HeapBuffers& heap_;
  IntrusiveList<SealedRest, SealedTag> made_;
};

}  // namespace ringwire::session
