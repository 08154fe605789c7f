// A list inside a record: counted and checked when the record was decoded, its elements decoded when asked
// for.
//
// Problem: a vector per list costs an allocation per message, and lets an input of single bytes demand many
// times its size. A List allocates nothing: it refers to the elements as they stand in the message, in the
// form of the codec that read them, or to elements in memory where the record was made here.
//
//   for (const Withdrawal& withdrawal : body.withdrawals) ...
//
// Lifetime: that of the bytes, or of the elements. Complexity: a step decodes one element. Thread: any.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>

#include "codec/base/bytes.hpp"

namespace ringwire::wire {

template <class T>
class List {
 public:
  using value_type = T;
  // The first element of `rest`, which is not empty; `rest` then begins behind it.
  using Next = T (*)(ByteView& rest);

  List() = default;
  // Elements in memory.
  List(std::span<const T> elements)
      : bytes_(reinterpret_cast<const std::uint8_t*>(elements.data()), elements.size_bytes()),
        size_(static_cast<std::uint32_t>(elements.size())),
        next_(&next_in_memory) {}
  // For codecs: `bytes` are `size` elements that `next` can read.
  List(ByteView bytes, std::uint32_t size, Next next) : bytes_(bytes), size_(size), next_(next) {}

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(ByteView rest, std::uint32_t left, Next next) : rest_(rest), left_(left), next_(next) { step(); }

    const T& operator*() const { return now_; }
    const T* operator->() const { return &now_; }
    Iterator& operator++() {
      --left_;
      step();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return left_ == 0; }

   private:
    void step() {
      if (left_ > 0) now_ = next_(rest_);
    }

    ByteView rest_;
    std::uint32_t left_ = 0;
    Next next_ = nullptr;
    T now_{};
  };
  [[nodiscard]] Iterator begin() const { return {bytes_, size_, next_}; }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

  // Calls visit(element) for one after the other; those in memory where they are.
  template <class Visit>
  void each(const Visit& visit) const {
    if (next_ != &next_in_memory) {
      for (const T& element : *this) visit(element);
      return;
    }
    const T* element = reinterpret_cast<const T*>(bytes_.data());
    for (std::uint32_t left = size_; left > 0; --left) visit(*element++);
  }
  // The elements as they stand, where `next` is who reads them: a codec then copies them whole.
  [[nodiscard]] const ByteView* as_read_by(Next next) const { return next_ == next ? &bytes_ : nullptr; }

 private:
  static T next_in_memory(ByteView& rest) {
    const T& element = *reinterpret_cast<const T*>(rest.data());
    rest = rest.subspan(sizeof(T));
    return element;
  }

  ByteView bytes_;
  std::uint32_t size_ = 0;
  Next next_ = &next_in_memory;
};

template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<List<T>> = true;

}  // namespace ringwire::wire
