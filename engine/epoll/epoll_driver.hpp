// The driver over epoll: the fallback where io_uring is forbidden, and the baseline it is measured against.
// How it works, what it bounds and what was measured: engine/epoll/README.md.
#pragma once

#include <memory>
#include <string>

#include "codec/base/footprint.hpp"
#include "codec/base/result.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::epoll {

// The error is one line for the operator. Every Slice of the driver must be gone before it is destroyed; the
// connections still open then are closed.
Result<std::unique_ptr<driver::Driver>, std::string> make_epoll_driver(const driver::DriverConfig& config);

// What one driver holds at most.
Footprint footprint(const driver::DriverConfig& config);

}  // namespace ringwire::epoll
