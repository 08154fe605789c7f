// The embedder's own protocols: messages to one peer, and requests with an answer (codec/wire/README.md, App
// records). A Port that subscribed to peers gives these events; Port::send_data(), send_request(), cancel()
// and answer() are the other direction.
//
// Rules
//  - Of each peer `began` and `ended` alternate, `began` first. Between them it can be sent to.
//  - A request that send_request() took ends in exactly one event: answered, timed_out, cancelled, or gone
//    when its peer is; a peer's requests end before its `ended`. After Node::stop(), and where the Port goes
//    first, what has not ended ends without a word.
//  - The data and requests of one peer come in the order in which it sent them.
//  - Nothing is dropped for a port that does not read: the peers that feed it are read no more.
//  - Nothing that a peer sends ends another's request, and no answer comes twice.
//
// Thread: that of the Port. Values.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/ids.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"

namespace ringwire {

// One of ours, never 0 and never another's of the same port.
using RequestNumber = std::uint64_t;

// Which request of a peer an answer is for. To be kept and handed back, and of no other use.
struct AnswerToken {
  NodeId peer;
  ShardId shard = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint64_t id = 0;
};

enum class PeerEventKind : std::uint8_t {
  began,      // a session with this peer began
  ended,      // it is over, whoever ended it. What was sent and had not left is lost
  data,       // `bytes` from it
  request,    // `bytes` from it, to be answered under `token` within kRequestTimeMax, or not at all
  answered,   // `request` of ours: `bytes` are the answer
  timed_out,  // `request` of ours: its deadline passed. An answer that still comes is dropped
  cancelled,  // `request` of ours: cancel() was in time
  gone,       // `request` of ours: the session with its peer ended first
  count_,
};
const char* name(PeerEventKind kind);

struct PeerEvent {
  PeerEventKind kind{};
  NodeId peer;
  RequestNumber request = 0;
  AnswerToken token;
  SliceChain bytes;  // as in a Delivery: a reference, to be given back soon
  Instant at;        // when a shard gave it to this port, CLOCK_MONOTONIC

  // A copy in one piece, to be kept (counted).
  [[nodiscard]] std::vector<std::uint8_t> copy_bytes() const;
};

enum class SendResult : std::uint8_t {
  accepted,      // it leaves, unless the session ends first, or memory for all queues runs short
                 // (ringwire_egress_shed_total): then a request times out, and data is lost
  full,          // try again after wait(): nothing was taken. The peer reads slowly, or has as many requests
                 // open as it may, or a shard is busy
  no_such_peer,  // no session with it is known to this port, or the session that asked is over
  too_large,     // over the cap of its type, or over half of what a peer may have queued (Config::memory)
  stopped,       // the node is stopping
};
const char* name(SendResult result);

}  // namespace ringwire
