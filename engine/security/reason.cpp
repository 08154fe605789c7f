#include "engine/security/reason.hpp"

#include <array>

#include "codec/base/check.hpp"

namespace ringwire::security {
namespace {

constexpr Points points(int whole) {
  return whole * kPoint;
}

// Columns: reason, name, identity, address, unproven, fatal.
constexpr std::array kRules = std::to_array<ReasonRules>({
    // Ends the session once, bans the second time within a half-life: a peer of another version that is
    // upgraded meanwhile is not lost for long.
    {Reason::bad_frame, "bad_frame", points(-25), points(-5), points(-10), false},
    // TCP's own checksum misses one segment in some millions: it happens to honest peers, seldom.
    {Reason::bad_checksum, "bad_checksum", points(-10), points(-2), points(-5), false},
    // A port scanner, another protocol, a try. Ten within a half-life are none of these.
    {Reason::bad_handshake, "bad_handshake", points(-10), points(-2), points(-5), false},
    // Costs us a recovery, and no correct peer sends it.
    {Reason::bad_proof, "bad_proof", 0, 0, points(-15), false},
    // Also what a broken path looks like.
    {Reason::slow_handshake, "slow_handshake", 0, 0, points(-2), false},
    // It was made to wait before and went on.
    {Reason::over_limit, "over_limit", points(-20), points(-5), points(-5), false},
    // Weak lines are no offence; that it was disconnected is enough.
    {Reason::too_slow, "too_slow", points(-2), 0, 0, false},
    // Refused by rules that every correct node of the network shares.
    {Reason::invalid_transaction, "invalid_transaction", points(-16), points(-4), 0, false},
    // Relaying takes checking, so no correct node sends it.
    {Reason::forged_message, "forged_message", points(-20), points(-5), 0, false},
    // The application's word counts as ours: gone at once, banned at the third.
    {Reason::rejected_message, "rejected_message", points(-20), points(-5), 0, false},
    // Work was spent on forging or relaying it unseen: nobody does this by accident.
    {Reason::invalid_block, "invalid_block", points(-100), points(-20), 0, true},
    // Small: pools differ, and prices move between the two messages.
    {Reason::bad_announcement, "bad_announcement", points(-1), 0, 0, false},
    // May be our own deadline that ran out first.
    {Reason::unasked_answer, "unasked_answer", points(-2), 0, 0, false},
    // As a block: proofs are right or made wrong.
    {Reason::invalid_answer, "invalid_answer", points(-100), points(-20), 0, true},
    {Reason::missed_deadline, "missed_deadline", points(-4), 0, 0, false},
    // A thousand of these and one are worth the same: kBest.
    {Reason::useful_answer, "useful_answer", points(1) / 10, 0, 0, false},
    {Reason::useful_message, "useful_message", points(1) / 100, 0, 0, false},
    {Reason::operator_ban, "operator_ban", 0, 0, 0, false},
    {Reason::operator_pardon, "operator_pardon", 0, 0, 0, false},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (static_cast<std::size_t>(kRules[i].reason) != i) return false;
  }
  return kRules.size() == static_cast<std::size_t>(Reason::count_);
}
static_assert(in_order());

}  // namespace

std::span<const ReasonRules> reason_rules() {
  return kRules;
}

const ReasonRules& rules_of(Reason reason) {
  RW_ASSERT(reason < Reason::count_);
  return kRules[static_cast<std::size_t>(reason)];
}

const char* name(Reason reason) {
  return reason < Reason::count_ ? rules_of(reason).name : "unknown";
}

std::optional<Reason> parse_reason(std::string_view name) {
  for (const ReasonRules& rules : kRules) {
    if (name == rules.name) return rules.reason;
  }
  return std::nullopt;
}

}  // namespace ringwire::security
