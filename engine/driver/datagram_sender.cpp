#include "engine/driver/datagram_sender.hpp"

#include <cerrno>

#include "codec/base/check.hpp"
#include "engine/driver/errno_table.hpp"

namespace ringwire::driver {

DatagramSender::DatagramSender(DriverCounters& counters)
    : counters_(counters),
      letters_(std::make_unique<Letter[]>(kBatchMax)),
      headers_(std::make_unique<mmsghdr[]>(kBatchMax)) {}

void DatagramSender::add(int descriptor, const Endpoint& to, ByteView bytes) {
  RW_ASSERT(bytes.size() <= kDatagramBytesMax);
  if (count_ == kBatchMax) flush();
  Letter& letter = letters_[count_];
  letter.descriptor = descriptor;
  letter.to = to_socket_address(to);
  letter.bytes = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr& header = headers_[count_++].msg_hdr;
  header = {};
  header.msg_name = &letter.to.storage;
  header.msg_namelen = letter.to.length;
  header.msg_iov = &letter.bytes;
  header.msg_iovlen = 1;
}

void DatagramSender::flush() {
  std::uint32_t first = 0;
  for (std::uint32_t end = 1; end <= count_; ++end) {
    if (end < count_ && letters_[end].descriptor == letters_[first].descriptor) continue;
    send(first, end);
    first = end;
  }
  count_ = 0;
}

// Datagrams [first, end), which are one socket's.
void DatagramSender::send(std::uint32_t first, std::uint32_t end) {
  while (first < end) {
    counters_.system_calls.add();
    const int taken = sendmmsg(letters_[first].descriptor, &headers_[first], end - first, MSG_DONTWAIT);
    for (int i = 0; i < taken; ++i) counters_.datagram_bytes_sent.add(letters_[first++].bytes.iov_len);
    if (taken > 0) {
      counters_.datagrams_sent.add(static_cast<std::uint64_t>(taken));
      continue;
    }
    // Of the first one; an error behind one that was taken is told by the next call.
    const NextMove move = next_move(Operation::send_datagram, errno);
    if (move == NextMove::retry_now) continue;
    if (move == NextMove::retry_later) return counters_.datagrams_unsent_full.add(end - first);
    counters_.datagrams_unsent_refused.add();
    ++first;
  }
}

}  // namespace ringwire::driver
