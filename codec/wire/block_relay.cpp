#include "codec/wire/block_relay.hpp"

#include <algorithm>
#include <array>

#include "codec/crypto/keccak.hpp"

namespace ringwire::wire {

Malformed Describe<BlockManifest>::check(const BlockManifest& manifest) {
  const bool is_cut = manifest.block_bytes > 0 && manifest.block_bytes <= kBlockBytesMax &&
                      manifest.chunk_bytes >= kBlockChunkBytesMin &&
                      manifest.chunk_bytes <= kBlockChunkBytesMax;
  if (!is_cut) return Malformed::bad_value;
  if (manifest.chunk_hashes.size() != chunks_of(manifest.block_bytes, manifest.chunk_bytes))
    return Malformed::bad_value;
  return manifest.proof.size() <= kManifestProofBytesMax ? Malformed::none : Malformed::wrong_size;
}

Hash32 manifest_id(const BlockManifest& manifest) {
  std::array<std::uint8_t, 16> numbers;
  store_be(&numbers[0], manifest.number);
  store_be(&numbers[8], manifest.block_bytes);
  store_be(&numbers[12], manifest.chunk_bytes);
  crypto::Keccak256 hash;
  hash.update(as_bytes("ringwire/1 manifest")).update(manifest.block_hash.view()).update(numbers);
  for (const Hash32& chunk : manifest.chunk_hashes) hash.update(chunk.view());
  return hash.finish();
}

ShortId short_id(const crypto::SipKey& key, const Hash32& transaction) {
  std::array<std::uint8_t, 8> hash;
  store_be(hash.data(), crypto::siphash13(key, transaction.view()));
  ShortId low;
  std::copy_n(hash.data() + (hash.size() - low.size()), low.size(), low.bytes.data());
  return low;
}

crypto::SipKey short_id_key(const Hash32& block_hash, std::uint64_t nonce) {
  std::array<std::uint8_t, 8> number;
  store_be(number.data(), nonce);
  const Hash32 hash = crypto::Keccak256().update(block_hash.view()).update(number).finish();
  return {load_be<std::uint64_t>(&hash.bytes[0]), load_be<std::uint64_t>(&hash.bytes[8])};
}

Malformed Describe<CompactBlock>::check(const CompactBlock& compact) {
  const std::uint64_t transactions = std::uint64_t{compact.short_ids.size()} + compact.placed.size();
  if (transactions > kCompactTransactionsMax) return Malformed::too_many_items;
  std::uint64_t free = 0;  // the least that the next index may be
  for (const PlacedTransaction& placed : compact.placed) {
    if (placed.index < free || placed.index >= transactions) return Malformed::bad_value;
    free = std::uint64_t{placed.index} + 1;
  }
  return Malformed::none;
}

Malformed Describe<GetBlockTxs>::check(const GetBlockTxs& request) {
  if (request.indexes.size() > kCompactTransactionsMax) return Malformed::too_many_items;
  std::uint64_t free = 0;
  for (const std::uint32_t index : request.indexes) {
    if (index < free || index >= kCompactTransactionsMax) return Malformed::bad_value;
    free = std::uint64_t{index} + 1;
  }
  return Malformed::none;
}

}  // namespace ringwire::wire
