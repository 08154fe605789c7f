// Who is refused, and until when: what every shard looks at before it takes or makes a connection.
//
// Attack: a banned host comes back from the next address of its own IPv6 network (65,536 and more of them),
// or makes us remember a million bans. So an address is banned with what its owner may choose (ban_prefix():
// IPv4 alone, IPv6 with its /56), and the list is bounded: the oldest ban goes first, of nodes and of
// addresses apart. A ban of an identity needs an authenticated session (the claimed id of a stranger is never
// banned).
//
// Whether and how long somebody is banned is decided by the ledger of its owner (engine/security/ledger.hpp)
// or by the operator; a change is mailed to all shards. Time is monotonic: a step of the wall clock neither
// lengthens nor ends a ban. Complexity: O(log n). Thread: one shard.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"
#include "engine/security/subject.hpp"

namespace ringwire::security {

inline constexpr std::size_t kBansMax = 65'536;  // per kind; 200 B each: 26 MiB per shard at the very most

class BanTable {
 public:
  // A later ban of the same subject replaces the earlier one.
  void ban(const Ban& ban) {
    forget(ban.subject);
    if (bans_.size() >= kBansMax) {
      bans_.erase(by_age_.begin()->second);
      by_age_.erase(by_age_.begin());
      evicted_.add();
    }
    bans_[ban.subject] = {ban, next_age_};
    by_age_[next_age_++] = ban.subject;
  }

  // False where it was not banned, or not any more.
  bool lift(const Subject& subject, Instant now) {
    const bool was_banned = is_banned(subject, now);
    forget(subject);
    return was_banned;
  }

  // Forgets the ban where it has run out.
  [[nodiscard]] bool is_banned(const Subject& subject, Instant now) {
    const auto found = bans_.find(subject);
    if (found == bans_.end()) return false;
    if (now < found->second.ban.until) return true;
    forget(subject);
    return false;
  }

  // Those in force, the oldest first.
  void list(Instant now, std::vector<Ban>& out) const {
    for (const auto& [age, subject] : by_age_) {
      const Ban& ban = bans_.at(subject).ban;
      if (now < ban.until) out.push_back(ban);
    }
  }

  [[nodiscard]] std::size_t size() const { return bans_.size(); }
  [[nodiscard]] const Counter& evicted() const { return evicted_; }

 private:
  struct Row {
    Ban ban;
    std::uint64_t age = 0;
  };

  void forget(const Subject& subject) {
    const auto found = bans_.find(subject);
    if (found == bans_.end()) return;
    by_age_.erase(found->second.age);
    bans_.erase(found);
  }

  std::map<Subject, Row> bans_;
  std::map<std::uint64_t, Subject> by_age_;
  std::uint64_t next_age_ = 0;
  Counter evicted_;
};

class BanList {
 public:
  void ban(const Ban& ban) { table(ban.subject).ban(ban); }
  void ban(const NodeId& node, Instant until) { ban(Ban{subject_of(node), until}); }
  void ban(const IpAddress& address, Instant until) { ban(Ban{subject_of(address), until}); }

  [[nodiscard]] bool is_banned(const Subject& subject, Instant now) {
    return table(subject).is_banned(subject, now);
  }
  [[nodiscard]] bool is_banned(const NodeId& node, Instant now) { return is_banned(subject_of(node), now); }
  [[nodiscard]] bool is_banned(const IpAddress& address, Instant now) {
    return is_banned(subject_of(address), now);
  }

  // False where it was not banned, or not any more.
  bool lift(const Subject& subject, Instant now) { return table(subject).lift(subject, now); }
  bool lift(const NodeId& node, Instant now) { return lift(subject_of(node), now); }
  bool lift(const IpAddress& address, Instant now) { return lift(subject_of(address), now); }

  // Those in force: what is to be stored.
  [[nodiscard]] std::vector<Ban> list(Instant now) const {
    std::vector<Ban> bans;
    nodes_.list(now, bans);
    addresses_.list(now, bans);
    return bans;
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size() + addresses_.size(); }
  // Bans that had to go before their time. Anyone may read it.
  [[nodiscard]] std::uint64_t evicted() const {
    return nodes_.evicted().value() + addresses_.evicted().value();
  }

 private:
  [[nodiscard]] BanTable& table(const Subject& subject) {
    return subject.kind == Subject::Kind::node ? nodes_ : addresses_;
  }

  BanTable nodes_;
  BanTable addresses_;
};

}  // namespace ringwire::security
