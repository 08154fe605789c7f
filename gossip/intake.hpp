// The owner's decision about each message: once, in bounded memory, within a CPU budget.
//
// One Intake per shard decides all messages the shard owns (gossip/ownership.hpp), wherever they arrived.
//
//            offer()              work()                    verdict()
//   unknown --------> queued ---------------> accepted           ^
//                       |---> rejected                           |
//                       '---> awaiting --> accepted | rejected | ignored | expired (on_deadline())
//
// Exactly-once. An id is `pending` from the offer to its final decision and `seen` from the moment the
// application is given the message (accepted or awaiting) for the window of the seen cache. So for each id at
// most one Decision says `deliver` within the window, whatever order copies, verdicts and full queues come
// in. A restart forgets.
//
// Attacks and rules
//  - Garbage that cuts the window short: what the policy refuses never enters the seen cache. It has a memory
//    of its own, in two halves: `offending` (whoever relays it is to blame) and `refused` (nobody is).
//  - An id that does not commit to every byte the decision depends on lets a peer poison it: bad bytes first,
//    and the good message is a duplicate. Ids here are hashes over all of them (transaction_hash,
//    publish_name).
//  - Forged signatures: a signed topic message is checked here, once, before the application sees it; a bad
//    one is rejected and counts against whoever brought it.
//  - Replays, and one number for two messages: a signed message is `seen` by its origin and number, so at
//    most one of all with both in common is delivered within the window.
//  - A flood from one source: see gossip/fair_queue.hpp. What is no transaction has a queue of its own,
//    served first, so a consensus vote, signed or not, never waits behind transactions.
//  - Costly checks: work() is given a budget of CPU time and charges estimates to it (35 us a transaction, as
//    much a signed topic message). One message of each queue is decided per call even without budget, so
//    nothing starves.
//  - A slow or silent application: it has `verdict_timeout`; then the message is `expired`: delivered, not
//    relayed, nobody penalised. With awaiting_max or awaiting_bytes_max waiting, messages that need a
//    verdict stay queued, and the queue fills: back-pressure, not loss.
//
// source_full and full mean: nothing was taken, pause this feeder and offer again after work() (has_room()).
// Bytes are held by reference: at most the two queues' bytes_max and awaiting_bytes_max together
// (and one message more each).
//
// Memory: fixed at construction but for what a SliceChain of more than two slices allocates. Complexity: O(1)
// per offer, decision and verdict. Thread: the owner shard's. Timers: next_deadline() = the oldest awaited
// verdict.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "codec/base/intrusive_list.hpp"
#include "codec/base/slice_chain.hpp"
#include "gossip/fair_queue.hpp"
#include "gossip/seen_cache.hpp"
#include "gossip/transaction_policy.hpp"

namespace ringwire::gossip {

enum class Kind : std::uint8_t { transaction, publish, signed_publish, app_data, count_ };
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::count_);
const char* name(Kind kind);

struct IntakeLimits {
  SeenLimits seen;
  std::uint32_t refused_max = 1U << 16;  // ids remembered in each of `refused` and `offending`
  QueueLimits transactions;              // wait for a signature: 4096 are 0.14 s of one core
  QueueLimits direct{.items_max = 4096, .bytes_max = 32ULL << 20};  // wait for their turn; topic messages
  std::uint32_t transaction_bytes_max = 128 * 1024;
  Duration transaction_cost_max = 35us;  // what one is expected to cost at most: sizes the batches
  std::uint32_t awaiting_max = 1024;
  std::uint64_t awaiting_bytes_max = 32ULL << 20;
  Duration verdict_timeout = 1s;
  // Kinds the application judges: transactions after the policy, others instead of being accepted as they
  // are.
  std::array<bool, kKinds> asks_application{};
};

// What offer() found. The first group takes the bytes, the others leave them with the caller.
enum class Offered : std::uint8_t {
  queued,  // a Decision will follow
  // Duplicates: drop it.
  pending,    // being decided; the source is noted and named in the Decision
  repeated,   // being decided, and this very source had brought it before: count it against the source
  seen,       // the application has had it
  refused,    // was refused, nobody's fault
  offending,  // was refused, and counts against everybody who relays it: penalise this source too
  // Not now: pause the feeder, offer again later.
  source_full,
  full,
  // Never: drop it. A setting, so not penalised.
  too_large,
  count_,
};
inline constexpr std::size_t kOffereds = static_cast<std::size_t>(Offered::count_);
const char* name(Offered offered);
inline bool must_pause(Offered offered) {
  return offered == Offered::source_full || offered == Offered::full;
}

enum class Outcome : std::uint8_t {
  accepted,
  rejected,  // by policy or application
  awaiting,  // not final: ask the application, then call verdict()
  ignored,   // the application wants it neither relayed nor punished
  expired,   // the application did not answer in time
  count_,
};
inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::count_);
const char* name(Outcome outcome);

enum class Verdict : std::uint8_t { accept, reject, ignore };

inline constexpr std::size_t kCoSourcesMax = 7;

struct Decision {
  Hash32 id;
  Kind kind = Kind::transaction;
  Outcome outcome = Outcome::accepted;
  bool deliver = false;   // give it to the application now: true once per id within the window
  bool relay = false;     // send it on: true at most once, with outcome accepted
  bool penalise = false;  // it counts against source and co_sources
  Refusal refusal = Refusal::none;
  SliceChain bytes;
  TransactionFacts facts;  // of a transaction that the policy accepted
  SourceId source;         // who brought it first: credit for it, do not send it back
  Instant offered;         // when that was
  // Who else brought it while it was pending, in order; more than kCoSourcesMax are counted, not named.
  std::array<SourceId, kCoSourcesMax> co_sources{};
  std::uint8_t co_source_count = 0;
};

struct IntakeCounters {
  std::array<Counter, kOffereds> offered;
  std::array<Counter, kOutcomes> decided;
  std::array<Counter, kKinds> delivered;
  Counter penalised;           // rejected, and it counts against who brought it
  Counter bad_signatures;      // signed topic messages that their origin did not sign: rejected, penalised
  Counter repeated_numbers;    // signed ones under the number of another: rejected, nobody's fault
  Counter co_sources_unnamed;  // copies of a pending message beyond kCoSourcesMax
  Counter late_verdicts;       // for an id that awaits none (expired, or never asked)
  Counter awaiting;            // gauge
  Counter queued;              // gauge
};

class Intake {
 public:
  // `key` is drawn at start and never leaves the process. `policy` must outlive the intake.
  Intake(const IntakeLimits& limits, const crypto::SipKey& key, TransactionPolicy& policy);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  ~Intake();

  // `id` is the id of `bytes` by the rules of `kind`, and `digest` what the origin of a signed_publish signed
  // (the caller computed both). Moves from `bytes` only where the answer is `queued`.
  Offered offer(const Hash32& id, Kind kind, SliceChain&& bytes, SourceId source, Instant now,
                const Hash32& digest = {});
  // Would a new message of this size be queued now?
  [[nodiscard]] bool has_room(Kind kind, SourceId source, std::uint64_t bytes) const;

  // Decides queued messages in turn until `budget` is used up, appending to `out`. Returns what it charged.
  Duration work(Duration budget, Instant now, std::vector<Decision>& out);
  // Whether work() would decide anything now.
  [[nodiscard]] bool has_work() const;

  // The application's answer. The final Decision, or nothing where none is awaited (late: counted).
  std::optional<Decision> verdict(const Hash32& id, Verdict verdict, Instant now);

  [[nodiscard]] Instant next_deadline();
  void on_deadline(Instant now, std::vector<Decision>& out);

  // From now on the application judges messages of this kind, or does not any more.
  void ask_application(Kind kind, bool asks) {
    limits_.asks_application[static_cast<std::size_t>(kind)] = asks;
  }

  // Forgets everything undecided and unanswered, so that its bytes go home. For shutting down: what was
  // queued is lost, what awaited a verdict is not relayed.
  void clear();

  [[nodiscard]] const IntakeCounters& counters() const { return counters_; }
  [[nodiscard]] const SeenCounters& seen_counters() const { return seen_.counters(); }
  static Footprint footprint(const IntakeLimits& limits);

 private:
  struct AwaitingTag;
  struct Item : ListNode<AwaitingTag> {
    Fingerprint fingerprint;
    Hash32 id;
    Hash32 digest;
    Kind kind = Kind::transaction;
    std::uint8_t co_source_count = 0;
    SliceChain bytes;
    SourceId source;
    std::array<SourceId, kCoSourcesMax> co_sources{};
    TransactionFacts facts;
    Instant offered;
    Instant deadline;
    std::uint32_t next_free = 0;
  };
  struct Batch {
    std::array<std::uint32_t, kJudgedMax> items{};
    std::array<ByteView, kJudgedMax> bytes{};
    std::size_t size = 0;
  };

  static std::uint32_t positions(const IntakeLimits& limits) {
    return limits.transactions.items_max + limits.direct.items_max + limits.awaiting_max;
  }
  [[nodiscard]] FairQueue& queue_of(Kind kind) { return kind == Kind::transaction ? transactions_ : direct_; }
  [[nodiscard]] const FairQueue& queue_of(Kind kind) const {
    return kind == Kind::transaction ? transactions_ : direct_;
  }
  [[nodiscard]] bool asks(Kind kind) const {
    return limits_.asks_application[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint32_t find(const Fingerprint& id) const;
  // What the memory of delivered messages knows a message by.
  [[nodiscard]] Fingerprint seen_as(const Hash32& id, Kind kind) const;
  [[nodiscard]] std::optional<Offered> known(const Hash32& id, Kind kind, SourceId source, Instant now);
  Offered note_co_source(Item& item, SourceId source);
  Offered try_offer(const Hash32& id, Kind kind, SliceChain& bytes, SourceId source, Instant now,
                    const Hash32& digest);
  Item& enqueue(const Hash32& id, Kind kind, SliceChain& bytes, SourceId source, Instant now);

  [[nodiscard]] bool can_await(std::size_t items_before, std::uint64_t bytes) const;
  [[nodiscard]] bool is_runnable(const FairQueue& queue) const;
  // Of a message that is no transaction.
  [[nodiscard]] Judgement judge(const Item& item, Instant now);
  Duration work_direct(Duration budget, Instant now, std::vector<Decision>& out);
  Duration work_transactions(Duration budget, Instant now, std::vector<Decision>& out);
  void take_batch(std::size_t items_max, Batch& batch);
  void reject(std::uint32_t position, const Judgement& judgement, Instant now, std::vector<Decision>& out);
  void pass(std::uint32_t position, Instant now, std::vector<Decision>& out);
  Decision describe(const Item& item, Outcome outcome);
  Decision conclude(std::uint32_t position, Outcome outcome);
  void release(std::uint32_t position);
  [[nodiscard]] std::uint32_t position_of(const Item& item) const {
    return static_cast<std::uint32_t>(&item - items_.get());
  }
  void update_gauges();

  IntakeLimits limits_;
  const crypto::SipKey key_;
  TransactionPolicy& policy_;
  SeenCache seen_;
  SeenCache refused_;
  SeenCache offending_;
  std::unique_ptr<Item[]> items_;
  std::uint32_t free_ = 0;
  KeyedIndex pending_;
  FairQueue transactions_;
  FairQueue direct_;
  IntrusiveList<Item, AwaitingTag> awaiting_;  // by deadline
  std::uint32_t awaiting_count_ = 0;
  std::uint64_t awaiting_bytes_ = 0;
  std::vector<std::uint8_t> scratch_;  // transactions that straddle buffers, made contiguous for one batch
  IntakeCounters counters_;
};

}  // namespace ringwire::gossip
