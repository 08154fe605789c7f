// The message types of ringwire/1 and what each is allowed: its cap, its traffic class, whether it may be cut
// into fragments or compressed. ONE table; everything that limits a message reads it.
//
// A cap is checked from the 18-byte header, before anything is allocated or kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringwire::wire {

enum class MessageType : std::uint8_t {
  handshake = 0x01,
  handshake_ack = 0x02,
  ping = 0x03,
  pong = 0x04,
  disconnect = 0x05,
  window_update = 0x06,
  fragment = 0x07,

  find_node = 0x10,
  neighbors = 0x11,

  get_block_headers = 0x20,
  block_headers = 0x21,
  get_block_bodies = 0x22,
  block_bodies = 0x23,
  new_block = 0x24,
  new_block_hashes = 0x25,
  block_manifest = 0x26,
  block_chunk = 0x27,
  compact_block = 0x28,
  get_block_txs = 0x29,
  block_txs = 0x2A,

  transactions = 0x30,
  get_pooled_transactions = 0x31,
  pooled_transactions = 0x32,
  new_pooled_transaction_hashes = 0x33,

  get_node_data = 0x40,
  node_data = 0x41,
  get_receipts = 0x42,
  receipts = 0x43,
  get_snapshot_manifest = 0x44,
  snapshot_manifest = 0x45,
  get_snapshot_chunk = 0x46,
  snapshot_chunk = 0x47,
  get_account_range = 0x48,
  account_range = 0x49,
  get_storage_ranges = 0x4A,
  storage_ranges = 0x4B,
  get_byte_codes = 0x4C,
  byte_codes = 0x4D,

  publish = 0x50,
  i_have = 0x51,
  i_want = 0x52,
  i_dont_want = 0x53,
  graft = 0x54,
  prune = 0x55,
  subscribe = 0x56,

  app_data = 0x60,
  app_request = 0x61,
  app_response = 0x62,
};

// Order of egress: a lower value goes first.
enum class TrafficClass : std::uint8_t { consensus, block, transaction, sync, other, count_ };
inline constexpr std::size_t kTrafficClasses = static_cast<std::size_t>(TrafficClass::count_);
const char* name(TrafficClass traffic_class);

struct MessageRules {
  MessageType type;
  const char* name;         // as in metrics: "transactions"
  std::uint32_t bytes_max;  // payload cap, uncompressed
  TrafficClass traffic_class;
  bool fragmentable;             // may travel inside fragments; types 0x01-0x07 never do
  bool compressible;             // never for what is relayed: the relay forwards the bytes it got
  bool before_authentication;    // accepted before the session is established
  std::uint8_t unchecked_bytes;  // leading payload bytes that relays change: the checksum does not cover them
};

// Every known type, ascending. Beside each row stands the reason for its cap.
std::span<const MessageRules> message_rules();
// Null for a type this version does not know.
const MessageRules* rules_of(std::uint8_t type);
inline const MessageRules& rules_of(MessageType type) {
  return *rules_of(static_cast<std::uint8_t>(type));
}

// A message of more payload bytes than this leaves in fragments, so that it never delays one of a better
// class by more than one fragment's transmission.
inline constexpr std::uint32_t kFragmentBytesMax = 16 * 1024;

}  // namespace ringwire::wire
