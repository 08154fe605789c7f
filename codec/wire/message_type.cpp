#include "codec/wire/message_type.hpp"

#include <array>

namespace ringwire::wire {
namespace {

using enum TrafficClass;
using Type = MessageType;

constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kMiB = 1024 * kKiB;

// Columns: type, name, cap, class, fragmentable, compressible, before authentication, unchecked bytes.
// Session records are consensus class: a pong or a window update must not wait behind what it measures.
constexpr std::array kRules = std::to_array<MessageRules>({
    // Today's fields need at most 233 bytes; the rest is room for later ones.
    {Type::handshake, "handshake", 512, consensus, false, false, true, 0},
    // Exactly one recoverable signature.
    {Type::handshake_ack, "handshake_ack", 65, consensus, false, false, true, 0},
    // A pong costs its receiver as much as the ping cost its sender: small, so that echoing is cheap.
    {Type::ping, "ping", 1 * kKiB, consensus, false, false, false, 0},
    {Type::pong, "pong", 1 * kKiB, consensus, false, false, false, 0},
    // Reason and 128 bytes of text for a log line.
    {Type::disconnect, "disconnect", 1 + 128, consensus, false, false, true, 0},
    // Class and credit.
    {Type::window_update, "window_update", 5, consensus, false, false, false, 0},
    // Slot, flags, and one fragment. It is sent in the class of the message inside.
    {Type::fragment, "fragment", 2 + kFragmentBytesMax, other, false, false, false, 0},
    // Ethereum's own cap on a block message is 10 MiB; its blocks stay far below.
    {Type::new_block, "new_block", 10 * kMiB, block, true, false, false, 0},
    // Eight transactions of the largest size a pool takes (128 KiB), thousands of the usual size.
    {Type::transactions, "transactions", 1 * kMiB, transaction, true, false, false, 0},
    // Votes are small; the largest topic messages in use elsewhere are blob sidecars of 128 KiB and their
    // batches.
    {Type::publish, "publish", 4 * kMiB, consensus, true, false, false, 1},
    // On or off, and a topic.
    {Type::subscribe, "subscribe", 1 + 128, other, false, false, false, 0},
    // The embedder's: as large as the largest of ours, so that it needs no framing of its own.
    {Type::app_data, "app_data", 10 * kMiB, other, true, true, false, 0},
    {Type::app_request, "app_request", 1 * kMiB, other, true, true, false, 0},
    {Type::app_response, "app_response", 10 * kMiB, other, true, true, false, 0},
});

constexpr auto kByType = [] {
  std::array<const MessageRules*, 256> table{};
  for (const MessageRules& rules : kRules) table[static_cast<std::uint8_t>(rules.type)] = &rules;
  return table;
}();

}  // namespace

const char* name(TrafficClass traffic_class) {
  switch (traffic_class) {
    case consensus:
      return "consensus";
    case block:
      return "block";
    case transaction:
      return "transaction";
    case sync:
      return "sync";
    case other:
      return "other";
    case count_:
      break;
  }
  return "unknown";
}

std::span<const MessageRules> message_rules() {
  return kRules;
}

const MessageRules* rules_of(std::uint8_t type) {
  return kByType[type];
}

}  // namespace ringwire::wire
