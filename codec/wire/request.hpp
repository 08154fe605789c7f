// What requests and their answers have in common.
//
// Attack: a request of a few bytes that makes the other end read and send megabytes, or an answer that buries
// the asker. So a request names a bounded number of things, and an answer ends where either bound is reached:
//
//   - a request asks for at most kItemsPerRequestMax things, each counted when the request is decoded;
//   - an answer holds things in the order in which they were asked for, from the first on. It may be short,
//   as
//     early as with nothing in it, and is never longer than what was asked;
//   - an answer is closed before the item that would carry it over kAnswerBytesSoft, unless that is its
//   first.
//
// Every request and its answer begin with the same request id, chosen by who asks. The asker matches on it
// and treats an answer that it did not ask for as a protocol error.
//
// Source: the limits of the eth and snap protocols of devp2p.
#pragma once

#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/message_type.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kItemsPerRequestMax = 1024;
inline constexpr std::uint32_t kAnswerBytesSoft = 2 * 1024 * 1024;

template <class T>
Malformed check_count(const List<T>& list, std::uint32_t max) {
  return list.size() <= max ? Malformed::none : Malformed::too_many_items;
}

// How many chunks of `chunk_bytes`, the last one shorter, make `bytes`.
constexpr std::uint64_t chunks_of(std::uint64_t bytes, std::uint64_t chunk_bytes) {
  return bytes / chunk_bytes + (bytes % chunk_bytes != 0 ? 1 : 0);
}

// "Give me what has these hashes": the whole of several requests.
template <MessageType kType, std::uint32_t kItemsMax = kItemsPerRequestMax>
struct HashesRequest {
  std::uint64_t request_id = 0;
  List<Hash32> hashes;
};
template <MessageType kType, std::uint32_t kItemsMax>
struct Describe<HashesRequest<kType, kItemsMax>> {
  using Record = HashesRequest<kType, kItemsMax>;
  static constexpr MessageType kMessage = kType;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Record::request_id), field("hashes", &Record::hashes));
  static Malformed check(const Record& request) { return check_count(request.hashes, kItemsMax); }
};

// The table of an answer that is its request's id and a list, but for the list's name:
//
//   struct Describe<NodeData> : AnswerTable<NodeData, MessageType::node_data, &NodeData::nodes> {
//     static constexpr auto kFields = fields("nodes");
//   };
template <class Record, MessageType kType, auto kList, std::uint32_t kItemsMax = kItemsPerRequestMax>
struct AnswerTable {
  static constexpr MessageType kMessage = kType;
  static constexpr auto fields(std::string_view list) {
    return std::tuple(field("requestId", &Record::request_id), field(list, kList));
  }
  static Malformed check(const Record& answer) { return check_count(answer.*kList, kItemsMax); }
};

}  // namespace ringwire::wire
