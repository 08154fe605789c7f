#include "engine/uring/core.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "engine/driver/clock.hpp"
#include "engine/driver/errno_table.hpp"
#include "engine/uring/probe.hpp"

namespace ringwire::uring {

Core::Core(const driver::DriverConfig& config)
    : config_(config),
      operations_(2 * config.connections_max + config.datagram_sockets_max + 1),
      connections_(std::make_unique<Connection[]>(config.connections_max)) {
  free_slots_.reserve(config.connections_max);
  for (std::uint32_t slot = config.connections_max; slot-- > 0;) free_slots_.push_back(slot);
}

Result<std::unique_ptr<Core>, std::string> Core::make(const driver::DriverConfig& config,
                                                      const RingConfig& ring) {
  const Probe probed = probe();
  if (const auto reason = probed.unusable()) return Failure{*reason};
  std::unique_ptr<Core> core(new Core(config));
  const bool multishot_datagrams = ring.multishot_datagrams && probed.multishot_datagrams;
  if (const auto reason = core->open(ring, multishot_datagrams)) return Failure{*reason};
  return core;
}

std::optional<std::string> Core::open(const RingConfig& ring, bool multishot_datagrams) {
  auto made = Ring::make(ring, counters_);
  if (!made.ok()) return explain_setup(made.error());
  ring_ = std::move(made).value();
  const driver::PoolConfig& pools = config_.pools;
  const std::array wanted{BufferGroupConfig{0, pools.small_buffers, pools.small_bytes},
                          BufferGroupConfig{1, pools.bulk_buffers, pools.bulk_bytes}};
  for (const BufferGroupConfig& group : wanted) {
    auto opened = BufferGroup::make(*ring_, group);
    if (!opened.ok()) {
      return fmt::format("no receive buffers ({} of {} bytes): {}", group.count, group.bytes,
                         driver::explain(opened.error()));
    }
    groups_[group.id] = std::move(opened).value();
  }
  datagrams_ = std::make_unique<Datagrams>(*ring_, operations_, counters_, config_, multishot_datagrams);
  if (const std::int32_t error = datagrams_->make_groups(static_cast<std::uint16_t>(groups_.size())))
    return fmt::format("no buffers for datagrams ({} a socket): {}", config_.datagram_buffers,
                       driver::explain(error));
  if (!waker_.usable()) return explain_setup(EMFILE);
  sends_ = std::make_unique<SendBatch>(*ring_, counters_);
  waker_.arm(*ring_, operations_);
  return std::nullopt;
}

// Receives that are still armed hold their sockets until the kernel has taken the ring apart, some time
// later: shutdown() tells the peers now.
Core::~Core() {
  events_.clear();
  for (const Listener& listener : listeners_) {
    if (listener.descriptor >= 0) ::close(listener.descriptor);
  }
  for (std::uint32_t slot = 0; slot < config_.connections_max; ++slot) {
    const int descriptor = connections_[slot].descriptor;
    if (descriptor < 0) continue;
    ::shutdown(descriptor, SHUT_RDWR);
    ::close(descriptor);
  }
}

Now Core::now() const {
  return driver::read_clocks();
}

// How long this turn may sleep.
Duration Core::time_limit(const driver::WaitPlan& plan) {
  if (next_event_ < events_.size() || !settled_closes_.empty()) return 0ns;
  Duration limit = plan.timeout;
  if (paused_listeners_ == 0) return limit;
  const Instant time = driver::read_monotonic();
  accept_again(time);
  for (const Listener& listener : listeners_) {
    if (listener.again != kNever) limit = std::min(limit, listener.again - time);
  }
  return limit;
}

void Core::wait(const driver::WaitPlan& plan) {
  counters_.turns.add();
  forget_taken_events();
  unsent_.clear();
  feed_starving();
  datagrams_->begin_turn();
  driver::WaitPlan limited = plan;
  limited.timeout = time_limit(plan);
  ring_->wait(limited);
  dialled_.clear();
  for (Completion completion; ring_->pop(completion);) run(completion);
  sends_->end_turn();
  for (const std::uint32_t slot : sent_slots_) connections_[slot].sent_this_turn = false;
  sent_slots_.clear();
  close_settled();
}

void Core::run(const Completion& completion) {
  const UserData data = UserData::unpack(completion.user_data);
  switch (data.kind) {
    case OperationKind::turn_send:
      return on_fell_short(data, completion);
    case OperationKind::cancel:
      return on_cancel_failed(data, completion.result);
    case OperationKind::accept:
    case OperationKind::connect:
    case OperationKind::receive:
    case OperationKind::rest:
    case OperationKind::wake:
    case OperationKind::datagram:
      return run_operation(data, completion);
  }
}

void Core::run_operation(UserData data, const Completion& completion) {
  Operation* operation = operations_.find(data);
  if (operation == nullptr) return counters_.stale_completions.add();
  const std::uint32_t owner = operation->owner;
  if (completion.final()) operations_.release(*operation);
  switch (data.kind) {
    case OperationKind::accept:
      return on_accept(owner, completion);
    case OperationKind::connect:
      return on_connected(connections_[owner], completion.result);
    case OperationKind::receive:
      return on_receive(connections_[owner], completion);
    case OperationKind::rest:
      return on_rest(connections_[owner], completion.result);
    case OperationKind::datagram:
      return datagrams_->on_completion(owner, completion, events_);
    case OperationKind::wake:
      waker_.taken();
      waker_.arm(*ring_, operations_);
      events_.push_back({});
      return;
    case OperationKind::turn_send:
    case OperationKind::cancel:
      RW_ASSERT(false);
  }
}

void Core::push(driver::EventKind kind, const Connection& connection, std::int32_t error, Slice data) {
  events_.push_back({.kind = kind, .error = error, .connection = id_of(connection), .data = std::move(data)});
}

void Core::forget_taken_events() {
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(next_event_));
  next_event_ = 0;
}

bool Core::next(driver::Event& event) {
  while (next_event_ < events_.size()) {
    driver::Event& first = events_[next_event_++];
    if (first.kind == driver::EventKind::closed) {
      free_slot(connections_[first.connection.slot]);
    } else if (!may_tell(first)) {
      counters_.stale_completions.add();
      first.data.reset();
      continue;
    }
    event = std::move(first);
    return true;
  }
  return false;
}

// Not where its connection or socket was closed since.
bool Core::may_tell(const driver::Event& event) const {
  if (event.kind == driver::EventKind::datagram) return datagrams_->is_open(event.socket);
  if (event.connection.slot == UINT32_MAX) return true;
  const Connection& connection = connections_[event.connection.slot];
  return connection.alive() && connection.generation == event.connection.generation;
}

std::string Core::describe() const {
  const driver::PoolConfig& pools = config_.pools;
  return fmt::format("io_uring, {}, sq {}, cq {}, min-timeout {}, receive buffers {} x {} B and {} x {} B",
                     uring::name(ring_->mode()), ring_->sq_entries(), ring_->cq_entries(),
                     ring_->has_min_timeout() ? "yes" : "no", pools.small_buffers, pools.small_bytes,
                     pools.bulk_buffers, pools.bulk_bytes);
}

}  // namespace ringwire::uring
