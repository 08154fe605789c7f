#include "tests/unit/engine/node/stepped.hpp"

#include <algorithm>

#include "engine/node/validate.hpp"

namespace ringwire::node {
namespace {

constexpr std::array<std::uint8_t, 32> kBlinding{1};
constexpr NodeId kNobody{{0xff, 0xff}};  // who sent what a node publishes

std::unique_ptr<sim::SimDriver> make_driver(sim::SimNetwork& network, const driver::DriverConfig& config,
                                            const IpAddress& address) {
  auto made = sim::SimDriver::make(network, config, {address});
  RW_ASSERT(made.ok());
  return std::move(made).value();
}

}  // namespace

std::uint32_t key_owned_by(ShardId shard) {
  const crypto::Signer signer(kBlinding);
  std::uint32_t key = 100;
  while (owner_of(crypto::node_id(signer.public_key(key_of(key))), 2) != shard) ++key;
  return key;
}

// --- a node

SteppedNode::SteppedNode(SteppedWorld& world, const Options& options)
    : world_(world),
      address_(host(options.address)),
      config_(options.config),
      key_(key_of(options.key)),
      signer_(kBlinding),
      local_{signer_, key_, signer_.public_key(key_), {}, config_.network_id, {}, {}, 0, 0, {}},
      published_count_(options.key * 100'000),
      loads_(config_.shards.count),
      held_(config_.shards.count),
      ready_(config_.shards.count, true),
      ended_(config_.shards.count) {
  EXPECT_EQ(validate(config_), std::vector<std::string>{});
  local_.id = crypto::node_id(local_.public_key);
  local_.client = wire::ClientName("stepped");
  make_shards(options);
  world_.nodes_.push_back(this);
}

void SteppedNode::make_shards(const Options& options) {
  const ShardId count = shard_count(config_);
  Prng prng = world_.prng();
  const GossipKeys keys{{prng.next(), prng.next()}, {prng.next(), prng.next()}};
  mesh_ = std::make_unique<Mesh>(count);
  const bool secured = !config_.insecure_plaintext;
  const auto credentials = secured ? transport::make_certificate() : transport::TlsCredentials{};
  for (ShardId id = 0; id < count; ++id) {
    tls_.push_back(secured ? std::move(transport::TlsContext::make(*credentials)).value() : nullptr);
    const Settings settings = settings_of(config_, count, id);
    drivers_.push_back(make_driver(world_.network_, settings.driver, address_));
    sleepers_.push_back(std::make_unique<shard::Sleeper>(drivers_[id]->waker()));
    loggers_.push_back(std::make_unique<log::Logger>("stepped", log_level_));
  }
  for (ShardId id = 0; id < count; ++id) {
    shards_.push_back(std::make_unique<Shard>(
        ShardParts{id, config_, settings_of(config_, count, id), local_, *drivers_[id], *mesh_, sleepers_,
                   loads_, registry_, keys, *loggers_[id], tls_[id].get(), Entropy(world_.prng())}));
    if (id < options.listeners) {
      const auto listener = drivers_[id]->listen(endpoint(), {});
      RW_ASSERT(listener.ok());
      shards_[id]->add_peer_listener(*listener);
    }
    if (options.http && id == 0) {
      const auto listener = drivers_[id]->listen(http_endpoint(), {});
      RW_ASSERT(listener.ok());
      shards_[id]->set_http_listener(*listener);
    }
    shards_[id]->wait();
  }
}

SteppedNode::~SteppedNode() {
  std::erase(world_.nodes_, this);
  bring_references_home(shards_);
  mesh_.reset();
  shards_.clear();
}

std::vector<PeerInfo> SteppedNode::peers() {
  std::vector<PeerInfo> peers;
  for (const auto& shard : shards_) shard->list_peers(peers);
  return peers;
}

void SteppedNode::ask(ShardId shard, std::function<void(Shard&)> what) {
  commands_.push_back(std::make_unique<Command>([what = std::move(what)](Shard& own) {
    what(own);
    return true;
  }));
  RW_ASSERT(shards_[shard]->commands().push(commands_.back().get()));
  sleepers_[shard]->notify();
}

void SteppedNode::publish(std::uint32_t count, std::uint32_t bytes) {
  ask(0, [this, first = published_count_, count, bytes](Shard& own) {
    for (std::uint32_t i = 0; i < count; ++i) submit(own, first + i, bytes);
  });
  published_count_ += count;
}

void SteppedNode::submit(Shard& shard, std::uint32_t number, std::uint32_t bytes) {
  static constexpr std::string_view kTopic = "stepped";
  RW_ASSERT(bytes >= sizeof number);
  const wire::PublishView head{wire::kPublishTtlMax, as_bytes(kTopic), wire::PublishEncoding::plain, {}};
  const auto head_bytes = static_cast<std::uint32_t>(head.head_bytes());
  const Slice record = published_.make(head_bytes + bytes);
  RW_ASSERT(!record.empty());
  const ByteSpan out = HeapBuffers::writable(record);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  wire::encode_publish_head(head, out);
  store_be(out.data() + head_bytes, number);
  const Hash32 id = wire::publish_id(as_bytes(kTopic), record.view().subspan(head_bytes));
  const auto keep = [&] { return SliceChain(record); };
  EXPECT_EQ(shard.gossip().submit(gossip::Kind::publish, id, kNobody, keep), Submitted::taken);
}

void SteppedNode::let_go() {
  held_.assign(held_.size(), false);
}

bool SteppedNode::step(ShardId id) {
  if (held_[id] || ended_[id] || !ready_[id]) return false;
  ready_[id] = false;
  ended_[id] = !shards_[id]->work();
  if (!ended_[id]) shards_[id]->wait();
  return true;
}

// --- a stranger

Stranger::Stranger(SteppedWorld& world, std::uint32_t address, std::uint32_t connections_max)
    : world_(world) {
  driver::DriverConfig config;
  config.connections_max = connections_max;
  config.pools = {16, 4096, 1, 65536};
  driver_ = make_driver(world_.network_, config, host(address));
  world_.strangers_.push_back(this);
}

Stranger::~Stranger() {
  std::erase(world_.strangers_, this);
}

driver::ConnectionId Stranger::dial(const Endpoint& endpoint) {
  const auto id = driver_->connect(endpoint, {});
  RW_ASSERT(id.ok());
  return *id;
}

void Stranger::say(driver::ConnectionId id, std::string_view text) {
  said_ = text;
  const ByteView bytes = as_bytes(said_);
  driver_->send(id, std::span(&bytes, 1));
  turn();
}

void Stranger::turn() {
  ready_ = false;
  driver::WaitPlan plan;
  plan.timeout = 1h;
  driver_->wait(plan);
  driver::Event event;
  while (driver_->next(event)) {
    if (event.kind == driver::EventKind::connected && event.error == 0) {
      ++connected;
      driver_->start_receive(event.connection);
    } else if (event.kind == driver::EventKind::received) {
      heard.append(event.data.view().begin(), event.data.view().end());
    } else if (event.kind == driver::EventKind::ended) {
      ++ended;
    }
    event.data.reset();
  }
}

// --- the world

void SteppedWorld::take_ready() {
  while (const sim::SimDriver* driver = network_.take_ready()) {
    for (SteppedNode* node : nodes_) {
      for (ShardId id = 0; id < node->shards(); ++id) {
        if (node->drivers_[id].get() == driver) node->ready_[id] = true;
      }
    }
    for (Stranger* stranger : strangers_) {
      if (stranger->driver_.get() == driver) stranger->ready_ = true;
    }
  }
}

bool SteppedWorld::give_turns() {
  take_ready();
  bool any = false;
  for (SteppedNode* node : nodes_) {
    for (ShardId id = 0; id < node->shards(); ++id) any = node->step(id) || any;
  }
  for (Stranger* stranger : strangers_) {
    if (!stranger->ready_ || stranger->held) continue;
    stranger->turn();
    any = true;
  }
  return any;
}

void SteppedWorld::run(const std::function<bool()>& enough) {
  for (;;) {
    while (give_turns()) continue;
    if (enough() || !network_.step()) return;
  }
}

}  // namespace ringwire::node
