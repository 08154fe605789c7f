#include "codec/wire/session_records.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint8_t kFirst = 1;
constexpr std::uint8_t kLast = 2;
constexpr std::uint8_t kAbort = 4;

}  // namespace

std::optional<std::uint64_t> decode_ping(ByteView payload) {
  if (payload.size() < kPingBytesMin || payload.size() > kPingBytesMax) return std::nullopt;
  return load_be<std::uint64_t>(payload.data());
}

void encode_ping(std::uint64_t nonce, ByteSpan out) {
  RW_ASSERT(out.size() >= kPingBytesMin && out.size() <= kPingBytesMax);
  store_be(out.data(), nonce);
  std::fill(out.begin() + kPingBytesMin, out.end(), std::uint8_t{0});
}

const char* name(DisconnectReason reason) {
  switch (reason) {
    case DisconnectReason::requested:
      return "requested";
    case DisconnectReason::bad_protocol:
      return "bad_protocol";
    case DisconnectReason::bad_checksum:
      return "bad_checksum";
    case DisconnectReason::too_slow:
      return "too_slow";
    case DisconnectReason::duplicate:
      return "duplicate";
    case DisconnectReason::self:
      return "self";
    case DisconnectReason::wrong_network:
      return "wrong_network";
    case DisconnectReason::wrong_identity:
      return "wrong_identity";
    case DisconnectReason::wrong_version:
      return "wrong_version";
    case DisconnectReason::too_many_peers:
      return "too_many_peers";
    case DisconnectReason::timeout:
      return "timeout";
    case DisconnectReason::shutdown:
      return "shutdown";
    case DisconnectReason::banned:
      return "banned";
    case DisconnectReason::over_limit:
      return "over_limit";
    case DisconnectReason::out_of_memory:
      return "out_of_memory";
    case DisconnectReason::count_:
      break;
  }
  return "unknown";
}

std::optional<DisconnectView> decode_disconnect(ByteView payload) {
  if (payload.empty() || payload.size() > 1 + kDisconnectTextMax) return std::nullopt;
  return DisconnectView{payload[0], payload.subspan(1)};
}

std::size_t encode_disconnect(DisconnectReason reason, std::string_view text, ByteSpan out) {
  const std::size_t bytes = disconnect_bytes(text);
  RW_ASSERT(out.size() >= bytes);
  out[0] = static_cast<std::uint8_t>(reason);
  std::copy_n(text.begin(), bytes - 1, out.begin() + 1);
  return bytes;
}

std::optional<WindowUpdate> decode_window_update(ByteView payload) {
  if (payload.size() != kWindowUpdateBytes || payload[0] >= kTrafficClasses) return std::nullopt;
  const WindowUpdate update{static_cast<TrafficClass>(payload[0]), load_be<std::uint32_t>(&payload[1])};
  if (update.credit == 0) return std::nullopt;
  return update;
}

void encode(const WindowUpdate& update, std::span<std::uint8_t, kWindowUpdateBytes> out) {
  out[0] = static_cast<std::uint8_t>(update.traffic_class);
  store_be(&out[1], update.credit);
}

std::optional<FragmentView> decode_fragment(ByteView payload) {
  if (payload.size() < kFragmentHeaderBytes || payload.size() > kFragmentHeaderBytes + kFragmentBytesMax) {
    return std::nullopt;
  }
  const std::uint8_t flags = payload[1];
  if ((flags & ~(kFirst | kLast | kAbort)) != 0) return std::nullopt;
  if ((flags & kAbort) != 0 && flags != kAbort) return std::nullopt;
  FragmentView fragment{
      .slot = payload[0],
      .first = (flags & kFirst) != 0,
      .last = (flags & kLast) != 0,
      .abort = (flags & kAbort) != 0,
      .bytes = payload.subspan(kFragmentHeaderBytes),
  };
  if (fragment.abort != fragment.bytes.empty()) return std::nullopt;
  return fragment;
}

void encode_fragment_header(const FragmentView& fragment, std::span<std::uint8_t, kFragmentHeaderBytes> out) {
  out[0] = fragment.slot;
  out[1] = static_cast<std::uint8_t>((fragment.first ? kFirst : 0) | (fragment.last ? kLast : 0) |
                                     (fragment.abort ? kAbort : 0));
}

std::optional<AppMessage> decode_app_message(ByteView payload) {
  if (payload.size() < kAppHeaderBytes) return std::nullopt;
  return AppMessage{load_be<std::uint64_t>(payload.data()), payload.subspan(kAppHeaderBytes)};
}

}  // namespace ringwire::wire
