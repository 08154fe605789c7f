#include "tools/sim/library.hpp"

#include <algorithm>
#include <array>

#include "codec/base/prng.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::sim {
namespace {

// In worlds in which a node cannot keep all others.
constexpr std::uint32_t kLargeDegree = 8;

Fault at(Duration when, FaultKind kind, std::uint32_t node, std::uint32_t other = 0,
         Duration lasts = Duration{0}, std::int64_t amount = 0) {
  return {kind, when, lasts, node, other, amount};
}

// Of the scenario's length, in hundredths.
Duration part(const Scenario& scenario, std::int64_t hundredths) {
  return scenario.length * hundredths / 100;
}

void cold_start(Scenario& scenario) {
  scenario.traffic.per_second = 20;
}

void thousand_nodes(Scenario& scenario) {
  scenario.shards = 1;
  scenario.degree = std::min(scenario.nodes - 1, 3U);
  scenario.joining = std::min<Duration>(10s, scenario.length / 4);
  scenario.patience = 16s;  // else every fifth message would be a ping or a pong
  scenario.link.split = false;
  scenario.link.jitter = Duration{0};
}

void third_of_segments_lost(Scenario& scenario) {
  scenario.traffic.per_second = 5;
  for (std::uint32_t one = 0; one < scenario.nodes; ++one) {
    for (std::uint32_t other = one + 1; other < scenario.nodes; ++other)
      scenario.faults.push_back(
          at(part(scenario, 5), FaultKind::lossy_link, one, other, part(scenario, 90), 300'000));
  }
}

void third_of_datagrams_lost(Scenario& scenario) {
  scenario.datagrams.per_second = 20;
  scenario.datagrams.lost_per_million = 300'000;
}

void datagrams_doubled_late_and_damaged(Scenario& scenario) {
  scenario.datagrams = {20, 1'400, 50'000, 200'000, 300'000, 100'000};
}

void partition_and_heal(Scenario& scenario) {
  const std::uint32_t border = std::max(1U, scenario.nodes / 2);
  scenario.faults.push_back(at(part(scenario, 20), FaultKind::partition, border, 0, part(scenario, 20)));
  scenario.faults.push_back(
      at(part(scenario, 60), FaultKind::partition, std::max(1U, scenario.nodes / 4), 0, part(scenario, 30)));
}

// Many come at once to nodes that are there, and strangers with them.
void flash_crowd(Scenario& scenario) {
  scenario.degree = std::min(scenario.nodes - 1, 6U);
  scenario.joining = Duration{0};
  for (std::uint32_t node = 0; node < std::min(scenario.nodes, 4U); ++node)
    scenario.faults.push_back(at(part(scenario, 10), FaultKind::strangers, node, 0, part(scenario, 50), 300));
}

void one_slow_peer(Scenario& scenario) {
  scenario.traffic.bytes_max = 20'000;
  for (std::uint32_t other = 1; other < scenario.nodes; ++other) {
    scenario.faults.push_back(
        at(part(scenario, 10), FaultKind::slow_link, 0, other, part(scenario, 60), 20'000));
  }
}

void rolling_restart(Scenario& scenario) {
  const Duration each = part(scenario, 90) / scenario.nodes;
  for (std::uint32_t node = 0; node < scenario.nodes; ++node)
    scenario.faults.push_back(at(part(scenario, 5) + each * node, FaultKind::restart, node, 0, each));
}

void freeze_and_resume(Scenario& scenario) {
  for (std::uint32_t node = 0; node < scenario.nodes; node += 2)
    scenario.faults.push_back(
        at(part(scenario, 10 + node % 40), FaultKind::freeze, node, 0, part(scenario, 30)));
}

void clock_jumps(Scenario& scenario) {
  for (std::uint32_t node = 0; node < scenario.nodes; ++node) {
    const std::int64_t sign = node % 2 == 0 ? 1 : -1;
    scenario.faults.push_back(
        at(part(scenario, 10 + node % 50), FaultKind::wall_step, node, 0, Duration{0}, sign * 3'600'000));
    scenario.faults.push_back(
        at(part(scenario, 20), FaultKind::drift, node, 0, part(scenario, 60), -sign * 5'000));
  }
}

// Who is banned comes back again and again, and under another address.
void ban_evasion(Scenario& scenario) {
  const std::uint32_t banned = scenario.nodes - 1;
  for (std::uint32_t node = 0; node < banned; ++node) {
    scenario.faults.push_back(at(part(scenario, 20), FaultKind::ban, node, banned, part(scenario, 50)));
    scenario.faults.push_back(at(part(scenario, 25), FaultKind::twin, banned, node, part(scenario, 30)));
    scenario.faults.push_back(at(part(scenario, 40), FaultKind::dial_both, banned, node));
  }
}

void simultaneous_dials(Scenario& scenario) {
  for (std::int64_t round = 5; round < 95; round += 5) {
    for (std::uint32_t node = 0; node + 1 < scenario.nodes; ++node)
      scenario.faults.push_back(at(part(scenario, round), FaultKind::dial_both, node, node + 1));
  }
}

void twin_identities(Scenario& scenario) {
  for (std::uint32_t node = 0; node + 1 < scenario.nodes; ++node) {
    scenario.faults.push_back(
        at(part(scenario, 10 + 3 * (node % 10)), FaultKind::twin, node, node + 1, part(scenario, 40)));
  }
}

// Of nodes that mostly do not keep each other: who has a session has no use for another.
void handshakes_relayed_and_replayed(Scenario& scenario) {
  scenario.degree = std::min(scenario.nodes - 1, 2U);
  if (scenario.nodes == 1) return;
  for (std::uint32_t node = 0; node < scenario.nodes; ++node) {
    const std::uint32_t other = (node + scenario.nodes / 2) % scenario.nodes;
    const FaultKind kind = node % 2 == 0 ? FaultKind::relay : FaultKind::impostor;
    scenario.faults.push_back(at(part(scenario, 10), kind, node, other, part(scenario, 30)));
    scenario.faults.push_back(at(part(scenario, 50), FaultKind::impostor, other, node, part(scenario, 40)));
  }
}

// Large messages to peers that read slowly: what waits for them has to give way.
void memory_pressure(Scenario& scenario) {
  scenario.traffic = {40, 50'000, 200'000, 50};
  for (std::uint32_t node = 1; node < scenario.nodes; ++node) {
    scenario.faults.push_back(
        at(part(scenario, 10), FaultKind::slow_link, 0, node, part(scenario, 70), 30'000));
  }
}

void power_failures(Scenario& scenario) {
  for (std::uint32_t node = 0; node < scenario.nodes; ++node) {
    scenario.faults.push_back(
        at(part(scenario, 10 + 7 * (node % 8)), FaultKind::crash, node, 0, part(scenario, 15)));
  }
}

// Each has stored two bans when its disk begins to fail, and loses its power twice.
void disk_that_tears_and_rots(Scenario& scenario) {
  for (std::uint32_t node = 0; node < scenario.nodes; ++node) {
    for (std::uint32_t ban = 1; ban <= 2 && ban < scenario.nodes; ++ban) {
      scenario.faults.push_back(at(part(scenario, 5 * ban), FaultKind::ban, node,
                                   (node + ban) % scenario.nodes, part(scenario, 75)));
    }
    scenario.faults.push_back(at(part(scenario, 15), FaultKind::disk, node, 0, part(scenario, 60), 300'000));
    for (const std::int64_t when : {20, 50}) {
      scenario.faults.push_back(
          at(part(scenario, when + node % 8), FaultKind::crash, node, 0, part(scenario, 5)));
    }
  }
}

// --- worlds of all faults

Duration draw(Prng& prng, Duration low, Duration high) {
  return Duration(static_cast<std::int64_t>(
      prng.between(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

std::uint32_t draw(Prng& prng, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(prng.between(low, high));
}

std::int64_t draw_amount(Prng& prng, FaultKind kind) {
  if (kind == FaultKind::slow_link) return draw(prng, 2'000, 200'000);
  if (kind == FaultKind::lossy_link) return draw(prng, 10'000, 600'000);
  if (kind == FaultKind::wall_step) return std::int64_t{draw(prng, 0, 7'200'000)} - 3'600'000;
  if (kind == FaultKind::drift) return std::int64_t{draw(prng, 0, 20'000)} - 10'000;
  if (kind == FaultKind::disk) return draw(prng, 0, 500'000);
  return draw(prng, 1, 200);
}

Fault draw_fault(Prng& prng, const Scenario& scenario) {
  Fault fault;
  fault.kind = static_cast<FaultKind>(prng.below(kFaultKinds));
  const FaultShape& shape = shape_of(fault.kind);
  fault.at = draw(prng, 500ms, scenario.length - 2s);
  if (shape.lasts) fault.lasts = draw(prng, 10ms, std::min<Duration>(10s, scenario.length - fault.at));
  fault.node = draw(prng, 0, scenario.nodes - 1);
  if (fault.kind == FaultKind::partition) fault.node = draw(prng, 1, scenario.nodes - 1);
  if (fault.kind == FaultKind::slow_shard) {
    fault.other = draw(prng, 0, scenario.shards - 1);
  } else if (shape.other) {
    fault.other = (fault.node + draw(prng, 1, scenario.nodes - 1)) % scenario.nodes;
  }
  if (shape.amount) fault.amount = draw_amount(prng, fault.kind);
  return fault;
}

// Half of the exchanges fail at worst, there and back: the last questions are asked forty times.
DatagramOptions draw_datagrams(Prng& prng) {
  return {draw(prng, 1, 20),      draw(prng, kQuestionBytesMin, driver::kDatagramBytesMax),
          draw(prng, 0, 300'000), draw(prng, 0, 200'000),
          draw(prng, 0, 300'000), draw(prng, 0, 50'000)};
}

// What is set before stays: who asks for fewer nodes gets the same kind of world with fewer.
void furnish_random_world(Scenario& scenario) {
  Prng prng(scenario.seed * 0x9E37'79B9'7F4A'7C15U + 1);
  scenario.shards = draw(prng, 1, 3);
  if (prng.below(2) == 0) scenario.degree = draw(prng, 1, std::min(scenario.nodes - 1, 5U));
  if (prng.below(2) == 0) scenario.joining = draw(prng, 100ms, scenario.length / 2);
  scenario.link.latency_min = draw(prng, 100us, 20ms);
  scenario.link.latency_max = scenario.link.latency_min + draw(prng, 0ms, 150ms);
  scenario.link.jitter = draw(prng, 0ms, 20ms);
  if (prng.below(3) == 0) scenario.link.lost_per_million = draw(prng, 1'000, 50'000);
  if (prng.below(3) == 0) scenario.link.bytes_per_second = draw(prng, 200'000, 20'000'000);
  scenario.traffic.per_second = draw(prng, 1, 30);
  scenario.traffic.bytes_max = prng.below(4) == 0 ? draw(prng, 400, 100'000) : draw(prng, 400, 2'000);
  scenario.traffic.topics_per_hundred = draw(prng, 0, 100);
  for (std::uint32_t faults = draw(prng, 2, 20); faults > 0; --faults)
    scenario.faults.push_back(draw_fault(prng, scenario));
  if (prng.below(4) == 0) scenario.datagrams = draw_datagrams(prng);
  // Each third, the first one too: so of those that a sweep runs twice some are and some are not.
  scenario.tls = scenario.seed % 3 == 1;
}

constexpr std::array kLibrary{
    LibraryEntry{"cold-start", "every node starts at once and keeps all others", 16, 30s, cold_start},
    LibraryEntry{"a-thousand-nodes", "transaction gossip over a sparse network", 1'000, 10min,
                 thousand_nodes},
    LibraryEntry{"a-third-of-segments-lost", "every link loses three segments of ten", 10, 60s,
                 third_of_segments_lost},
    LibraryEntry{"a-third-of-datagrams-lost", "every link loses three datagrams of ten", 10, 60s,
                 third_of_datagrams_lost},
    LibraryEntry{"datagrams-doubled-late-and-damaged",
                 "they come twice, behind their successors, and with flipped bits", 10, 60s,
                 datagrams_doubled_late_and_damaged},
    LibraryEntry{"partition-and-heal", "the network falls apart and grows together, twice", 12, 60s,
                 partition_and_heal},
    LibraryEntry{"flash-crowd", "all come at the same moment, and hundreds of strangers with them", 40, 30s,
                 flash_crowd},
    LibraryEntry{"one-slow-peer", "a validator all of whose links are slow", 10, 60s, one_slow_peer},
    LibraryEntry{"rolling-restart", "one node after the other is restarted", 10, 100s, rolling_restart},
    LibraryEntry{"power-failures", "nodes lose their power and come back", 10, 60s, power_failures},
    LibraryEntry{"a-disk-that-tears-and-rots",
                 "bans are stored on disks that fail, and nodes lose their power", 8, 60s,
                 disk_that_tears_and_rots},
    LibraryEntry{"freeze-and-resume", "half of the nodes get no turns for a while", 10, 60s,
                 freeze_and_resume},
    LibraryEntry{"clock-jumps", "wall clocks are set by an hour, and others run wrong", 10, 60s, clock_jumps},
    LibraryEntry{"ban-evasion", "a banned node comes back under other addresses", 8, 60s, ban_evasion},
    LibraryEntry{"simultaneous-dials", "neighbours dial each other at the same moment, again and again", 8,
                 60s, simultaneous_dials},
    LibraryEntry{"twin-identities", "two nodes have the same key", 8, 60s, twin_identities},
    LibraryEntry{"handshakes-relayed-and-replayed",
                 "somebody passes handshakes on, plays them again, says them back, mixes them up", 8, 60s,
                 handshakes_relayed_and_replayed},
    LibraryEntry{"memory-pressure", "large messages to peers that read slowly", 6, 60s, memory_pressure},
    LibraryEntry{"random-world", "all faults mixed, drawn from the seed", 0, Duration{0},
                 furnish_random_world},
};

}  // namespace

std::span<const LibraryEntry> library() {
  return kLibrary;
}

const LibraryEntry* find_scenario(std::string_view name) {
  const auto found = std::find_if(kLibrary.begin(), kLibrary.end(),
                                  [&](const LibraryEntry& entry) { return entry.name == name; });
  return found == kLibrary.end() ? nullptr : &*found;
}

Scenario make_scenario(const LibraryEntry& entry, std::uint64_t seed, std::uint32_t nodes, Duration length) {
  Prng prng(seed * 0xD1B5'4A32'D192'ED03U + 7);
  // More small worlds than large ones: a world of six finds most of what one of thirty does.
  const std::uint32_t drawn_nodes = std::min(draw(prng, 5, 32), draw(prng, 5, 32));
  const Duration drawn_length = draw(prng, 8s, 25s);
  Scenario scenario;
  scenario.name = entry.name;
  scenario.seed = seed;
  scenario.nodes = nodes != 0 ? nodes : entry.nodes != 0 ? entry.nodes : drawn_nodes;
  scenario.length = length != Duration{0}         ? length
                    : entry.length != Duration{0} ? entry.length
                                                  : drawn_length;
  entry.furnish(scenario);
  if (scenario.degree == 0 && scenario.nodes > kDegreeMax + 1) scenario.degree = kLargeDegree;
  return scenario;
}

Scenario random_world(std::uint64_t seed) {
  return make_scenario(*find_scenario("random-world"), seed);
}

}  // namespace ringwire::sim
