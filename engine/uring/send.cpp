#include <algorithm>

#include "engine/driver/errno_table.hpp"
#include "engine/uring/core.hpp"

namespace ringwire::uring {

void Core::send(driver::ConnectionId id, std::span<const ByteView> pieces) {
  Connection& connection = at(id);
  RW_ASSERT(connection.state == State::open && !connection.sent_this_turn && !connection.write.armed());
  connection.sent_this_turn = true;
  sent_slots_.push_back(id.slot);
  sends_->add(connection.descriptor, id, pieces);
}

void Core::on_fell_short(UserData data, const Completion& completion) {
  const auto unsent = sends_->fell_short(data, completion.result);
  if (!unsent) return counters_.stale_completions.add();
  const Connection& connection = connections_[unsent->connection.slot];
  if (connection.alive() && connection.generation == unsent->connection.generation) {
    unsent_.push_back(*unsent);
  } else {
    counters_.stale_completions.add();
  }
}

void Core::send_rest(driver::ConnectionId id, std::span<const ByteView> pieces) {
  Connection& connection = at(id);
  RW_ASSERT(connection.state == State::open && !connection.sent_this_turn && !connection.write.armed());
  RW_ASSERT(!pieces.empty());
  if (spare_rests_.empty()) spare_rests_.push_back(std::make_unique<RestSend>());
  connection.rest = std::move(spare_rests_.back());
  spare_rests_.pop_back();
  RestSend& rest = *connection.rest;
  rest.next = 0;
  rest.owed = 0;
  for (const ByteView piece : pieces) {
    rest.pieces.push_back({const_cast<std::uint8_t*>(piece.data()), piece.size()});
    rest.owed += piece.size();
  }
  counters_.rest_sends.add();
  submit_rest(connection);
}

// MSG_WAITALL: the kernel goes on by itself as the socket drains, and completes once.
void Core::submit_rest(Connection& connection) {
  constexpr int kFlags = MSG_WAITALL | MSG_NOSIGNAL;
  RestSend& rest = *connection.rest;
  io_uring_sqe& entry = ring_->entry();
  const std::size_t left = rest.pieces.size() - rest.next;
  if (left == 1) {
    const iovec& piece = rest.pieces[rest.next];
    io_uring_prep_send(&entry, connection.descriptor, piece.iov_base, piece.iov_len, kFlags);
  } else {
    rest.header = {};
    rest.header.msg_iov = &rest.pieces[rest.next];
    rest.header.msg_iovlen = std::min<std::size_t>(left, driver::Driver::kPiecesMax);
    io_uring_prep_sendmsg(&entry, connection.descriptor, &rest.header, kFlags);
  }
  entry.user_data = operations_.arm(connection.write, OperationKind::rest);
}

void Core::on_rest(Connection& connection, std::int32_t result) {
  if (result > 0) counters_.sent_bytes.add(static_cast<std::uint32_t>(result));
  if (connection.state == State::closing) {
    end_rest(connection, ECANCELED);
    return settle_close(connection);
  }
  if (result < 0) {
    const auto move = driver::next_move(driver::Operation::send, -result);
    if (move == driver::NextMove::retry_now || move == driver::NextMove::retry_later) {
      return submit_rest(connection);
    }
    return end_rest(connection, -result);
  }
  RestSend& rest = *connection.rest;
  auto taken = static_cast<std::size_t>(result);
  rest.owed -= taken;
  if (rest.owed == 0) return end_rest(connection, 0);
  while (taken >= rest.pieces[rest.next].iov_len) taken -= rest.pieces[rest.next++].iov_len;
  iovec& first = rest.pieces[rest.next];
  first = {static_cast<std::uint8_t*>(first.iov_base) + taken, first.iov_len - taken};
  submit_rest(connection);
}

void Core::end_rest(Connection& connection, std::int32_t error) {
  connection.rest->pieces.clear();
  spare_rests_.push_back(std::move(connection.rest));
  if (connection.state == State::open) push(driver::EventKind::rest_sent, connection, error);
}

}  // namespace ringwire::uring
