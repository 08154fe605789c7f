// Who gets a connection, and who does not: bans, places, dials.
//
// Attack: strangers connect from everywhere, and as often as they like. Who is banned is reset before a byte
// of his is read; who finds no place likewise, or takes that of an unproven connection
// (engine/transport/connection_manager.hpp). Where this shard's places are taken and another's are not, the
// socket is handed there before its first byte.
//
// What became of a connection that got its place is told to Connections. Timers: none. Thread: its shard's.
#pragma once

#include <vector>

#include "engine/node/connections.hpp"
#include "engine/security/ban_list.hpp"

namespace ringwire::node {

class Admission {
 public:
  Admission(ShardContext& context, SessionTable& sessions, Connections& connections, security::BanList& bans,
            const std::vector<ShardLoad>& loads);

  void on_accepted(driver::ConnectionId id);
  // Another shard accepted it.
  void on_adopted(int descriptor);
  // False where no slot or place is left: the dial has failed.
  bool dial(const Endpoint& endpoint, const PublicKey& key);

  // Refused here from now on; what is connected is disconnected.
  void ban(const security::Ban& ban);
  void ban(const NodeId& node, Instant until) { ban(security::Ban{security::subject_of(node), until}); }
  void ban(const IpAddress& address, Instant until) {
    ban(security::Ban{security::subject_of(address), until});
  }
  // False where it was not banned, or not any more.
  bool unban(const security::Subject& subject);
  bool unban(const NodeId& node) { return unban(security::subject_of(node)); }
  bool unban(const IpAddress& address) { return unban(security::subject_of(address)); }
  [[nodiscard]] const security::BanList& bans() const { return bans_; }

 private:
  void admit(driver::ConnectionId id, const Endpoint& remote);
  [[nodiscard]] bool hand_on(driver::ConnectionId id);

  ShardContext& context_;
  SessionTable& sessions_;
  Connections& connections_;
  security::BanList& bans_;
  const std::vector<ShardLoad>& loads_;
  SessionLog log_;
};

}  // namespace ringwire::node
