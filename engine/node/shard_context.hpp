// What all parts of one shard work with. Owned by the Shard; everything in it belongs to the shard's thread,
// but for counters, which anyone may read.
#pragma once

#include <cstdint>

#include "codec/base/copy.hpp"
#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"
#include "engine/driver/driver.hpp"
#include "engine/log/logger.hpp"
#include "engine/node/counters.hpp"
#include "engine/node/entropy.hpp"
#include "engine/node/latencies.hpp"
#include "engine/node/links.hpp"
#include "engine/node/settings.hpp"
#include "engine/session/fragment_assembler.hpp"
#include "engine/session/handshake.hpp"
#include "engine/session/record_opener.hpp"
#include "engine/transport/tls_context.hpp"

namespace ringwire::node {

struct ShardContext {
  const ShardId id;
  const Settings settings;
  const session::LocalNode& local;
  driver::Driver& driver;
  Links& links;
  log::Logger& log;
  HeapBuffers heap;
  session::AssemblyShard assembly;
  transport::TlsContext* const tls;  // null: every session is plaintext
  session::RecordShard records;
  Entropy entropy;
  Prng prng;
  ShardCounters counters;
  Latencies latencies;
  CopyLedger copies;
  Now now;                 // of this turn
  std::uint64_t turn = 0;  // number of this turn

  [[nodiscard]] Instant time() const { return now.monotonic; }
};

}  // namespace ringwire::node
