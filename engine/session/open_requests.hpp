// The application's requests on one session: those we made, and those that the peer made and we owe an answer
// to.
//
// Attacks
//  - Answer what nobody asked, or the same question again and again: an answer counts only for a request that
//    is open on this very session.
//  - Ask without end, or with an id that is taken: requests have a limit, and one id is open once.
//  - Never answer; never be answered: both kinds end by a deadline, so that no place is held for ever.
//
// Ids on the wire. Ours rise by one from 1 on, per session, so that an id above the last one was never asked
// for, and 0 never. A request that we gave up (its time passed, or it was cancelled) may still be answered,
// and whoever does that did nothing wrong: the last kGivenUpMax of them are remembered. What is older than
// one that had to be forgotten is not judged any more: so nobody is blamed for an answer that was merely
// late, and one who answers twice is found out while it matters.
//
// An answer is looked at (find) before it is taken (settle): where there is no room for it yet, nothing has
// changed and it can be looked at again.
//
// Timer: next_deadline(). Thread: the connection's shard. Pure. Complexity: O(open requests), which are few.
// Memory: nothing until the first request, then at most kRequestsBytesMax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/base/time.hpp"

namespace ringwire::session {

// Open at once on one session, each way. At a round trip of 100 ms that is more than a thousand answers a
// second from one peer.
inline constexpr std::size_t kOpenRequestsMax = 128;

// No request is open for longer, at either end: who asks must not wait longer than who answers remembers.
inline constexpr Duration kRequestTimeMax = 60s;

// As many as can be late at once while half as many again are open.
inline constexpr std::size_t kGivenUpMax = kOpenRequestsMax / 2;

// What an answer is.
enum class AnswerFit : std::uint8_t {
  open,     // to a request that waits for it
  late,     // to one that was given up, or may have been: drop it
  unasked,  // to none of ours, or to one that was answered: no correct peer sends that
};

class AskedRequests {
 public:
  // Its id on the wire; nothing where kOpenRequestsMax are open. `number` is the caller's name for it.
  std::optional<std::uint64_t> open(std::uint64_t number, Instant deadline);

  struct Answer {
    AnswerFit fit{};
    std::uint64_t number = 0;  // where it is open
  };
  [[nodiscard]] Answer find(std::uint64_t id) const;
  // The answer under this id has been dealt with, whatever it was.
  void settle(std::uint64_t id);

  // False where no such request is open.
  bool cancel(std::uint64_t number);
  // The number of a request whose deadline passed, given up with this call; nothing where there is none.
  std::optional<std::uint64_t> expire(Instant now);
  // Whoever asked is gone.
  void give_up_all();

  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] std::size_t count() const { return open_.size(); }

 private:
  struct Open {
    std::uint64_t id = 0;
    std::uint64_t number = 0;
    Instant deadline;
  };
  void give_up(std::size_t at);

  std::vector<Open> open_;               // ids rise
  std::vector<std::uint64_t> given_up_;  // oldest first
  std::uint64_t last_ = 0;
  std::uint64_t unjudged_ = 0;  // up to this id
};

// What a request of the peer is.
enum class RequestFit : std::uint8_t {
  fresh,
  zero,      // an id that no correct peer uses
  repeated,  // its id is open already
  too_many,  // kOpenRequestsMax are open
};

class OwedAnswers {
 public:
  [[nodiscard]] RequestFit judge(std::uint64_t id) const;
  // One that judge() called fresh (asserted): it is owed an answer for kRequestTimeMax.
  void add(std::uint64_t id, Instant now);
  // It is being answered. False where nothing is owed: answered already, or too late.
  bool settle(std::uint64_t id);
  // Forgets those whose time is over; returns how many.
  std::size_t expire(Instant now);
  void clear() { owed_.clear(); }

  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] std::size_t count() const { return owed_.size(); }

 private:
  struct Owed {
    std::uint64_t id = 0;
    Instant deadline;
  };
  std::vector<Owed> owed_;  // as they came, so deadlines rise
};

inline constexpr std::size_t kRequestsBytesMax = kOpenRequestsMax * (24 + 16) + 2 * kGivenUpMax * 8;

}  // namespace ringwire::session
