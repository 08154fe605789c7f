// The one store of scores: what each peer and each network has done, what follows from it, and why.
//
// Attack: a peer misbehaves, leaves, and comes back as new; or behaves for an hour to be bad for a minute; or
// makes so many identities that its own record is pushed out; or gets somebody else banned.
//
// Rules
//  - Subjects are proven node ids, and addresses (IPv6: their /56) that completed a TCP handshake. An
//    identity that is only claimed never gets here: that connection is charge_unproven() of its address.
//  - Parts of the engine emit reasons; points, and who is charged, are in engine/security/reason.hpp. A score
//    fades with a half-life of ten minutes, stays while the peer is away, and good conduct is worth at most
//    kBest, however much there was of it.
//  - A charge ends the connection at kDisconnectAt, and bans at kBanAt or where its reason is fatal. Only a
//    charge does: nobody is disconnected for what was settled before. An address is banned or left alone:
//    others who share it have done nothing.
//  - The first ban is kBanShortest, each further one twice as long, up to kBanLongest. Each kForgiveTime
//    without one after its end takes one doubling back. The score starts again at kAfterBan when a ban ends.
//  - Trusted peers and their addresses are charged at most kTrustedMost for each reason, stay above
//    kDisconnectAt, and are banned only by the operator. Local addresses are not charged at all, unless
//    `treat_loopback_as_public` is set.
//  - Bounded. In a full ledger a new subject takes the place of the least bad one, the oldest of those. A ban
//    gives way only to a ban, the oldest first; so a flood of fresh identities evicts fresh identities. Good
//    conduct takes nobody's place.
//  - What happened stays visible: the last kHistory changes of each subject, in order.
//
// Every shard has a ledger of the subjects it owns (owner_of, engine/security/subject.hpp). A verdict `ban`
// is mailed to all shards, whose ban lists (engine/security/ban_list.hpp) refuse.
//
// Time is monotonic; the wall clock only labels changes. Memory: footprint(). Complexity: O(1) expected.
// Thread: its shard's. Timers: none.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "codec/base/footprint.hpp"
#include "codec/base/intrusive_list.hpp"
#include "engine/security/score.hpp"
#include "engine/security/subject.hpp"
#include "engine/session/counters.hpp"

namespace ringwire::security {

inline constexpr Duration kBanShortest = 5min;
inline constexpr Duration kBanLongest = 12h;
inline constexpr Duration kForgiveTime = 12h;
inline constexpr Points kAfterBan = kBanAt / 2;
inline constexpr Points kTrustedMost = 2 * kPoint;
inline constexpr Points kTrustedWorst = kDisconnectAt + kPoint;

enum class Decision : std::uint8_t {
  none,        // go on
  disconnect,  // end its connections
  ban,         // and refuse it until Verdict::until
};
const char* name(Decision decision);

struct Verdict {
  Decision decision = Decision::none;
  Instant until;           // of a ban
  std::uint8_t count = 0;  // of a ban: as Ban::count

  bool operator==(const Verdict&) const = default;
};

struct Change {
  Now at;
  Reason reason{};
  Points points = 0;  // as charged: after what trust takes off
  Points score = 0;   // afterwards
  Decision decision = Decision::none;
};

// What `ringwire why` prints.
struct Explanation {
  Subject subject;
  Points score = 0;  // faded to now
  bool trusted = false;
  std::optional<Instant> banned_until;
  std::uint8_t bans = 0;            // that count for the length of the next
  std::uint64_t changes_total = 0;  // of which the last are here
  std::vector<Change> changes;      // oldest first
};

struct LedgerCounters {
  session::CounterPer<Reason> charged;
  Counter bans;
  Counter disconnects;
  Counter exempt;        // charges of local addresses
  Counter spared;        // charges that trust made smaller
  Counter evicted;       // subjects that gave way to new ones
  Counter evicted_bans;  // of those, banned ones
  Counter unrecorded;    // charges judged alone, because the ledger is full of worse
};

class Ledger {
 public:
  static constexpr std::size_t kHistory = 16;
  // Of a whole node: its connections, and many times as many that were here before.
  static constexpr std::uint32_t kSubjectsMax = 16'384;

  struct Options {
    crypto::SipKey key;
    std::uint32_t subjects_max = kSubjectsMax;
    bool treat_loopback_as_public = false;
  };
  explicit Ledger(const Options& options);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void trust(const NodeId& node) { trusted_.insert(subject_of(node)); }
  void trust(const IpAddress& address) { trusted_.insert(subject_of(address)); }
  [[nodiscard]] bool trusts(const Subject& subject) const { return trusted_.contains(subject); }

  // What a proven peer did: on the owner of its id, and on the owner of the address it came from. The second
  // is not asked for where the peer is trusted.
  Verdict charge(const NodeId& proven, Reason reason, const Now& now);
  Verdict charge(const IpAddress& of_proven, Reason reason, const Now& now);
  // What a connection did that has proven nothing but its address.
  Verdict charge_unproven(const IpAddress& address, Reason reason, const Now& now);

  // --- the operator, whose word goes before trust. kNever: until it is lifted
  Verdict ban(const Subject& subject, Instant until, const Now& now);
  // False where it was not banned, or not any more. Its score starts again at 0.
  bool lift(const Subject& subject, const Now& now);

  // A ban of an earlier run, as bans() gave it.
  void restore(const Ban& ban, const Now& now);
  // Those in force, in no order.
  [[nodiscard]] std::vector<Ban> bans(Instant now) const;

  // Nothing where nothing is known of it.
  [[nodiscard]] std::optional<Explanation> why(const Subject& subject, Instant now) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const LedgerCounters& counters() const { return counters_; }
  static Footprint footprint(const Options& options);

 private:
  // From the first to go to the last.
  enum class Rank : std::uint8_t { clean, minor, bad, served, banned, count_ };
  struct RankTag;

  struct Entry : ListNode<RankTag> {
    const Subject subject;
    Rank rank = Rank::clean;
    Score score;
    Instant banned_until;  // 0: never was
    std::uint8_t bans = 0;
    std::uint64_t changes = 0;
    std::array<Change, kHistory> history{};  // a ring: change n is at n % kHistory

    explicit Entry(const Subject& whom) : subject(whom) {}
    [[nodiscard]] bool banned(Instant now) const { return now < banned_until; }
    [[nodiscard]] std::uint8_t counting_bans(Instant now) const;
  };

  Verdict charge(const Subject& subject, Reason reason, Points points, const Now& now);
  Verdict judge(Entry& entry, Reason reason, Points points, const Now& now);
  static Decision decide(const Subject& subject, Reason reason, Points points, Points score);
  static Verdict begin_ban(Entry& entry, Instant now);
  static void record(Entry& entry, const Change& change);
  [[nodiscard]] static Rank rank_of(const Entry& entry, Instant now);
  void file(Entry& entry, Instant now);
  // Null where every place is a ban's and `for_ban` is false.
  Entry* open(const Subject& subject, bool for_ban, Instant now);
  bool make_room(bool for_ban, Instant now);
  [[nodiscard]] Entry* first_to_go();
  [[nodiscard]] Entry* find(const Subject& subject);

  const Options options_;
  std::set<Subject> trusted_;
  std::unordered_map<Subject, Entry, SubjectHash> entries_;
  std::array<IntrusiveList<Entry, RankTag>, static_cast<std::size_t>(Rank::count_)> ranks_;  // oldest first
  LedgerCounters counters_;
};

}  // namespace ringwire::security
