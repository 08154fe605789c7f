#include "engine/uring/send_batch.hpp"

#include <limits>

#include "engine/driver/errno_table.hpp"

namespace ringwire::uring {
namespace {

constexpr int kTurnFlags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;

std::uint64_t total(std::span<const ByteView> pieces) {
  std::uint64_t bytes = 0;
  for (const ByteView piece : pieces) bytes += piece.size();
  return bytes;
}

}  // namespace

SendBatch::SendBatch(Ring& ring, driver::DriverCounters& counters)
    : ring_(ring),
      counters_(counters),
      pieces_(std::make_unique<iovec[]>(kPieces)),
      headers_(std::make_unique<msghdr[]>(kHeaders)) {}

void SendBatch::add(int descriptor, driver::ConnectionId connection, std::span<const ByteView> pieces) {
  RW_ASSERT(!pieces.empty() && pieces.size() <= driver::Driver::kPiecesMax);
  const std::uint64_t bytes = total(pieces);
  RW_ASSERT(bytes <= std::numeric_limits<std::int32_t>::max());
  msghdr* header = pieces.size() > 1 ? &gather(pieces) : nullptr;
  io_uring_sqe& entry = ring_.entry();
  if (header == nullptr) {
    io_uring_prep_send(&entry, descriptor, pieces[0].data(), pieces[0].size(), kTurnFlags);
  } else {
    io_uring_prep_sendmsg(&entry, descriptor, header, kTurnFlags);
  }
  entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
  entry.user_data =
      UserData{OperationKind::turn_send, turn_, static_cast<std::uint32_t>(sent_.size())}.pack();
  sent_.push_back({connection, static_cast<std::uint32_t>(bytes)});
  bytes_ += bytes;
  counters_.sends.add();
}

msghdr& SendBatch::gather(std::span<const ByteView> pieces) {
  if (pieces_used_ + pieces.size() > kPieces || headers_used_ == kHeaders) {
    counters_.submission_full.add();
    ring_.submit();
    pieces_used_ = headers_used_ = 0;
  }
  iovec* list = &pieces_[pieces_used_];
  for (const ByteView piece : pieces) {
    pieces_[pieces_used_++] = {const_cast<std::uint8_t*>(piece.data()), piece.size()};
  }
  msghdr& header = headers_[headers_used_++];
  header = {};
  header.msg_iov = list;
  header.msg_iovlen = pieces.size();
  return header;
}

std::optional<driver::Unsent> SendBatch::fell_short(UserData data, std::int32_t result) {
  if (data.generation != turn_ || data.index >= sent_.size()) return std::nullopt;
  const Sent& sent = sent_[data.index];
  const std::uint32_t taken = result > 0 ? static_cast<std::uint32_t>(result) : 0;
  bytes_ -= sent.bytes - taken;
  counters_.short_sends.add();
  const bool broken =
      result < 0 && driver::next_move(driver::Operation::send, -result) == driver::NextMove::close;
  return driver::Unsent{sent.connection, taken, broken ? -result : 0};
}

void SendBatch::end_turn() {
  counters_.sent_bytes.add(bytes_);
  bytes_ = 0;
  sent_.clear();
  pieces_used_ = headers_used_ = 0;
  turn_ = (turn_ + 1) & UserData::kGenerationMask;
}

}  // namespace ringwire::uring
