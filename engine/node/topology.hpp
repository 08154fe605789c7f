// Everything that crosses from one thread to another, on one page.
//
//   ring      from -> to            carries               depth           when full
//   -------   -------------------   -------------------   -------------   ------------------------------
//   control   shard -> shard        ControlMessage        kControlDepth   waits in the sender's overflow
//                                                                         list: see below
//   forward   receiver -> owner     ForwardMeta, parcel   kForwardDepth   the feeding connection pauses
//   relay     owner -> all others   RelayMeta, parcel     kRelayDepth     the owner stops deciding
//   deliver   owner -> port         DeliverMeta, parcel   kDeliverDepth   the owner stops deciding
//   publish   port -> owner         PublishMeta, parcel   kPublishDepth   publish() answers `full`
//   returns   beside each lane      parcel number         as the lane     cannot be: a place per credit
//   verdict   port -> owner         VerdictMessage        kVerdictDepth   the port's thread waits
//   events    shard -> port         PeerEventMeta, parcel kEventDepth     the feeding connection pauses; what
//                                                                         has none waits: app_desk.hpp
//   orders    port -> shard         OrderMeta, parcel     kOrderDepth     send_data() and others say `full`
//   command   any -> shard          Command*              kCommandDepth   the calling thread waits
//
// Control is never dropped, so what waits has no limit of its own. A receiver takes all that is there in each
// turn: what can wait is what was said during one turn of it. That is a few messages for each connection or
// dial that begins, changes or ends meanwhile (a lease and its return, a place), and for each copy of a
// message that is refused a `blame` and what follows (two `charge`, an order). Long turns cost others memory
// (LinkCounters::control_waited).
//
// An owner that stops deciding fills its queue, and then the feeders pause. Each ring has one producer and
// one consumer. A sleeping consumer is woken once per batch. Consumers of `relay` and of each `returns` never
// wait for a ring themselves: no cycle of full rings can lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"
#include "engine/api/ringwire.hpp"
#include "engine/security/level.hpp"
#include "engine/security/reason.hpp"
#include "engine/session/peer_claims.hpp"
#include "gossip/intake.hpp"

namespace ringwire::node {

inline constexpr std::size_t kControlDepth = 1024;
inline constexpr std::size_t kForwardDepth = 1024;
inline constexpr std::size_t kRelayDepth = 4096;
inline constexpr std::size_t kDeliverDepth = 4096;
inline constexpr std::size_t kPublishDepth = 1024;
inline constexpr std::size_t kVerdictDepth = 4096;
inline constexpr std::size_t kEventDepth = 1024;
inline constexpr std::size_t kOrderDepth = 1024;
inline constexpr std::size_t kCommandDepth = 64;

// Connections of a shard that wait for an answer about their address. Each has a slot of the driver, and an
// answer is there within a turn of the owner: more of them waiting at once is a flood.
inline constexpr std::size_t kAdmissionsWaitingMax = 64;

using session::ConnectionRef;  // a connection, named from any shard

enum class ControlKind : std::uint8_t {
  claim,           // holder -> owner of `node`: this connection has authenticated; may it be established?
  claim_granted,   // owner -> holder
  claim_denied,    // owner -> holder: another connection to this node stays
  claim_released,  // holder -> owner: the connection is gone
  probe,           // owner -> holder of the older connection: is it alive? ping it, two seconds
  probe_ended,     // holder -> owner: `flag` = it answered
  evict,           // owner -> holder: close it, a better connection to the same node is there
  dial,            // shard 0 -> a shard with a place: connect to `endpoint`, expecting `key`
  dial_ended,      // that shard -> shard 0: the dial of `node` is over, whatever came of it
  peer_present,    // holder -> shard 0: a session with `node` began (`flag`) or ended
  adopt,           // accepting shard -> shard with room: `value` is a descriptor
  blame,           // owner -> all: what `source` sent counts against it, by `charge.reason`
  charge,          // who saw it -> owner in the ledger: `charge` says whom and why
  punish,          // owner in the ledger -> holder: end this connection
  ban_node,        // any -> all: `node` until `instant`, its ban number `value`
  ban_address,     // any -> all: `endpoint.address` until `instant`, its ban number `value`
  list_peers,      // shard 0 -> all: write your part of `report`
  peers_listed,    // every shard -> shard 0: it is written
  explain,         // shard 0 -> owner in the ledger: write `why`
  explained,       // that shard -> shard 0: it is written
  lease_request,   // borrower -> owner of `endpoint.address`: tokens, or what is left of them (`lease`)
  lease_grant,     // owner -> borrower: tokens until `instant` (`flag`), or none and when to ask again
  place_taken,     // holder -> owner of `endpoint.address`: one more connection from there
  place_denied,    // owner -> holder: that was one too many; end it
  place_left,      // holder -> owner: it is closed
};

struct PeerReport;
struct WhyReport;

// Of a `charge`: who pays.
enum class Charged : std::uint8_t {
  node,              // `node`, which is proven
  address,           // `endpoint.address`, from which a proven node came
  unproven_address,  // `endpoint.address`, whoever is there
};

struct OffenceNotice {
  security::Reason reason{};
  Charged whom{};
};

// Of a lease (engine/security/lease.hpp): tokens of each resource. security::Lender::kSliceMax keeps them
// below 2^32.
using Tokens = std::array<std::uint32_t, security::kResources>;
struct LeaseNote {
  Tokens need{};  // of a grant: what is lent
  Tokens spent{};
  Tokens returned{};
  security::Level level{};  // of a refusal: who is short, and of what
  security::Resource resource{};
};

struct ControlMessage {
  ControlKind kind{};
  bool flag = false;
  ConnectionRef connection;
  NodeId node;
  PublicKey key;
  Endpoint endpoint;
  Instant instant;
  gossip::SourceId source;
  OffenceNotice charge;
  LeaseNote lease;
  std::int64_t value = 0;
  PeerReport* report = nullptr;  // shard 0 keeps it until every shard has answered
  WhyReport* why = nullptr;      // likewise, until its owner has
};

struct ForwardMeta {
  Hash32 id;
  gossip::Kind kind{};
  gossip::SourceId source;
  Instant sent;
  Hash32 digest;  // of a signed topic message
};

struct RelayMeta {
  gossip::Kind kind{};
  std::uint8_t source_count = 0;
  std::array<gossip::SourceId, 1 + gossip::kCoSourcesMax> sources{};  // who has it: not sent back to them
};

struct DeliverMeta {
  Hash32 id;
  gossip::Kind kind{};
  Instant decided;
};

struct PublishMeta {
  Hash32 id;
  gossip::Kind kind{};
  Hash32 digest;  // of a signed topic message
};

struct VerdictMessage {
  Hash32 id;
  gossip::Verdict verdict{};
};

struct PeerEventMeta {
  PeerEventKind kind{};
  ConnectionRef from;
  NodeId node;
  std::uint64_t number = 0;  // of a request of ours; of the peer's request, its id on the wire; of `began`,
                             // AppLink::left as it is now
  Instant at;
};

enum class OrderKind : std::uint8_t { data, request, answer, cancel };

struct OrderMeta {
  OrderKind kind{};
  ConnectionRef to;
  std::uint64_t number = 0;  // of a request of ours; of an answer, the id on the wire
  Instant deadline;
};

}  // namespace ringwire::node
