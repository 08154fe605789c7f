// The sessions of one shard, found by driver slot, and the established ones by who they are.
//
// Thread: its shard's. Complexity: O(1) by connection, O(log n) by source. A Session lives from accept or
// dial until the driver said `closed`; its memory goes back then.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/node/session.hpp"

namespace ringwire::node {

class SessionTable {
 public:
  explicit SessionTable(std::uint32_t slots) : slots_(slots) {}

  Session& open(driver::ConnectionId id, HeapBuffers& heap, session::AssemblyShard& assembly,
                const Endpoint& remote, bool inbound, session::Carriage carriage = session::Carriage::plain) {
    auto& place = slots_[id.slot];
    RW_ASSERT(place == nullptr);
    place = std::make_unique<Session>(id, heap, assembly, remote, inbound, carriage);
    ++count_;
    return *place;
  }

  // Null where the connection is not a peer's, or is gone.
  [[nodiscard]] Session* find(driver::ConnectionId id) {
    Session* session = id.slot < slots_.size() ? slots_[id.slot].get() : nullptr;
    return session != nullptr && session->id == id ? session : nullptr;
  }
  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
  [[nodiscard]] Session* find_slot(std::uint32_t slot) { return slots_[slot].get(); }

  void close(Session& session) {
    --count_;
    slots_[session.id.slot].reset();
  }

  void add_established(Session& session) { by_source_[session.source] = &session; }
  void remove_established(Session& session) {
    const auto found = by_source_.find(session.source);
    if (found != by_source_.end() && found->second == &session) by_source_.erase(found);
  }
  [[nodiscard]] Session* find_source(gossip::SourceId source) {
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? nullptr : found->second;
  }
  [[nodiscard]] const std::map<gossip::SourceId, Session*>& established() const { return by_source_; }

  template <class Visit>
  void for_each(Visit&& visit) {
    for (auto& session : slots_) {
      if (session != nullptr) visit(*session);
    }
  }

  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  std::vector<std::unique_ptr<Session>> slots_;
  std::map<gossip::SourceId, Session*> by_source_;
  std::uint32_t count_ = 0;
};

}  // namespace ringwire::node
