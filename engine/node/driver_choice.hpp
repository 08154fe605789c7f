// Which driver a node runs on, and why. io_uring where the kernel allows it, else epoll; or what the operator
// insists on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codec/base/result.hpp"
#include "engine/api/config.hpp"
#include "engine/driver/driver.hpp"
#include "engine/node/settings.hpp"

namespace ringwire::node {

struct Drivers {
  std::vector<std::unique_ptr<driver::Driver>> each;  // one per shard, all of one kind
  std::string choice;                                 // one line for the operator: which one runs and why
};

// The error is a line for the operator: what was asked for and why it cannot be had.
Result<Drivers, std::string> make_drivers(DriverChoice choice, const std::vector<Settings>& settings);

}  // namespace ringwire::node
