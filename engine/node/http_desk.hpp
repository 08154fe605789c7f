// Serves GET /metrics, /healthz and /readyz on the shard's own loop.
//
//   /metrics   Prometheus text
//   /healthz   200 while the loop turns
//   /readyz    200 once listening, 503 while stopping
//
// Limits: kHttpConnectionsMax at a time (others are reset, counted), one request each, kHttpDeadline from
// accept to answered. Timer: one, the oldest connection's deadline. Thread: shard 0's.
#pragma once

#include <deque>
#include <map>

#include "engine/metrics/registry.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/transport/http.hpp"

namespace ringwire::node {

class HttpDesk {
 public:
  HttpDesk(ShardContext& context, const metrics::Registry& registry)
      : context_(context), registry_(registry) {}

  void on_accepted(driver::ConnectionId id);
  // The rest is for connections of this desk only.
  [[nodiscard]] bool owns(driver::ConnectionId id) const { return connections_.contains(id); }
  void on_received(driver::ConnectionId id, ByteView bytes);
  void on_ended(driver::ConnectionId id) { close(id); }
  void on_rest_sent(driver::ConnectionId id) { close(id); }
  void on_closed(driver::ConnectionId id) { connections_.erase(id); }

  [[nodiscard]] Instant next_deadline() const {
    return deadlines_.empty() ? kNever : deadlines_.front().first;
  }
  void on_deadline();
  void close_all();
  void set_ready(bool ready) { ready_ = ready; }

 private:
  struct Connection {
    transport::HttpRequestReader reader;
    std::string answer;
    bool closing = false;
  };
  void answer(driver::ConnectionId id, Connection& connection, const transport::HttpResponse& response,
              bool head_only);
  void close(driver::ConnectionId id);
  [[nodiscard]] transport::HttpResponse respond(std::string_view path) const;

  ShardContext& context_;
  const metrics::Registry& registry_;
  std::map<driver::ConnectionId, Connection> connections_;
  std::deque<std::pair<Instant, driver::ConnectionId>> deadlines_;
  bool ready_ = false;
};

}  // namespace ringwire::node
