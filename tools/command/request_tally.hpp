// What a traffic generator asks, and what became of it: every request has bytes of its own, and its answer
// must be the same bytes, once.
//
// Memory: what is open, kOpenMax on each connection. Thread: the generator's.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "tools/command/load_report.hpp"

namespace ringwire::command {

class RequestTally {
 public:
  // A node takes no more of one session (engine/session/open_requests.hpp).
  static constexpr std::uint32_t kOpenMax = 128;
  // An answer that takes longer is counted as late.
  static constexpr Duration kDeadline = 5s;

  // `bytes` of each request beside its id. `check`: compare the bytes of answers, not only their ids.
  RequestTally(std::uint32_t connections, std::uint32_t bytes, bool check);

  [[nodiscard]] bool may_ask(std::uint32_t connection) const { return open_[connection] < kOpenMax; }
  // The record of the next request; asked() when it was sent.
  [[nodiscard]] ByteView next();
  void asked(std::uint32_t connection, Instant now);
  // The record of an answer.
  void on_answer(std::uint32_t connection, const SliceChain& record, Instant now, LoadReport& report);
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint32_t connection = 0;
    Instant sent;
  };
  void fill(std::uint64_t id);

  const bool check_;
  std::uint64_t last_ = 0;
  std::vector<std::uint8_t> record_;
  std::vector<std::uint8_t> answer_;
  std::vector<std::uint32_t> open_;  // by connection
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace ringwire::command
