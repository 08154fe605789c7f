// What the kernel offers and liburing 2.3 (the oldest we build with) has no name for. Presence is probed at
// run time (engine/uring/probe.hpp), never concluded from these definitions.
#pragma once

#include <liburing.h>

#include <cstdint>

#ifndef IORING_FEAT_MIN_TIMEOUT
#define IORING_FEAT_MIN_TIMEOUT (1U << 15)  // Linux 6.12
#endif

namespace ringwire::uring {

// The argument of io_uring_enter(2) with IORING_ENTER_EXT_ARG. `min_wait_us` is the field that older headers
// call `pad`; kernels without IORING_FEAT_MIN_TIMEOUT refuse anything but 0 there.
struct EnterArgument {
  std::uint64_t signal_mask = 0;
  std::uint32_t signal_mask_bytes = 0;
  std::uint32_t min_wait_us = 0;
  std::uint64_t timeout = 0;  // address of a __kernel_timespec
};
static_assert(sizeof(EnterArgument) == sizeof(io_uring_getevents_arg));

}  // namespace ringwire::uring
