// Anonymous, page-aligned memory that is reserved at once and costs a page when first touched.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "codec/base/result.hpp"

namespace ringwire::uring {

class Mapping {
 public:
  // The errno of mmap(2) where the memory is not to be had.
  static Result<Mapping, std::int32_t> make(std::size_t bytes) {
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return Failure{std::int32_t{errno}};
    return Mapping(start, bytes);
  }
  Mapping(Mapping&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() {
    if (start_ != nullptr) munmap(start_, bytes_);
  }

  [[nodiscard]] std::uint8_t* data() const { return static_cast<std::uint8_t*>(start_); }

 private:
  Mapping(void* start, std::size_t bytes) : start_(start), bytes_(bytes) {}

  void* start_;
  std::size_t bytes_;
};

}  // namespace ringwire::uring
