// The disk of one host over the lives of its node, and which bans must be in force in the life that runs.
//
// A ban that was in an acknowledged list must be in force after any restart: after a kill, a power failure at
// any operation, torn sectors and syncs that failed. Where one bit has rotted, one copy of the two may be
// gone, and the list before it is as good as the last one: then a ban must be in both. After more, nothing
// need be.
//
// How long a ban lasts is told by clocks that run wrong by up to a hundredth: so much of all time since the
// beginning, and as much again, is left out at its end. After a power failure the wall clock tells it: what
// that was set forward since ends bans early.
//
// Thread: its world's. Dies after its nodes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/base/time.hpp"
#include "engine/security/subject.hpp"
#include "engine/sim/sim_disk.hpp"

namespace ringwire::sim {

class HostDisk {
 public:
  explicit HostDisk(std::uint64_t seed) : disk_(seed) {}

  [[nodiscard]] SimDisk& disk() { return disk_; }
  // Another one after each power failure.
  [[nodiscard]] std::array<std::uint8_t, 16> boot_id() const;

  struct Moment {
    Instant now;  // of the world
    std::int64_t wall_ahead_ms = 0;
  };
  // A life begins.
  void on_start(const Moment& moment);
  // The list was acknowledged; `own_now` is the node's clock.
  void on_saved(std::span<const security::Ban> bans, Instant own_now, const Moment& moment);
  // Ends the life that runs.
  void kill() { disk_.kill(); }
  void lose_power();
  void rot();

  struct Kept {
    security::Subject subject;
    Instant until;  // of the world, at the latest to be relied upon
  };
  // What the life that runs must have known from its beginning.
  [[nodiscard]] const std::vector<Kept>& kept() const { return kept_; }

 private:
  struct Saved {
    std::vector<Kept> bans;
    Moment moment;
    std::uint32_t boots = 0;
    std::uint32_t rotten = 0;  // bits since then
  };
  [[nodiscard]] std::vector<Kept> left_of(const Saved& saved, const Moment& moment) const;

  SimDisk disk_;
  std::uint32_t boots_ = 1;
  std::vector<Saved> saved_;  // the last two
  std::vector<Kept> kept_;
};

}  // namespace ringwire::sim
