// Puts the fragments of large messages together again, one peer's, without copying them.
//
// Attacks
//  - Promise 10 MiB in every class, send nothing: nothing is allocated for a promise; only what arrived is
//    kept.
//  - A byte per fragment: short pieces are packed together, so memory stays within twice what was received
//    plus kTailBytes per slot. A slice that would hold a receive buffer for a few bytes is copied.
//  - Send half and stop, or trickle: a message has to be whole within kAssemblyTime plus its length at
//    kAssemblyRateMin, while we read.
//  - Many peers at once: what all unfinished messages of a shard hold together has one limit.
//
// Rules
//  - One open slot per class. The first fragment begins with the inner 18-byte header, whole; its type's cap,
//    its class and the budget are judged before anything is kept. Types 0x01 to 0x07 never come in fragments,
//    so fragments do not nest.
//  - The checksum of each fragment is its frame's, checked by wire::FrameParser::verify() before. The inner
//    one is over the plain payload and checked at the last fragment; it is computed as the fragments come,
//    while their bytes are in the caches, because at the end ten megabytes would hold up everything else for
//    a millisecond. What is compressed has to wait until it is unpacked.
//  - A receive buffer is lent for a slice of more than wire::kUnpinBytesMax, for what follows in it, and
//    for a shorter slice at its start when the buffer before was filled to its end (a fast stream, of which
//    more comes). At most kLentBuffersMax per message, and none while the shard says that its pool is low.
//    Everything else is copied (CopyReason::unpin). So a stream of full buffers is relayed without a copy.
//  - Any error ends the connection: everything open is dropped, the caller disconnects.
//
// Timer: next_deadline(), the earliest end of an open message's time; armed by the first fragment, fires
// FragmentError::too_slow. Owner and thread: one connection, its shard. AssemblyShard must outlive it.
// Complexity: O(slices) per fragment, two passes of a checksum. An idle one is 64 bytes, an open message
// kOpenMessageBytes beside what of it came.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "codec/base/counter.hpp"
#include "codec/base/heap_buffer.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/frame_parser.hpp"
#include "codec/wire/session_records.hpp"

namespace ringwire::session {

inline constexpr std::uint32_t kLentBuffersMax = 16;   // 128 KiB lie in 9 or 10 buffers of 16 KiB
inline constexpr std::uint32_t kTailBytes = 4 * 1024;  // short pieces are packed into blocks of this
inline constexpr Duration kAssemblyTime = 30s;         // a peer that is quiet for longer is given up anyway
inline constexpr std::uint32_t kAssemblyRateMin =
    64 * 1024;  // bytes per second; slower is not worth waiting for

// How long a message of that length may take from its first byte to its last.
Duration assembly_time(std::uint32_t length);

// What the caller does: disconnect. `no_memory` is our fault (out_of_memory), `too_slow` is too_slow, the
// others are bad_protocol or bad_checksum.
enum class FragmentError : std::uint8_t {
  malformed,         // not a fragment record
  unknown_slot,      // no class has that number
  not_open,          // goes on, or aborts, what was never begun
  already_open,      // begins a message while another is open in the slot
  short_first,       // the inner header is not whole
  bad_inner_header,  // version, flags, type or cap
  not_fragmentable,  // a type that must travel whole, such as a fragment
  wrong_slot,        // a slot of another class than the inner type's
  too_many_bytes,    // more than the inner header declared
  too_few_bytes,     // the last fragment came before all declared bytes
  bad_checksum,      // of the whole message
  bad_compression,   // the inner payload does not unpack within its cap
  no_memory,         // the shard's budget for unfinished messages, or its heap, is used up
  too_slow,          // not whole in time
  count_,
};
const char* name(FragmentError error);

struct AssemblyCounters {
  Counter assembled;
  Counter aborted;  // by the sender
  std::array<Counter, static_cast<std::size_t>(FragmentError::count_)> refused;
};

// What the assemblers of a shard share.
struct AssemblyShard {
  AssemblyShard(HeapBuffers& heap_buffers, std::uint64_t limit) : heap(heap_buffers), limit_bytes(limit) {}

  HeapBuffers& heap;
  const std::uint64_t limit_bytes;  // unfinished messages and what came of them, in fragments and in frames
  std::uint64_t used_bytes = 0;
  bool pool_low = false;  // set by the shard: do not lend receive buffers for now
  AssemblyCounters counters;
};

struct Assembled {
  wire::FrameHeader header;  // `compressed` tells how it came; the payload is plain
  SliceChain payload;
};

inline constexpr std::uint64_t kOpenMessageBytes = 1024;  // what is kept of a message of which nothing came

class FragmentAssembler {
 public:
  explicit FragmentAssembler(AssemblyShard& shard) : shard_(shard) {}
  FragmentAssembler(const FragmentAssembler&) = delete;
  FragmentAssembler& operator=(const FragmentAssembler&) = delete;
  ~FragmentAssembler() { reset(); }

  // Both ends agreed that a checksum of 0 is not checked.
  void allow_zero_checksum() { zero_checksum_allowed_ = true; }

  // The payload of a verified Fragment frame. Answers a message when it was the last one of it.
  Result<std::optional<Assembled>, FragmentError> input(const SliceChain& fragment, Instant now);

  // What input() asks of the budget for it: all of its message where it is the first.
  [[nodiscard]] static std::uint64_t room_for(const SliceChain& fragment);
  // When the first of the open messages began, but for the time in which we did not read; kNever: none is.
  [[nodiscard]] Instant begun() const;

  [[nodiscard]] Instant next_deadline() const;
  // The error to disconnect with, where the time of a message is over.
  std::optional<FragmentError> on_deadline(Instant now);
  // For that long we did not read: it is nobody's fault.
  void put_off(Duration held);

  // Copies what is still lent and gives the receive buffers back; false at the heap's limit.
  [[nodiscard]] bool unpin();

  [[nodiscard]] bool idle() const;
  // Drops everything open.
  void reset();

 private:
  struct Slot {
    wire::FrameHeader header;
    SliceChain pieces;
    Slice tail;  // heap bytes being filled with short pieces
    std::uint32_t tail_used = 0;
    std::uint32_t received = 0;
    Instant deadline;
    const Buffer* lent = nullptr;  // the receive buffer lent last
    bool lent_whole = false;       // ... up to its end
    std::uint32_t lent_count = 0;
    crypto::RunningChecksum sum;       // of what came, unless it is compressed
    std::uint64_t unchecked_left = 0;  // bytes to come that the checksum does not cover
  };
  struct Prefix;

  Status<FragmentError> open(const Prefix& prefix, Instant now);
  Status<FragmentError> absorb(Slot& slot, const SliceChain& fragment, std::uint64_t skip);
  Status<FragmentError> keep(Slot& slot, Slice piece);
  static void sum(Slot& slot, ByteView bytes);
  [[nodiscard]] bool is_trusted(const wire::FrameHeader& header) const;
  [[nodiscard]] bool may_lend(Slot& slot, const Slice& piece) const;
  Status<FragmentError> copy_to_tail(Slot& slot, ByteView bytes);
  static void flush_tail(Slot& slot);
  Result<std::optional<Assembled>, FragmentError> finish(std::uint8_t index);
  Status<FragmentError> unpack(Slot& slot);
  [[nodiscard]] bool unpin(Slot& slot);
  void close(std::size_t index);
  Failure<FragmentError> refuse(FragmentError error);

  AssemblyShard& shard_;
  std::array<std::unique_ptr<Slot>, wire::kTrafficClasses> slots_;
  bool zero_checksum_allowed_ = false;
};
static_assert(sizeof(FragmentAssembler) <= 64, "4000 idle connections must cost less than a megabyte");

}  // namespace ringwire::session
