#include "engine/node/stepped/sim_app.hpp"

#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::stepped {
namespace {

constexpr Duration kLeavingLook = 200us;
constexpr node::PortDepths kThinDepths{256, 64, 64};

}  // namespace

SimApp::SimApp(SimNode& node, OnDelivery on_delivery)
    : node_(node),
      on_delivery_(std::move(on_delivery)),
      port_(gossip::Ownership(node.keys().ownership, node.shards()), node.shards(),
            node.config().gossip.transaction_bytes_max, *this,
            {[this](ShardId shard) { node_.notify(shard); }, [this] { return leaving_; },
             [this] { return node_.world().time(); }},
            node.thin() ? kThinDepths : node::PortDepths{}),
      actor_(node.world(), [this] { turn(); }) {
  for (ShardId id = 0; id < node_.shards(); ++id) {
    node::GossipDesk& desk = node_.shard(id).gossip();
    desk.attach(port_.rings());
    desk.subscribe(port_.rings(), gossip::Kind::transaction, Decider::policy);
    desk.subscribe(port_.rings(), gossip::Kind::publish, Decider::policy);
  }
  actor_.call();
}

SimApp::~SimApp() {
  *alive_ = false;
  if (!left()) abandon();
  RW_ASSERT(port_.settled());
}

void SimApp::abandon() {
  if (!std::exchange(leaving_, true)) port_.close();
  std::uint32_t gone = 0;
  for (ShardId id = 0; id < node_.shards(); ++id) {
    node::GossipDesk& desk = node_.shard(id).gossip();
    desk.begin_detach(port_.rings());
    desk.discard_published(port_.rings());
    port_.drain();
    gone += desk.try_detach(port_.rings()) ? 1 : 0;
  }
  RW_ASSERT(gone == node_.shards());
}

void SimApp::turn() {
  shard::Sleeper& sleeper = port_.rings().sleeper;
  sleeper.awake();
  for (;;) {
    if (leaving_) port_.drain();
    while (const auto delivery = port_.next()) on_delivery_(*delivery);
    sleeper.prepare_sleep();
    if (!port_.anything_waits()) return;
    sleeper.awake();
  }
}

void SimApp::leave() {
  RW_ASSERT(!leaving_);
  leaving_ = true;
  port_.close();
  for (ShardId id = 0; id < node_.shards(); ++id) {
    node_.ask_until(id, [this, begun = false](node::Shard& own) mutable {
      if (!std::exchange(begun, true)) own.gossip().begin_detach(port_.rings());
      if (!own.gossip().try_detach(port_.rings())) return false;
      ++left_;
      return true;
    });
  }
  look_again();
}

void SimApp::look_again() {
  if (left()) return;
  port_.drain();
  node_.world().after(kLeavingLook, [this, alive = alive_] {
    if (*alive) look_again();
  });
}

}  // namespace ringwire::stepped
