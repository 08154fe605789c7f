#include "engine/node/http_desk.hpp"

#include <algorithm>

#include "engine/node/latency_report.hpp"

namespace ringwire::node {
namespace {

constexpr const char* kJson = "application/json";

}  // namespace

using transport::HttpRequestReader;
using transport::HttpResponse;
using transport::HttpStatus;

void HttpDesk::on_accepted(driver::ConnectionId id) {
  if (connections_.size() >= transport::kHttpConnectionsMax) {
    context_.counters.http_refused.add();
    return context_.driver.close(id, driver::CloseMode::reset);
  }
  connections_[id].deadline = context_.time() + transport::kHttpDeadline;
  context_.driver.start_receive(id);
}

void HttpDesk::on_received(driver::ConnectionId id, ByteView bytes) {
  Connection& connection = connections_.at(id);
  if (connection.closing || connection.answering()) return;
  switch (connection.reader.input(bytes)) {
    case HttpRequestReader::State::need_more:
      return;
    case HttpRequestReader::State::refused:
      context_.counters.http_refused.add();
      return answer(id, connection, {connection.reader.refusal(), "text/plain; charset=utf-8", "refused\n"});
    case HttpRequestReader::State::complete:
      break;
  }
  context_.counters.http_requests.add();
  connection.head_only = connection.reader.head_only();
  if (connection.reader.path() == "/peers") return list_peers(id, connection);
  if (connection.reader.path() == "/why") return explain(id, connection);
  answer(id, connection, respond(connection.reader.path()));
}

void HttpDesk::list_peers(driver::ConnectionId id, Connection& connection) {
  const auto lists = std::count_if(connections_.begin(), connections_.end(),
                                   [](const auto& entry) { return entry.second.wants_peers; });
  if (lists >= kPeerListsMax) {
    context_.counters.http_refused.add();
    return answer(id, connection,
                  {HttpStatus::service_unavailable, "text/plain; charset=utf-8",
                   "busy with other lists of peers: try again\n"});
  }
  connection.wants_peers = true;
  if (peers_.outstanding > 0) return;
  peers_.outstanding = context_.settings.shards;
  const ControlMessage message{.kind = ControlKind::list_peers, .report = &peers_};
  context_.links.send(context_.id, message);
  context_.links.send_to_others(message);
}

void HttpDesk::on_peers_listed() {
  if (--peers_.outstanding > 0) return;
  const std::string body = assemble(peers_);
  for (std::string& part : peers_.parts) part = {};
  for (auto& [id, connection] : connections_) {
    if (connection.wants_peers && connection.answer.empty() && !connection.closing)
      answer(id, connection, {HttpStatus::ok, kJson, body});
  }
}

void HttpDesk::explain(driver::ConnectionId id, Connection& connection) {
  constexpr const char* kText = "text/plain; charset=utf-8";
  const auto subject = security::parse_subject(connection.reader.query("peer"));
  if (!subject) {
    return answer(id, connection,
                  {HttpStatus::bad_request, kText, "peer: a node id in hexadecimal, or an address\n"});
  }
  if (whys_.size() >= kWhysMax) {
    context_.counters.http_refused.add();
    return answer(id, connection,
                  {HttpStatus::service_unavailable, kText, "busy with other questions: try again\n"});
  }
  connection.wants_why = true;
  whys_.push_back(std::make_unique<WhyReport>(WhyReport{*subject, id, {}}));
  context_.links.send(ledger_.owner(*subject), {.kind = ControlKind::explain, .why = whys_.back().get()});
}

void HttpDesk::on_explained(const WhyReport* report) {
  const auto at =
      std::find_if(whys_.begin(), whys_.end(), [&](const auto& why) { return why.get() == report; });
  RW_ASSERT(at != whys_.end());
  const auto why = std::move(*at);
  whys_.erase(at);
  const auto asker = connections_.find(why->asker);
  if (asker == connections_.end() || asker->second.closing) return;
  answer(asker->first, asker->second, {HttpStatus::ok, kJson, std::move(why->json)});
}

HttpResponse HttpDesk::respond(std::string_view path) const {
  if (path == "/metrics")
    return {HttpStatus::ok, "text/plain; version=0.0.4; charset=utf-8", registry_.render()};
  if (path == "/latency") return {HttpStatus::ok, kJson, latency_json(registry_)};
  if (path == "/healthz") return {HttpStatus::ok, "text/plain; charset=utf-8", "ok\n"};
  if (path == "/readyz") {
    if (ready_) return {HttpStatus::ok, "text/plain; charset=utf-8", "ready\n"};
    return {HttpStatus::service_unavailable, "text/plain; charset=utf-8", "stopping\n"};
  }
  return {HttpStatus::not_found, "text/plain; charset=utf-8",
          "try /metrics, /healthz, /readyz, /peers, /why?peer=ID or /latency\n"};
}

void HttpDesk::answer(driver::ConnectionId id, Connection& connection, const HttpResponse& response) {
  connection.answer = transport::to_text(response, connection.head_only);
  const ByteView bytes = as_bytes(connection.answer);
  context_.driver.send_rest(id, std::span(&bytes, 1));
}

// Without an error it is the end of what the client sends, and he may still read.
void HttpDesk::on_ended(driver::ConnectionId id, std::int32_t error) {
  if (error == 0 && connections_.at(id).answering()) return;
  close(id, driver::CloseMode::graceful);
}

void HttpDesk::close(driver::ConnectionId id, driver::CloseMode mode) {
  Connection& connection = connections_.at(id);
  if (connection.closing) return;
  connection.closing = true;
  context_.driver.close(id, mode);
}

Instant HttpDesk::next_deadline() const {
  Instant next = kNever;
  for (const auto& [id, connection] : connections_) {
    if (!connection.closing) next = std::min(next, connection.deadline);
  }
  return next;
}

void HttpDesk::on_deadline() {
  for (const auto& [id, connection] : connections_) {
    if (connection.deadline <= context_.time()) close(id, driver::CloseMode::graceful);
  }
}

// A list of peers may wait for a shard that has left.
void HttpDesk::finish() {
  for (const auto& [id, connection] : connections_) {
    if (connection.answer.empty()) close(id, driver::CloseMode::graceful);
  }
}

void HttpDesk::reset_all() {
  for (const auto& [id, connection] : connections_) close(id, driver::CloseMode::reset);
}

}  // namespace ringwire::node
