#include "bench/compare/zmtp.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "bench/compare/raw_socket.hpp"

namespace ringwire::compare {
namespace {

constexpr std::size_t kGreetingBytes = 64;
constexpr std::size_t kShortBodyMax = 255;
constexpr std::uint8_t kFlagMore = 1, kFlagLong = 2, kFlagCommand = 4;

std::array<std::uint8_t, kGreetingBytes> greeting() {
  std::array<std::uint8_t, kGreetingBytes> bytes{};
  bytes[0] = 0xFF;  // signature: FF, 8 bytes of padding, 7F
  bytes[8] = 1;
  bytes[9] = 0x7F;
  bytes[10] = 3;  // version 3.0: subscriptions are messages
  constexpr std::string_view kMechanism = "NULL";
  std::copy(kMechanism.begin(), kMechanism.end(), bytes.begin() + 12);
  return bytes;
}

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// READY with the one property that a publisher insists on. Lengths of a name have one byte, of a value four.
constexpr std::string_view kReadyBody("\5READY\13Socket-Type\0\0\0\3SUB", 6 + 12 + 4 + 3);

void receive_ready(int socket) {
  std::array<std::uint8_t, 2> head;
  if (!receive_whole(socket, head)) throw std::runtime_error("ZMTP: closed during the handshake");
  if (head[0] != kFlagCommand) throw std::runtime_error("ZMTP: no READY");
  std::vector<std::uint8_t> body(head[1]);
  if (!receive_whole(socket, body)) throw std::runtime_error("ZMTP: closed during the handshake");
  constexpr std::string_view kReady = "\5READY";
  if (body.size() < kReady.size() || !std::equal(kReady.begin(), kReady.end(), body.begin())) {
    throw std::runtime_error("ZMTP: refused");
  }
}

}  // namespace

void subscribe_zmtp(int socket) {
  send_whole(socket, greeting());
  std::array<std::uint8_t, kGreetingBytes> theirs;
  if (!receive_whole(socket, theirs)) throw std::runtime_error("ZMTP: closed during the greeting");
  if (theirs[0] != 0xFF || theirs[9] != 0x7F || theirs[10] < 3) throw std::runtime_error("ZMTP: not 3.x");
  const std::array<std::uint8_t, 2> head{kFlagCommand, static_cast<std::uint8_t>(kReadyBody.size())};
  send_whole(socket, head);
  send_whole(socket, as_bytes(kReadyBody));
  receive_ready(socket);
  constexpr std::array<std::uint8_t, 3> kSubscribeAll{0, 1, 1};  // a message of one byte: 1, then the prefix
  send_whole(socket, kSubscribeAll);
}

std::size_t zmtp_head_bytes(std::size_t message_bytes) {
  return message_bytes <= kShortBodyMax ? 2 : 9;
}

zmtp::Head zmtp::parse_head(ByteView bytes) {
  if (bytes.size() < 2) return {};
  if ((bytes[0] & (kFlagCommand | kFlagMore)) != 0) throw std::runtime_error("ZMTP: not a whole message");
  if ((bytes[0] & kFlagLong) == 0) return {2, bytes[1]};
  if (bytes.size() < 9) return {};
  return {9, load_be<std::uint64_t>(bytes.data() + 1)};
}

}  // namespace ringwire::compare
