#include "engine/node/memory_metrics.hpp"

#include <algorithm>

#include "engine/node/memory_plan.hpp"
#include "engine/node/process_facts.hpp"

namespace ringwire::node {
namespace {

using metrics::Registry;
using metrics::Type;

using Shards = std::vector<std::unique_ptr<Shard>>;
using OfShard = std::uint64_t (*)(const Shard&);

constexpr const char* kPlanHelp = "Memory that a part of the node may take, by configuration.";
constexpr const char* kUsedHelp =
    "Memory of it in use; parts that are not here are taken whole at the start.";

std::string part_label(const std::string& part) {
  return "part=\"" + part + "\"";
}

// Addends of one name, such as those of several shards, are one part.
Footprint by_part(const Footprint& plan) {
  Footprint parts;
  for (const Addend& addend : plan) {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const Addend& part) { return part.what == addend.what; });
    if (found == parts.end()) {
      parts.push_back(addend);
    } else {
      found->count += addend.count;
    }
  }
  return parts;
}

std::uint64_t bytes_each(const Footprint& parts, std::string_view name) {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const Addend& part) { return part.what == name; });
  RW_ASSERT(found != parts.end());
  return found->bytes;
}

std::uint64_t seen_now(const Shard& shard) {
  const gossip::SeenCounters& seen = shard.gossip().intake().seen_counters();
  const std::uint64_t left = seen.expired.value() + seen.cut_short.value();
  return seen.inserted.value() - std::min(seen.inserted.value(), left);
}

std::uint64_t undecided_now(const Shard& shard) {
  const gossip::IntakeCounters& intake = shard.gossip().intake().counters();
  return intake.queued.value() + intake.awaiting.value();
}

}  // namespace

void register_memory(Registry& registry, const Config& config, driver::Kind kind, const Shards& shards) {
  Config actual = config;
  actual.shards.driver = kind == driver::Kind::epoll ? DriverChoice::epoll : DriverChoice::uring;
  const Footprint parts = by_part(memory_plan(actual));
  for (const Addend& part : parts) {
    registry.add(Type::gauge, "ringwire_memory_plan_bytes", kPlanHelp, part_label(part.what),
                 [bytes = part.total()] { return bytes; });
  }

  const auto used = [&](const std::string& part, OfShard items, std::uint64_t bytes) {
    registry.add(Type::gauge, "ringwire_memory_used_bytes", kUsedHelp, part_label(part),
                 [&shards, items, bytes] {
                   std::uint64_t sum = 0;
                   for (const auto& shard : shards) sum += items(*shard);
                   return sum * bytes;
                 });
  };
  const auto counted = [&](const std::string& part, OfShard items) {
    used(part, items, bytes_each(parts, part));
  };
  const std::string door = kind == driver::Kind::epoll ? "epoll" : "uring";
  counted(door + ": small receive buffers",
          [](const Shard& shard) { return shard.context().counters.buffers_held[0].value(); });
  counted(door + ": bulk receive buffers",
          [](const Shard& shard) { return shard.context().counters.buffers_held[1].value(); });
  counted("sessions", [](const Shard& shard) { return shard.context().counters.connections.value(); });
  used(
      kHeapPart,
      [](const Shard& shard) {
        const std::uint64_t pooled = shard.gossip().pool().counters().bytes.value();
        const std::uint64_t all = shard.context().heap.used_bytes();
        return all - std::min(pooled, all);
      },
      1);
  counted("gossip: messages being decided, entries", undecided_now);
  counted("gossip: seen messages, ring of ages", seen_now);
  counted("gossip: pooled transactions, entries with their index nodes",
          [](const Shard& shard) { return shard.gossip().pool().counters().count.value(); });
  used(
      "gossip: pooled transactions, bytes",
      [](const Shard& shard) { return shard.gossip().pool().counters().bytes.value(); }, 1);

  registry.add(Type::gauge, "process_resident_memory_bytes", "Memory of the process that is in RAM.", "",
               [] { return resident_bytes(); });
}

}  // namespace ringwire::node
