// Messages that the applications of a world publish: real signed transactions and topic messages, from nodes
// drawn anew each time, at a steady rate.
//
// Thread: its world's.
#pragma once

#include <optional>
#include <vector>

#include "tools/sim/delivery_watch.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/transaction_maker.hpp"

namespace ringwire::sim {

class Traffic {
 public:
  Traffic(World& world, Fleet& fleet, DeliveryWatch& watch, const TrafficOptions& options);

  // From now on, for so long.
  void run(Duration length);
  // One message from this node, which is up; its id. Nothing where the node had no room for it.
  std::optional<Hash32> publish(std::uint32_t node);

 private:
  void publish_next(Instant end);
  std::optional<Hash32> publish_transaction(std::uint32_t node, std::uint32_t bytes);
  std::optional<Hash32> publish_topic(std::uint32_t node, std::uint32_t bytes);

  World& world_;
  Fleet& fleet_;
  DeliveryWatch& watch_;
  const TrafficOptions options_;
  Prng prng_;
  TransactionMaker maker_;
  std::uint64_t topics_ = 0;
};

}  // namespace ringwire::sim
