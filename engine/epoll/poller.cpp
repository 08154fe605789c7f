#include "engine/epoll/poller.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "codec/base/check.hpp"

namespace ringwire::epoll {

Poller::Poller() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
  if (descriptor_ < 0) error_ = errno;
}

Poller::~Poller() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int32_t Poller::watch(int descriptor, std::uint32_t events, std::uint64_t name) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = name;
  return epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &wanted) == 0 ? 0 : errno;
}

void Poller::change(int descriptor, std::uint32_t events, std::uint64_t name) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = name;
  RW_ASSERT(epoll_ctl(descriptor_, EPOLL_CTL_MOD, descriptor, &wanted) == 0);
}

void Poller::forget(int descriptor) {
  RW_ASSERT(epoll_ctl(descriptor_, EPOLL_CTL_DEL, descriptor, nullptr) == 0);
}

int Poller::wait_precisely(Duration timeout) {
  const std::int64_t ns = timeout.count();
  timespec limit{};
  limit.tv_sec = ns / 1'000'000'000;
  limit.tv_nsec = ns % 1'000'000'000;
  return epoll_pwait2(descriptor_, reports_.data(), kReportsMax, &limit, nullptr);
}

int Poller::wait_roughly(Duration timeout) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return epoll_wait(descriptor_, reports_.data(), kReportsMax,
                    static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
}

std::span<const epoll_event> Poller::wait(Duration timeout) {
  const bool look_only = timeout <= Duration::zero();
  int count =
      look_only || !precise_ ? wait_roughly(std::max(timeout, Duration::zero())) : wait_precisely(timeout);
  if (count < 0 && errno == ENOSYS && precise_) {
    precise_ = false;
    count = wait_roughly(timeout);
  }
  RW_ASSERT(count >= 0 || errno == EINTR);
  return {reports_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace ringwire::epoll
