#include "engine/driver/event_waker.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "codec/base/check.hpp"

namespace ringwire::driver {

EventWaker::EventWaker() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) error_ = errno;
}

EventWaker::~EventWaker() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventWaker::ring() {
  const std::uint64_t one = 1;
  const auto written = ::write(descriptor_, &one, sizeof one);
  // A counter that is full is readable, which is all that ringing is for.
  RW_ASSERT(written == sizeof one || errno == EAGAIN);
}

void EventWaker::drain() {
  std::uint64_t count = 0;
  const auto got = ::read(descriptor_, &count, sizeof count);
  RW_ASSERT(got == sizeof count || errno == EAGAIN);
}

}  // namespace ringwire::driver
