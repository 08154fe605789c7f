// Who is refused, and until when.
//
// Attack: a banned host comes back from the next address of its own IPv6 network (65,536 and more of them),
// or makes us remember a million bans. So an IPv6 address is banned with its /64, an IPv4 address alone, and
// the list is bounded: the oldest ban goes first. A ban of an identity needs an authenticated session (the
// claimed id of a stranger is never banned).
//
// Every shard holds the whole list; a change is mailed to all of them. Time is monotonic: a step of the wall
// clock neither lengthens nor ends a ban. Complexity: O(log n). Thread: one shard.
#pragma once

#include <cstdint>
#include <map>

#include "codec/base/counter.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"

namespace ringwire::security {

inline constexpr std::size_t kBansMax = 65'536;  // per kind; 100 B each: 13 MiB per shard at the very most

template <class Key>
class BanTable {
 public:
  // A later ban of the same key replaces the earlier one. kNever = until lifted.
  void ban(const Key& key, Instant until) {
    forget(key);
    if (bans_.size() >= kBansMax) {
      bans_.erase(by_age_.begin()->second);
      by_age_.erase(by_age_.begin());
      evicted_.add();
    }
    bans_[key] = {until, next_age_};
    by_age_[next_age_++] = key;
  }

  // False where it was not banned, or not any more.
  bool lift(const Key& key, Instant now) {
    const bool was_banned = is_banned(key, now);
    forget(key);
    return was_banned;
  }

  // Forgets the ban where it has run out.
  [[nodiscard]] bool is_banned(const Key& key, Instant now) {
    const auto found = bans_.find(key);
    if (found == bans_.end()) return false;
    if (now < found->second.until) return true;
    forget(key);
    return false;
  }

  [[nodiscard]] std::size_t size() const { return bans_.size(); }
  [[nodiscard]] const Counter& evicted() const { return evicted_; }

 private:
  struct Ban {
    Instant until;
    std::uint64_t age;
  };

  void forget(const Key& key) {
    const auto found = bans_.find(key);
    if (found == bans_.end()) return;
    by_age_.erase(found->second.age);
    bans_.erase(found);
  }

  std::map<Key, Ban> bans_;
  std::map<std::uint64_t, Key> by_age_;
  std::uint64_t next_age_ = 0;
  Counter evicted_;
};

class BanList {
 public:
  void ban(const NodeId& node, Instant until) { nodes_.ban(node, until); }
  void ban(const IpAddress& address, Instant until) { networks_.ban(network_of(address), until); }

  [[nodiscard]] bool is_banned(const NodeId& node, Instant now) { return nodes_.is_banned(node, now); }
  [[nodiscard]] bool is_banned(const IpAddress& address, Instant now) {
    return networks_.is_banned(network_of(address), now);
  }

  // False where it was not banned, or not any more.
  bool lift(const NodeId& node, Instant now) { return nodes_.lift(node, now); }
  bool lift(const IpAddress& address, Instant now) { return networks_.lift(network_of(address), now); }

  [[nodiscard]] std::size_t size() const { return nodes_.size() + networks_.size(); }
  // Bans that had to go before their time. Anyone may read it.
  [[nodiscard]] std::uint64_t evicted() const {
    return nodes_.evicted().value() + networks_.evicted().value();
  }

  // The address itself for IPv4, its /64 for IPv6.
  static IpAddress network_of(IpAddress address) {
    if (address.family == IpAddress::Family::v6) {
      for (std::size_t i = 8; i < 16; ++i) address.bytes[i] = 0;
    }
    return address;
  }

 private:
  BanTable<NodeId> nodes_;
  BanTable<IpAddress> networks_;
};

}  // namespace ringwire::security
