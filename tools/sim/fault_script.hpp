// Carries out the fault lines of a scenario: each begins at its time and ends after what it lasts, whatever
// became of its node meanwhile.
//
// Faults overlap, and may undo each other's end: a way that two faults cut is open when both are over; a node
// that is down when a fault begins is left alone.
//
// Thread: its world's. Dies before its world and fleet.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/node/stepped/stranger.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/impostor.hpp"
#include "tools/sim/run_report.hpp"

namespace ringwire::sim {

class FaultScript {
 public:
  using OnLine = std::function<void(const char* what, const std::string& text)>;

  FaultScript(World& world, Fleet& fleet, const Scenario& scenario, OnLine on_line);
  ~FaultScript();

  // All of them, from now on.
  void begin();
  // Whatever still lasts ends; no new one begins.
  void end();

  // Bans that a fault line put into force: `node` bans `other`.
  struct BanInForce {
    std::uint32_t node = 0;
    std::uint32_t life = 0;
    std::uint32_t other = 0;
    Instant since;
    Instant until;
  };
  [[nodiscard]] const std::vector<BanInForce>& bans() const { return bans_; }
  // Hosts at which nobody is who he says he is.
  [[nodiscard]] const std::set<IpAddress>& impostors() const { return impostor_hosts_; }

 private:
  // The operators', whose end may be late: a wall clock that was set back while a node was without power.
  void lift_bans();
  // What a fault has begun and will end: called once.
  using End = std::function<void()>;

  void begin(const Fault& fault);
  // Empty where there is nothing to end, or nothing was begun.
  End carry_out(const Fault& fault);
  End partition(const Fault& fault);
  End one_way(const Fault& fault);
  End crash(const Fault& fault);
  End restart(const Fault& fault);
  End freeze(const Fault& fault);
  End slow_shard(const Fault& fault);
  End change_link(const Fault& fault);
  End drift(const Fault& fault);
  End ban(const Fault& fault);
  End twin(const Fault& fault);
  End strangers(const Fault& fault);
  End relay(const Fault& fault);
  End impostor(const Fault& fault);
  End disk(const Fault& fault);
  void dial_both(const Fault& fault);

  void cut(std::uint32_t from, std::uint32_t to);
  void heal(std::uint32_t from, std::uint32_t to);
  void tell(const char* what, std::string text) const { on_line_(what, text); }

  World& world_;
  Fleet& fleet_;
  const Scenario& scenario_;
  const OnLine on_line_;
  Prng prng_;
  bool over_ = false;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> cuts_;  // how many faults cut that way
  std::map<std::uint64_t, End> lasting_;                                   // by number
  std::uint64_t begun_ = 0;
  std::vector<BanInForce> bans_;
  std::vector<std::unique_ptr<SimNode>> twins_;
  std::vector<std::unique_ptr<Stranger>> strangers_;
  std::vector<std::unique_ptr<Middleman>> relays_;
  std::vector<std::unique_ptr<Impostor>> impostors_;
  std::set<IpAddress> impostor_hosts_;
};

// The link that a scenario gives to each pair of nodes: drawn from the seed, the same for both ways.
SimLink draw_link(const Scenario& scenario, std::uint32_t one, std::uint32_t other);

}  // namespace ringwire::sim
