// Blocks asked for by range and by hash, and new ones.
//
// Bounds of requests and answers: codec/wire/request.hpp. Headers and bodies are checked against each other
// by who asked: the roots of a header are what its body has to have (codec/trie/roots.hpp). Nothing here is
// valid because it decodes.
//
// Refers to the bytes decoded. Source: the eth protocol of devp2p.
#pragma once

#include "codec/wire/block.hpp"
#include "codec/wire/request.hpp"

namespace ringwire::wire {

// Announced in one message; a chain makes one block every few seconds, and more is a flood.
inline constexpr std::uint32_t kBlockAnnouncementsMax = 256;

// From a block on, known by its hash or by its number: `limit` headers, leaving out `skip` between two,
// towards the genesis where `reverse`.
struct GetBlockHeaders {
  std::uint64_t request_id = 0;
  std::optional<Hash32> start_hash;
  std::uint64_t start_number = 0;  // 0 where there is a hash
  std::uint64_t limit = 0;
  std::uint64_t skip = 0;
  bool reverse = false;
};
template <>
struct Describe<GetBlockHeaders> {
  using Record = GetBlockHeaders;
  static constexpr MessageType kMessage = MessageType::get_block_headers;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("startHash", &Record::start_hash),
                 field("startNumber", &Record::start_number), field("limit", &Record::limit),
                 field("skip", &Record::skip), field("reverse", &Record::reverse));
  static Malformed check(const GetBlockHeaders& request) {
    if (request.start_hash && request.start_number != 0) return Malformed::bad_value;
    return request.limit <= kItemsPerRequestMax ? Malformed::none : Malformed::too_many_items;
  }
};

struct BlockHeaders {
  std::uint64_t request_id = 0;
  List<Header> headers;
};
template <>
struct Describe<BlockHeaders>
    : AnswerTable<BlockHeaders, MessageType::block_headers, &BlockHeaders::headers> {
  static constexpr auto kFields = fields("headers");
};

using GetBlockBodies = HashesRequest<MessageType::get_block_bodies>;

struct BlockBodies {
  std::uint64_t request_id = 0;
  List<Body> bodies;
};
template <>
struct Describe<BlockBodies> : AnswerTable<BlockBodies, MessageType::block_bodies, &BlockBodies::bodies> {
  static constexpr auto kFields = fields("bodies");
};

// A block as its proposer made it, to be relayed.
struct NewBlock {
  Block block;
  Uint256 total_difficulty;  // of the chain with it; 0 where there is none to speak of
};
template <>
struct Describe<NewBlock> {
  static constexpr MessageType kMessage = MessageType::new_block;
  static constexpr auto kFields =
      std::tuple(field("block", &NewBlock::block), field("totalDifficulty", &NewBlock::total_difficulty));
};

struct BlockId {
  Hash32 hash;
  std::uint64_t number = 0;
};
template <>
struct Describe<BlockId> {
  static constexpr auto kFields =
      std::tuple(field("hash", &BlockId::hash), field("number", &BlockId::number));
};

// "I have these": who lacks one asks for it.
struct NewBlockHashes {
  List<BlockId> blocks;
};
template <>
struct Describe<NewBlockHashes> {
  static constexpr MessageType kMessage = MessageType::new_block_hashes;
  static constexpr auto kFields = std::tuple(field("blocks", &NewBlockHashes::blocks));
  static Malformed check(const NewBlockHashes& announced) {
    return check_count(announced.blocks, kBlockAnnouncementsMax);
  }
};

}  // namespace ringwire::wire
