#include "engine/node/driver_choice.hpp"

#include "engine/epoll/epoll_driver.hpp"
#include "engine/uring/uring_driver.hpp"

namespace ringwire::node {
namespace {

using Maker = Result<std::unique_ptr<driver::Driver>, std::string> (*)(const driver::DriverConfig&);

Result<Drivers, std::string> make_all(Maker make, const std::vector<Settings>& settings) {
  Drivers drivers;
  for (const Settings& each : settings) {
    auto made = make(each.driver);
    if (!made.ok()) return Failure<std::string>{made.error()};
    drivers.each.push_back(std::move(made).value());
  }
  drivers.choice = drivers.each.front()->describe();
  return drivers;
}

}  // namespace

Result<Drivers, std::string> make_drivers(DriverChoice choice, const std::vector<Settings>& settings) {
  if (choice == DriverChoice::epoll) {
    auto drivers = make_all(&epoll::make_epoll_driver, settings);
    if (drivers.ok()) drivers->choice += " (as configured)";
    return drivers;
  }
  auto drivers = make_all(&uring::make_uring_driver, settings);
  if (drivers.ok()) {
    drivers->choice += choice == DriverChoice::uring ? " (as configured)" : " (the kernel allows it)";
    return drivers;
  }
  if (choice == DriverChoice::uring)
    return Failure<std::string>{"driver: " + drivers.error() +
                                ", or let the node choose (shards.driver, --driver auto)"};
  const std::string why = drivers.error();
  drivers = make_all(&epoll::make_epoll_driver, settings);
  if (drivers.ok()) drivers->choice += " (" + why + ")";
  return drivers;
}

}  // namespace ringwire::node
