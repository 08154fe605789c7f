// What an operator reads about connections: one line when a session opens, one when it ends and why, one for
// each connection that was refused before it became a session.
//
//   info   session opened ID ADDRESS inbound|outbound
//   info   session closed ID ADDRESS after SECONDS s: CAUSE
//   info   refused ADDRESS while STATE: CAUSE          (the decision was ours)
//   info   cannot reach ADDRESS: CAUSE                 (we dialled)
//   debug  connection ended ADDRESS while STATE: CAUSE (it was not)
//
// Each cause is limited by itself (engine/log/site_limiter.hpp), so a flood of one does not hide the others.
// Thread: the shard's.
#pragma once

#include "engine/log/logger.hpp"
#include "engine/node/session.hpp"

namespace ringwire::node {

class SessionLog {
 public:
  explicit SessionLog(log::Logger& log) : log_(log) {}

  void opened(const Session& session);
  // After `session` left `before` for good by `event`.
  void ended(const Session& session, session::ConnectionState before, session::ConnectionEvent event,
             Instant now);
  // The machine refused to dial at all.
  void cannot_dial(const std::string& why);
  // Before there was a session.
  void turned_away(const Endpoint& remote, const char* cause);
  void banned(const std::string& whom, Duration duration);

 private:
  log::Logger& log_;
};

}  // namespace ringwire::node
