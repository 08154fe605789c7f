#include "engine/node/ports.hpp"

namespace ringwire::node {

Footprint PortRings::footprint(ShardId shards) {
  const std::uint64_t links = std::uint64_t{shards} * Node::kPortsMax;
  Footprint sum{{"ports: verdict rings", links, kVerdictDepth * sizeof(VerdictMessage)},
                {"ports: published and not yet taken", Node::kPortsMax, kPublishBytesMax},
                {"ports: unpacked for the application", Node::kPortsMax, kUnpackedBytesMax}};
  const auto add = [&](const char* lane, const Footprint& each) {
    for (const Addend& addend : each) {
      sum.push_back({"ports: " + std::string(lane) + ": " + addend.what, links * addend.count, addend.bytes});
    }
  };
  add("deliver", DeliverLane::footprint({kDeliverDepth, kDeliverDepth}));
  add("publish", PublishLane::footprint({kPublishDepth, kPublishDepth}));
  return sum;
}

}  // namespace ringwire::node
