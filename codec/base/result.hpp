// A value or the reason there is none. The reason is an enum or a small struct whose documentation says
// what the caller does next: drop, penalise, disconnect, retry later, close.
//
// Complexity: no allocation of its own. Reading the wrong side trips an assertion: test first.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "codec/base/check.hpp"

namespace ringwire {

template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // A value made of nothing, for who fills it in where it will be returned.
  explicit Result(std::in_place_t) : state_(std::in_place_index<0>) {}
  template <class F>
  requires std::is_convertible_v<F, E> Result(Failure<F> failure)
      : state_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & {
    RW_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    RW_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    RW_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const E& error() const {
    RW_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }

  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

 private:
  std::variant<T, E> state_;
};

// The value of an operation that yields nothing but success.
struct Done {};
template <class E>
using Status = Result<Done, E>;

}  // namespace ringwire
