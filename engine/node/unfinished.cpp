#include "engine/node/unfinished.hpp"

#include <algorithm>

namespace ringwire::node {
namespace {

// Of what counts; kNever where there is nothing.
Instant begun(const Session& session) {
  const Instant frame = session.frame.counted() > 0 ? session.frame_begun : kNever;
  return std::min(frame, session.assembler.begun());
}

}  // namespace

bool Unfinished::hold_frame(Session& session) {
  const std::uint64_t held = session.frame.bytes();
  if (held + session.parser.owed() <= wire::kLinearBytesMax) return true;
  const std::uint64_t more = held - session.frame.counted();
  make_room(session, more);
  if (context_.assembly.used_bytes + more > context_.assembly.limit_bytes) return false;
  session.frame.count();
  return true;
}

void Unfinished::make_room(const Session& session, std::uint64_t bytes) {
  while (context_.assembly.used_bytes + bytes > context_.assembly.limit_bytes) {
    Session* const oldest = this->oldest();
    if (oldest == nullptr || oldest == &session) return;
    give_up(*oldest);
  }
}

Session* Unfinished::oldest() {
  Session* oldest = nullptr;
  for (const auto& [source, session] : sessions_.established()) {
    const Instant begins = begun(*session);
    if (begins != kNever && (oldest == nullptr || begins < begun(*oldest))) oldest = session;
  }
  return oldest;
}

// Not in two seconds, when its goodbye is said: there would be no room until then.
void Unfinished::give_up(Session& session) {
  context_.counters.unfinished.add();
  session.drop_unfinished(context_.heap);
  connections_.disconnect(session, wire::DisconnectReason::out_of_memory);
}

}  // namespace ringwire::node
