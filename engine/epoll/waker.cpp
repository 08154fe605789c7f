#include "engine/epoll/waker.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "codec/base/check.hpp"

namespace ringwire::epoll {

EventWaker::EventWaker() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) error_ = errno;
}

EventWaker::~EventWaker() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventWaker::ring() {
  const std::uint64_t one = 1;
  const auto written = ::write(descriptor_, &one, sizeof one);
  RW_ASSUME(written == sizeof one || errno == EAGAIN);
  static_cast<void>(written);
}

}  // namespace ringwire::epoll
