#include "engine/node/session_log.hpp"

#include "engine/driver/errno_table.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using session::ConnectionState;

namespace {

// Who ended it, why, and the number by which the log limits this cause apart from the others of its site.
struct Ending {
  enum Who : std::uint8_t { us, proof, security, peer, network };

  Who who;
  std::uint32_t why;
  std::string text;

  [[nodiscard]] std::uint32_t number() const { return std::uint32_t{who} << 16 | why; }
};

Ending ending_of(const Session& session, ConnectionEvent event) {
  if (session.handshake != nullptr && session.handshake->failure()) {
    const session::HandshakeFailure failure = *session.handshake->failure();
    return {Ending::proof, static_cast<std::uint32_t>(failure), session::name(failure)};
  }
  if (event == ConnectionEvent::security_failed && session.channel->failure()) {
    const transport::TlsFailure failure = *session.channel->failure();
    return {Ending::security, static_cast<std::uint32_t>(failure), transport::name(failure)};
  }
  if (event == ConnectionEvent::peer_disconnect) {
    const auto why = static_cast<std::uint32_t>(session.heard);
    return {Ending::peer, why, fmt::format("the peer said {}", wire::name(session.heard))};
  }
  if (event == ConnectionEvent::socket_ended || event == ConnectionEvent::connect_failed) {
    if (session.unsaid)
      return {Ending::us, static_cast<std::uint32_t>(*session.unsaid), wire::name(*session.unsaid)};
    const auto why = static_cast<std::uint32_t>(session.error);
    return {Ending::network, why, session.error == 0 ? "the peer hung up" : driver::explain(session.error)};
  }
  return {Ending::us, static_cast<std::uint32_t>(session.farewell), wire::name(session.farewell)};
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
  const std::string remote = session.remote.to_string();
  if (before == ConnectionState::established) {
    return log_.log(LogLevel::info, ending.number(), "session closed {} {} after {:.1f} s: {}{}",
                    short_id(session.node), remote, seconds(now - session.established_at),
                    ending.who != Ending::us ? ""
                    : session.unsaid         ? "we gave it up: "
                                             : "we said ",
                    ending.text);
  }
  if (before == ConnectionState::dialling) {
    return log_.log(LogLevel::info, ending.number(), "cannot reach {}: {}", remote, ending.text);
  }
  const bool is_ours = ending.who <= Ending::security;
  log_.log(is_ours ? LogLevel::info : LogLevel::debug, ending.number(), "{} {} while {}: {}",
           is_ours ? "refused" : "connection ended", remote, session::name(before), ending.text);
}

void SessionLog::turned_away(const Endpoint& remote, const char* cause) {
  log_.info("refused {}: {}", remote.to_string(), cause);
}

void SessionLog::cannot_dial(const std::string& why) {
  log_.info("cannot dial: {}", why);
}

void SessionLog::banned(const std::string& whom, Duration duration) {
  log_.info("banned {} for {:.0f} s", whom, seconds(duration));
}

}  // namespace ringwire::node
