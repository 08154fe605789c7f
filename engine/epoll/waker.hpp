// An eventfd that ends a driver's sleep. Watched edge triggered, so each ring is reported once and nobody
// ever has to read it; its 64-bit count cannot overflow in practice and would only return EAGAIN.
#pragma once

#include "engine/driver/driver.hpp"

namespace ringwire::epoll {

class EventWaker final : public driver::Waker {
 public:
  EventWaker();
  EventWaker(const EventWaker&) = delete;
  EventWaker& operator=(const EventWaker&) = delete;
  ~EventWaker();

  // 0, or the errno of opening it.
  [[nodiscard]] std::int32_t error() const { return error_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  void ring() override;

 private:
  int descriptor_;
  std::int32_t error_ = 0;
};

}  // namespace ringwire::epoll
