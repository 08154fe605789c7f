#include "engine/security/charge.hpp"

#include <algorithm>

namespace ringwire::security {
namespace {

using Type = wire::MessageType;

// One recovery of a secp256k1 signature, the unit of what is dear here: 30 to 50 us on machines of today.
constexpr std::uint32_t kRecovery = 50;
// All steps of a TLS handshake as a server.
constexpr std::uint32_t kTlsHandshake = 500;
// Parsing, checksum and one pass of Keccak-256 over a KiB.
constexpr std::uint32_t kHashedKiB = 5;
// Looking one hash up, a cache miss or two; about 31 hashes are in a KiB of a request.
constexpr std::uint32_t kLookups = 31;

constexpr Rate kOften = kUnlimited;  // the limits of the peer are enough
constexpr Rate each_minute(std::uint64_t count, std::uint64_t burst) {
  return things_per_minute(count, burst);
}

// Columns: type, microseconds each, microseconds per KiB, most of this type a minute and at once.
constexpr std::array kCosts = std::to_array<MessageCost>({
    // Once per connection each: the handshake's own limits hold before; a second one ends the session.
    {Type::handshake, 1, 0, kOften},
    {Type::handshake_ack, kRecovery, 0, kOften},
    // Ours go out every 15 s. Who measures the path may ask ten times a second, and late ones come together.
    {Type::ping, 2, 1, each_minute(1'200, 64)},
    {Type::pong, 2, 1, each_minute(1'200, 64)},
    {Type::disconnect, 1, 0, kOften},
    // One for each 32 KiB that we send, in five classes.
    {Type::window_update, 1, 0, kOften},
    // What is inside is charged when it is whole.
    {Type::fragment, 2, 1, kOften},
    // A walk over the table's buckets; a lookup asks a peer once.
    {Type::find_node, 20, 0, each_minute(60, 16)},
    {Type::neighbors, 0, 0, kOften},
    // A request makes us read: each item is a look-up and then up to 2 MiB to send.
    {Type::get_block_headers, 200, 0, each_minute(600, 128)},
    {Type::block_headers, 0, 0, kOften},
    {Type::get_block_bodies, 200, kLookups * 10, each_minute(600, 128)},
    {Type::block_bodies, 0, 0, kOften},
    // A whole block, hashed and verified: rare, for there is one every few seconds.
    {Type::new_block, 500, 40, each_minute(60, 16)},
    {Type::new_block_hashes, 5, kLookups, each_minute(120, 32)},
    {Type::block_manifest, 200, kHashedKiB, each_minute(60, 16)},
    {Type::block_chunk, 20, kHashedKiB, each_minute(6'000, 1'280)},
    {Type::compact_block, 500, 40, each_minute(60, 16)},
    {Type::get_block_txs, 200, kLookups, each_minute(60, 16)},
    {Type::block_txs, 0, 0, kOften},
    // Hashed. The recovery of those that are new is transaction_charge().
    {Type::transactions, 5, kHashedKiB, kOften},
    {Type::get_pooled_transactions, 5, kLookups, each_minute(1'200, 256)},
    {Type::pooled_transactions, 0, 0, kOften},
    // Each hash is looked up in the pool and in the memory of what was seen.
    {Type::new_pooled_transaction_hashes, 5, kLookups, each_minute(1'200, 256)},
    {Type::get_node_data, 200, kLookups * 10, each_minute(600, 128)},
    {Type::node_data, 0, 0, kOften},
    {Type::get_receipts, 200, kLookups * 10, each_minute(600, 128)},
    {Type::receipts, 0, 0, kOften},
    {Type::get_snapshot_manifest, 200, 0, each_minute(12, 4)},
    {Type::snapshot_manifest, 0, 0, kOften},
    // Up to 4 MiB each, from a file.
    {Type::get_snapshot_chunk, 500, 0, each_minute(600, 64)},
    {Type::snapshot_chunk, 0, 0, kOften},
    // Walks over the trie, with proofs of both ends.
    {Type::get_account_range, 2'000, 0, each_minute(600, 64)},
    {Type::account_range, 0, 0, kOften},
    {Type::get_storage_ranges, 2'000, kLookups * 10, each_minute(600, 64)},
    {Type::storage_ranges, 0, 0, kOften},
    {Type::get_byte_codes, 200, kLookups * 10, each_minute(600, 128)},
    {Type::byte_codes, 0, 0, kOften},
    // Hashed, perhaps unpacked. What the application does with it is the application's to limit.
    {Type::publish, 5, 2 * kHashedKiB, kOften},
    {Type::i_have, 5, kLookups, each_minute(1'200, 256)},
    {Type::i_want, 5, kLookups, each_minute(1'200, 256)},
    {Type::i_dont_want, 5, kLookups, kOften},
    // The mesh changes about once a second and topic.
    {Type::graft, 5, 0, each_minute(600, 256)},
    {Type::prune, 5, 1, each_minute(600, 256)},
    {Type::subscribe, 5, 0, each_minute(600, 256)},
    // Handed on as they are.
    {Type::app_data, 5, 1, kOften},
    {Type::app_request, 5, 1, kOften},
    {Type::app_response, 0, 0, kOften},
});

constexpr auto kByType = [] {
  std::array<const MessageCost*, 256> table{};
  for (const MessageCost& cost : kCosts) table[static_cast<std::uint8_t>(cost.type)] = &cost;
  return table;
}();

constexpr std::size_t kUnrated = SIZE_MAX;

struct RatedTypes {
  std::array<std::size_t, 256> number{};
  std::array<Rate, kRatedTypes> rate{};
  std::size_t count = 0;
};
constexpr RatedTypes kRated = [] {
  RatedTypes rated;
  rated.number.fill(kUnrated);
  for (const MessageCost& cost : kCosts) {
    if (cost.rate == kUnlimited) continue;
    rated.number[static_cast<std::uint8_t>(cost.type)] = rated.count;
    rated.rate[rated.count++] = cost.rate;
  }
  return rated;
}();
static_assert(kRated.count == kRatedTypes);

}  // namespace

const char* name(Resource resource) {
  switch (resource) {
    case Resource::connections:
      return "connections";
    case Resource::handshakes:
      return "handshakes";
    case Resource::messages:
      return "messages";
    case Resource::bytes:
      return "bytes";
    case Resource::cost:
      return "cost";
    case Resource::count_:
      break;
  }
  return "unknown";
}

std::span<const MessageCost> message_costs() {
  return kCosts;
}

Charge connection_charge() {
  Charge charge;
  charge[Resource::connections] = kThing;
  return charge;
}

Charge handshake_charge(bool tls) {
  Charge charge;
  charge[Resource::handshakes] = kThing;
  charge[Resource::cost] = 2 * kRecovery + (tls ? kTlsHandshake : 0);  // our signature and theirs
  return charge;
}

Charge transaction_charge() {
  Charge charge;
  charge[Resource::cost] = kRecovery;
  return charge;
}

std::optional<std::size_t> rated_number(wire::MessageType type) {
  const std::size_t number = kRated.number[static_cast<std::uint8_t>(type)];
  if (number == kUnrated) return std::nullopt;
  return number;
}

const Rate& rate_of(std::size_t rated_number) {
  return kRated.rate[rated_number];
}

Charge message_charge(wire::MessageType type, std::uint32_t payload_bytes) {
  Charge charge;
  const MessageCost* const cost = kByType[static_cast<std::uint8_t>(type)];
  if (cost != nullptr && cost->base_us == 0) return charge;
  const std::uint64_t kib = (std::uint64_t{payload_bytes} + 1023) / 1024;
  charge[Resource::cost] = cost == nullptr ? 1 : cost->base_us + kib * cost->per_kib_us;
  if (type == Type::fragment) return charge;
  charge[Resource::messages] = kThing;
  charge[Resource::bytes] = payload_bytes;
  return charge;
}

}  // namespace ringwire::security
