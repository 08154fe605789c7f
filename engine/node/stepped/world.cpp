#include "engine/node/stepped/world.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::stepped {

// --- an actor

Actor::Actor(World& world, std::function<void()> turn) : world_(world), turn_(std::move(turn)) {
  ++world_.actors_;
}

Actor::~Actor() {
  --world_.actors_;
  std::replace(world_.called_.begin(), world_.called_.end(), this, static_cast<Actor*>(nullptr));
  if (driver_ < world_.by_driver_.size()) world_.by_driver_[driver_] = nullptr;
}

void Actor::listen_to(const sim::SimDriver& driver) {
  RW_ASSERT(driver_ == UINT64_MAX);
  driver_ = driver.number();
  if (world_.by_driver_.size() <= driver_) world_.by_driver_.resize(driver_ + 1);
  world_.by_driver_[driver_] = this;
}

void Actor::call() {
  if (std::exchange(called_, true) || held_) return;
  world_.called_.push_back(this);
}

void Actor::let_go() {
  if (!std::exchange(held_, false)) return;
  const bool listed = std::count(world_.called_.begin(), world_.called_.end(), this) > 0;
  if (called_ && !listed) world_.called_.push_back(this);
}

// --- the world

World::World(std::uint64_t seed, const sim::SimLink& link)
    : seed_(seed), network_(seed, link), order_(seed ^ 0x0dde) {}

World::~World() {
  RW_ASSERT(actors_ == 0);
}

void World::at(Instant time, std::function<void()> what) {
  RW_ASSERT(time >= this->time());
  plans_.emplace(time, std::move(what));
}

void World::collect_drivers() {
  while (const sim::SimDriver* driver = network_.take_ready()) {
    const std::uint64_t number = driver->number();
    Actor* actor = number < by_driver_.size() ? by_driver_[number] : nullptr;
    if (actor != nullptr) actor->call();
  }
}

Actor* World::choose() {
  collect_drivers();
  while (first_ < called_.size()) {
    if (shuffled_) std::swap(called_[first_], called_[first_ + order_.below(called_.size() - first_)]);
    Actor* actor = called_[first_++];
    if (actor != nullptr && !actor->held_) return actor;
  }
  called_.clear();
  first_ = 0;
  return nullptr;
}

void World::give_turns() {
  while (Actor* actor = choose()) {
    ++turns_;
    actor->called_ = false;
    actor->turn_();
  }
}

Instant World::next_at() const {
  return plans_.empty() ? network_.next_at() : std::min(plans_.begin()->first, network_.next_at());
}

void World::step() {
  if (plans_.empty() || plans_.begin()->first > network_.next_at()) {
    network_.step();
    return;
  }
  network_.pass(plans_.begin()->first);
  const auto what = std::move(plans_.extract(plans_.begin()).mapped());
  what();
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = time() + limit;
  for (;;) {
    give_turns();
    if (done()) return true;
    if (next_at() > end) break;
    step();
  }
  network_.pass(end);
  return false;
}

std::unique_ptr<sim::SimDriver> make_driver(World& world, const IpAddress& address,
                                            const driver::DriverConfig& config) {
  auto made = sim::SimDriver::make(world.network(), config, {address});
  RW_ASSERT(made.ok());
  return std::move(made).value();
}

driver::DriverConfig small_driver(std::uint32_t connections_max) {
  driver::DriverConfig config;
  config.connections_max = connections_max;
  config.pools = {16, 4096, 1, 65536};
  return config;
}

}  // namespace ringwire::stepped
