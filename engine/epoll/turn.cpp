#include <algorithm>

#include "engine/driver/clock.hpp"
#include "engine/epoll/driver.hpp"

namespace ringwire::epoll {

using driver::Event;
using driver::EventKind;

namespace {

constexpr std::uint32_t kHangUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

bool EpollDriver::has_news() {
  if (datagrams_.has_news()) return true;
  if (!unsent_.empty() || !completions_.empty() || !ready_.empty()) return true;
  for (std::size_t i = 0; i < starved_.size(); ++i) {
    if (!starved_[i].empty() && !pools_[i]->empty()) return true;
  }
  return false;
}

Duration EpollDriver::sleep_time(const driver::WaitPlan& plan) {
  if (plan.spin || has_news()) return Duration::zero();
  if (listeners_.resume_at() == kNever) return plan.timeout;
  return std::clamp(listeners_.resume_at() - driver::read_monotonic(), Duration::zero(), plan.timeout);
}

void EpollDriver::wait(const driver::WaitPlan& plan) {
  counters_.turns.add();
  counters_.system_calls.add();
  ++turn_;
  unsent_.swap(cut_);
  cut_.clear();
  while (Connection* connection = later_.pop_front()) ready_.push_back(*connection);
  listeners_.begin_turn();
  datagrams_.begin_turn();
  for (const epoll_event& report : poller_.wait(sleep_time(plan))) on_report(report);
  if (listeners_.resume_at() != kNever) listeners_.on_deadline(driver::read_monotonic());
}

void EpollDriver::on_report(const epoll_event& report) {
  const std::uint64_t name = report.data.u64;
  const auto slot = static_cast<std::uint32_t>(name);
  if (name == kWakerName) return complete(EventKind::woken, {}, 0);
  if (slot >= Datagrams::kNameBase) return datagrams_.on_readable(name);
  if (slot >= Listeners::kNameBase) return listeners_.on_readable(name);
  Connection* connection = slots_.find({slot, static_cast<std::uint32_t>(name >> 32)});
  if (connection == nullptr || connection->state == State::closing) return counters_.stale_completions.add();

  const bool writable = (report.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if ((report.events & kHangUp) != 0) {
    connection->end_seen = true;
    connection->unlink();  // it may be waiting for a buffer, and an end needs none
  }
  if ((report.events & (EPOLLIN | kHangUp)) != 0) connection->readable = true;
  if (writable && connection->state == State::connecting) finish_connect(*connection);
  if (writable && !connection->rest.empty()) continue_rest(*connection);
  make_ready(*connection);
}

void EpollDriver::complete(EventKind kind, ConnectionId connection, std::int32_t error) {
  Event& event = completions_.emplace_back();
  event.kind = kind;
  event.connection = connection;
  event.error = error;
}

bool EpollDriver::next(Event& event) {
  event = Event{};
  if (next_completion(event) || next_accept(event)) return true;
  while (Connection* connection = next_ready()) {
    if (receive(*connection, event)) return true;
  }
  return datagrams_.next(event);
}

bool EpollDriver::next_completion(Event& event) {
  while (!completions_.empty()) {
    event = std::move(completions_.front());
    completions_.pop_front();
    if (event.kind == EventKind::woken) return true;
    const Connection* connection = slots_.find(event.connection);
    if (event.kind == EventKind::closed) {
      slots_.free(event.connection);
      return true;
    }
    if (connection != nullptr && connection->state != State::closing) return true;
  }
  event = Event{};
  return false;
}

}  // namespace ringwire::epoll
