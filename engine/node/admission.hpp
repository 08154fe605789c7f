// Who gets a connection, and who does not: bans, places, dials.
//
// Attack: strangers connect from everywhere, and as often as they like. Who is banned, or connects more often
// than its address may (engine/node/source_desk.hpp), is reset before a byte of it is read; who finds no
// place likewise, or takes that of an unproven connection (engine/transport/connection_manager.hpp). Where
// this shard's places are taken and another's are not, the socket is handed there before its first byte.
//
// An address that another shard owns may have to wait for its answer: at most kAdmissionsWaitingMax
// connections do; what comes then is reset.
//
// What became of a connection that got its place is told to Connections. Timers: none. Thread: its shard's.
#pragma once

#include <vector>

#include "engine/node/connections.hpp"
#include "engine/node/source_desk.hpp"
#include "engine/security/ban_list.hpp"

namespace ringwire::node {

class Admission {
 public:
  Admission(ShardContext& context, SessionTable& sessions, Connections& connections, SourceDesk& sources,
            security::BanList& bans, const std::vector<ShardLoad>& loads);

  void on_accepted(driver::ConnectionId id);
  // Another shard accepted it.
  void on_adopted(int descriptor);
  // What owners of addresses answer.
  void on_grant(const ControlMessage& message);
  void on_place_denied(const ControlMessage& message);
  // Nobody is admitted any more.
  void stop();
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
  struct Waiting {
    driver::ConnectionId id;
    Endpoint remote;
  };

  void ask(driver::ConnectionId id, const Endpoint& remote);
  void await(driver::ConnectionId id, const Endpoint& remote);
  void admit(driver::ConnectionId id, const Endpoint& remote);
  [[nodiscard]] session::Carriage carriage() const {
    return context_.tls != nullptr ? session::Carriage::sealed : session::Carriage::plain;
  }
  [[nodiscard]] bool hand_on(driver::ConnectionId id);

  ShardContext& context_;
  SessionTable& sessions_;
  Connections& connections_;
  SourceDesk& sources_;
  security::BanList& bans_;
  const std::vector<ShardLoad>& loads_;
  SessionLog log_;
  std::vector<Waiting> waiting_;  // nothing of them is read, so nothing happens to them meanwhile
};

}  // namespace ringwire::node
