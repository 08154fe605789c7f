// The copy budget is counted, so that "zero copy" is a number and not a promise.
//
// Every copy of message bytes between receive and send goes through copy_counted with the reason for it. The
// lint (tests/lint) refuses memcpy and its relatives on the data path elsewhere. "Bytes copied per byte
// relayed" is the sum of these counters over the bytes the relay handed to sockets.
//
// Thread: each thread counts into the ledger that its owner installed (a shard installs its own; tests and
// tools fall back to a ledger of the thread). Complexity: one memcpy and one addition.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/counter.hpp"

namespace ringwire {

enum class CopyReason : std::uint8_t {
  straddle,      // a record of at most 4 KiB lay across two buffers and was made contiguous
  unpin,         // a small slice would have held a receive buffer hostage
  outbound_log,  // a small message entered its shard's outbound log, once per shard
  gather_limit,  // too many or too short ranges to gather: copied into one
  backlog,       // a socket did not take it: moved to the peer's own queue
  relay_heap,    // a stalled send held a buffer while the pool was low
  cross_thread,  // an embedder's bytes entered or left the engine
  compression,   // lz4 wrote or read it
  count_,
};
inline constexpr std::size_t kCopyReasons = static_cast<std::size_t>(CopyReason::count_);

const char* name(CopyReason reason);

struct CopyLedger {
  std::array<Counter, kCopyReasons> bytes;

  [[nodiscard]] std::uint64_t total() const;
  Counter& operator[](CopyReason reason) { return bytes[static_cast<std::size_t>(reason)]; }
};

// Makes `ledger` the one this thread counts into; null restores the thread's own. Returns the previous one.
CopyLedger* install_copy_ledger(CopyLedger* ledger);
CopyLedger& copy_ledger();

// Copies `from` to the start of `to`, which must be at least as large and must not overlap it. Returns
// from.size().
std::size_t copy_counted(ByteSpan to, ByteView from, CopyReason reason);

// Counts a copy that a library made on our behalf (lz4, TLS).
void count_copy(std::size_t bytes, CopyReason reason);

}  // namespace ringwire
