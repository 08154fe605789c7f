// Somebody who stood between two nodes and then pretends to each of them to be the other, in every way that
// engine/node/stepped/middleman.hpp knows.
//
// First `one` dials `other` through a relay, which is a wire and overhears all of it, and goes away. From
// then on, once in kRound, each of the impostor's hosts dials both, and both dial each host, as if somebody
// had told them a wrong address. Over TLS one host plays with records, the others end TLS and play with what
// is inside.
//
// The relay's sessions are sessions; none of the other hosts may ever have one. Timer: kRound, from one round
// to the next. Thread: its world's. Dies before its world and fleet.
#pragma once

#include <memory>
#include <vector>

#include "engine/node/stepped/middleman.hpp"
#include "tools/sim/fleet.hpp"

namespace ringwire::sim {

using stepped::Middleman;
using stepped::Overheard;
using stepped::Trick;

// `from`, where it is up, dials `endpoint` in the belief that `to` is there.
void dial_through(Fleet& fleet, std::uint32_t from, std::uint32_t to, const Endpoint& endpoint);

class Impostor {
 public:
  // Its addresses are those from host(`first_address`) on, at most kHostsMax; the first one is the relay's.
  Impostor(World& world, Fleet& fleet, std::uint32_t one, std::uint32_t other, std::uint32_t first_address);
  ~Impostor() { *alive_ = false; }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  // Connections with its hosts that nodes have ended.
  [[nodiscard]] std::uint64_t refused() const;

  static constexpr std::uint32_t kHostsMax = 8;
  static constexpr Duration kRound = 1s;

 private:
  void step();
  [[nodiscard]] bool has_heard();
  void come_forward();
  Middleman& play(Trick trick, bool ends_tls, const Overheard& lines);
  void play_round();
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t node) const;

  World& world_;
  Fleet& fleet_;
  const std::uint32_t one_;
  const std::uint32_t other_;
  const bool tls_;
  std::uint32_t next_address_;
  bool both_spoke_ = false;           // through the relay, a round ago
  std::unique_ptr<Middleman> relay_;  // until it has heard them
  std::vector<std::unique_ptr<Middleman>> hosts_;
  Middleman* ends_tls_ = nullptr;  // of hosts_: who hears what is said inside, until that is played
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ringwire::sim
