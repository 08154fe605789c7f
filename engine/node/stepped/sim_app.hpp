// The program that embeds a simulated node: it publishes, and reads what is delivered to it.
//
// It is a thread of its own there, so an actor here: its turn comes when a shard rings it, and takes
// everything that is there. It talks to the shards through the rings of a real port
// (engine/node/message_port.hpp).
//
// Destroying it takes it from its node between turns, whatever waits in the rings: what a process loses that
// is killed. To leave in order, as an embedder does: leave(), then turns until left().
#pragma once

#include <functional>
#include <memory>

#include "engine/node/message_port.hpp"
#include "engine/node/stepped/sim_node.hpp"

namespace ringwire::stepped {

class SimApp final : private driver::Waker {
 public:
  using OnDelivery = std::function<void(const Delivery&)>;

  SimApp(SimNode& node, OnDelivery on_delivery);
  SimApp(const SimApp&) = delete;
  SimApp& operator=(const SimApp&) = delete;
  ~SimApp();

  node::MessagePort* operator->() { return &port_; }

  void leave();
  [[nodiscard]] bool left() const { return left_ == node_.shards(); }

 private:
  void ring() override { actor_.call(); }
  void turn();
  void abandon();
  // While shards wait for what it gives back, which they do not announce.
  void look_again();

  SimNode& node_;
  const OnDelivery on_delivery_;
  node::MessagePort port_;
  Actor actor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool leaving_ = false;
  std::uint32_t left_ = 0;  // shards that are done with it
};

}  // namespace ringwire::stepped
