#include "engine/session/open_requests.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::session {

// --- ours

std::optional<std::uint64_t> AskedRequests::open(std::uint64_t number, Instant deadline) {
  if (open_.size() == kOpenRequestsMax) return std::nullopt;
  open_.push_back({++last_, number, deadline});
  return last_;
}

AskedRequests::Answer AskedRequests::find(std::uint64_t id) const {
  const auto found = std::ranges::lower_bound(open_, id, {}, &Open::id);
  if (found != open_.end() && found->id == id) return {AnswerFit::open, found->number};
  if (id == 0 || id > last_) return {AnswerFit::unasked, 0};
  const bool may_be_late = id <= unjudged_ || std::ranges::find(given_up_, id) != given_up_.end();
  return {may_be_late ? AnswerFit::late : AnswerFit::unasked, 0};
}

void AskedRequests::settle(std::uint64_t id) {
  const auto found = std::ranges::lower_bound(open_, id, {}, &Open::id);
  if (found != open_.end() && found->id == id) {
    open_.erase(found);
  } else {
    std::erase(given_up_, id);
  }
}

void AskedRequests::give_up(std::size_t at) {
  if (given_up_.size() == kGivenUpMax) {
    unjudged_ = std::max(unjudged_, given_up_.front());
    given_up_.erase(given_up_.begin());
  }
  given_up_.push_back(open_[at].id);
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
}

bool AskedRequests::cancel(std::uint64_t number) {
  const auto found = std::ranges::find(open_, number, &Open::number);
  if (found == open_.end()) return false;
  give_up(static_cast<std::size_t>(found - open_.begin()));
  return true;
}

std::optional<std::uint64_t> AskedRequests::expire(Instant now) {
  const auto due = std::ranges::find_if(open_, [&](const Open& each) { return each.deadline <= now; });
  if (due == open_.end()) return std::nullopt;
  const std::uint64_t number = due->number;
  give_up(static_cast<std::size_t>(due - open_.begin()));
  return number;
}

void AskedRequests::give_up_all() {
  open_.clear();
  given_up_.clear();
  unjudged_ = last_;
}

Instant AskedRequests::next_deadline() const {
  Instant next = kNever;
  for (const Open& each : open_) next = std::min(next, each.deadline);
  return next;
}

// --- theirs

RequestFit OwedAnswers::judge(std::uint64_t id) const {
  if (id == 0) return RequestFit::zero;
  if (std::ranges::find(owed_, id, &Owed::id) != owed_.end()) return RequestFit::repeated;
  return owed_.size() == kOpenRequestsMax ? RequestFit::too_many : RequestFit::fresh;
}

void OwedAnswers::add(std::uint64_t id, Instant now) {
  RW_ASSERT(judge(id) == RequestFit::fresh);
  owed_.push_back({id, now + kRequestTimeMax});
}

bool OwedAnswers::settle(std::uint64_t id) {
  const auto found = std::ranges::find(owed_, id, &Owed::id);
  if (found == owed_.end()) return false;
  owed_.erase(found);
  return true;
}

std::size_t OwedAnswers::expire(Instant now) {
  const auto left = std::ranges::find_if(owed_, [&](const Owed& each) { return each.deadline > now; });
  const auto expired = static_cast<std::size_t>(left - owed_.begin());
  owed_.erase(owed_.begin(), left);
  return expired;
}

Instant OwedAnswers::next_deadline() const {
  return owed_.empty() ? kNever : owed_.front().deadline;
}

}  // namespace ringwire::session
