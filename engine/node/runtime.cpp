#include "engine/node/runtime.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>

#include "codec/wire/enode.hpp"
#include "engine/driver/clock.hpp"
#include "engine/node/credentials.hpp"
#include "engine/node/latency_report.hpp"
#include "engine/node/machine_memory.hpp"
#include "engine/node/memory_metrics.hpp"
#include "engine/node/memory_plan.hpp"
#include "engine/node/node_metrics.hpp"
#include "engine/node/open_files.hpp"
#include "engine/node/validate.hpp"
#include "engine/node/version.hpp"
#include "engine/shard/pinning.hpp"
#include "engine/shard/signals.hpp"
#include "engine/storage/key_file.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::node {
namespace {

Result<crypto::SecretKey, std::string> obtain_key(const std::string& path) {
  if (path.empty()) {
    Entropy entropy;
    for (;;) {
      if (auto key = crypto::SecretKey::from_bytes(entropy.draw<Hash32>().bytes)) return std::move(*key);
    }
  }
  auto key = storage::read_key_file(path);
  if (!key.ok() && key.error().fault == storage::KeyFileFault::absent) key = storage::create_key_file(path);
  if (key.ok()) return std::move(key).value();
  std::string line = "key-file: " + key.error().message;
  if (key.error().fault == storage::KeyFileFault::disk)
    line += "; name a file that this user may read and write";
  return Failure<std::string>{std::move(line)};
}

Failure<StartError> failure(std::string line) {
  return {StartError{{std::move(line)}, false}};
}

// Empty where the plan fits.
std::string memory_objection(const Config& config) {
  const std::uint64_t needed = total(memory_plan(config));
  const MemoryLimit limit = memory_limit();
  if (needed <= limit.bytes) return {};
  return fmt::format(
      "memory: the plan needs {} MiB, {} {} MiB; lower memory.*, gossip.*, limits.connections-max or "
      "shards.count: --explain-memory shows what takes how much",
      (needed >> 20) + 1, limit.whose, limit.bytes >> 20);
}

}  // namespace

Result<std::unique_ptr<Node>, StartError> Runtime::start(const Config& config) {
  if (auto findings = validate(config); !findings.empty())
    return Failure<StartError>{{std::move(findings), true}};
  if (auto enough = reserve_open_files(open_files(config), "limits.connections-max"); !enough.ok())
    return failure(enough.error());
  if (const std::string objection = memory_objection(config); !objection.empty()) return failure(objection);
  auto key = obtain_key(config.key_file);
  if (!key.ok()) return failure(key.error());
  std::unique_ptr<Runtime> runtime(new Runtime(config, std::move(key).value()));
  if (runtime->dials_itself())
    return Failure<StartError>{{{"peers: one of them is this node: take it out"}, true}};
  const transport::CurveTables tables;
  std::optional<transport::TlsCredentials> credentials;
  if (!config.insecure_plaintext) {
    auto obtained = obtain_credentials(config);
    if (!obtained.ok()) return Failure<StartError>{std::move(obtained.error())};
    credentials = std::move(obtained).value();
  }
  if (auto built = runtime->build(credentials); !built.ok()) return Failure<StartError>{built.error()};
  runtime->log_start();
  if (auto running = runtime->run_shards(); !running.ok()) return Failure<StartError>{running.error()};
  if (runtime->ban_keeper_) {
    runtime->ban_keeper_->start(runtime->shards_[0]->context().counters.ban_changes,
                                [&runtime = *runtime] { return runtime.bans(); });
  }
  // Each is well-formed, another than this node, and they are not too many.
  for (const std::string& peer : config.peers) {
    const auto added = runtime->connect(peer);
    RW_ASSERT(added.ok());
  }
  return std::unique_ptr<Node>(std::move(runtime));
}

Runtime::Runtime(const Config& config, crypto::SecretKey key)
    : config_(config),
      key_(std::move(key)),
      signer_(Entropy().draw<Hash32>().bytes),
      local_{signer_, key_, signer_.public_key(key_), {}, config.network_id, {}, {}, 0, 0, {}},
      next_sequence_(driver::read_clocks().wall.ms * 1000) {
  local_.id = crypto::node_id(local_.public_key);
  local_.client = wire::ClientName("ringwire/" + std::string(version()));
  Entropy entropy;
  keys_ = {{entropy.number(), entropy.number()}, {entropy.number(), entropy.number()}};
}

wire::PublishAuthor Runtime::sign(const Hash32& content) {
  const std::uint64_t sequence = next_sequence_.fetch_add(1, std::memory_order_relaxed);
  return {local_.id, sequence, signer_.sign(key_, wire::publish_digest(local_.id, sequence, content))};
}

bool Runtime::dials_itself() const {
  return std::any_of(config_.peers.begin(), config_.peers.end(), [&](const std::string& peer) {
    return wire::parse_enode(peer)->public_key == local_.public_key;
  });
}

Status<StartError> Runtime::make_tls(const transport::TlsCredentials& credentials) {
  for (ShardId id = 0; id < shard_count(config_); ++id) {
    auto context = transport::TlsContext::make(credentials);
    if (!context.ok()) return failure("tls: " + context.error().message);
    tls_.push_back(std::move(context).value());
  }
  return Done{};
}

Status<StartError> Runtime::build(const std::optional<transport::TlsCredentials>& credentials) {
  auto log = log::Log::open(config_.log);
  if (!log.ok()) return failure(log.error());
  log_ = std::move(log).value();
  node_log_ = &log_->logger("node");

  if (credentials) {
    if (auto made = make_tls(*credentials); !made.ok()) return made;
  }
  const ShardId count = shard_count(config_);
  std::vector<Settings> settings;
  for (ShardId id = 0; id < count; ++id) settings.push_back(settings_of(config_, count, id));
  auto drivers = make_drivers(config_.shards.driver, settings);
  if (!drivers.ok()) return failure(drivers.error());
  drivers_ = std::move(drivers).value();

  loads_ = std::vector<ShardLoad>(count);
  for (const auto& driver : drivers_.each)
    sleepers_.push_back(std::make_unique<shard::Sleeper>(driver->waker()));
  mesh_ = std::make_unique<Mesh>(count);
  for (ShardId id = 0; id < count; ++id) {
    log::Logger& logger = log_->logger("shard-" + std::to_string(id));
    shards_.push_back(std::make_unique<Shard>(
        ShardParts{id, config_, settings[id], local_, *drivers_.each[id], *mesh_, sleepers_, loads_,
                   registry_, keys_, logger, tls_.empty() ? nullptr : tls_[id].get()}));
    register_metrics(registry_, *shards_.back(), *drivers_.each[id], logger);
  }
  restore_bans();
  register_node_metrics();
  return listen_all();
}

void Runtime::restore_bans() {
  if (config_.datadir.empty()) return;
  ban_keeper_ = std::make_unique<BanKeeper>(disk_, config_.datadir, log_->logger("bans"));
  for (const security::Ban& ban : ban_keeper_->load()) {
    for (const auto& shard : shards_) shard->restore(ban);
  }
}

std::vector<security::Ban> Runtime::bans() const {
  std::vector<security::Ban> bans;
  on_shard(0, [&](Shard& shard) {
    bans = shard.admission().bans().list(shard.time());
    return true;
  });
  return bans;
}

void Runtime::register_node_metrics() {
  const driver::Kind kind = drivers_.each.front()->kind();
  register_process(registry_, {version(), driver::name(kind), to_hex(local_.id.view())}, *log_);
  register_memory(registry_, config_, kind, shards_);
  if (ban_keeper_) register_ban_keeper(registry_, *ban_keeper_);
  for (std::size_t place = 0; place < delivery_delays_.size(); ++place) {
    registry_.add(kLatencyMetric, kLatencyHelp,
                  "port=\"" + std::to_string(place) + "\",subsystem=\"" + kDeliveryDelay + "\"",
                  delivery_delays_[place]);
  }
}

Result<driver::ListenerId, driver::SocketError> Runtime::listen_on(ShardId shard, const Endpoint& endpoint) {
  driver::ListenOptions options;
  options.socket = settings_of(config_, shard_count(config_), shard).socket;
  options.first = shard == 0;
  return drivers_.each[shard]->listen(endpoint, options);
}

Status<StartError> Runtime::listen_all() {
  for (const Endpoint& asked : config_.listen) {
    // The first shard finds the port where none was named; SO_REUSEPORT lets the others share it.
    Endpoint endpoint = asked;
    for (ShardId id = 0; id < shards_.size(); ++id) {
      auto listener = listen_on(id, endpoint);
      if (!listener.ok()) return failure("listen: " + listener.error().message());
      endpoint = drivers_.each[id]->local(listener.value());
      shards_[id]->add_peer_listener(listener.value());
    }
    listening_.push_back(endpoint);
  }
  if (config_.metrics) {
    driver::ListenOptions options;
    options.reuse_port = false;
    auto listener = drivers_.each[0]->listen(*config_.metrics, options);
    if (!listener.ok()) return failure("metrics: " + listener.error().message());
    shards_[0]->set_http_listener(listener.value());
    metrics_ = drivers_.each[0]->local(listener.value());
  }
  if (!listening_.empty()) {
    local_.listen = listening_.front();
    if (config_.advertise) local_.listen->address = *config_.advertise;
    if (local_.listen->address.is_unspecified()) local_.listen.reset();
  }
  return Done{};
}

Status<StartError> Runtime::run_shards() {
  const shard::SignalsBlocked blocked;
  const auto cpus = shard::parse_cpus(config_.shards.cpus);
  for (ShardId id = 0; id < shards_.size(); ++id) {
    const auto body = [this, id, cpus] {
      shard::name_this_thread("rw-shard-" + std::to_string(id));
      if (id < cpus->size()) pin(id, (*cpus)[id]);
      shards_[id]->run();
    };
    try {
      threads_.emplace_back(body);
    } catch (const std::system_error& error) {
      return failure(fmt::format(
          "threads: {} of {} shards have one: {}; raise the limit (ulimit -u; in a systemd unit: TasksMax=) "
          "or lower shards.count",
          id, shards_.size(), error.code().message()));
    }
    const std::lock_guard lock(command_mutex_);
    ++running_;
  }
  return Done{};
}

// A shard that is not pinned works all the same.
void Runtime::pin(ShardId id, shard::Cpu cpu) {
  const auto pinned = shard::pin_this_thread(cpu);
  if (!pinned.ok()) shards_[id]->context().log.warn("runs unpinned: {}", pinned.error());
}

void Runtime::log_start() {
  node_log_->tick(driver::read_clocks());
  node_log_->info("ringwire {}, node {} of network {} started: {} shards", version(),
                  to_hex(local_.id.view()), config_.network_id, shards_.size());
  node_log_->info("{}", describe_security(config_));
  node_log_->info("driver: {}", drivers_.choice);
  for (const Endpoint& endpoint : listening_) node_log_->info("listening on {}", endpoint.to_string());
  if (metrics_) node_log_->info("metrics on {}", metrics_->to_string());
}

void Runtime::log_stopped(Instant asked) {
  node_log_->tick(driver::read_clocks());
  const std::chrono::duration<double> took = driver::read_monotonic() - asked;
  node_log_->info("stopped within {:.1f} s", took.count());
}

Runtime::~Runtime() {
  RW_ASSERT(std::none_of(port_places_.begin(), port_places_.end(), [](bool taken) { return taken; }));
  stop();
  bring_references_home(shards_);
  mesh_.reset();
  for (auto& shard : shards_) shard.reset();
}

void Runtime::stop() {
  if (stopping_.exchange(true)) return;
  const Instant asked = driver::read_monotonic();
  if (ban_keeper_) ban_keeper_->stop();
  on_all_shards([](Shard& shard) {
    shard.stop();
    return true;
  });
  for (std::thread& thread : threads_) thread.join();
  {
    const std::lock_guard lock(command_mutex_);
    running_ = 0;
  }
  serve_stopped();
  if (ban_keeper_ && !threads_.empty()) ban_keeper_->save(bans());
  if (!threads_.empty()) log_stopped(asked);
  threads_.clear();
}

}  // namespace ringwire::node
