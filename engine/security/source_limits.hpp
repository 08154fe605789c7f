// What sources may spend before anybody has proven who they are: everybody together, and each address with
// the networks around it (engine/security/prefix.hpp).
//
// One question takes from all of them or from none, so that a source over its own limit uses up nothing that
// others share. The narrowest level that is short is the one that is named.
//
// Every shard may have one and ask it about the addresses it owns (owner_of); what other shards need of these
// they borrow (engine/security/lender.hpp). Bounded: engine/security/idle_table.hpp. Spoofed addresses must
// not get here: they would fill the tables of those they pretend to be.
//
// Memory: footprint(). Complexity: O(1). Thread: its shard's. Timers: none.
#pragma once

#include <array>
#include <optional>

#include "codec/base/footprint.hpp"
#include "engine/security/account.hpp"
#include "engine/security/idle_table.hpp"
#include "engine/security/level.hpp"
#include "engine/security/prefix.hpp"

namespace ringwire::security {

struct PrefixHash {
  crypto::SipKey key;
  std::size_t operator()(const Prefix& prefix) const { return hash_of(prefix, key); }
};

class SourceLimits {
 public:
  // Each table has this many sources. 16,384 addresses that connect twelve times a minute are more than the
  // global limit lets through.
  static constexpr std::uint32_t kSourcesMax = 16'384;

  SourceLimits(const RatePlan& plan, const crypto::SipKey& key, Instant now,
               std::uint32_t sources_max = kSourcesMax);

  // Takes, or says why not.
  std::optional<Refusal> take(const IpAddress& address, const Charge& charge, Instant now);
  // Who would refuse it now, without taking.
  std::optional<Refusal> refusal(const IpAddress& address, const Charge& charge, Instant now);

  // --- for lenders
  struct Link {
    Level level;
    const Rates* rates;
    Account* account;
  };
  // From the narrowest to the widest. Valid until the next question about another address.
  class Chain {
   public:
    void add(const Link& link) { links_[size_++] = link; }
    [[nodiscard]] const Link* begin() const { return links_.data(); }
    [[nodiscard]] const Link* end() const { return links_.data() + size_; }

   private:
    std::array<Link, kScopes + 1> links_{};
    std::size_t size_ = 0;
  };
  Chain chain(const IpAddress& address, Instant now);
  static std::optional<Refusal> refusal(const Chain& chain, const Charge& charge, Instant now);

  [[nodiscard]] const TableCounters& counters(Scope scope) const {
    return tables_[static_cast<std::size_t>(scope)].counters();
  }
  static Footprint footprint(std::uint32_t sources_max = kSourcesMax);

 private:
  using Table = IdleTable<Prefix, PrefixHash, Account>;

  const RatePlan plan_;
  std::array<Table, kScopes> tables_;
  Account everybody_;
};

}  // namespace ringwire::security
