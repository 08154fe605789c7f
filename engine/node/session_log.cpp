#include "engine/node/session_log.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using session::ConnectionState;

namespace {

// Reasons of one site share its limit unless they differ in this number.
enum class Cause : std::uint8_t { ours, handshake, peer, network };

struct Ending {
  Cause cause = Cause::network;
  std::string text;
};

Ending ending_of(const Session& session, ConnectionEvent event) {
  if (session.handshake != nullptr && session.handshake->failure())
    return {Cause::handshake, session::name(*session.handshake->failure())};
  if (event == ConnectionEvent::peer_disconnect)
    return {Cause::peer, fmt::format("the peer said {}", wire::name(session.heard))};
  if (event == ConnectionEvent::connect_failed) return {Cause::network, "could not connect"};
  if (event == ConnectionEvent::socket_ended) return {Cause::network, "the connection ended"};
  return {Cause::ours, wire::name(session.farewell)};
}

std::string short_id(const NodeId& node) {
  return to_hex(node.view()).substr(0, 16);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void SessionLog::opened(const Session& session) {
  log_.info("session opened {} {} {}", short_id(session.node), session.remote.to_string(),
            session.inbound ? "inbound" : "outbound");
}

void SessionLog::ended(const Session& session, ConnectionState before, ConnectionEvent event, Instant now) {
  if (!log_.enabled(LogLevel::info)) return;
  const Ending ending = ending_of(session, event);
  const auto reason = static_cast<std::uint32_t>(ending.cause);
  if (before == ConnectionState::established) {
    return log_.log(LogLevel::info, reason, "session closed {} {} after {:.1f} s: {}", short_id(session.node),
                    session.remote.to_string(), seconds(now - session.established_at), ending.text);
  }
  const bool ours = ending.cause == Cause::ours || ending.cause == Cause::handshake;
  if (ours) {
    log_.log(LogLevel::info, reason, "refused {} while {}: {}", session.remote.to_string(),
             session::name(before), ending.text);
  } else {
    log_.log(LogLevel::debug, reason, "connection ended {} while {}: {}", session.remote.to_string(),
             session::name(before), ending.text);
  }
}

void SessionLog::turned_away(const Endpoint& remote, const char* cause) {
  log_.info("refused {}: {}", remote.to_string(), cause);
}

void SessionLog::banned(const std::string& whom, Duration duration) {
  log_.info("banned {} for {:.0f} s", whom, seconds(duration));
}

}  // namespace ringwire::node
