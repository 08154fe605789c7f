// Accepted transactions, kept for peers that ask for them by hash.
//
// Delivery and relay do NOT depend on it. A valid transaction is delivered to the application once and
// relayed whatever add() answers; a refusal only means that this node will not serve it to a later request.
// Nothing is lost silently: each refusal and each eviction has a counter.
//
// Attacks and rules
//  - A flood from one peer that pushes everybody else's transactions out (DETER, CVE-2022-23327): a source
//    may fill free room, but what it holds above its share (10 % of count and of bytes) is on loan: it is
//    taken back, whatever fee it carries, before a source within its share loses anything. At or above its
//    share a source can only evict its own. Every entry names its source; the node's own is not limited.
//  - A flood from one account: at most `per_sender_max` transactions of one sender.
//  - Free replacement as a bandwidth attack: a transaction with the sender and nonce of one that is there
//    takes its place only if fee cap and priority fee are both at least 10 % higher.
//  - Full: the lowest fee goes first, among equals the oldest; the newcomer must beat what it evicts. Fees
//    rank by fee cap, then priority fee: without a base fee the cap is what decides whether a transaction can
//    ever be included. One add() evicts at most kEvictionsMax, so its cost and its damage are bounded.
//  - Dead weight: without chain state only the embedder knows what was included; it calls remove(). What
//    nobody removed leaves after `lifetime`.
//
// Bytes are charged by what they PIN: the whole buffer behind the slice. The caller hands in slices out of
// HeapBuffers (codec/base/heap_buffer.hpp), one buffer per transaction, never receive buffers: an entry may
// stay for hours.
//
// Memory: count_max entries of up to 560 bytes with their tree nodes, plus bytes_max. Allocates one node per
// entry and index (after a signature recovery of 31 us, their cost does not show). Complexity: O(log n).
// Thread: the owner shard's. Timers: next_deadline() = when the oldest entry has lived `lifetime`.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/intrusive_list.hpp"
#include "codec/base/slice.hpp"
#include "codec/base/time.hpp"
#include "codec/crypto/siphash.hpp"
#include "gossip/source.hpp"
#include "gossip/transaction_policy.hpp"

namespace ringwire::gossip {

struct PoolLimits {
  std::uint32_t count_max = 16384;
  std::uint64_t bytes_max = 64ULL << 20;
  std::uint32_t per_sender_max = 64;  // as many as one account plausibly has in flight
  std::uint32_t share_percent = 10;   // of count and bytes, per source
  Duration lifetime = 3h;             // geth's default for what waits without being included
};

enum class PoolResult : std::uint8_t {
  added,
  replaced,          // added in place of the one with the same sender and nonce
  known,             // this hash is there already
  replacement_low,   // same sender and nonce, not 10 % more
  sender_full,       // its sender has per_sender_max others
  share_full,        // its source is at its share and has nothing cheaper of its own
  fee_low,           // the pool is full of better ones
  too_many_evicted,  // it would push out more than kEvictionsMax
  too_large,         // larger than a source's share of bytes
  count_,
};
inline constexpr std::size_t kPoolResults = static_cast<std::size_t>(PoolResult::count_);
const char* name(PoolResult result);
inline bool is_kept(PoolResult result) {
  return result <= PoolResult::replaced;
}

struct PoolCounters {
  std::array<Counter, kPoolResults> results;
  Counter evicted_fee;      // pushed out by a better one
  Counter evicted_loan;     // was above its source's share when somebody within his needed the room
  Counter evicted_own;      // pushed out by a better one of the same source at its share
  Counter expired;          // lived its lifetime
  Counter removed;          // by remove()
  Counter lookups;          // find()
  Counter lookups_missing;  // ... that found nothing
  Counter count;            // gauge
  Counter bytes;            // gauge: pinned
};

class TransactionPool {
 public:
  static constexpr std::uint32_t kEvictionsMax = 64;

  TransactionPool(PoolLimits limits, const crypto::SipKey& key);
  TransactionPool(const TransactionPool&) = delete;
  TransactionPool& operator=(const TransactionPool&) = delete;

  // `facts` are what the policy found in `bytes`, `hash` their Keccak-256. Takes a reference only where
  // is_kept(result).
  PoolResult add(const Hash32& hash, const TransactionFacts& facts, const Slice& bytes, SourceId source,
                 Instant now);

  // The transaction as it travels; null where it is not there. Valid until the next add, remove or deadline:
  // copy the Slice to keep it.
  [[nodiscard]] const Slice* find(const Hash32& hash);

  // Included in a block or invalid by now. False where it is not there.
  bool remove(const Hash32& hash);

  [[nodiscard]] Instant next_deadline();
  void on_deadline(Instant now);

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(by_hash_.size()); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t count_of(SourceId source) const;
  [[nodiscard]] const PoolCounters& counters() const { return counters_; }
  static Footprint footprint(const PoolLimits& limits);
  // Drops everything, so that its bytes go home. For shutting down.
  void clear();
  // Recomputes every sum and index from the entries and asserts that they agree. O(n log n), for tests.
  void check() const;

 private:
  struct AgeTag;
  struct Rank {  // ascending: who goes first
    std::uint64_t fee_cap = 0;
    std::uint64_t priority_fee = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const Rank&) const = default;
    [[nodiscard]] bool pays_less_than(const Rank& other) const {
      return std::tie(fee_cap, priority_fee) < std::tie(other.fee_cap, other.priority_fee);
    }
  };
  struct Account {
    Address20 sender;
    std::uint64_t nonce = 0;
    auto operator<=>(const Account&) const = default;
  };
  struct Entry : ListNode<AgeTag> {
    Hash32 hash;
    Account account;
    Rank rank;
    Slice bytes;
    SourceId source;
    Instant added_at;
  };
  using Order = std::map<Rank, Entry*>;
  struct Holding {  // what one source has in here; there while it has anything
    Order order;
    std::uint64_t bytes = 0;
  };
  struct Incoming {
    Rank rank;
    std::uint64_t bytes = 0;
    SourceId source;
    Entry* replaces = nullptr;
  };
  struct Victims {
    std::array<Entry*, kEvictionsMax> entries{};
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;
  };

  static std::uint64_t pinned(const Slice& bytes) { return bytes.buffer()->capacity; }
  PoolResult try_add(const Hash32& hash, const TransactionFacts& facts, const Slice& bytes, SourceId source,
                     Instant now);
  [[nodiscard]] Entry* same_account(const TransactionFacts& facts) const;
  [[nodiscard]] bool sender_is_full(const Address20& sender) const;
  [[nodiscard]] bool above_share(std::uint64_t count, std::uint64_t bytes) const {
    return count > share_count_ || bytes > share_bytes_;
  }
  [[nodiscard]] bool would_exceed_share(const Incoming& incoming) const;
  [[nodiscard]] bool fits(const Incoming& incoming, const Victims& gone) const;
  PoolResult make_room(const Incoming& incoming);
  void call_loans(const Incoming& incoming);
  PoolResult evict_cheaper(const Order& order, const Incoming& incoming, PoolResult refusal, Counter& why);
  void insert(const Hash32& hash, const TransactionFacts& facts, const Incoming& incoming, const Slice& bytes,
              Instant now);
  void erase(Entry& entry);
  void account_for(SourceId source);

  const PoolLimits limits_;
  const std::uint64_t share_count_;
  const std::uint64_t share_bytes_;
  std::unordered_map<Hash32, Entry, crypto::KeyedHash> by_hash_;
  std::map<Account, Entry*> by_account_;
  Order order_;
  std::map<SourceId, Holding> holdings_;
  std::set<SourceId> on_loan_;         // sources above their share: at most 2 x 100 / share_percent
  IntrusiveList<Entry, AgeTag> ages_;  // oldest first
  std::uint64_t sequence_ = 0;
  std::uint64_t bytes_ = 0;
  PoolCounters counters_;
};

}  // namespace ringwire::gossip
