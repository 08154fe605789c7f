#include "tools/sim/fault_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "codec/wire/frame_header.hpp"

namespace ringwire::sim {
namespace {

constexpr std::uint32_t kTwinAddress = 0x20'0000;  // see host(): none of a node's
constexpr std::uint32_t kStrangerAddress = 0x30'0000;
constexpr std::uint32_t kRelayAddress = 0x40'0000;
constexpr std::uint32_t kImpostorAddress = 0x50'0000;
constexpr std::uint32_t kStrangersAtOnce = 64;

// The beginning of what an initiator says first: a Handshake, or a ClientHello.
std::string half_a_handshake(bool tls) {
  constexpr std::string_view kClientHello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  if (tls) return std::string(kClientHello);
  std::array<std::uint8_t, wire::kFrameHeaderBytes> header{};
  wire::encode({wire::MessageType::handshake, false, wire::kHandshakeBytesMax, 0, {}}, header);
  return {header.begin(), header.end()};
}

std::string seconds(Duration time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

}  // namespace

SimLink draw_link(const Scenario& scenario, std::uint32_t one, std::uint32_t other) {
  const LinkOptions& options = scenario.link;
  const auto [low, high] = std::minmax(one, other);
  Prng prng(scenario.seed ^ (std::uint64_t{low} << 32 | high));
  SimLink link;
  link.latency = Duration(
      static_cast<std::int64_t>(prng.between(static_cast<std::uint64_t>(options.latency_min.count()),
                                             static_cast<std::uint64_t>(options.latency_max.count()))));
  link.jitter = options.jitter;
  link.bytes_per_second = options.bytes_per_second;
  link.lost_per_million = options.lost_per_million;
  link.split = options.split;
  link.datagrams.lost_per_million = scenario.datagrams.lost_per_million;
  link.datagrams.doubled_per_million = scenario.datagrams.doubled_per_million;
  link.datagrams.delayed_per_million = scenario.datagrams.delayed_per_million;
  link.datagrams.corrupted_per_million = scenario.datagrams.corrupted_per_million;
  return link;
}

FaultScript::FaultScript(World& world, Fleet& fleet, const Scenario& scenario, OnLine on_line)
    : world_(world), fleet_(fleet), scenario_(scenario), on_line_(std::move(on_line)), prng_(world.prng()) {}

FaultScript::~FaultScript() = default;

void FaultScript::begin() {
  for (const Fault& fault : scenario_.faults) {
    world_.after(fault.at, [this, &fault] {
      if (!over_) begin(fault);
    });
  }
}

void FaultScript::begin(const Fault& fault) {
  End ends = carry_out(fault);
  if (!ends) return;
  const std::uint64_t number = begun_++;
  lasting_[number] = std::move(ends);
  world_.after(fault.lasts, [this, number] {
    auto lasting = lasting_.extract(number);
    if (!lasting.empty()) lasting.mapped()();
  });
}

void FaultScript::end() {
  over_ = true;
  while (!lasting_.empty()) lasting_.extract(lasting_.begin()).mapped()();
  lift_bans();
}

FaultScript::End FaultScript::carry_out(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::partition:
      return partition(fault);
    case FaultKind::one_way:
      return one_way(fault);
    case FaultKind::reset:
      tell("reset", fmt::format("{} streams between nodes {} and {} are reset",
                                world_.network().reset_streams(Fleet::address_of(fault.node),
                                                               Fleet::address_of(fault.other)),
                                fault.node, fault.other));
      return {};
    case FaultKind::crash:
      return crash(fault);
    case FaultKind::restart:
      return restart(fault);
    case FaultKind::freeze:
      return freeze(fault);
    case FaultKind::slow_shard:
      return slow_shard(fault);
    case FaultKind::slow_link:
    case FaultKind::lossy_link:
      return change_link(fault);
    case FaultKind::wall_step:
      tell("wall-step", fmt::format("the wall clock of node {} is set by {} ms", fault.node, fault.amount));
      fleet_.step_wall(fault.node, fault.amount);
      return {};
    case FaultKind::drift:
      return drift(fault);
    case FaultKind::dial_both:
      dial_both(fault);
      return {};
    case FaultKind::ban:
      return ban(fault);
    case FaultKind::twin:
      return twin(fault);
    case FaultKind::strangers:
      return strangers(fault);
    case FaultKind::relay:
      return relay(fault);
    case FaultKind::impostor:
      return impostor(fault);
    case FaultKind::disk:
      return disk(fault);
  }
  return {};
}

// --- ways

void FaultScript::cut(std::uint32_t from, std::uint32_t to) {
  if (++cuts_[{from, to}] == 1) world_.network().cut(Fleet::address_of(from), Fleet::address_of(to));
}

void FaultScript::heal(std::uint32_t from, std::uint32_t to) {
  if (--cuts_[{from, to}] == 0) world_.network().heal(Fleet::address_of(from), Fleet::address_of(to));
}

FaultScript::End FaultScript::partition(const Fault& fault) {
  const auto each_way = [this, border = fault.node](auto&& what) {
    for (std::uint32_t low = 0; low < border; ++low) {
      for (std::uint32_t high = border; high < fleet_.size(); ++high) {
        what(low, high);
        what(high, low);
      }
    }
  };
  tell("partition", fmt::format("nodes below {} and the others do not hear each other for {}", fault.node,
                                seconds(fault.lasts)));
  each_way([this](std::uint32_t from, std::uint32_t to) { cut(from, to); });
  return [this, each_way] {
    each_way([this](std::uint32_t from, std::uint32_t to) { heal(from, to); });
    tell("healed", "the network is one again");
  };
}

FaultScript::End FaultScript::one_way(const Fault& fault) {
  tell("one-way",
       fmt::format("node {} does not hear node {} for {}", fault.other, fault.node, seconds(fault.lasts)));
  cut(fault.node, fault.other);
  return [this, &fault] {
    heal(fault.node, fault.other);
    tell("healed", fmt::format("node {} hears node {} again", fault.other, fault.node));
  };
}

FaultScript::End FaultScript::change_link(const Fault& fault) {
  SimLink link = draw_link(scenario_, fault.node, fault.other);
  const bool slow = fault.kind == FaultKind::slow_link;
  if (slow) {
    link.bytes_per_second = static_cast<std::uint64_t>(fault.amount);
  } else {
    link.lost_per_million = static_cast<std::uint32_t>(fault.amount);
    link.datagrams.lost_per_million = link.lost_per_million;
  }
  const IpAddress one = Fleet::address_of(fault.node);
  const IpAddress other = Fleet::address_of(fault.other);
  world_.network().set_link(one, other, link);
  tell(name(fault.kind),
       fmt::format("between nodes {} and {} {} {} for {}", fault.node, fault.other, fault.amount,
                   slow ? "bytes pass a second" : "segments and datagrams of a million are lost",
                   seconds(fault.lasts)));
  return [this, &fault, one, other] {
    world_.network().set_link(one, other, draw_link(scenario_, fault.node, fault.other));
    tell("healed", fmt::format("the way between nodes {} and {} is as it was", fault.node, fault.other));
  };
}

// --- nodes

FaultScript::End FaultScript::crash(const Fault& fault) {
  if (!fleet_.up(fault.node)) return {};
  tell("crash", fmt::format("node {} loses its power for {}", fault.node, seconds(fault.lasts)));
  fleet_.crash(fault.node);
  return [this, &fault] {
    tell("back", fmt::format("node {} starts", fault.node));
    fleet_.start(fault.node);
  };
}

FaultScript::End FaultScript::restart(const Fault& fault) {
  if (!fleet_.up(fault.node)) return {};
  tell("restart", fmt::format("node {} is stopped, for {}", fault.node, seconds(fault.lasts)));
  const auto stopped = std::make_shared<bool>(false);
  fleet_.stop(fault.node, [stopped] { *stopped = true; });
  return [this, &fault, stopped] {
    if (!*stopped) fleet_.crash(fault.node);
    tell("back", fmt::format("node {} starts", fault.node));
    fleet_.start(fault.node);
  };
}

FaultScript::End FaultScript::freeze(const Fault& fault) {
  SimNode* node = fleet_.find(fault.node);
  if (node == nullptr) return {};
  tell("freeze", fmt::format("node {} gets no turns for {}", fault.node, seconds(fault.lasts)));
  node->hold();
  return [this, &fault, life = fleet_.life(fault.node)] {
    SimNode* frozen = fleet_.find(fault.node);
    if (frozen == nullptr || fleet_.life(fault.node) != life) return;
    frozen->let_go();
    tell("resumed", fmt::format("node {} goes on", fault.node));
  };
}

FaultScript::End FaultScript::slow_shard(const Fault& fault) {
  SimNode* node = fleet_.find(fault.node);
  if (node == nullptr) return {};
  const auto shard = static_cast<ShardId>(fault.other);
  tell("slow-shard",
       fmt::format("shard {} of node {} gets no turns for {}", shard, fault.node, seconds(fault.lasts)));
  node->hold(shard);
  return [this, &fault, shard, life = fleet_.life(fault.node)] {
    SimNode* slow = fleet_.find(fault.node);
    if (slow != nullptr && fleet_.life(fault.node) == life) slow->let_go(shard);
  };
}

FaultScript::End FaultScript::drift(const Fault& fault) {
  tell("drift", fmt::format("the clocks of node {} run {} millionths too fast for {}", fault.node,
                            fault.amount, seconds(fault.lasts)));
  fleet_.set_drift(fault.node, static_cast<std::int32_t>(fault.amount));
  return [this, &fault] { fleet_.set_drift(fault.node, 0); };
}

void FaultScript::dial_both(const Fault& fault) {
  SimNode* one = fleet_.find(fault.node);
  SimNode* other = fleet_.find(fault.other);
  if (one == nullptr || other == nullptr) return;
  tell("dial-both", fmt::format("nodes {} and {} dial each other", fault.node, fault.other));
  one->dial(static_cast<ShardId>(prng_.below(one->shards())), *other);
  other->dial(static_cast<ShardId>(prng_.below(other->shards())), *one);
}

FaultScript::End FaultScript::ban(const Fault& fault) {
  SimNode* node = fleet_.find(fault.node);
  if (node == nullptr) return {};
  const NodeId banned = fleet_.id_of(fault.other);
  const Instant now = world_.time();
  tell("ban", fmt::format("node {} bans node {} for {}", fault.node, fault.other, seconds(fault.lasts)));
  for (ShardId shard = 0; shard < node->shards(); ++shard) {
    node->ask(shard, [banned, lasts = fault.lasts](node::Shard& own) {
      own.ban(security::subject_of(banned), lasts);
    });
  }
  bans_.push_back({fault.node, fleet_.life(fault.node), fault.other, now, now + fault.lasts});
  return {};
}

void FaultScript::lift_bans() {
  for (const BanInForce& ban : bans_) {
    SimNode* node = fleet_.find(ban.node);
    for (ShardId shard = 0; node != nullptr && shard < node->shards(); ++shard) {
      node->ask(shard, [banned = fleet_.id_of(ban.other)](node::Shard& own) {
        static_cast<void>(own.unban(security::subject_of(banned)));
      });
    }
  }
}

FaultScript::End FaultScript::disk(const Fault& fault) {
  const auto parts = static_cast<std::uint32_t>(fault.amount);
  tell("disk",
       fmt::format("on the disk of node {} a bit rots; {} of a million syncs fail, and of sectors tear, "
                   "for {}",
                   fault.node, parts, seconds(fault.lasts)));
  fleet_.disk(fault.node).rot();
  const auto set = [this, &fault](std::uint32_t per_million) {
    SimDiskOptions& options = fleet_.disk(fault.node).disk().options;
    options.torn_per_million = per_million;
    options.unsynced_per_million = per_million;
  };
  set(parts);
  return [set] { set(0); };
}

// --- others

FaultScript::End FaultScript::twin(const Fault& fault) {
  SimNode* victim = fleet_.find(fault.other);
  if (victim == nullptr) return {};
  tell("twin", fmt::format("another node with the key of node {} dials node {} for {}", fault.node,
                           fault.other, seconds(fault.lasts)));
  SimNode::Options options = fleet_.options_of(fault.node);
  options.address = kTwinAddress + static_cast<std::uint32_t>(twins_.size());
  twins_.push_back(std::make_unique<SimNode>(world_, options));
  twins_.back()->keep(victim->enode());
  return [this, place = twins_.size() - 1] { twins_[place].reset(); };
}

FaultScript::End FaultScript::strangers(const Fault& fault) {
  const Endpoint target{Fleet::address_of(fault.node), SimNode::kPort};
  const auto count = static_cast<std::uint32_t>(fault.amount);
  tell("strangers", fmt::format("{} connections of strangers reach node {}", count, fault.node));
  const std::size_t first = strangers_.size();
  for (std::uint32_t made = 0; made < count; made += kStrangersAtOnce) {
    const std::uint32_t many = std::min(kStrangersAtOnce, count - made);
    strangers_.push_back(std::make_unique<Stranger>(
        world_, kStrangerAddress + static_cast<std::uint32_t>(strangers_.size()), many));
    for (std::uint32_t i = 0; i < many; ++i)
      strangers_.back()->dial(target, i % 2 == 0 ? std::string() : half_a_handshake(scenario_.tls));
  }
  return [this, first, last = strangers_.size()] {
    for (std::size_t i = first; i < last; ++i) strangers_[i].reset();
  };
}

FaultScript::End FaultScript::relay(const Fault& fault) {
  tell("relay", fmt::format("node {} dials node {} through somebody for {}", fault.node, fault.other,
                            seconds(fault.lasts)));
  Middleman::Options options;
  options.address = kRelayAddress + static_cast<std::uint32_t>(relays_.size());
  options.target = {Fleet::address_of(fault.other), SimNode::kPort};
  relays_.push_back(std::make_unique<Middleman>(world_, options));
  dial_through(fleet_, fault.node, fault.other, relays_.back()->endpoint());
  return [this, place = relays_.size() - 1] {
    tell("relayed", fmt::format("{} bytes were passed on", relays_[place]->passed));
    relays_[place].reset();
  };
}

FaultScript::End FaultScript::impostor(const Fault& fault) {
  tell("impostor", fmt::format("somebody hears nodes {} and {} and then pretends to be them, for {}",
                               fault.node, fault.other, seconds(fault.lasts)));
  const auto place = static_cast<std::uint32_t>(impostors_.size());
  const std::uint32_t first = kImpostorAddress + Impostor::kHostsMax * place;
  // The first one is its relay's.
  for (std::uint32_t i = 1; i < Impostor::kHostsMax; ++i) impostor_hosts_.insert(host(first + i));
  impostors_.push_back(std::make_unique<Impostor>(world_, fleet_, fault.node, fault.other, first));
  return [this, place] {
    tell("unmasked",
         fmt::format("{} connections of impostors were ended by nodes", impostors_[place]->refused()));
    impostors_[place].reset();
  };
}

}  // namespace ringwire::sim
