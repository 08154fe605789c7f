#include "tools/sim/fleet.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "codec/base/check.hpp"
#include "engine/node/settings.hpp"
#include "engine/node/validate.hpp"

namespace ringwire::sim {
namespace {

constexpr std::uint32_t kFirstKey = 1'000;
constexpr std::array<std::uint8_t, 32> kBlinding{1};
constexpr Duration kStopLook = 1ms;
constexpr std::uint64_t kDiskSeeds = 0xA24B'AED4'963E'E407;
constexpr std::uint64_t kStoringOperations = 8;  // of the disk, for one list of bans and a little more
constexpr std::uint32_t kSpareConnections = 32;  // two for one peer while dials cross; strangers; twins

// Twice what is published in the whole run: nothing is forgotten. A table of a million would be most of what
// a node costs.
std::uint32_t seen_messages(const Scenario& scenario) {
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(scenario.length).count());
  const std::uint64_t messages = 2 * (seconds * scenario.traffic.per_second + scenario.nodes);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(messages, 1'024, 1U << 20));
}

}  // namespace

Config config_of(const Scenario& scenario) {
  Config config = stepped::small_config(scenario.shards);
  const std::uint32_t others = scenario.nodes - 1;
  const std::uint32_t kept = scenario.degree == 0 ? others : scenario.degree;
  const std::uint32_t peers = std::min(std::max(others, 1U), std::max(4 * kept, 16U));
  config.limits.outbound_max = kept + kSpareConnections;
  config.limits.inbound_max = peers + kSpareConnections;
  config.limits.connections_max = config.limits.outbound_max + config.limits.inbound_max;
  config.limits.connect_timeout_ms = 2'000;
  config.limits.handshake_timeout_ms = 3'000;
  const auto patience_ms = static_cast<std::uint32_t>(scenario.patience / 1ms);
  config.limits.ping_interval_ms = patience_ms / 4;
  config.limits.idle_timeout_ms = patience_ms;
  config.limits.stall_timeout_ms = 6'000;
  config.limits.redial_min_ms = 200;
  config.limits.redial_max_ms = 2'000;
  config.gossip.seen_messages = seen_messages(scenario);
  config.memory.relay_heap_mb = scenario.heap_mb;
  config.gossip.transaction_bytes_max = kMessageBytesMax;
  config.insecure_plaintext = !scenario.tls;
  return config;
}

Fleet::Fleet(World& world, const Scenario& scenario, OnDelivery on_delivery, OnEnd on_end)
    : world_(world),
      config_(config_of(scenario)),
      on_delivery_(std::move(on_delivery)),
      on_end_(std::move(on_end)),
      policy_(node::settings_of(config_, node::shard_count(config_), 0).transactions),
      crashes_(scenario.seed * kDiskSeeds + kNodesMax),
      places_(scenario.nodes) {
  const crypto::Signer signer(kBlinding);
  for (std::uint32_t number = 0; number < size(); ++number) {
    places_[number].key = signer.public_key(key_of(kFirstKey + number));
    places_[number].id = crypto::node_id(places_[number].key);
    places_[number].disk = std::make_unique<HostDisk>(scenario.seed * kDiskSeeds + number);
  }
  draw_links(scenario);
}

// With a degree: the next one, so that the network is one, and others drawn at random.
void Fleet::draw_links(const Scenario& scenario) {
  Prng prng = world_.prng();
  const std::uint32_t nodes = size();
  for (std::uint32_t number = 0; number < nodes; ++number) {
    std::set<std::uint32_t> kept;
    if (scenario.degree == 0) {
      for (std::uint32_t other = 0; other < nodes; ++other) kept.insert(other);
      kept.erase(number);
    } else {
      kept.insert((number + 1) % nodes);
    }
    while (kept.size() < std::min(scenario.degree, nodes - 1)) {
      const auto other = static_cast<std::uint32_t>(prng.below(nodes));
      if (other != number) kept.insert(other);
    }
    places_[number].kept.assign(kept.begin(), kept.end());
  }
}

std::vector<bool> Fleet::who_is_up() const {
  std::vector<bool> up(places_.size());
  for (std::uint32_t number = 0; number < size(); ++number) up[number] = this->up(number);
  return up;
}

bool Fleet::all_up() const {
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& place) { return place.state == State::up; });
}

SimNode::Options Fleet::options_of(std::uint32_t number) {
  SimNode::Options options;
  options.address = number + 1;
  options.key = kFirstKey + number;
  options.config = config_;
  options.policy = &policy_;
  options.thin = true;
  return options;
}

// --- lives

void Fleet::start(std::uint32_t number) {
  Place& place = places_[number];
  RW_ASSERT(place.state == State::down);
  place.state = State::up;
  world_.network().wake(address_of(number));
  const std::uint32_t life = ++place.life;
  place.disk->on_start(moment(place));
  SimNode::Options options = options_of(number);
  options.drift_per_million = place.drift;
  options.wall_ahead_ms = place.wall_ahead_ms;
  options.boot_id = place.disk->boot_id();
  options.disk = &place.disk->disk();
  options.on_bans_saved = [this, &place](std::span<const security::Ban> bans) {
    place.disk->on_saved(bans, place.node->driver(0).now().monotonic, moment(place));
  };
  place.node = std::make_unique<SimNode>(world_, options);
  place.app = std::make_unique<SimApp>(
      *place.node, [this, number, life](const Delivery& delivery) { on_delivery_(number, life, delivery); });
  for (const std::uint32_t other : place.kept)
    place.node->keep({places_[other].key, {address_of(other), SimNode::kPort}, SimNode::kPort});
}

void Fleet::end(Place& place, std::uint32_t number) {
  on_end_(number);
  place.app.reset();
  place.node.reset();
  place.disk->kill();
  place.state = State::down;
  place.stop_asked = false;
}

void Fleet::crash(std::uint32_t number) {
  Place& place = places_[number];
  RW_ASSERT(place.state != State::down);
  world_.network().silence(address_of(number));
  place.disk->disk().crash_at(1 + crashes_.below(kStoringOperations));
  place.node->save_bans();
  end(place, number);
  place.disk->lose_power();
}

void Fleet::stop(std::uint32_t number, std::function<void()> then) {
  Place& place = places_[number];
  RW_ASSERT(place.state == State::up);
  place.state = State::stopping;
  place.stopping_since = world_.time();
  place.node->let_go();
  place.app->leave();
  advance_stop(number, place.life, then);
}

Duration Fleet::stopping_for(std::uint32_t number) const {
  const Place& place = places_[number];
  return place.state == State::stopping ? world_.time() - place.stopping_since : Duration{0};
}

void Fleet::advance_stop(std::uint32_t number, std::uint32_t life, const std::function<void()>& then) {
  Place& place = places_[number];
  if (place.life != life || place.state != State::stopping) return;
  if (place.node->ended()) {
    end(place, number);
    return then();
  }
  if (place.app->left() && !place.stop_asked) {
    place.stop_asked = true;
    place.node->stop();
  }
  world_.after(kStopLook, [this, number, life, then] { advance_stop(number, life, then); });
}

// --- who is connected

std::vector<std::pair<std::uint32_t, std::uint32_t>> Fleet::unconnected(Duration silence) {
  std::vector<std::set<NodeId>> peers(size());
  for (std::uint32_t number = 0; number < size(); ++number) {
    if (!up(number)) continue;
    for (const PeerInfo& peer : node(number).peers()) {
      // Of a shard that sleeps the last turn may be long ago.
      const Duration asleep =
          node(number).driver(peer.shard).now().monotonic - node(number).shard(peer.shard).context().time();
      if (asleep + peer.silent_for < silence) peers[number].insert(peer.id);
    }
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> missing;
  for (std::uint32_t number = 0; number < size(); ++number) {
    for (const std::uint32_t other : kept(number)) {
      const bool both = up(number) && up(other);
      if (!both || !peers[number].contains(node(other).id()) || !peers[other].contains(node(number).id()))
        missing.emplace_back(number, other);
    }
  }
  return missing;
}

// --- clocks

void Fleet::set_drift(std::uint32_t number, std::int32_t per_million) {
  places_[number].drift = per_million;
  if (SimNode* node = find(number)) {
    for (ShardId shard = 0; shard < node->shards(); ++shard) node->driver(shard).set_drift(per_million);
  }
}

void Fleet::step_wall(std::uint32_t number, std::int64_t ms) {
  places_[number].wall_ahead_ms += ms;
  if (SimNode* node = find(number)) {
    for (ShardId shard = 0; shard < node->shards(); ++shard) node->driver(shard).step_wall(ms);
  }
}

}  // namespace ringwire::sim
