// What the peers of a shard share while they are told things: the logs of the turn, who deviates, memory for
// one turn, limits and counters.
//
// Thread: the owning shard. Everything but limits, counters and spare backlogs is forgotten when a turn ends.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/heap_buffer.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/addressing.hpp"
#include "engine/session/backlog.hpp"
#include "engine/session/outbound_log.hpp"
#include "engine/session/piece_list.hpp"
#include "engine/session/record.hpp"
#include "engine/session/turn_arena.hpp"

namespace ringwire::session {

struct EgressLimits {
  // Logs and scratch of one turn, per shard. 16 messages of 256 B from each of 200 peers are 0.9 MiB.
  std::uint64_t turn_bytes = 8 * 1024 * 1024;
  // What a peer may have queued when another message is queued for it: config `memory.peer_queue_kb`. One
  // message is always let in whole, so the most is this plus the largest cap.
  std::uint64_t peer_queue_bytes = 8 * 1024 * 1024;
  // Bytes of frames by reference (bulk) committed per peer and turn: at least what a turn may be told, or the
  // queues of peers that read everything grow. What the kernel takes of it is bounded by the not-sent mark,
  // and what it does not take returns to its queue, where a vote of the next turn overtakes it.
  std::uint32_t bulk_bytes = 144 * 1024;
};

// Of a send that was cut, this much goes into the rest (and one frame more than nothing); what is behind it
// returns to its queues and may still be overtaken.
inline constexpr std::uint64_t kRestBytesMax = 32 * 1024;

// What is committed to a sealed peer at a time: with what the record layer adds, as much as may be a rest,
// since nothing of it can be taken back. Two fragment frames, in two records.
inline constexpr std::uint64_t kSealedSendBytes = kRestBytesMax / kSealedRecordBytes * kSealedContentBytes;
static_assert(kSealedSendBytes >= wire::kFrameHeaderBytes + wire::kFragmentBytesMax, "any frame fits");

// What is committed to all sealed peers of a shard before the kernel is asked to take it: bounds the
// ciphertext that a shard holds, and it is still in the second-level cache when the kernel copies it.
inline constexpr std::uint64_t kSealedRoundBytes = 1024 * 1024;

// Deviations of one turn after which append() answers turn_full. Each append adds at most one per peer.
inline constexpr std::size_t kDeviationsMax = 256 * 1024;

// Backlogs kept for reuse (about 3 KiB each).
inline constexpr std::size_t kSpareBacklogs = 64;

// Why a peer has to be disconnected as too slow: what it should have been told could not be kept for it.
enum class Overflow : std::uint8_t {
  peer_queue,  // its own limit
  heap,        // the shard's heap for all queues
};

struct EgressCounters {
  Counter records;              // messages appended
  Counter turn_full;            // appends refused: the turn's memory was used up
  Counter heap_full;            // appends refused: no heap for the headers of a large message
  Counter sends;                // commits with something to send
  Counter more_rounds;          // of commits, in a turn that said more to sealed peers than fits one
  Counter sent_bytes;           // in them
  Counter pieces;               // in them
  Counter compacted;            // sends copied together because their pieces were too many or too short
  Counter scratch_full;         // sends put off: no scratch to copy them together
  Counter cut_sends;            // sends that the kernel did not take whole
  Counter queued_frames;        // frames that had to wait in a peer's queue
  Counter overflow_peer_queue;  // peers given up: own queue full
  Counter overflow_heap;        // peers given up: no heap to queue for them
  std::array<Counter, wire::kTrafficClasses> expired;  // messages dropped: deadline passed while queued
  std::array<Counter, wire::kTrafficClasses> starved;  // commits that stopped a class for want of credit
  std::array<Counter, wire::kTrafficClasses> shed;     // messages dropped from queues: memory ran short
};

// Part of a send of this turn: frames of a log, or pieces that came from the peer's queue.
struct Committed {
  std::uint8_t index = 0;  // traffic class
  bool queued = false;
  FrameRange range;  // of frames in the log, or of EgressTurn::committed_pieces
};

// A piece that the kernel did not take.
struct Remaining {
  std::uint8_t index = 0;
  QueuedPiece piece;
};

struct EgressTurn {
  EgressTurn(const EgressLimits& egress_limits, HeapBuffers& heap_buffers);

  std::unique_ptr<Backlog> take_backlog();
  void give_back(std::unique_ptr<Backlog> backlog);
  void reset();

  const EgressLimits limits;
  HeapBuffers& heap;
  ChunkPool chunks;
  std::array<OutboundLog, wire::kTrafficClasses> logs;
  DeviationPool deviations;
  TurnArena scratch;
  std::uint64_t number = 1;
  std::uint64_t sealed_bytes = 0;  // committed to sealed peers in this round

  std::vector<Committed> committed;
  std::vector<QueuedPiece> committed_pieces;

  PieceList pieces;                           // of the peer committed last
  std::vector<Remaining> remaining;           // of the cut send handled last
  std::vector<ByteView> rest;                 // the same, as views
  std::vector<driver::ConnectionId> stalled;  // peers that began to stall, until the owner has looked
  std::vector<std::unique_ptr<Backlog>> spare;
  EgressCounters counters;
};

}  // namespace ringwire::session
