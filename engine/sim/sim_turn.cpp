// Receiving, sending and the turn of a simulated driver.
#include <algorithm>

#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

using driver::Event;
using driver::EventKind;
using driver::PoolClass;

void SimDriver::start_receive(ConnectionId id) {
  Connection& connection = live(id);
  RW_ASSERT(!connection.receiving);
  connection.receiving = true;
  make_ready(connection);
}

void SimDriver::pause_receive(ConnectionId id) {
  Connection& connection = live(id);
  connection.paused = true;
  connection.unlink();
}

void SimDriver::resume_receive(ConnectionId id) {
  Connection& connection = live(id);
  connection.paused = false;
  make_ready(connection);
}

void SimDriver::use_pool(ConnectionId id, PoolClass pool) {
  Connection& connection = live(id);
  connection.pool = pool;
  connection.unlink();  // it may be waiting for a buffer of the other pool
  make_ready(connection);
}

driver::PoolState SimDriver::pool_state(PoolClass pool) const {
  return pools_[static_cast<std::size_t>(pool)]->state();
}

void SimDriver::on_readable(End& end) {
  make_ready(live(end.connection));
}

void SimDriver::make_ready(Connection& connection) {
  const bool wanted = connection.receiving && !connection.paused && connection.end->readable();
  if (!wanted || connection.linked()) return;
  ready_.push_back(connection);
  network_.mark_ready(*this);
}

SimDriver::Connection* SimDriver::next_ready() {
  for (std::size_t i = 0; i < starved_.size(); ++i) {
    if (!starved_[i].empty() && !pools_[i]->empty()) return starved_[i].pop_front();
  }
  return ready_.pop_front();
}

bool SimDriver::receive(Connection& connection, Event& event) {
  End& end = *connection.end;
  event.connection = connection.id;
  if (end.inbox.empty()) {
    connection.receiving = false;
    event.kind = EventKind::ended;
    event.error = end.fin ? 0 : end.error;
    return true;
  }
  const auto pool = static_cast<std::size_t>(connection.pool);
  Buffer* buffer = pools_[pool]->take();
  if (buffer == nullptr) {
    counters_.pool_exhausted.add();
    starved_[pool].push_back(connection);
    return false;
  }
  const std::uint32_t bytes = network_.read(end, {buffer->data, buffer->capacity});
  counters_.receives.add();
  counters_.received_bytes.add(bytes);
  event.kind = EventKind::received;
  event.data = Slice(*buffer, 0, bytes);
  make_ready(connection);
  return true;
}

void SimDriver::send(ConnectionId id, std::span<const ByteView> pieces) {
  Connection& connection = live(id);
  RW_ASSERT(!pieces.empty() && pieces.size() <= kPiecesMax && connection.rest.empty());
  std::uint64_t wanted = 0;
  for (const ByteView& piece : pieces) wanted += piece.size();
  const SimNetwork::Taken taken = network_.transmit(*connection.end, pieces);
  counters_.sends.add();
  counters_.sent_bytes.add(taken.bytes);
  if (taken.bytes == wanted) return;
  counters_.short_sends.add();
  cut_.push_back({id, taken.bytes, taken.error});
  network_.mark_ready(*this);
}

std::span<const driver::Unsent> SimDriver::unsent() {
  std::erase_if(unsent_, [this](const driver::Unsent& cut) {
    const Connection* connection = slots_.find(cut.connection);
    return connection == nullptr || connection->end == nullptr;
  });
  return unsent_;
}

void SimDriver::send_rest(ConnectionId id, std::span<const ByteView> pieces) {
  Connection& connection = live(id);
  RW_ASSERT(!pieces.empty() && pieces.size() <= kPiecesMax && connection.rest.empty());
  counters_.rest_sends.add();
  connection.rest.assign(pieces.begin(), pieces.end());
  connection.rest_first = 0;
  continue_rest(connection);
}

void SimDriver::on_writable(End& end) {
  Connection& connection = live(end.connection);
  if (!connection.rest.empty() && end.writable()) continue_rest(connection);
}

void SimDriver::continue_rest(Connection& connection) {
  std::vector<ByteView>& rest = connection.rest;
  const auto left = std::span<const ByteView>(rest).subspan(connection.rest_first);
  const SimNetwork::Taken taken = network_.transmit(*connection.end, left);
  counters_.sent_bytes.add(taken.bytes);
  std::uint64_t bytes = taken.bytes;
  while (connection.rest_first < rest.size() && bytes >= rest[connection.rest_first].size()) {
    bytes -= rest[connection.rest_first++].size();
  }
  if (connection.rest_first == rest.size() || taken.error != 0) {
    rest = {};
    return complete(EventKind::rest_sent, connection.id, taken.error);
  }
  rest[connection.rest_first] = rest[connection.rest_first].subspan(bytes);
}

void SimDriver::ring() {
  if (woken_) return;
  woken_ = true;
  complete(EventKind::woken, {}, 0);
}

void SimDriver::on_alarm(std::uint64_t stamp) {
  if (stamp != alarm_stamp_) return;
  alarm_at_ = kNever;
  const Instant now = network_.now().monotonic;
  if (now >= wait_ends_) return network_.mark_ready(*this);
  set_alarm();
}

// One at a time, and where it is too early once more: most waits end by news, and an alarm for each would be
// most of what the network has to do.
void SimDriver::set_alarm() {
  if (alarm_at_ <= wait_ends_) return;
  alarm_at_ = wait_ends_;
  network_.set_alarm(number_, alarm_at_, ++alarm_stamp_);
}

bool SimDriver::has_news() {
  if (has_datagrams()) return true;
  if (!unsent_.empty() || !completions_.empty() || !ready_.empty()) return true;
  for (std::size_t i = 0; i < starved_.size(); ++i) {
    if (!starved_[i].empty() && !pools_[i]->empty()) return true;
  }
  return false;
}

void SimDriver::wait(const driver::WaitPlan& plan) {
  counters_.turns.add();
  unsent_.swap(cut_);
  cut_.clear();
  begin_datagram_turn();
  const bool look = plan.spin || has_news();
  const Duration sleep = look ? kLook : std::max(clock_.in_truth(plan.timeout), kLook);
  wait_ends_ = network_.now().monotonic + sleep;
  set_alarm();
}

void SimDriver::complete(EventKind kind, ConnectionId connection, std::int32_t error) {
  Event& event = completions_.emplace_back();
  event.kind = kind;
  event.connection = connection;
  event.error = error;
  network_.mark_ready(*this);
}

bool SimDriver::next(Event& event) {
  event = Event{};
  if (next_completion(event)) return true;
  while (Connection* connection = next_ready()) {
    if (receive(*connection, event)) return true;
  }
  event = Event{};
  return next_datagram(event);
}

bool SimDriver::next_completion(Event& event) {
  while (!completions_.empty()) {
    event = std::move(completions_.front());
    completions_.pop_front();
    if (event.kind == EventKind::woken) {
      woken_ = false;
      return true;
    }
    const Connection* connection = slots_.find(event.connection);
    if (event.kind == EventKind::closed) {
      slots_.free(event.connection);
      return true;
    }
    if (connection != nullptr && connection->end != nullptr) return true;
  }
  event = Event{};
  return false;
}

}  // namespace ringwire::sim
