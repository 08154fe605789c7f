// Serves an operator's tools over HTTP on the shard's own loop.
//
//   GET /metrics   Prometheus text
//   GET /healthz   200 while the loop turns
//   GET /readyz    200 once listening, 503 while stopping
//   GET /peers     JSON: every established session of every shard
//   GET /latency   JSON: percentiles of every histogram
//   GET /why?peer=NODE-ID or ADDRESS   JSON: what the ledger knows of it
//
// A list of peers takes a message to every shard and back; who asks meanwhile waits for the same list. A
// question to the ledger takes one to the owner and back.
//
// Limits: kHttpConnectionsMax at a time (others are reset, counted), one request each, kHttpDeadline from
// accept to answered; kPeerListsMax of them may be lists of peers (others get 503). Who asked and then
// closed his side for sending is answered all the same.
//
// Stopping: set_ready(false), and everything is still served; then finish(), which lets answers that are
// being sent go out; then reset_all() for those that nobody reads. The kernel reads an answer until its
// connection is closed: the desk may go when it is empty().
// Timer: one, the oldest connection's deadline. Thread: shard 0's.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/metrics/registry.hpp"
#include "engine/node/ledger_desk.hpp"
#include "engine/node/peer_report.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/node/why_report.hpp"
#include "engine/transport/http.hpp"

namespace ringwire::node {

// What GET /metrics says of one shard at most; as much again for the node as a whole.
inline constexpr std::uint64_t kMetricsBytesPerShard = 48 * 1024;
inline constexpr std::uint32_t kPeerListsMax = 3;  // answers under way at a time
inline constexpr std::uint32_t kWhysMax =
    transport::kHttpConnectionsMax;  // questions to the ledger, likewise

class HttpDesk {
 public:
  HttpDesk(ShardContext& context, const metrics::Registry& registry, const LedgerDesk& ledger)
      : context_(context), registry_(registry), ledger_(ledger), peers_(context.settings.shards) {}

  void on_accepted(driver::ConnectionId id);
  // The rest is for connections of this desk only.
  [[nodiscard]] bool owns(driver::ConnectionId id) const { return connections_.contains(id); }
  void on_received(driver::ConnectionId id, ByteView bytes);
  void on_ended(driver::ConnectionId id, std::int32_t error);
  void on_rest_sent(driver::ConnectionId id) { close(id, driver::CloseMode::graceful); }
  void on_closed(driver::ConnectionId id) { connections_.erase(id); }

  [[nodiscard]] Instant next_deadline() const;
  void on_deadline();
  void finish();
  void reset_all();
  [[nodiscard]] bool empty() const { return connections_.empty(); }
  // A shard has written its part.
  void on_peers_listed();
  // The owner of its subject has written it.
  void on_explained(const WhyReport* report);
  void set_ready(bool ready) { ready_ = ready; }

 private:
  struct Connection {
    transport::HttpRequestReader reader;
    std::string answer;
    Instant deadline;
    bool head_only = false;
    bool wants_peers = false;
    bool wants_why = false;
    bool closing = false;

    [[nodiscard]] bool answering() const { return wants_peers || wants_why || !answer.empty(); }
  };
  void answer(driver::ConnectionId id, Connection& connection, const transport::HttpResponse& response);
  void close(driver::ConnectionId id, driver::CloseMode mode);
  [[nodiscard]] transport::HttpResponse respond(std::string_view path) const;
  void list_peers(driver::ConnectionId id, Connection& connection);
  void explain(driver::ConnectionId id, Connection& connection);

  ShardContext& context_;
  const metrics::Registry& registry_;
  const LedgerDesk& ledger_;
  std::map<driver::ConnectionId, Connection> connections_;
  PeerReport peers_;
  std::vector<std::unique_ptr<WhyReport>> whys_;  // under way
  bool ready_ = false;
};

}  // namespace ringwire::node
