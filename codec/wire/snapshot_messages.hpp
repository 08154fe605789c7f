// Snapshots: the state of one block as a file, fetched in chunks from many peers at once.
//
// Attacks: a manifest of endless chunks, and chunks of another snapshot. A manifest bounds the size of the
// whole before anything is fetched. A chunk is held against its hash when it comes; the state that all of
// them make is held against the state root of a header that the node trusts for other reasons, since who
// invents a manifest invents chunks to it.
//
// Requests name a snapshot by snapshot_id(), so that chunks of one can come from whoever has the same.
// Refers to the bytes decoded.
#pragma once

#include "codec/wire/request.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kSnapshotChunksMax = 65'536;
inline constexpr std::uint32_t kSnapshotChunkBytesMin = 64 * 1024;  // less only makes the manifest long
inline constexpr std::uint32_t kSnapshotChunkBytesMax =
    4 * 1024 * 1024;  // more only delays finding a bad one

struct GetSnapshotManifest {
  std::uint64_t request_id = 0;
  std::uint64_t number_max = 0;  // of the newest snapshot at or below this block
};
template <>
struct Describe<GetSnapshotManifest> {
  using Record = GetSnapshotManifest;
  static constexpr MessageType kMessage = MessageType::get_snapshot_manifest;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("numberMax", &Record::number_max));
};

// What a snapshot is, apart from any request.
struct Snapshot {
  std::uint32_t format = 0;  // of what is in the chunks
  std::uint64_t number = 0;
  Hash32 block_hash;
  Hash32 state_root;
  std::uint64_t bytes = 0;        // of the whole
  std::uint32_t chunk_bytes = 0;  // of every chunk but the last
  List<Hash32> chunk_hashes;      // Keccak-256 of each
};
template <>
struct Describe<Snapshot> {
  using Record = Snapshot;
  static constexpr auto kFields =
      std::tuple(field("format", &Record::format), field("number", &Record::number),
                 field("blockHash", &Record::block_hash), field("stateRoot", &Record::state_root),
                 field("totalBytes", &Record::bytes), field("chunkBytes", &Record::chunk_bytes),
                 field("chunkHashes", &Record::chunk_hashes));
  static Malformed check(const Snapshot& snapshot);
};

// Keccak-256("ringwire/1 snapshot" | format u32 | number u64 | block hash | state root | bytes u64 |
// chunk bytes u32 | chunk hashes).
Hash32 snapshot_id(const Snapshot& snapshot);

struct SnapshotManifest {
  std::uint64_t request_id = 0;
  List<Snapshot> snapshots;  // one, or none: the peer has no such
};
template <>
struct Describe<SnapshotManifest>
    : AnswerTable<SnapshotManifest, MessageType::snapshot_manifest, &SnapshotManifest::snapshots, 1> {
  static constexpr auto kFields = fields("snapshots");
};

struct GetSnapshotChunk {
  std::uint64_t request_id = 0;
  Hash32 snapshot;  // its id
  std::uint32_t index = 0;
};
template <>
struct Describe<GetSnapshotChunk> {
  using Record = GetSnapshotChunk;
  static constexpr MessageType kMessage = MessageType::get_snapshot_chunk;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("snapshot", &Record::snapshot),
                 field("index", &Record::index));
  static Malformed check(const GetSnapshotChunk& request) {
    return request.index < kSnapshotChunksMax ? Malformed::none : Malformed::bad_value;
  }
};

struct SnapshotChunk {
  std::uint64_t request_id = 0;
  ByteView bytes;  // none: the peer has no such chunk
};
template <>
struct Describe<SnapshotChunk> {
  static constexpr MessageType kMessage = MessageType::snapshot_chunk;
  static constexpr auto kFields =
      std::tuple(field("requestId", &SnapshotChunk::request_id), field("data", &SnapshotChunk::bytes));
  static Malformed check(const SnapshotChunk& answer) {
    return answer.bytes.size() <= kSnapshotChunkBytesMax ? Malformed::none : Malformed::wrong_size;
  }
};

}  // namespace ringwire::wire
