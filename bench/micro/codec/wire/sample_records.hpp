// Records of the sizes that a chain has: an EIP-1559 call of a token's transfer, a header since Prague, the
// receipt of such a call.
#pragma once

#include <array>

#include "codec/base/prng.hpp"
#include "codec/wire/header.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/transaction.hpp"

namespace ringwire::bench {

template <class Fixed>
Fixed random_bytes(std::uint64_t seed) {
  Prng prng(seed);
  Fixed value;
  prng.fill(value.bytes);
  return value;
}
inline wire::Uint256 random_integer(std::uint64_t seed) {
  return wire::Uint256::from_be(random_bytes<Hash32>(seed).view());
}

template <class T>
T sample_of();

template <>
inline wire::Transaction sample_of<wire::Transaction>() {
  static constexpr std::array<std::uint8_t, 68> kTransfer{0xA9, 0x05, 0x9C, 0xBB};
  wire::Transaction made;
  made.type = wire::TransactionType::dynamic_fee;
  made.chain_id = 1;
  made.nonce = 1234;
  made.max_priority_fee = wire::Uint256{1'000'000'000};
  made.max_fee = wire::Uint256{30'000'000'000};
  made.gas_limit = 65'000;
  made.to = random_bytes<Address20>(1);
  made.data = kTransfer;
  made.y_parity = 1;
  made.r = random_integer(2);
  made.s = random_integer(3);
  made.s.words[0] >>= 1;  // low
  return made;
}

template <>
inline wire::Header sample_of<wire::Header>() {
  static constexpr std::array<std::uint8_t, 16> kExtra{};
  wire::Header made;
  made.parent_hash = random_bytes<Hash32>(1);
  made.ommers_hash = random_bytes<Hash32>(2);
  made.beneficiary = random_bytes<Address20>(3);
  made.state_root = random_bytes<Hash32>(4);
  made.transactions_root = random_bytes<Hash32>(5);
  made.receipts_root = random_bytes<Hash32>(6);
  made.logs_bloom = random_bytes<wire::Bloom>(7);
  made.number = 20'000'000;
  made.gas_limit = 36'000'000;
  made.gas_used = 15'000'000;
  made.timestamp = 1'750'000'000;
  made.extra_data = kExtra;
  made.mix_hash = random_bytes<Hash32>(8);
  made.base_fee = wire::Uint256{5'000'000'000};
  made.withdrawals_root = random_bytes<Hash32>(9);
  made.blob_gas_used = 393'216;
  made.excess_blob_gas = 1'048'576;
  made.parent_beacon_root = random_bytes<Hash32>(10);
  made.requests_hash = random_bytes<Hash32>(11);
  return made;
}

template <>
inline wire::Receipt sample_of<wire::Receipt>() {
  static constexpr std::array<std::uint8_t, 1> kSucceeded{1};
  static const std::array<Hash32, 3> kTopics{random_bytes<Hash32>(1), random_bytes<Hash32>(2),
                                             random_bytes<Hash32>(3)};
  static const Hash32 kAmount = random_bytes<Hash32>(4);
  static const std::array<wire::Log, 1> kLogs{
      wire::Log{random_bytes<Address20>(5), wire::List<Hash32>(kTopics), kAmount.view()}};
  wire::Receipt made;
  made.type = wire::TransactionType::dynamic_fee;
  made.status = kSucceeded;
  made.cumulative_gas_used = 8'000'000;
  made.logs_bloom = random_bytes<wire::Bloom>(6);
  made.logs = wire::List<wire::Log>(kLogs);
  return made;
}

}  // namespace ringwire::bench
