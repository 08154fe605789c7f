// What unfinished messages hold of a shard's memory: frames that are not whole in parsers, fragments that are
// not whole in assemblers. One budget for both (session::AssemblyShard), half of the relay heap.
//
// Attack: a few strangers each send a large message but for its last byte. Everything else waits for the
// heap until their deadlines pass, which are minutes, since honest paths are slow as well.
//
// Rules
//  - Where there is no room for what arrives, the message that was begun first gives way, and its sender
//    with it. What stands still is older than what moves: to push out a message that takes a second, all of
//    the budget has to be sent within that second. Were it who holds most, a dozen strangers with a
//    megabyte each would keep every larger message out; were it who comes last, whoever is honest.
//  - A frame of at most wire::kLinearBytesMax holds no more than that, so it neither counts nor gives way: a
//    vote that is cut where a receive ends costs nobody a session.
//  - A message in fragments asks for its whole length when it begins (FragmentAssembler::room_for()), but
//    counts what came: promises do not add up.
//
// Timers: none; those of the messages stand (connections.hpp). Thread: its shard's. Complexity: O(1);
// O(sessions) where there is no room.
#pragma once

#include "engine/node/connections.hpp"
#include "engine/node/session_table.hpp"

namespace ringwire::node {

class Unfinished {
 public:
  Unfinished(ShardContext& context, SessionTable& sessions, Connections& connections)
      : context_(context), sessions_(sessions), connections_(connections) {}

  // `session` waits for more of a frame. False: it holds more than there is room for, give it up.
  [[nodiscard]] bool hold_frame(Session& session);
  // Before a fragment of `session` is kept. Where there is no room even so, its assembler says so.
  void make_room(const Session& session, std::uint64_t bytes);

 private:
  [[nodiscard]] Session* oldest();
  void give_up(Session& session);

  ShardContext& context_;
  SessionTable& sessions_;
  Connections& connections_;
};

}  // namespace ringwire::node
