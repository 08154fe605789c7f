#include "engine/security/ledger.hpp"

#include <algorithm>

namespace ringwire::security {
namespace {

// Entries whose rank has faded are filed anew when they come to the front; this many at most for one new
// subject.
constexpr int kRefilesMax = 8;

Duration ban_time(std::uint8_t served) {
  constexpr std::uint8_t kDoublingsMax = 8;  // of five minutes: beyond the longest
  return std::min(kBanLongest, kBanShortest * (1 << std::min(served, kDoublingsMax)));
}
static_assert(kBanShortest * (1 << 8) > kBanLongest);

}  // namespace

const char* name(Decision decision) {
  switch (decision) {
    case Decision::none:
      return "none";
    case Decision::disconnect:
      return "disconnect";
    case Decision::ban:
      return "ban";
  }
  return "unknown";
}

Ledger::Ledger(const Options& options)
    : options_(options), entries_(options.subjects_max, SubjectHash{options.key}) {
  RW_ASSERT(options.subjects_max > 0);
}

// --- charges

Verdict Ledger::charge(const NodeId& proven, Reason reason, const Now& now) {
  return charge(subject_of(proven), reason, rules_of(reason).identity, now);
}

Verdict Ledger::charge(const IpAddress& of_proven, Reason reason, const Now& now) {
  if (is_exempt(of_proven, options_.treat_loopback_as_public)) {
    counters_.exempt.add();
    return {};
  }
  return charge(subject_of(of_proven), reason, rules_of(reason).address, now);
}

Verdict Ledger::charge_unproven(const IpAddress& address, Reason reason, const Now& now) {
  if (is_exempt(address, options_.treat_loopback_as_public)) {
    counters_.exempt.add();
    return {};
  }
  return charge(subject_of(address), reason, rules_of(reason).unproven, now);
}

Verdict Ledger::charge(const Subject& subject, Reason reason, Points points, const Now& now) {
  counters_.charged[reason].add();
  if (points == 0) return {};
  const Decision alone = trusts(subject) ? Decision::none : decide(subject, reason, points, points);
  Entry* entry = find(subject);
  const bool takes_a_place = entries_.size() < options_.subjects_max || points < 0;
  if (entry == nullptr && takes_a_place) entry = open(subject, alone == Decision::ban, now.monotonic);
  if (entry == nullptr) {
    counters_.unrecorded.add();
    return {alone, {}, 0};
  }
  const Verdict verdict = judge(*entry, reason, points, now);
  file(*entry, now.monotonic);
  return verdict;
}

Decision Ledger::decide(const Subject& subject, Reason reason, Points points, Points score) {
  const bool is_node = subject.kind == Subject::Kind::node;
  // What is fatal for a peer is not for those who share its address.
  const bool fatal = is_node && rules_of(reason).fatal;
  if (points >= 0) return Decision::none;
  if (score <= kBanAt || fatal) return Decision::ban;
  return is_node && score <= kDisconnectAt ? Decision::disconnect : Decision::none;
}

Verdict Ledger::judge(Entry& entry, Reason reason, Points points, const Now& now) {
  const Instant at = now.monotonic;
  if (entry.banned(at)) {
    // Its score waits for the end of the ban. What it does meanwhile cannot make it longer.
    record(entry, {now, reason, 0, entry.score.value(at), Decision::ban});
    return {Decision::ban, entry.banned_until, entry.bans};
  }
  const bool trusted = trusts(entry.subject);
  if (trusted && points < -kTrustedMost) {
    counters_.spared.add();
    points = -kTrustedMost;
  }
  const Points before = entry.score.value(at);
  entry.score.add(points, at);
  if (trusted && points < 0 && entry.score.value(at) < kTrustedWorst)
    entry.score.set(std::min(before, kTrustedWorst), at);
  const Points score = entry.score.value(at);
  Verdict verdict;
  if (!trusted) verdict.decision = decide(entry.subject, reason, points, score);
  if (verdict.decision == Decision::ban) verdict = begin_ban(entry, at);
  if (verdict.decision == Decision::ban) counters_.bans.add();
  if (verdict.decision == Decision::disconnect) counters_.disconnects.add();
  record(entry, {now, reason, points, score, verdict.decision});
  return verdict;
}

Verdict Ledger::begin_ban(Entry& entry, Instant now) {
  const std::uint8_t served = entry.counting_bans(now);
  entry.banned_until = now + ban_time(served);
  entry.bans = static_cast<std::uint8_t>(served + (served < UINT8_MAX ? 1 : 0));
  entry.score.set(kAfterBan, entry.banned_until);
  return {Decision::ban, entry.banned_until, entry.bans};
}

std::uint8_t Ledger::Entry::counting_bans(Instant now) const {
  if (now <= banned_until) return bans;
  const std::int64_t forgiven = (now - banned_until) / kForgiveTime;
  return static_cast<std::uint8_t>(bans - std::min<std::int64_t>(bans, forgiven));
}

void Ledger::record(Entry& entry, const Change& change) {
  entry.history[entry.changes++ % kHistory] = change;
}

// --- the operator, and the file

Verdict Ledger::ban(const Subject& subject, Instant until, const Now& now) {
  counters_.charged[Reason::operator_ban].add();
  Entry* entry = find(subject);
  if (entry == nullptr) entry = open(subject, true, now.monotonic);
  entry->bans = entry->counting_bans(now.monotonic);
  entry->banned_until = until;
  entry->score.set(kAfterBan, until);
  record(*entry, {now, Reason::operator_ban, 0, kAfterBan, Decision::ban});
  file(*entry, now.monotonic);
  return {Decision::ban, until, entry->bans};
}

bool Ledger::lift(const Subject& subject, const Now& now) {
  Entry* const entry = find(subject);
  if (entry == nullptr || !entry->banned(now.monotonic)) return false;
  counters_.charged[Reason::operator_pardon].add();
  entry->banned_until = now.monotonic;
  entry->score.set(0, now.monotonic);
  record(*entry, {now, Reason::operator_pardon, 0, 0, Decision::none});
  file(*entry, now.monotonic);
  return true;
}

void Ledger::restore(const Ban& ban, const Now& now) {
  if (ban.until <= now.monotonic) return;
  Entry* entry = find(ban.subject);
  if (entry == nullptr) entry = open(ban.subject, true, now.monotonic);
  if (entry->banned_until >= ban.until) return;
  entry->banned_until = ban.until;
  entry->bans = std::max(entry->bans, ban.count);
  entry->score.set(kAfterBan, ban.until);
  file(*entry, now.monotonic);
}

std::vector<Ban> Ledger::bans(Instant now) const {
  std::vector<Ban> bans;
  for (const auto& [subject, entry] : entries_) {
    if (entry.banned(now)) bans.push_back({subject, entry.banned_until, entry.bans});
  }
  return bans;
}

std::optional<Explanation> Ledger::why(const Subject& subject, Instant now) const {
  const auto found = entries_.find(subject);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  Explanation why;
  why.subject = subject;
  why.score = entry.score.value(now);
  why.trusted = trusts(subject);
  if (entry.banned(now)) why.banned_until = entry.banned_until;
  why.bans = entry.counting_bans(now);
  why.changes_total = entry.changes;
  const std::uint64_t first = entry.changes < kHistory ? 0 : entry.changes - kHistory;
  for (std::uint64_t n = first; n < entry.changes; ++n) why.changes.push_back(entry.history[n % kHistory]);
  return why;
}

// --- places

Ledger::Rank Ledger::rank_of(const Entry& entry, Instant now) {
  if (entry.banned(now)) return Rank::banned;
  if (entry.counting_bans(now) > 0) return Rank::served;
  const Points score = entry.score.value(now);
  if (score <= kDisconnectAt) return Rank::bad;
  return score < 0 ? Rank::minor : Rank::clean;
}

// At the end of its list: the youngest of its rank.
void Ledger::file(Entry& entry, Instant now) {
  const Rank rank = rank_of(entry, now);
  // Bans are in the order in which they began.
  if (entry.linked() && rank == Rank::banned && entry.rank == Rank::banned) return;
  entry.unlink();
  entry.rank = rank;
  ranks_[static_cast<std::size_t>(rank)].push_back(entry);
}

Ledger::Entry* Ledger::find(const Subject& subject) {
  const auto found = entries_.find(subject);
  return found == entries_.end() ? nullptr : &found->second;
}

Ledger::Entry* Ledger::open(const Subject& subject, bool for_ban, Instant now) {
  if (entries_.size() >= options_.subjects_max && !make_room(for_ban, now)) return nullptr;
  return &entries_.try_emplace(subject, subject).first->second;
}

Ledger::Entry* Ledger::first_to_go() {
  for (auto& list : ranks_) {
    if (!list.empty()) return list.front();
  }
  return nullptr;
}

bool Ledger::make_room(bool for_ban, Instant now) {
  Entry* last = first_to_go();
  // Time has made it better than it was filed, or ended its ban.
  for (int refiles = 0; refiles < kRefilesMax && rank_of(*last, now) != last->rank; ++refiles) {
    file(*last, now);
    last = first_to_go();
  }
  const bool banned = last->banned(now);
  if (banned && !for_ban) return false;
  counters_.evicted.add();
  if (banned) counters_.evicted_bans.add();
  entries_.erase(Subject(last->subject));
  return true;
}

Footprint Ledger::footprint(const Options& options) {
  return {{"security: ledger", options.subjects_max, sizeof(Entry) + sizeof(Subject) + 4 * sizeof(void*)}};
}

}  // namespace ringwire::security
