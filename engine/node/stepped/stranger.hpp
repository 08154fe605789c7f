// Somebody in a simulated network who is no node: a host of its own that knows TCP and nothing else.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/node/stepped/sim_node.hpp"

namespace ringwire::stepped {

class Stranger {
 public:
  Stranger(World& world, std::uint32_t address, std::uint32_t connections_max);

  driver::ConnectionId dial(const SimNode& node) { return dial(node.endpoint()); }
  // `words` are said as soon as it is connected.
  driver::ConnectionId dial(const Endpoint& endpoint, std::string words = {});
  // Once it is connected.
  void say(driver::ConnectionId id, std::string_view text);
  void close(driver::ConnectionId id, driver::CloseMode mode) { driver_->close(id, mode); }
  // No turns until it is let go.
  void hold() { actor_.hold(); }
  void let_go() { actor_.let_go(); }

  std::uint32_t connected = 0;  // dials that came through
  std::uint32_t ended = 0;      // connections that the other end closed or reset
  std::string heard;            // on all of them

 private:
  void turn();

  std::unique_ptr<sim::SimDriver> driver_;
  Actor actor_;
  std::string said_;  // must stay for a turn
  std::map<driver::ConnectionId, std::string> words_;
};

}  // namespace ringwire::stepped
