#include "engine/uring/ring_faults.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/uring/operation.hpp"
#include "engine/uring/ring.hpp"

namespace ringwire::uring {
namespace {

thread_local RingFaults* installed_faults = nullptr;

OperationKind kind_of(std::uint64_t user_data) {
  return UserData::unpack(user_data).kind;
}

// The same operation under another kind names the same place.
bool same_place(std::uint64_t a, std::uint64_t b) {
  const UserData left = UserData::unpack(a);
  const UserData right = UserData::unpack(b);
  return left.generation == right.generation && left.index == right.index;
}

}  // namespace

const char* name(RingFault fault) {
  static constexpr std::array<const char*, RingFaults::kFaults> kNames{
      "receive_no_buffer",
      "receive_once",
      "receive_again",
      "receive_interrupted",
      "receive_cancelled",
      "receive_reset",
      "send_short",
      "send_again",
      "send_reset",
      "rest_short",
      "rest_again",
      "rest_reset",
      "accept_no_descriptor",
      "accept_once",
      "cancel_in_vain",
      "cancel_answered_late",
      "cancel_answered_first",
      "datagram_no_buffer",
      "datagram_again",
      "datagram_interrupted",
      "datagram_cancelled",
      "datagram_refused",
      "datagram_short",
      "enter_interrupted",
      "enter_busy",
  };
  return kNames[static_cast<std::size_t>(fault)];
}

RingFaults* RingFaults::install(RingFaults* faults) {
  return std::exchange(installed_faults, faults);
}

RingFaults* RingFaults::installed() {
  return installed_faults;
}

bool RingFaults::happens(RingFault fault) {
  const std::uint32_t one_in = one_in_[static_cast<std::size_t>(fault)];
  if (one_in == 0 || prng_.below(one_in) != 0) return false;
  ++forced_[static_cast<std::size_t>(fault)];
  return true;
}

// In its place the kernel does nothing, and says so in the same way.
void RingFaults::answer(io_uring_sqe& entry, std::int32_t result) {
  const std::uint64_t user_data = entry.user_data;
  entry = {};
  entry.opcode = IORING_OP_NOP;
  entry.user_data = user_data;
  answers_.emplace(user_data, result);
}

void RingFaults::on_submit(io_uring_sqe& entry) {
  switch (kind_of(entry.user_data)) {
    case OperationKind::receive:
      return on_receive(entry);
    case OperationKind::turn_send:
      return on_send(entry);
    case OperationKind::rest:
      return on_rest(entry);
    case OperationKind::accept:
      return on_accept(entry);
    case OperationKind::cancel:
      return on_cancel(entry);
    case OperationKind::datagram:
      return on_datagram(entry);
    case OperationKind::connect:
    case OperationKind::wake:
      return;
  }
}

void RingFaults::on_receive(io_uring_sqe& entry) {
  if (happens(RingFault::receive_no_buffer)) return answer(entry, -ENOBUFS);
  if (happens(RingFault::receive_again)) return answer(entry, -EAGAIN);
  if (happens(RingFault::receive_interrupted)) return answer(entry, -EINTR);
  if (happens(RingFault::receive_cancelled)) return answer(entry, -ECANCELED);
  if (happens(RingFault::receive_reset)) return answer(entry, -ECONNRESET);
  if (happens(RingFault::receive_once)) entry.ioprio &= static_cast<std::uint16_t>(~IORING_RECV_MULTISHOT);
}

void RingFaults::on_datagram(io_uring_sqe& entry) {
  if (happens(RingFault::datagram_no_buffer)) return answer(entry, -ENOBUFS);
  if (happens(RingFault::datagram_again)) return answer(entry, -EAGAIN);
  if (happens(RingFault::datagram_interrupted)) return answer(entry, -EINTR);
  if (happens(RingFault::datagram_cancelled)) return answer(entry, -ECANCELED);
  if (happens(RingFault::datagram_refused)) return answer(entry, -ECONNREFUSED);
  // Of a multishot the buffer alone says how much fits.
  const bool multishot = (entry.ioprio & IORING_RECV_MULTISHOT) != 0;
  if (!multishot && happens(RingFault::datagram_short))
    reinterpret_cast<msghdr*>(entry.addr)->msg_iov->iov_len = 1;
}

void RingFaults::on_send(io_uring_sqe& entry) {
  if (happens(RingFault::send_again)) return answer(entry, -EAGAIN);
  if (happens(RingFault::send_reset)) return answer(entry, -ECONNRESET);
  // A send that the kernel takes whole has no completion: one that was cut must have.
  if (can_cut(entry) && happens(RingFault::send_short)) cut(entry);
}

void RingFaults::on_rest(io_uring_sqe& entry) {
  if (happens(RingFault::rest_again)) return answer(entry, -EAGAIN);
  if (happens(RingFault::rest_reset)) return answer(entry, -ECONNRESET);
  if (can_cut(entry) && happens(RingFault::rest_short)) cut(entry);
}

bool RingFaults::can_cut(const io_uring_sqe& entry) {
  if (entry.opcode == IORING_OP_SEND) return entry.len > 1;
  return reinterpret_cast<const msghdr*>(entry.addr)->msg_iovlen > 1;
}

// A list of pieces is cut between two of them: the pieces themselves are their owner's.
void RingFaults::cut(io_uring_sqe& entry) {
  entry.flags &= static_cast<std::uint8_t>(~IOSQE_CQE_SKIP_SUCCESS);
  if (entry.opcode == IORING_OP_SEND) {
    entry.len = static_cast<std::uint32_t>(prng_.between(1, entry.len - 1));
    return;
  }
  auto* const header = reinterpret_cast<msghdr*>(entry.addr);
  header->msg_iovlen = prng_.between(1, header->msg_iovlen - 1);
}

void RingFaults::on_accept(io_uring_sqe& entry) {
  if (happens(RingFault::accept_no_descriptor)) return answer(entry, -EMFILE);
  if (happens(RingFault::accept_once)) entry.ioprio &= static_cast<std::uint16_t>(~IORING_ACCEPT_MULTISHOT);
}

// One that succeeds has no completion either, and then there is no order.
void RingFaults::on_cancel(io_uring_sqe& entry) {
  if (happens(RingFault::cancel_in_vain)) return answer(entry, -ENOENT);
  entry.flags &= static_cast<std::uint8_t>(~IOSQE_CQE_SKIP_SUCCESS);
}

int RingFaults::enter_answer() {
  if (happens(RingFault::enter_interrupted)) return -EINTR;
  if (happens(RingFault::enter_busy)) return -EBUSY;
  return 0;
}

void RingFaults::on_completions(std::span<Completion> fresh) {
  for (Completion& completion : fresh) {
    const auto answered = answers_.find(completion.user_data);
    if (answered == answers_.end()) continue;
    completion.result = answered->second;
    answers_.erase(answered);
  }
  order_cancellations(fresh);
}

// Of a cancellation and what it cancelled, where both are here.
void RingFaults::order_cancellations(std::span<Completion> fresh) {
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (kind_of(fresh[i].user_data) != OperationKind::cancel || fresh[i].result != 0) continue;
    for (std::size_t j = 0; j < fresh.size(); ++j) {
      const bool is_its = j != i && kind_of(fresh[j].user_data) != OperationKind::cancel &&
                          fresh[j].result == -ECANCELED && fresh[j].final() &&
                          same_place(fresh[i].user_data, fresh[j].user_data);
      if (!is_its) continue;
      if (prng_.below(2) == 0) std::swap(fresh[i], fresh[j]);
      const bool late = kind_of(fresh[std::max(i, j)].user_data) == OperationKind::cancel;
      const RingFault order = late ? RingFault::cancel_answered_late : RingFault::cancel_answered_first;
      ++forced_[static_cast<std::size_t>(order)];
      break;
    }
  }
}

}  // namespace ringwire::uring
