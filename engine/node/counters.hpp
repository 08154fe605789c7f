// What a shard counts beyond what its parts count themselves: every drop and refusal that is decided in this
// folder.
#pragma once

#include <array>

#include "codec/base/counter.hpp"
#include "codec/wire/malformed.hpp"
#include "engine/session/counters.hpp"

namespace ringwire::node {

struct ShardCounters {
  session::SessionCounters sessions;

  Counter banned_address;      // accepted, then reset: the address is banned
  Counter admission_crowded;   // accepted, then reset: too many wait for an answer about their address
  Counter banned_node;         // proven, then disconnected: the identity is banned
  Counter tls_waiting;         // gauge: connections that wait for a TLS handshake to be begun
  Counter tls_pushed_out;      // handshakes given up for others, who had waited
  Counter tls_overdue;         // handshakes given up for others, who waited: their clients were silent
  Counter tls_ended;           // connections that ended while keys were being agreed on
  Counter tls_redials;         // sessions ended because their keys had sealed as much as they may
  Counter handed_on;           // accepted here, given to a shard with room
  Counter adopted;             // given to this shard
  Counter adopt_failed;        // given to this shard, which had no slot, or gone meanwhile
  Counter connect_failed;      // dials that ended without a connection
  Counter frames_cut;          // connections whose stream ended within a frame
  Counter unfinished;          // sessions ended: their messages were not whole, and others had no room
  Counter frames_slow;         // sessions ended: a frame was not whole in time
  Counter unhandled_frames;    // well-formed messages of a type this node has no use for
  Counter malformed_messages;  // a record inside a good frame that is not one: the peer is disconnected
  session::CounterPer<wire::Malformed> malformed;  // the same by what was wrong with it
  Counter blamed;                       // messages of peers that were refused, and they should have known
  Counter punished;                     // peers disconnected: their score was too low after an offence
  Counter pauses;                       // connections paused because a message they brought had nowhere to go
  Counter paused;                       // gauge: connections paused now
  Counter too_slow;                     // peers disconnected: their queue overflowed
  Counter shed;                         // peers disconnected: the heap was full and their queue the longest
  Counter stalled;                      // peers disconnected: they took nothing for stall_timeout
  Counter pool_low_turns;               // turns in which receive buffers were scarce and nothing was lent
  Counter out_of_heap;                  // messages or replies that found no heap: the peer is disconnected
  std::array<Counter, 2> buffers_held;  // gauge, by pool: receive buffers that are not the kernel's
  Counter ban_changes;                  // bans begun and lifted here
  Counter bans;                         // gauge: nodes and networks banned; every shard holds all
  Counter http_requests;
  Counter http_refused;
  Counter established;    // gauge: sessions now
  Counter connections;    // gauge: sockets of peers now
  Counter deliveries;     // messages given to a port
  Counter undelivered;    // decided messages that no port subscribed to
  Counter relayed;        // messages appended to this shard's log for its peers
  Counter relayed_bytes;  // payload bytes x peers they were addressed to
  Counter relay_dropped;  // messages that could not be appended even to an empty log: too large for the heap
  Counter forwarded;      // messages given to their owner on another shard
  Counter published;      // messages from ports
};

}  // namespace ringwire::node
