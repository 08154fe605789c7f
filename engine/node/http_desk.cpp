#include "engine/node/http_desk.hpp"

namespace ringwire::node {

using transport::HttpRequestReader;
using transport::HttpResponse;
using transport::HttpStatus;

void HttpDesk::on_accepted(driver::ConnectionId id) {
  if (connections_.size() >= transport::kHttpConnectionsMax) {
    context_.counters.http_refused.add();
    return context_.driver.close(id, driver::CloseMode::reset);
  }
  connections_.try_emplace(id);
  deadlines_.emplace_back(context_.time() + transport::kHttpDeadline, id);
  context_.driver.start_receive(id);
}

void HttpDesk::on_received(driver::ConnectionId id, ByteView bytes) {
  Connection& connection = connections_.at(id);
  if (connection.closing || !connection.answer.empty()) return;
  switch (connection.reader.input(bytes)) {
    case HttpRequestReader::State::need_more:
      return;
    case HttpRequestReader::State::refused:
      context_.counters.http_refused.add();
      return answer(id, connection, {connection.reader.refusal(), "text/plain; charset=utf-8", "refused\n"},
                    false);
    case HttpRequestReader::State::complete:
      break;
  }
  context_.counters.http_requests.add();
  answer(id, connection, respond(connection.reader.path()), connection.reader.head_only());
}

HttpResponse HttpDesk::respond(std::string_view path) const {
  if (path == "/metrics")
    return {HttpStatus::ok, "text/plain; version=0.0.4; charset=utf-8", registry_.render()};
  if (path == "/healthz") return {HttpStatus::ok, "text/plain; charset=utf-8", "ok\n"};
  if (path == "/readyz") {
    if (ready_) return {HttpStatus::ok, "text/plain; charset=utf-8", "ready\n"};
    return {HttpStatus::service_unavailable, "text/plain; charset=utf-8", "stopping\n"};
  }
  return {HttpStatus::not_found, "text/plain; charset=utf-8", "try /metrics, /healthz or /readyz\n"};
}

void HttpDesk::answer(driver::ConnectionId id, Connection& connection, const HttpResponse& response,
                      bool head_only) {
  connection.answer = transport::to_text(response, head_only);
  const ByteView bytes = as_bytes(connection.answer);
  context_.driver.send_rest(id, std::span(&bytes, 1));
}

void HttpDesk::close(driver::ConnectionId id) {
  Connection& connection = connections_.at(id);
  if (connection.closing) return;
  connection.closing = true;
  context_.driver.close(id, driver::CloseMode::graceful);
}

void HttpDesk::on_deadline() {
  while (!deadlines_.empty() && deadlines_.front().first <= context_.time()) {
    const driver::ConnectionId id = deadlines_.front().second;
    deadlines_.pop_front();
    if (owns(id)) close(id);
  }
}

void HttpDesk::close_all() {
  for (const auto& [id, connection] : connections_) close(id);
}

}  // namespace ringwire::node
