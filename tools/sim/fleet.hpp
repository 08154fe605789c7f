// The nodes of a world by their numbers, over their lives: who is up, who should be connected to whom, and
// how a node comes and goes.
//
// A node is up from start() until crash() or stop(). What belongs to its host, not to one life (its key, its
// address, its clocks, its disk), stays. Each starts with the same configuration: short patience, so that a
// world of one minute sees what takes a real network ten.
//
// Thread: its world's. Dies before its world.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/node/stepped/sim_app.hpp"
#include "engine/node/stepped/stranger.hpp"
#include "tools/sim/host_disk.hpp"
#include "tools/sim/remembered_policy.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

using stepped::host;
using stepped::key_of;
using stepped::SimApp;
using stepped::SimNode;
using stepped::Stranger;
using stepped::World;

class Fleet {
 public:
  using OnDelivery = std::function<void(std::uint32_t node, std::uint32_t life, const Delivery& delivery)>;
  // Of a node that is about to go, in order or not, while it is still whole.
  using OnEnd = std::function<void(std::uint32_t node)>;

  Fleet(World& world, const Scenario& scenario, OnDelivery on_delivery, OnEnd on_end);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(places_.size()); }
  [[nodiscard]] bool up(std::uint32_t number) const { return places_[number].state == State::up; }
  [[nodiscard]] std::vector<bool> who_is_up() const;
  [[nodiscard]] bool all_up() const;
  [[nodiscard]] std::uint32_t life(std::uint32_t number) const { return places_[number].life; }
  [[nodiscard]] SimNode& node(std::uint32_t number) { return *places_[number].node; }
  [[nodiscard]] SimApp& app(std::uint32_t number) { return *places_[number].app; }
  // Null where it is not up.
  [[nodiscard]] SimNode* find(std::uint32_t number) {
    return up(number) ? places_[number].node.get() : nullptr;
  }

  // Where it is not up.
  void start(std::uint32_t number);
  // Its power goes, while it stores its bans or after it did. Where it is up or stopping.
  void crash(std::uint32_t number);
  // Asks it to stop, as an operator does; `then` when it has. A crash meanwhile: `then` is not called.
  void stop(std::uint32_t number, std::function<void()> then);
  // Since it was asked to stop and has not; 0 where it was not asked.
  [[nodiscard]] Duration stopping_for(std::uint32_t number) const;

  [[nodiscard]] const NodeId& id_of(std::uint32_t number) const { return places_[number].id; }
  [[nodiscard]] const PublicKey& public_key_of(std::uint32_t number) const { return places_[number].key; }
  // Whom it keeps connected.
  [[nodiscard]] const std::vector<std::uint32_t>& kept(std::uint32_t number) const {
    return places_[number].kept;
  }
  // Pairs that should be connected and are not: a session of which an end has heard nothing for `silence` is
  // none any more, and will notice.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> unconnected(
      Duration silence = Duration::max());

  // Of its host: in this life and the next ones.
  void set_drift(std::uint32_t number, std::int32_t per_million);
  void step_wall(std::uint32_t number, std::int64_t ms);
  [[nodiscard]] HostDisk& disk(std::uint32_t number) { return *places_[number].disk; }

  [[nodiscard]] const Config& config() const { return config_; }
  // What node `number` starts with; for others who are to look like it.
  [[nodiscard]] SimNode::Options options_of(std::uint32_t number);
  [[nodiscard]] static IpAddress address_of(std::uint32_t number) { return host(number + 1); }

 private:
  enum class State : std::uint8_t { down, up, stopping };
  struct Place {
    State state = State::down;
    std::uint32_t life = 0;
    std::unique_ptr<HostDisk> disk;  // dies after the node
    std::unique_ptr<SimNode> node;
    std::unique_ptr<SimApp> app;
    PublicKey key;
    NodeId id;
    std::vector<std::uint32_t> kept;
    std::int32_t drift = 0;
    std::int64_t wall_ahead_ms = 0;
    Instant stopping_since;
    bool stop_asked = false;
  };

  void draw_links(const Scenario& scenario);
  void advance_stop(std::uint32_t number, std::uint32_t life, const std::function<void()>& then);
  void end(Place& place, std::uint32_t number);
  [[nodiscard]] HostDisk::Moment moment(const Place& place) const {
    return {world_.time(), place.wall_ahead_ms};
  }

  World& world_;
  const Config config_;
  const OnDelivery on_delivery_;
  const OnEnd on_end_;
  RememberedPolicy policy_;
  Prng crashes_;
  std::vector<Place> places_;
};

// What the nodes of a scenario are configured with.
Config config_of(const Scenario& scenario);

}  // namespace ringwire::sim
