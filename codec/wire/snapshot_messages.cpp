#include "codec/wire/snapshot_messages.hpp"

#include <array>

#include "codec/crypto/keccak.hpp"

namespace ringwire::wire {

Malformed Describe<Snapshot>::check(const Snapshot& snapshot) {
  const bool is_cut = snapshot.bytes > 0 && snapshot.chunk_bytes >= kSnapshotChunkBytesMin &&
                      snapshot.chunk_bytes <= kSnapshotChunkBytesMax;
  if (!is_cut) return Malformed::bad_value;
  if (snapshot.chunk_hashes.size() > kSnapshotChunksMax) return Malformed::too_many_items;
  const bool counts = snapshot.chunk_hashes.size() == chunks_of(snapshot.bytes, snapshot.chunk_bytes);
  return counts ? Malformed::none : Malformed::bad_value;
}

Hash32 snapshot_id(const Snapshot& snapshot) {
  std::array<std::uint8_t, 12> before;
  store_be(&before[0], snapshot.format);
  store_be(&before[4], snapshot.number);
  std::array<std::uint8_t, 12> sizes;
  store_be(&sizes[0], snapshot.bytes);
  store_be(&sizes[8], snapshot.chunk_bytes);
  crypto::Keccak256 hash;
  hash.update(as_bytes("ringwire/1 snapshot")).update(before).update(snapshot.block_hash.view());
  hash.update(snapshot.state_root.view()).update(sizes);
  for (const Hash32& chunk : snapshot.chunk_hashes) hash.update(chunk.view());
  return hash.finish();
}

}  // namespace ringwire::wire
