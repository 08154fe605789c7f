#include "engine/node/app_rings.hpp"

namespace ringwire::node {

Footprint AppRings::footprint(ShardId shards, std::uint32_t slots) {
  Footprint sum{{"ports: what left, by connection", std::uint64_t{shards} * slots, sizeof(Counter)}};
  const auto add = [&](const char* lane, const Footprint& each) {
    for (const Addend& addend : each)
      sum.push_back(
          {"ports: " + std::string(lane) + ": " + addend.what, shards * addend.count, addend.bytes});
  };
  add("events", EventLane::footprint({kEventDepth, kEventDepth}));
  add("orders", OrderLane::footprint({kOrderDepth, kOrderDepth}));
  return sum;
}

}  // namespace ringwire::node
