// A Waker over an eventfd that its owner polls: for drivers that wait with poll or epoll, and for threads
// without a driver.
//
// Thread: ring() any; the rest the owner.
#pragma once

#include <cstdint>

#include "engine/driver/driver.hpp"

namespace ringwire::driver {

class EventWaker final : public Waker {
 public:
  EventWaker();
  EventWaker(const EventWaker&) = delete;
  EventWaker& operator=(const EventWaker&) = delete;
  ~EventWaker();

  // 0, or the errno of opening it.
  [[nodiscard]] std::int32_t error() const { return error_; }
  // Readable from ring() until drain().
  [[nodiscard]] int descriptor() const { return descriptor_; }

  void ring() override;
  void drain();

 private:
  const int descriptor_;
  std::int32_t error_ = 0;
};

}  // namespace ringwire::driver
