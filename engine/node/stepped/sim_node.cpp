#include "engine/node/stepped/sim_node.hpp"

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/wire/publish.hpp"
#include "engine/node/validate.hpp"

namespace ringwire::stepped {
namespace {

constexpr std::array<std::uint8_t, 32> kBlinding{1};
constexpr NodeId kNobody{{0xff, 0xff}};  // who sent what a node publishes

}  // namespace

std::uint32_t key_owned_by(ShardId shard) {
  const crypto::Signer signer(kBlinding);
  std::uint32_t key = 100;
  while (node::owner_of(crypto::node_id(signer.public_key(key_of(key))), 2) != shard) ++key;
  return key;
}

SimNode::SimNode(World& world, const Options& options)
    : world_(world),
      address_(host(options.address)),
      config_(options.config),
      thin_(options.thin),
      key_(key_of(options.key)),
      signer_(kBlinding),
      local_{signer_, key_, signer_.public_key(key_), {}, config_.network_id, {}, {}, 0, 0, {}},
      published_count_(options.key * 100'000),
      loads_(config_.shards.count),
      waiting_(config_.shards.count),
      ended_(config_.shards.count),
      boot_id_(options.boot_id),
      on_bans_saved_(options.on_bans_saved) {
  RW_ASSERT(node::validate(config_).empty());
  local_.id = crypto::node_id(local_.public_key);
  local_.client = wire::ClientName("simulated");
  Prng prng = world_.prng();
  keys_ = {{prng.next(), prng.next()}, {prng.next(), prng.next()}};
  make_shards(options);
  if (options.disk != nullptr) restore_bans(options);
}

void SimNode::make_shards(const Options& options) {
  const ShardId count = node::shard_count(config_);
  mesh_ = std::make_unique<node::Mesh>(count);
  const bool secured = !config_.insecure_plaintext;
  if (secured) tls_random_.emplace(world_.prng());
  transport::TlsRandom* const random = secured ? &*tls_random_ : nullptr;
  const auto credentials = secured ? transport::make_certificate(random) : transport::TlsCredentials{};
  for (ShardId id = 0; id < count; ++id) {
    tls_.push_back(secured ? std::move(transport::TlsContext::make(*credentials, random)).value() : nullptr);
    drivers_.push_back(make_driver(world_, address_, settings(id, options).driver));
    drivers_[id]->set_drift(options.drift_per_million);
    drivers_[id]->step_wall(options.wall_ahead_ms);
    sleepers_.push_back(std::make_unique<shard::Sleeper>(drivers_[id]->waker()));
    loggers_.push_back(std::make_unique<log::Logger>("simulated", LogLevel::off));
  }
  for (ShardId id = 0; id < count; ++id) {
    shards_.push_back(std::make_unique<node::Shard>(node::ShardParts{
        id, config_, settings(id, options), local_, *drivers_[id], *mesh_, sleepers_, loads_, registry_,
        keys_, *loggers_[id], tls_[id].get(), node::Entropy(world_.prng()), options.policy}));
    listen(id, options);
    shards_[id]->wait();
    actors_.push_back(std::make_unique<Actor>(world_, [this, id] { turn(id); }));
    actors_[id]->listen_to(*drivers_[id]);
    actors_[id]->call();
  }
}

// Where little is on its way at once, nobody is refused often, and copies come within a moment, these need
// few places. What does not fit waits, as in a node with more of everything.
node::Settings SimNode::settings(ShardId id, const Options& options) const {
  node::Settings settings = node::settings_of(config_, node::shard_count(config_), id);
  if (!options.thin) return settings;
  settings.intake.transactions.items_max = 256;
  settings.intake.direct.items_max = 256;
  settings.intake.awaiting_max = 64;
  settings.intake.refused_max = 1'024;
  settings.filter.slots = 1'024;
  settings.sources_max = 1'024;
  settings.limited_peers_max = std::max(256U, 2 * settings.connections.places());
  return settings;
}

void SimNode::listen(ShardId id, const Options& options) {
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
}

SimNode::~SimNode() {
  *alive_ = false;
  actors_.clear();
  node::bring_references_home(shards_);
  mesh_.reset();
  shards_.clear();
}

void SimNode::turn(ShardId id) {
  if (ended_[id]) return;
  ended_[id] = !shards_[id]->work();
  submit_waiting(id);
  if (!ended_[id]) shards_[id]->wait();
  if (bans_ && ended()) save_bans();
}

std::vector<PeerInfo> SimNode::peers() {
  std::vector<PeerInfo> peers;
  for (const auto& shard : shards_) shard->list_peers(peers);
  return peers;
}

// --- bans over its lives

void SimNode::restore_bans(const Options& options) {
  bans_ = std::make_unique<node::BanStore>(*options.disk, "/data", *loggers_[0]);
  for (const security::Ban& ban : bans_->load(clocks())) {
    for (const auto& shard : shards_) shard->restore(ban);
  }
  bans_->begin(shards_[0]->context().counters.ban_changes.value());
  look_at_bans();
}

storage::Clocks SimNode::clocks() const {
  const Now now = drivers_[0]->now();
  return {now.monotonic, now.wall, boot_id_, now.monotonic - Instant{}};
}

void SimNode::look_at_bans() {
  world_.after(bans_->pause(), [this, alive = alive_] {
    if (!*alive) return;
    if (!bans_->due(shards_[0]->context().counters.ban_changes.value())) return look_at_bans();
    ask(0, [this](node::Shard&) {
      save_bans();
      look_at_bans();
    });
  });
}

void SimNode::save_bans() {
  const node::Shard& shard = *shards_[0];
  const std::vector<security::Ban> bans = shard.admission().bans().list(shard.time());
  if (bans_->save(bans, shard.context().counters.ban_changes.value(), clocks()) && on_bans_saved_)
    on_bans_saved_(bans);
}

// --- what others ask of it

void SimNode::ask(ShardId shard, std::function<void(node::Shard&)> what) {
  ask_until(shard, [what = std::move(what)](node::Shard& own) {
    what(own);
    return true;
  });
}

void SimNode::ask_until(ShardId shard, std::function<bool(node::Shard&)> what) {
  commands_.push_back(std::make_unique<node::Command>(std::move(what)));
  waiting_[shard].push_back(commands_.back().get());
  submit_waiting(shard);
  sleepers_[shard]->notify();
}

// A shard that is held may be asked for more than its ring holds.
void SimNode::submit_waiting(ShardId shard) {
  auto& waiting = waiting_[shard];
  while (!waiting.empty() && shards_[shard]->commands().push(waiting.front())) waiting.pop_front();
}

void SimNode::dial(ShardId shard, const SimNode& other) {
  const Endpoint endpoint = other.endpoint();
  const PublicKey key = other.public_key();
  ask(shard, [=](node::Shard& own) { (void)own.admission().dial(endpoint, key); });
}

void SimNode::keep(const wire::Enode& peer) {
  ask(0, [peer](node::Shard& own) { RW_ASSERT(own.dials().add(peer) == nullptr); });
}

void SimNode::stop() {
  for (ShardId id = 0; id < shards(); ++id) ask(id, [](node::Shard& own) { own.stop(); });
}

bool SimNode::ended() const {
  return std::all_of(ended_.begin(), ended_.end(), [](bool each) { return each; });
}

void SimNode::hold() {
  for (const auto& actor : actors_) actor->hold();
}

bool SimNode::held() const {
  return std::any_of(actors_.begin(), actors_.end(), [](const auto& actor) { return actor->held(); });
}

void SimNode::let_go() {
  for (const auto& actor : actors_) actor->let_go();
}

// --- topic messages for tests

void SimNode::publish(std::uint32_t count, std::uint32_t bytes) {
  ask(0, [this, first = published_count_, count, bytes](node::Shard& own) {
    for (std::uint32_t i = 0; i < count; ++i) submit(own, first + i, bytes);
  });
  published_count_ += count;
}

void SimNode::submit(node::Shard& shard, std::uint32_t number, std::uint32_t bytes) {
  static constexpr std::string_view kTopic = "simulated";
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
  const auto submitted = shard.gossip().submit(gossip::Kind::publish, id, kNobody, keep);
  RW_ASSERT(submitted == node::Submitted::taken);
}

}  // namespace ringwire::stepped
