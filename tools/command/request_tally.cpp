#include "tools/command/request_tally.hpp"

#include <algorithm>

#include "codec/base/prng.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/open_requests.hpp"

namespace ringwire::command {

static_assert(RequestTally::kOpenMax == session::kOpenRequestsMax);

RequestTally::RequestTally(std::uint32_t connections, std::uint32_t bytes, bool check)
    : check_(check), record_(wire::kAppHeaderBytes + bytes), open_(connections) {}

// No two requests are alike, and each can be made again.
void RequestTally::fill(std::uint64_t id) {
  store_be(record_.data(), id);
  Prng prng(id);
  for (std::size_t at = wire::kAppHeaderBytes; at < record_.size(); at += sizeof(std::uint64_t)) {
    std::array<std::uint8_t, sizeof(std::uint64_t)> word;
    store_be(word.data(), prng.next());
    std::copy_n(word.begin(), std::min(word.size(), record_.size() - at),
                record_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

ByteView RequestTally::next() {
  fill(last_ + 1);
  return record_;
}

void RequestTally::asked(std::uint32_t connection, Instant now) {
  waiting_[++last_] = {connection, now};
  ++open_[connection];
}

void RequestTally::on_answer(std::uint32_t connection, const SliceChain& record, Instant now,
                             LoadReport& report) {
  answer_.resize(record.bytes());
  record.copy_to(answer_, CopyReason::cross_thread);
  const auto answer = wire::decode_app_message(answer_);
  const auto found = answer ? waiting_.find(answer->request_id) : waiting_.end();
  if (found == waiting_.end() || found->second.connection != connection) {
    const bool again = answer && answer->request_id != 0 && answer->request_id <= last_;
    ++(again ? report.duplicated : report.unknown);
    return;
  }
  fill(answer->request_id);
  if (check_ && answer_ != record_) {
    ++report.altered;
  } else {
    ++report.delivered;
  }
  const Duration took = now - found->second.sent;
  report.latency.record(took);
  if (took > kDeadline) ++report.late;
  --open_[connection];
  waiting_.erase(found);
}

}  // namespace ringwire::command
