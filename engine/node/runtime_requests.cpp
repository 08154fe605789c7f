// What a running node is asked: by whoever holds it, and by its ports.
#include <algorithm>
#include <array>

#include "codec/wire/enode.hpp"
#include "engine/node/latency_report.hpp"
#include "engine/node/runtime.hpp"

namespace ringwire::node {
namespace {

IpAddress loopback(IpAddress::Family family) {
  if (family == IpAddress::Family::v4) return IpAddress::v4(127, 0, 0, 1);
  std::array<std::uint8_t, 16> bytes{};
  bytes.back() = 1;
  return IpAddress::v6(bytes);
}

}  // namespace

// --- commands

void Runtime::submit(ShardId shard, Command& command) const {
  for (bool given = false; !given;) {
    {
      const std::lock_guard lock(command_mutex_);
      given = shards_[shard]->commands().push(&command);
      if (shard < running_) {
        sleepers_[shard]->notify();
      } else {
        shards_[shard]->serve_commands();
      }
    }
    if (!given) std::this_thread::yield();
  }
}

// What a shard was asked in its last turn, or after it, would be waited for for ever.
void Runtime::serve_stopped() const {
  const std::lock_guard lock(command_mutex_);
  for (std::size_t id = running_; id < shards_.size(); ++id) shards_[id]->serve_commands();
}

std::unique_ptr<Command> Runtime::start_on_all_shards(Command::Serve serve) const {
  auto command = std::make_unique<Command>(std::move(serve));
  for (ShardId id = 0; id < shards_.size(); ++id) submit(id, *command);
  return command;
}

void Runtime::on_all_shards(Command::Serve serve) const {
  const auto command = start_on_all_shards(std::move(serve));
  for (std::size_t i = 0; i < shards_.size(); ++i) command->wait_one();
}

void Runtime::on_shard(ShardId shard, Command::Serve serve) const {
  Command command(std::move(serve));
  submit(shard, command);
  command.wait_one();
}

std::string Runtime::enode() const {
  if (listening_.empty()) return {};
  Endpoint dialable = listening_.front();
  if (config_.advertise) dialable.address = *config_.advertise;
  // A listener takes its own family only.
  if (dialable.address.is_unspecified()) dialable.address = loopback(listening_.front().address.family);
  return wire::Enode{local_.public_key, dialable, dialable.port}.to_string();
}

Status<std::string> Runtime::connect(std::string_view text) {
  const auto target = wire::parse_enode(text);
  if (!target.ok()) return Failure<std::string>{wire::explain(target.error())};
  const char* objection = nullptr;
  on_shard(0, [&](Shard& shard) {
    objection = shard.dials().add(target.value());
    return true;
  });
  if (objection != nullptr) return Failure<std::string>{objection};
  return Done{};
}

bool Runtime::disconnect(const NodeId& peer) {
  std::atomic<bool> found{false};
  on_shard(0, [&](Shard& shard) {
    if (shard.dials().remove(peer)) found = true;
    return true;
  });
  on_all_shards([&](Shard& shard) {
    if (shard.connections().drop(peer, wire::DisconnectReason::requested)) found = true;
    return true;
  });
  return found;
}

void Runtime::ban(const NodeId& peer, Duration duration) {
  on_all_shards([&](Shard& shard) {
    shard.ban(security::subject_of(peer), duration);
    return true;
  });
}

void Runtime::ban(const IpAddress& address, Duration duration) {
  on_all_shards([&](Shard& shard) {
    shard.ban(security::subject_of(address), duration);
    return true;
  });
}

// Every shard holds all bans.
template <class Who>
bool Runtime::lift_ban(const Who& who) {
  std::atomic<bool> found{false};
  on_all_shards([&](Shard& shard) {
    if (shard.unban(security::subject_of(who))) found = true;
    return true;
  });
  return found;
}
template bool Runtime::lift_ban(const NodeId&);
template bool Runtime::lift_ban(const IpAddress&);

std::vector<PeerInfo> Runtime::peers() const {
  std::vector<std::vector<PeerInfo>> found(shards_.size());
  on_all_shards([&](Shard& shard) {
    shard.list_peers(found[shard.context().id]);
    return true;
  });
  std::vector<PeerInfo> all;
  for (auto& each : found) all.insert(all.end(), each.begin(), each.end());
  return all;
}

std::vector<Sample> Runtime::stats() const {
  std::vector<Sample> samples;
  for (auto& value : registry_.values()) {
    samples.push_back({std::move(value.name), std::string(value.labels), value.value});
  }
  return samples;
}

std::vector<LatencyInfo> Runtime::latencies() const {
  return node::latencies(registry_);
}

// --- ports

std::unique_ptr<Port> Runtime::open_port() {
  if (stopping()) return nullptr;
  std::uint32_t place = 0;
  {
    const std::lock_guard lock(port_mutex_);
    while (place < kPortsMax && port_places_[place]) ++place;
    if (place == kPortsMax) return nullptr;
    port_places_[place] = true;
  }
  const auto shards = static_cast<ShardId>(shards_.size());
  return std::make_unique<RuntimePort>(*this, gossip::Ownership(keys_.ownership, shards), shards, place,
                                       delivery_delays_[place]);
}

void Runtime::port_closed(std::uint32_t place) {
  const std::lock_guard lock(port_mutex_);
  port_places_[place] = false;
}

bool Runtime::reserve_subscription(MessageKind kind, const RuntimePort* port) {
  const std::lock_guard lock(port_mutex_);
  const RuntimePort*& subscriber = subscribers_[static_cast<std::size_t>(kind)];
  if (subscriber != nullptr && subscriber != port) return false;
  subscriber = port;
  return true;
}

bool Runtime::reserve_peers(const RuntimePort* port) {
  const std::lock_guard lock(port_mutex_);
  if (peers_subscriber_ != nullptr && peers_subscriber_ != port) return false;
  peers_subscriber_ = port;
  return true;
}

std::vector<std::uint32_t> Runtime::slots() const {
  std::vector<std::uint32_t> slots;
  for (const auto& shard : shards_) slots.push_back(shard->context().settings.driver.connections_max);
  return slots;
}

void Runtime::release_subscriptions(const RuntimePort* port) {
  const std::lock_guard lock(port_mutex_);
  for (const RuntimePort*& subscriber : subscribers_) {
    if (subscriber == port) subscriber = nullptr;
  }
  if (peers_subscriber_ == port) peers_subscriber_ = nullptr;
}

}  // namespace ringwire::node
