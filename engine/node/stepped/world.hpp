// Everybody who gets turns in one simulated network, and what is to happen at which time.
//
// Problem: a node is several threads that run at once, beside the threads of those who embed it and the other
// nodes. Here they are actors that get turns one after the other; who may go first at one moment of virtual
// time is drawn from the seed (`shuffle`), so that each seed is another interleaving, and the same seed the
// same one.
//
// Order: all turns at this moment, then whatever the world planned (at()), then the network's next happening.
// An actor may be held: its turns wait until it is let go, as those of a thread that the machine has
// forgotten.
//
// Thread: one. Actors leave before their world (asserted). Complexity: O(1) per turn, O(log n) per plan.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/sim/network.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::stepped {

class World;

// Who gets turns: a shard, an application, somebody who is no node.
class Actor {
 public:
  Actor(World& world, std::function<void()> turn);
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  ~Actor();

  // This driver's news are this actor's turns.
  void listen_to(const sim::SimDriver& driver);
  // A turn at this moment.
  void call();
  void hold() { held_ = true; }
  void let_go();
  [[nodiscard]] bool held() const { return held_; }

 private:
  friend class World;

  World& world_;
  const std::function<void()> turn_;
  std::uint64_t driver_ = UINT64_MAX;
  bool called_ = false;  // in the world's list, or held back from it
  bool held_ = false;
};

class World {
 public:
  explicit World(std::uint64_t seed, const sim::SimLink& link = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  [[nodiscard]] sim::SimNetwork& network() { return network_; }
  [[nodiscard]] Instant time() const { return network_.now().monotonic; }
  // Draws that differ from asker to asker and follow from the seed.
  [[nodiscard]] Prng prng() { return Prng(seed_ * 1'000'003 + ++draws_); }
  // Who goes first is drawn; otherwise who was called first.
  void shuffle(bool on) { shuffled_ = on; }

  void at(Instant time, std::function<void()> what);
  void after(Duration time, std::function<void()> what) { at(this->time() + time, std::move(what)); }

  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }
  // False where it did not happen within `limit` of virtual time; asked whenever nobody has anything to do.
  bool run_until(const std::function<bool()>& done, Duration limit = 60s);

  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  friend class Actor;

  void give_turns();
  // Of those who may have one; null where nobody may.
  Actor* choose();
  void collect_drivers();
  [[nodiscard]] Instant next_at() const;
  void step();

  const std::uint64_t seed_;
  std::uint64_t draws_ = 0;
  std::uint64_t turns_ = 0;
  bool shuffled_ = false;
  sim::SimNetwork network_;
  Prng order_;
  std::vector<Actor*> by_driver_;  // null where nobody listens any more
  std::vector<Actor*> called_;     // from first_ on, in the order of calls
  std::size_t first_ = 0;
  std::uint64_t actors_ = 0;
  std::multimap<Instant, std::function<void()>> plans_;  // equal times in the order of asking
};

// The driver of a host, which can be made (asserted).
std::unique_ptr<sim::SimDriver> make_driver(World& world, const IpAddress& address,
                                            const driver::DriverConfig& config);
// For somebody who is no node: few buffers.
driver::DriverConfig small_driver(std::uint32_t connections_max);

}  // namespace ringwire::stepped
