#include "engine/epoll/listeners.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "codec/base/check.hpp"
#include "engine/driver/clock.hpp"
#include "engine/driver/errno_table.hpp"
#include "engine/driver/socket.hpp"

namespace ringwire::epoll {

using driver::NextMove;

Listeners::~Listeners() {
  for (const int descriptor : descriptors_) {
    if (descriptor != kStopped) ::close(descriptor);
  }
}

Result<driver::ListenerId, driver::SocketError> Listeners::open(const Endpoint& endpoint,
                                                                const driver::ListenOptions& options) {
  auto opened = driver::open_listener(endpoint, options, false);
  if (!opened.ok()) return Failure{opened.error()};
  const auto index = static_cast<std::uint32_t>(descriptors_.size());
  const std::uint32_t events = resume_at_ == kNever ? EPOLLIN : 0U;
  if (const std::int32_t error = poller_.watch(*opened, events, kNameBase + index); error != 0) {
    ::close(*opened);
    return Failure{driver::SocketError{"listen on", endpoint, error}};
  }
  descriptors_.push_back(*opened);
  return driver::ListenerId{index};
}

void Listeners::stop(driver::ListenerId listener) {
  int& descriptor = descriptors_.at(listener.index);
  RW_ASSERT(descriptor != kStopped);
  ::close(descriptor);
  descriptor = kStopped;
}

Endpoint Listeners::local(driver::ListenerId listener) const {
  return driver::local_endpoint(descriptors_.at(listener.index));
}

void Listeners::on_readable(std::uint64_t name) {
  ready_.push_back(static_cast<std::uint32_t>(name - kNameBase));
  batch_left_ = kAcceptsPerTurn;
}

std::optional<Accepted> Listeners::accept() {
  while (!ready_.empty()) {
    const std::uint32_t index = ready_.back();
    if (descriptors_[index] == kStopped || batch_left_ == 0) {
      ready_.pop_back();
      batch_left_ = kAcceptsPerTurn;
      continue;
    }
    --batch_left_;
    driver::SocketAddress from;
    from.length = sizeof from.storage;
    counters_.system_calls.add();
    const int descriptor = accept4(descriptors_[index], reinterpret_cast<sockaddr*>(&from.storage),
                                   &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) return Accepted{descriptor, driver::to_endpoint(from.storage), {index}};
    const NextMove move = driver::next_move(driver::Operation::accept, errno);
    if (move == NextMove::retry_now || move == NextMove::ignore) continue;
    if (move == NextMove::retry_later) {
      batch_left_ = 0;
    } else {
      pause();
    }
  }
  return std::nullopt;
}

void Listeners::pause() {
  counters_.accept_pauses.add();
  ready_.clear();
  resume_at_ = driver::read_monotonic() + kAcceptPause;
  watch_all(0);
}

void Listeners::on_deadline(Instant now) {
  if (now < resume_at_) return;
  resume_at_ = kNever;
  watch_all(EPOLLIN);
}

void Listeners::watch_all(std::uint32_t events) {
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    if (descriptors_[i] != kStopped) poller_.change(descriptors_[i], events, kNameBase + i);
  }
}

}  // namespace ringwire::epoll
