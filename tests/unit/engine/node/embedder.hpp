// An embedder of a stepped node: the thread that has its port to peers, whose turn comes when a test says so.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <deque>

#include "engine/driver/event_waker.hpp"
#include "engine/node/app_port.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {

class Embedder {
 public:
  Embedder(World& world, SimNode& node)
      : world_(world),
        node_(node),
        port_(slots_of(node), node.shard(0).context().settings.egress.peer_queue_bytes, sleeper_,
              {[&node](ShardId shard) { node.notify(shard); }, [this] { return stopping; },
               [&world] { return world.network().now().monotonic; }}) {
    for (ShardId id = 0; id < node_.shards(); ++id)
      node_.ask(id, [this](Shard& own) { own.app().attach(port_.rings()); });
    world_.run_for(1ms);
  }
  Embedder(const Embedder&) = delete;
  Embedder& operator=(const Embedder&) = delete;

  ~Embedder() { leave(); }

  // Takes its leave of every shard, as RuntimePort does.
  void leave() {
    if (std::exchange(left_, true)) return;
    events.clear();
    port_.close();
    for (ShardId id = 0; id < node_.shards(); ++id)
      on_shard(id, [](Shard& own) { own.app().begin_detach(); });
    world_.run_for(1ms);
    port_.drain();
    for (ShardId id = 0; id < node_.shards(); ++id)
      on_shard(id, [this](Shard& own) { EXPECT_TRUE(own.app().try_detach(port_.rings())); });
    world_.run_for(1ms);
    EXPECT_TRUE(port_.settled());
  }

  AppPort* operator->() { return &port_; }

  // All events that are there come to `events`.
  void read() {
    while (auto event = port_.next()) events.push_back(std::move(*event));
  }
  std::optional<PeerEvent> next() {
    read();
    if (events.empty()) return std::nullopt;
    PeerEvent event = std::move(events.front());
    events.pop_front();
    return event;
  }
  // The next one that is there within the time; it must be of that kind.
  PeerEvent expect(PeerEventKind kind, Duration within = 10s) {
    world_.run_until([&] { return read(), !events.empty(); }, within);
    auto event = next();
    EXPECT_TRUE(event.has_value()) << "no event, but expected: " << name(kind);
    if (!event) return {};
    EXPECT_STREQ(name(event->kind), name(kind));
    return std::move(*event);
  }

  // As before a thread sleeps; then whether somebody rang since.
  void fall_asleep() {
    waker_.drain();
    sleeper_.prepare_sleep();
  }
  [[nodiscard]] bool rung() const {
    pollfd ready{waker_.descriptor(), POLLIN, 0};
    return poll(&ready, 1, 0) > 0;
  }

  std::deque<PeerEvent> events;  // read and not looked at
  bool stopping = false;

 private:
  static std::vector<std::uint32_t> slots_of(SimNode& node) {
    std::vector<std::uint32_t> slots;
    for (ShardId id = 0; id < node.shards(); ++id)
      slots.push_back(node.shard(id).context().settings.driver.connections_max);
    return slots;
  }
  template <class What>
  void on_shard(ShardId id, What what) {
    if (node_.ended(id)) return what(node_.shard(id));
    node_.ask(id, what);
  }

  bool left_ = false;
  World& world_;
  SimNode& node_;
  driver::EventWaker waker_;
  shard::Sleeper sleeper_{waker_};
  AppPort port_;
};

}  // namespace ringwire::node
