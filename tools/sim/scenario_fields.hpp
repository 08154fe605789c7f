// The keys of a scenario's file, once: the table behind reading, writing and the lists of accepted keys.
#pragma once

#include <string>
#include <variant>

#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

template <class T>
using Member = std::variant<bool T::*, std::uint32_t T::*, std::uint64_t T::*, std::int64_t T::*,
                            std::string T::*, Duration T::*, FaultKind T::*>;

template <class T>
struct Field {
  const char* key;
  Member<T> member;
  const char* help;  // one line
  const char* accepted =
      nullptr;  // where every value of the type is possible, and check() has no word for it
};

inline constexpr const char* kToggle = "true or false";
inline constexpr const char* kSeed = "a number from 0 to 18446744073709551615, in quotes where TOML has none";

inline constexpr Field<Scenario> kScenarioFields[] = {
    {"name", &Scenario::name, "What reports call it."},
    {"seed", &Scenario::seed, "Everything that is drawn follows from it. In quotes from 2^63 on.", kSeed},
    {"nodes", &Scenario::nodes, "How many nodes there are. Their numbers begin with 0."},
    {"shards", &Scenario::shards, "Shards of each node."},
    {"degree", &Scenario::degree,
     "Peers that a node keeps connected, beside those that keep it. 0: all others."},
    {"tls", &Scenario::tls, "Whether sessions are encrypted.", kToggle},
    {"length", &Scenario::length, "How long traffic and faults last. Units: ns us ms s min h."},
    {"joining", &Scenario::joining, "Nodes come up one after the other within this time."},
    {"patience", &Scenario::patience,
     "With a peer that says nothing, pinged four times meanwhile. Over 4s only without faults."},
    {"heap-mb", &Scenario::heap_mb, "Megabytes of heap of each shard."},
};

inline constexpr Field<LinkOptions> kLinkFields[] = {
    {"latency-min", &LinkOptions::latency_min, "One way. Each pair of nodes has its own, between the two."},
    {"latency-max", &LinkOptions::latency_max, "See latency-min."},
    {"jitter", &LinkOptions::jitter, "Each segment takes up to this much longer."},
    {"bytes-per-second", &LinkOptions::bytes_per_second, "0: no limit."},
    {"lost-per-million", &LinkOptions::lost_per_million,
     "Segments of a million that are lost and sent again."},
    {"split", &LinkOptions::split, "Segments are cut anywhere.", kToggle},
};

inline constexpr Field<TrafficOptions> kTrafficFields[] = {
    {"per-second", &TrafficOptions::per_second, "Messages, from nodes drawn anew each time. 0: none."},
    {"bytes-min", &TrafficOptions::bytes_min, "Of one message. A transaction has at least 110."},
    {"bytes-max", &TrafficOptions::bytes_max, "See bytes-min."},
    {"topics-per-hundred", &TrafficOptions::topics_per_hundred,
     "Topic messages of a hundred; the others are transactions."},
};

inline constexpr Field<DatagramOptions> kDatagramFields[] = {
    {"per-second", &DatagramOptions::per_second,
     "Questions that hosts ask each other in datagrams, again and again until they are answered. 0: none."},
    {"bytes-max", &DatagramOptions::bytes_max, "Of one datagram."},
    {"lost-per-million", &DatagramOptions::lost_per_million, "Datagrams of a million that are lost."},
    {"doubled-per-million", &DatagramOptions::doubled_per_million, "... that arrive twice."},
    {"delayed-per-million", &DatagramOptions::delayed_per_million,
     "... that take up to 50ms longer, and arrive behind others."},
    {"corrupted-per-million", &DatagramOptions::corrupted_per_million, "... that arrive with flipped bits."},
};

inline constexpr Field<Fault> kFaultFields[] = {
    {"kind", &Fault::kind, "What happens."},
    {"at", &Fault::at, "When, from the beginning of the run."},
    {"lasts", &Fault::lasts, "How long."},
    {"node", &Fault::node, "Whom it befalls."},
    {"other", &Fault::other, "The other node, or the shard."},
    {"amount", &Fault::amount, "How much."},
};

}  // namespace ringwire::sim
