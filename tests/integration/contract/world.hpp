// Where the drivers of one kind meet: loopback for those over the kernel, a simulated network for `sim`.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/driver/driver.hpp"
#include "tests/integration/contract/party.hpp"

namespace ringwire::contract {

class World {
 public:
  virtual ~World() = default;

  // A host of its own where hosts exist. The world's until it is destroyed.
  virtual Party& add(const driver::DriverConfig& config) = 0;
  // One more driver on the host of `party`.
  virtual Party& add_beside(const Party& party, const driver::DriverConfig& config) = 0;
  // An address nobody answers from is not to be had on loopback; a port nobody listens on is.
  virtual Endpoint silent_port(const Party& party) = 0;

  // A datagram that no driver sent, as long as it likes to be.
  virtual void throw_datagram(const Endpoint& to, std::string_view bytes) = 0;

  // Takes turns with every party until `done`; false if that did not happen in a generous time.
  virtual bool until(const std::function<bool()>& done) = 0;
  // As many turns as it takes for whatever is under way to arrive.
  virtual void settle() = 0;
  // One turn of one party that may sleep for `plan.timeout`.
  virtual void sleep(Party& party, const driver::WaitPlan& plan) = 0;

 protected:
  std::vector<std::unique_ptr<Party>> parties_;
};

// Null where this machine does not have what the kind needs; `why` says what.
std::unique_ptr<World> make_world(driver::Kind kind, std::string& why);

}  // namespace ringwire::contract
