// What the kernel said of one operation.
#pragma once

#include <cstdint>

#include "engine/uring/compat.hpp"

namespace ringwire::uring {

struct Completion {
  std::uint64_t user_data = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;

  [[nodiscard]] bool final() const { return (flags & IORING_CQE_F_MORE) == 0; }
  // Of a receive: it took a buffer of its group (BufferGroup::take).
  [[nodiscard]] bool has_buffer() const { return (flags & IORING_CQE_F_BUFFER) != 0; }
};

}  // namespace ringwire::uring
