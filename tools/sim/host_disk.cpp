#include "tools/sim/host_disk.hpp"

#include <algorithm>

#include "codec/base/bytes.hpp"

namespace ringwire::sim {
namespace {

constexpr std::int64_t kClockError = 50;  // one part of so many

}  // namespace

std::array<std::uint8_t, 16> HostDisk::boot_id() const {
  std::array<std::uint8_t, 16> id{};
  store_be<std::uint32_t>(id.data(), boots_);
  return id;
}

void HostDisk::lose_power() {
  disk_.lose_power();
  ++boots_;
}

void HostDisk::rot() {
  const auto bits = static_cast<std::uint32_t>(disk_.rot(1));
  for (Saved& saved : saved_) saved.rotten += bits;
}

void HostDisk::on_saved(std::span<const security::Ban> bans, Instant own_now, const Moment& moment) {
  Saved saved{{}, moment, boots_, 0};
  for (const security::Ban& ban : bans) {
    if (ban.until == kNever) {
      saved.bans.push_back({ban.subject, kNever});
      continue;
    }
    const Instant until = moment.now + (ban.until - own_now);
    saved.bans.push_back({ban.subject, until + -(until - Instant{}) / kClockError});
  }
  if (saved_.size() == 2) saved_.erase(saved_.begin());
  saved_.push_back(std::move(saved));
}

std::vector<HostDisk::Kept> HostDisk::left_of(const Saved& saved, const Moment& moment) const {
  const std::int64_t set_forward = moment.wall_ahead_ms - saved.moment.wall_ahead_ms;
  std::vector<Kept> left = saved.bans;
  for (Kept& each : left) {
    if (each.until != kNever && boots_ != saved.boots && set_forward > 0)
      each.until = each.until + -set_forward * 1ms;
  }
  return left;
}

void HostDisk::on_start(const Moment& moment) {
  kept_.clear();
  if (saved_.empty()) return;
  const Saved& last = saved_.back();
  if (last.rotten == 0) {
    kept_ = left_of(last, moment);
    return;
  }
  // Of two copies one may be gone; of which nobody knows.
  if (saved_.size() < 2 || saved_.front().rotten > 1) return;
  const std::vector<Kept> before = left_of(saved_.front(), moment);
  for (Kept& each : left_of(last, moment)) {
    const auto same = std::ranges::find(before, each.subject, &Kept::subject);
    if (same != before.end()) kept_.push_back({each.subject, std::min(each.until, same->until)});
  }
}

}  // namespace ringwire::sim
