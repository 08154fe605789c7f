// An Ethereum block header, of every fork from Frontier to Prague.
//
// Fields that forks added stand at the end and are there or not, each only with all before it. Whether a fork
// is in force, and everything else that makes a header valid, is the business of who knows the chain.
// difficulty is 0 since the Merge. The hash is Keccak-256 of the RLP.
//
// Source: Yellow Paper 4.4; EIP-1559, 4895, 4844, 4788, 7685. extra_data refers to the bytes decoded.
#pragma once

#include <optional>

#include "codec/wire/describe.hpp"

namespace ringwire::wire {

using Bloom = FixedBytes<256, struct BloomTag>;
using BlockNonce = FixedBytes<8, struct BlockNonceTag>;

struct Header {
  Hash32 parent_hash;
  Hash32 ommers_hash;
  Address20 beneficiary;
  Hash32 state_root;
  Hash32 transactions_root;
  Hash32 receipts_root;
  Bloom logs_bloom;
  Uint256 difficulty;
  std::uint64_t number = 0;
  std::uint64_t gas_limit = 0;
  std::uint64_t gas_used = 0;
  std::uint64_t timestamp = 0;  // seconds
  ByteView extra_data;
  Hash32 mix_hash;  // prevRandao since the Merge
  BlockNonce nonce;
  std::optional<Uint256> base_fee;
  std::optional<Hash32> withdrawals_root;
  std::optional<std::uint64_t> blob_gas_used;
  std::optional<std::uint64_t> excess_blob_gas;
  std::optional<Hash32> parent_beacon_root;
  std::optional<Hash32> requests_hash;
};

template <>
struct Describe<Header> {
  static constexpr bool kHot = true;
  static constexpr auto kFields = std::tuple(
      field("parentHash", &Header::parent_hash), field("sha3Uncles", &Header::ommers_hash),
      field("miner", &Header::beneficiary), field("stateRoot", &Header::state_root),
      field("transactionsRoot", &Header::transactions_root), field("receiptsRoot", &Header::receipts_root),
      field("logsBloom", &Header::logs_bloom), field("difficulty", &Header::difficulty),
      field("number", &Header::number), field("gasLimit", &Header::gas_limit),
      field("gasUsed", &Header::gas_used), field("timestamp", &Header::timestamp),
      field("extraData", &Header::extra_data), field("mixHash", &Header::mix_hash),
      field("nonce", &Header::nonce), trailing("baseFeePerGas", &Header::base_fee),
      trailing("withdrawalsRoot", &Header::withdrawals_root), trailing("blobGasUsed", &Header::blob_gas_used),
      trailing("excessBlobGas", &Header::excess_blob_gas),
      trailing("parentBeaconBlockRoot", &Header::parent_beacon_root),
      trailing("requestsHash", &Header::requests_hash));
};

}  // namespace ringwire::wire
