// What a simulated world is made of and what befalls it: plain data, from which one run follows.
//
// A scenario comes from a file (scenario_file.hpp), from the library by name, or from nothing but a seed
// (library.hpp). Everything a run draws follows from `seed`; every fault is a line of its own, so that a
// failing scenario can be made smaller by leaving lines out (shrink.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codec/base/time.hpp"

namespace ringwire::sim {

// `node` and `other` are numbers of nodes, from 0.
enum class FaultKind : std::uint8_t {
  partition,   // nodes below `node` and the others do not hear each other
  one_way,     // nothing that `node` sends reaches `other`
  reset,       // streams between `node` and `other` are reset, once
  crash,       // `node` loses its power: no goodbye; it is back after `lasts` with its key
  restart,     // `node` stops as an operator stops it, and is back after `lasts`
  freeze,      // `node` gets no turns
  slow_shard,  // shard `other` of `node` gets no turns
  slow_link,   // what `node` and `other` say to each other passes at `amount` bytes a second
  lossy_link,  // of their segments and datagrams `amount` of a million are lost
  wall_step,   // the wall clock of `node` is set `amount` milliseconds ahead, below 0: back; once
  drift,       // the clocks of `node` run `amount` millionths too fast, below 0: too slow
  dial_both,   // `node` and `other` dial each other at one moment, whether they are connected or not; once
  ban,         // the operator of `node` bans `other`
  twin,        // another node that has the key of `node` comes up, and dials `other`
  strangers,   // `amount` connections that say nothing, or half a handshake reach `node`
  relay,       // `node` dials `other` through somebody who passes on every byte
  impostor,    // somebody who heard `node` and `other` shake hands pretends to each to be the other
  disk,        // one bit on the disk of `node` rots; of a million syncs `amount` fail, of sectors they tear
};
inline constexpr std::uint8_t kFaultKinds = 18;
const char* name(FaultKind kind);  // "one-way"
// What a kind looks at, beside kind and `at`.
struct FaultShape {
  bool lasts = false;
  bool other = false;
  bool amount = false;
  const char* meaning = "";  // one line for people
};
const FaultShape& shape_of(FaultKind kind);

struct Fault {
  FaultKind kind{};
  Duration at{0};     // from the beginning of the run
  Duration lasts{0};  // 0 where it happens once
  std::uint32_t node = 0;
  std::uint32_t other = 0;
  std::int64_t amount = 0;

  friend bool operator==(const Fault&, const Fault&) = default;
};

struct LinkOptions {
  Duration latency_min = 1ms;  // one way; each pair of nodes has its own, between the two
  Duration latency_max = 80ms;
  Duration jitter = 5ms;
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::uint32_t lost_per_million = 0;
  bool split = true;  // segments are cut anywhere

  friend bool operator==(const LinkOptions&, const LinkOptions&) = default;
};

struct TrafficOptions {
  std::uint32_t per_second = 10;  // messages, from nodes drawn anew each time; 0: none
  std::uint32_t bytes_min = 110;  // of a transaction at least kTransactionBytesMin
  std::uint32_t bytes_max = 400;
  std::uint32_t topics_per_hundred = 0;  // of a hundred messages: topic messages; the others are transactions

  friend bool operator==(const TrafficOptions&, const TrafficOptions&) = default;
};

// What hosts ask each other in datagrams, again and again until it is answered, as discovery does; and what
// every link does to datagrams.
struct DatagramOptions {
  std::uint32_t per_second = 0;  // questions, from hosts drawn anew each time; 0: there are no datagrams
  std::uint32_t bytes_max = 1'280;
  std::uint32_t lost_per_million = 0;
  std::uint32_t doubled_per_million = 0;
  std::uint32_t delayed_per_million = 0;    // by up to 50 ms: behind those sent after them
  std::uint32_t corrupted_per_million = 0;  // bits of them are flipped

  friend bool operator==(const DatagramOptions&, const DatagramOptions&) = default;
};

struct Scenario {
  std::string name = "unnamed";
  std::uint64_t seed = 1;
  std::uint32_t nodes = 8;
  std::uint32_t shards = 2;  // of each node
  std::uint32_t degree = 0;  // peers that a node keeps connected, beside those that keep it; 0: all others
  bool tls = false;
  Duration length = 60s;       // of traffic and faults
  Duration joining{0};         // nodes come up one after the other within this time
  Duration patience = 4s;      // with a peer that says nothing; it is pinged four times meanwhile
  std::uint32_t heap_mb = 16;  // of each shard
  LinkOptions link;
  TrafficOptions traffic;
  DatagramOptions datagrams;
  std::vector<Fault> faults;

  // After `length` faults have ended. Whoever should be connected is, within this time; then every node says
  // something, and every other one hears it.
  static constexpr Duration kRecovery = 10s;

  friend bool operator==(const Scenario&, const Scenario&) = default;
};

// Who is dead must be noticed within kRecovery; where nobody dies, who lives must have been heard within it.
inline constexpr Duration kPatienceMin = 1s;
inline constexpr Duration kPatienceMax = 4s;
inline constexpr Duration kQuietPatienceMax = 20s;

inline constexpr std::uint32_t kNodesMax = 10'000;
inline constexpr std::uint32_t kDegreeMax = 256;  // so many others where the degree is 0
inline constexpr std::uint32_t kShardsMax = 8;
inline constexpr std::uint32_t kTransactionBytesMin = 110;
inline constexpr std::uint32_t kMessageBytesMax = 512U << 10;
inline constexpr std::uint32_t kQuestionBytesMin = 17;
inline constexpr std::uint32_t kFaultsMax = 100'000;

// What is impossible about it, one finding for each key; nothing where it can be run.
struct ScenarioFinding {
  std::string key;   // "nodes", "link.latency-max", "fault[3].node"
  std::string text;  // what is accepted, and what was given
};
std::vector<ScenarioFinding> check(const Scenario& scenario);

}  // namespace ringwire::sim
