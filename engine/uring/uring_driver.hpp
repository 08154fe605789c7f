// engine/driver/driver.hpp over io_uring: what a composition root includes.
//
// Thread: made anywhere; the thread of the first wait() owns it from then on, and destroys it (or it is
// destroyed after that thread ended). Destroying it closes every socket; slices of its buffers must be gone
// by then.
#pragma once

#include <memory>
#include <string>

#include "codec/base/footprint.hpp"
#include "codec/base/result.hpp"
#include "engine/driver/driver.hpp"
#include "engine/uring/ring_config.hpp"

namespace ringwire::uring {

// The reason, in one line with its remedy, where io_uring or what the driver needs of it is not to be had:
// use epoll then, and tell the operator.
Result<std::unique_ptr<driver::Driver>, std::string> make_uring_driver(const driver::DriverConfig& config);

// The same over a ring of the caller's size, for tests that want tiny queues and older modes.
Result<std::unique_ptr<driver::Driver>, std::string> make_uring_driver(const driver::DriverConfig& config,
                                                                       const RingConfig& ring);

// The ring that `config` asks for.
RingConfig ring_config(const driver::DriverConfig& config);

// An armed request and its poll entry, measured at some 770 B per idle connection.
inline constexpr std::uint64_t kKernelBytesPerOperation = 768;

// Everything a driver of `config` holds at most, kernel memory of its requests included.
Footprint footprint(const driver::DriverConfig& config);

}  // namespace ringwire::uring
