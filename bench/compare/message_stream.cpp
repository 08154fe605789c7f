#include "bench/compare/message_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "bench/compare/framing.hpp"
#include "bench/compare/zmtp.hpp"
#include "codec/wire/session_records.hpp"

namespace ringwire::compare {

std::optional<std::uint64_t> MessageStream::next(int timeout_ms) {
  while (numbers_.empty()) {
    if (!receive(timeout_ms)) return std::nullopt;
    parse();
  }
  const std::uint64_t number = numbers_.front();
  numbers_.pop_front();
  return number;
}

bool MessageStream::receive(int timeout_ms) {
  constexpr std::size_t kReadBytes = 64 * 1024;
  pollfd waiting{socket_, POLLIN, 0};
  if (poll(&waiting, 1, timeout_ms) <= 0) return false;
  const std::size_t had = bytes_.size();
  bytes_.resize(had + kReadBytes);
  const ssize_t got = recv(socket_, bytes_.data() + had, kReadBytes, 0);
  bytes_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got <= 0) throw std::runtime_error("the server closed a connection");
  return true;
}

void MessageStream::parse() {
  const auto take = [this](ByteView frame) { take_frame(frame); };
  std::size_t used = 0;
  if (dialect_ == Dialect::zeromq) {
    used = for_each_zmtp_message(bytes_, [&](ByteView message) {
      if (for_each_frame(message, take) != message.size()) throw std::runtime_error("not one frame");
    });
  } else {
    used = for_each_frame(bytes_, take);
  }
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(used));
}

// The content of fragments, put together, is a frame again.
void MessageStream::take_frame(ByteView frame) {
  const auto header = wire::decode_header(frame.first<wire::kFrameHeaderBytes>());
  const ByteView payload = frame.subspan(wire::kFrameHeaderBytes);
  if (header->type == wire::MessageType::publish) return numbers_.push_back(frames_.check(payload));
  const auto fragment = wire::decode_fragment(payload);
  if (header->type != wire::MessageType::fragment || !fragment || fragment->abort ||
      fragment->first != assembled_.empty()) {
    throw std::runtime_error("the server sent something else than was published");
  }
  assembled_.insert(assembled_.end(), fragment->bytes.begin(), fragment->bytes.end());
  if (!fragment->last) return;
  const std::vector<std::uint8_t> whole = std::move(assembled_);
  assembled_.clear();
  if (for_each_frame(whole, [this](ByteView inner) { take_frame(inner); }) != whole.size()) {
    throw std::runtime_error("fragments do not make a message");
  }
}

}  // namespace ringwire::compare
