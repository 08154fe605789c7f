#include "tools/sim/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace ringwire::sim {

void Rules::violated(const char* rule, std::string text) {
  violations_.push_back({rule, world_.time() - start_, std::move(text)});
}

void Rules::look(const FaultScript& faults) {
  for (std::uint32_t number = 0; number < fleet_.size(); ++number) {
    SimNode* node = fleet_.find(number);
    if (node == nullptr) continue;
    look_at_memory(number, *node);
    look_at_mail(number, *node);
    look_at_blame(number, *node);
    look_at_impostors(number, *node, faults.impostors());
  }
  for (std::uint32_t i = 0; i < std::min(fleet_.size(), kCloselyMax); ++i) {
    const std::uint32_t number = next_closely_++ % fleet_.size();
    if (SimNode* node = fleet_.find(number)) look_at_sessions(number, *node);
  }
  if (fleet_.size() <= kCloselyMax) look_at_credit();
  look_at_bans(faults.bans());
}

void Rules::look_at_memory(std::uint32_t number, SimNode& node) {
  std::uint64_t used = 0;
  for (ShardId shard = 0; shard < node.shards(); ++shard) {
    const HeapBuffers& heap = node.shard(shard).context().heap;
    used += heap.used_bytes();
    if (heap.used_bytes() > heap.limit_bytes()) {
      violated("over-plan", fmt::format("shard {} of node {} uses {} of {} bytes", shard, number,
                                        heap.used_bytes(), heap.limit_bytes()));
    }
    const session::AssemblyShard& unfinished = node.shard(shard).context().assembly;
    if (unfinished.used_bytes > unfinished.limit_bytes) {
      violated("over-plan",
               fmt::format("messages that are not whole take {} of {} bytes of shard {} of node {}",
                           unfinished.used_bytes, unfinished.limit_bytes, shard, number));
    }
  }
  heap_peak_ = std::max(heap_peak_, used);
}

void Rules::look_at_sessions(std::uint32_t number, SimNode& node) {
  std::map<NodeId, std::uint32_t> sessions;
  for (const PeerInfo& peer : node.peers()) ++sessions[peer.id];
  std::erase_if(doubled_, [&](const auto& each) {
    const auto& [who, peer] = each.first;
    const auto found = sessions.find(peer);
    return who == number && (found == sessions.end() || found->second < 2);
  });
  for (const auto& [peer, count] : sessions) {
    if (count < 2) continue;
    const auto [since, fresh] = doubled_.try_emplace({number, peer}, world_.time());
    if (fresh || world_.time() - since->second < kSettleTime) continue;
    violated("two-sessions",
             fmt::format("node {} has {} sessions with {}", number, count, to_hex(peer.view())));
    since->second = world_.time();
  }
}

// Of this life.
Rules::Seen& Rules::seen(std::uint32_t number, ShardId shard) {
  Seen& seen = seen_[{number, shard}];
  const std::uint32_t life = fleet_.life(number);
  if (seen.life != life) seen = {life};
  return seen;
}

void Rules::look_at_mail(std::uint32_t number, SimNode& node) {
  for (ShardId shard = 0; shard < node.shards(); ++shard) {
    Seen& seen = this->seen(number, shard);
    const std::uint64_t turns = node.driver(shard).counters().turns.value();
    const bool mail = !node.held(shard) && !node.ended(shard) && node.shard(shard).links().mail_waits();
    if (mail && seen.mail && seen.turns == turns)
      violated("overslept", fmt::format("shard {} of node {} has mail and gets no turn", shard, number));
    seen.mail = mail;
    seen.turns = turns;
  }
}

void Rules::look_at_blame(std::uint32_t number, SimNode& node) {
  using wire::DisconnectReason;
  for (ShardId shard = 0; shard < node.shards(); ++shard) {
    Seen& seen = this->seen(number, shard);
    const auto& said = node.counters(shard).sessions.disconnects_sent;
    for (const auto reason :
         {DisconnectReason::bad_protocol, DisconnectReason::bad_checksum, DisconnectReason::over_limit}) {
      if (said[reason].value() == 0 || std::exchange(seen.blamed, true)) continue;
      violated("blamed", fmt::format("shard {} of node {} says of a peer: {}", shard, number, name(reason)));
    }
  }
}

// What is on its way makes a sender know of less than there is, never of more. The two ends of a connection
// are found by their addresses.
void Rules::look_at_credit() {
  using Way = std::pair<Endpoint, Endpoint>;  // from, to
  std::map<Way, std::pair<std::uint32_t, const node::Session*>> receivers;
  const auto each_session = [this](auto&& visit) {
    for (std::uint32_t number = 0; number < fleet_.size(); ++number) {
      SimNode* node = fleet_.find(number);
      for (ShardId shard = 0; node != nullptr && shard < node->shards(); ++shard) {
        for (const auto& [source, session] : node->shard(shard).sessions().established())
          visit(number, *session, node->driver(shard).local(session->id));
      }
    }
  };
  each_session([&](std::uint32_t number, const node::Session& session, const Endpoint& local) {
    receivers[{session.remote, local}] = {number, &session};
  });
  each_session([&](std::uint32_t number, const node::Session& session, const Endpoint& local) {
    const auto found = receivers.find({local, session.remote});
    if (found == receivers.end()) return;
    const auto& [receiver, other] = found->second;
    for (std::uint8_t slot = 1; slot < wire::kTrafficClasses; ++slot) {
      const std::uint32_t initial = wire::kInitialCredit[slot];
      if (initial == wire::kCreditUnlimited) continue;
      const std::uint32_t left = other->windows == nullptr ? initial : other->windows->of(slot).left();
      if (session.egress.credit().left(slot) <= left) continue;
      violated("credit-beyond", fmt::format("node {} may send {} bytes to node {}, whose window has {} left",
                                            number, session.egress.credit().left(slot), receiver, left));
    }
  });
}

void Rules::look_at_impostors(std::uint32_t number, SimNode& node, const std::set<IpAddress>& impostors) {
  if (impostors.empty()) return;
  for (const PeerInfo& peer : node.peers()) {
    if (!impostors.contains(peer.remote.address)) continue;
    violated("impersonated", fmt::format("node {} has a session with {} at {}", number,
                                         to_hex(peer.id.view()), peer.remote.to_string()));
  }
}

void Rules::look_at_bans(const std::vector<FaultScript::BanInForce>& bans) {
  const Instant now = world_.time();
  for (const auto& ban : bans) {
    SimNode* node = fleet_.find(ban.node);
    if (node == nullptr || node->held() || now >= ban.until) continue;
    const bool said_now = fleet_.life(ban.node) == ban.life;
    if (said_now ? now < ban.since + kBanTime : !is_kept(ban, bans)) continue;
    const auto peers = node->peers();
    const NodeId& banned = fleet_.id_of(ban.other);
    if (std::any_of(peers.begin(), peers.end(), [&](const PeerInfo& peer) { return peer.id == banned; }))
      violated("banned",
               fmt::format("node {} has a session with node {}, which it banned", ban.node, ban.other));
    for (ShardId shard = 0; !said_now && shard < node->shards(); ++shard) {
      const auto list = node->shard(shard).admission().bans().list(node->shard(shard).time());
      if (std::ranges::find(list, security::subject_of(banned), &security::Ban::subject) == list.end())
        violated("banned", fmt::format("shard {} of node {} has forgotten the stored ban of node {}", shard,
                                       ban.node, ban.other));
    }
  }
}

bool Rules::is_kept(const FaultScript::BanInForce& ban, const std::vector<FaultScript::BanInForce>& bans) {
  // A later word counts alone.
  const bool said_again = std::any_of(bans.begin(), bans.end(), [&](const auto& other) {
    return other.node == ban.node && other.other == ban.other && other.life == fleet_.life(ban.node);
  });
  if (said_again) return false;
  const auto& kept = fleet_.disk(ban.node).kept();
  const auto found =
      std::ranges::find(kept, security::subject_of(fleet_.id_of(ban.other)), &HostDisk::Kept::subject);
  return found != kept.end() && world_.time() < found->until;
}

void Rules::look_at_claims() {
  for (std::uint32_t number = 0; number < fleet_.size(); ++number) {
    SimNode* node = fleet_.find(number);
    if (node == nullptr) continue;
    std::uint64_t claims = 0;
    for (ShardId shard = 0; shard < node->shards(); ++shard)
      claims += node->shard(shard).claims().counters().held.value();
    if (claims != node->established()) {
      violated("claims-differ",
               fmt::format("node {} holds {} claims for {} sessions", number, claims, node->established()));
    }
  }
}

void Rules::on_end(std::uint32_t number) {
  SimNode& node = fleet_.node(number);
  look_at_blame(number, node);
  for (ShardId id = 0; id < node.shards(); ++id) {
    const node::Shard& shard = node.shard(id);
    totals_.bytes_sent += node.driver(id).counters().sent_bytes.value();
    totals_.sessions += shard.context().counters.sessions.established.value();
    for (const Counter& offered : shard.gossip().intake().counters().offered)
      totals_.received += offered.value();
    totals_.received += shard.gossip().filter().counters().hits.value();
  }
  if (!node.ended()) {
    const Duration stopping = fleet_.stopping_for(number);
    if (stopping > kStopTime) {
      violated("not-stopped", fmt::format("node {} was asked to stop {:g} s ago", number,
                                          std::chrono::duration<double>(stopping).count()));
    }
    return;
  }
  for (ShardId id = 0; id < node.shards(); ++id) {
    node::Shard& shard = node.shard(id);
    const auto left = [&](const char* what, std::uint64_t count) {
      if (count > 0)
        violated("left-behind",
                 fmt::format("shard {} of node {} stopped with {} {}", id, number, count, what));
    };
    left("sessions", shard.context().counters.established.value());
    left("connections", shard.context().counters.connections.value());
    left("sessions in its table", shard.sessions().count());
  }
}

}  // namespace ringwire::sim
