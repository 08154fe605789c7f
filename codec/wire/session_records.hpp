// The small records that keep a session going. All are fixed layouts, big-endian; none allocates.
//
//   Ping, Pong     nonce u64 | padding      a Pong repeats the Ping's payload byte for byte
//   Disconnect     reason u8 | text         text: up to 128 bytes for the log, never trusted, may be absent
//   WindowUpdate   class u8 | credit u32    credit is added to the bytes of fragments that the receiver of it
//                                           may send in that class
//   Fragment       slot u8 | flags u8 | bytes
//   AppRequest, AppResponse                 request id u64 | bytes
//
// Decoding answers nothing for a payload that is not the record: the session disconnects (bad_protocol).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/message_type.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kPingBytesMin = 8;
inline constexpr std::uint32_t kPingBytesMax =
    1024;  // padding probes the path; more would be a free reflector
inline constexpr std::uint32_t kDisconnectTextMax = 128;
inline constexpr std::uint32_t kWindowUpdateBytes = 5;
inline constexpr std::uint32_t kFragmentHeaderBytes = 2;
inline constexpr std::uint32_t kAppHeaderBytes = 8;

// A pong is matched by the nonce; it is also the whole check that the padding came back, by size.
std::optional<std::uint64_t> decode_ping(ByteView payload);
// Writes the nonce and zeros for the rest of `out` (kPingBytesMin to kPingBytesMax bytes).
void encode_ping(std::uint64_t nonce, ByteSpan out);

// Why a session ended: on the wire, in counters and in the log. Values never change their meaning.
enum class DisconnectReason : std::uint8_t {
  requested = 0,       // the operator or the application wanted it
  bad_protocol = 1,    // a record that no correct peer sends
  bad_checksum = 2,    // bytes were damaged on the way
  too_slow = 3,        // did not take what was queued for it
  duplicate = 4,       // another session with the same node survives
  self = 5,            // we reached ourselves
  wrong_network = 6,   // another network id
  wrong_identity = 7,  // not the node that was dialled, or its proof failed
  wrong_version = 8,   // no wire version in common
  too_many_peers = 9,
  timeout = 10,   // silent too long, or the handshake took too long
  shutdown = 11,  // the node is going down
  banned = 12,
  over_limit = 13,     // more messages, bytes or credit than allowed
  out_of_memory = 14,  // ours: the memory plan is used up
  count_,
};
const char* name(DisconnectReason reason);

struct DisconnectView {
  std::uint8_t code = 0;  // as received; names of unknown codes are "unknown"
  ByteView text;

  [[nodiscard]] const char* reason_name() const { return name(static_cast<DisconnectReason>(code)); }
};
std::optional<DisconnectView> decode_disconnect(ByteView payload);
constexpr std::size_t disconnect_bytes(std::string_view text) {
  return 1 + (text.size() < kDisconnectTextMax ? text.size() : kDisconnectTextMax);
}
// Cuts the text at kDisconnectTextMax. `out` needs disconnect_bytes(text). Returns the bytes written.
std::size_t encode_disconnect(DisconnectReason reason, std::string_view text, ByteSpan out);

struct WindowUpdate {
  TrafficClass traffic_class = TrafficClass::other;
  std::uint32_t credit = 0;

  bool operator==(const WindowUpdate&) const = default;
};
// Bytes of fragments that each end may send in a class before the first WindowUpdate for it.
//   consensus: a vote waits for nobody. block: a block of 2 MiB leaves at once. transaction: a few blobs.
//   sync: what its receiver gets through in 100 us; it grants more as the path needs it. other: a few
//   answers.
inline constexpr std::uint32_t kCreditUnlimited = UINT32_MAX;
inline constexpr std::array<std::uint32_t, kTrafficClasses> kInitialCredit{
    kCreditUnlimited, 2 * 1024 * 1024, 1024 * 1024, 64 * 1024, 256 * 1024};
// Nothing also for an unknown class or a credit of 0.
std::optional<WindowUpdate> decode_window_update(ByteView payload);
void encode(const WindowUpdate& update, std::span<std::uint8_t, kWindowUpdateBytes> out);

struct FragmentView {
  std::uint8_t slot = 0;
  bool first = false;
  bool last = false;
  bool abort = false;  // the sender gave up: forget what came in this slot
  ByteView bytes;      // empty only in an abort
};
// Nothing also for unknown flags, an abort with bytes or with another flag, no bytes without abort.
std::optional<FragmentView> decode_fragment(ByteView payload);
// The two bytes before the fragment's own bytes.
void encode_fragment_header(const FragmentView& fragment, std::span<std::uint8_t, kFragmentHeaderBytes> out);

// On the wire of a fixed layout, so that large bytes need no header of RLP; the table is for tools.
struct AppMessage {
  std::uint64_t request_id = 0;
  ByteView bytes;
};
template <>
struct Describe<AppMessage> {
  static constexpr auto kFields =
      std::tuple(field("requestId", &AppMessage::request_id), field("data", &AppMessage::bytes));
};
std::optional<AppMessage> decode_app_message(ByteView payload);

}  // namespace ringwire::wire
