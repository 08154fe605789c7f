// Peer exchange over a session: who is near this id?
//
// Attack: a peer that fills its neighbours' tables with addresses of its choice. What is handed on are node
// records that their nodes signed themselves (codec/wire/enr.hpp), so a peer can leave out and replay, and
// cannot invent; and an answer has at most one bucket of them. The receiver decodes and verifies each record,
// and proves the endpoint before it hands it on in turn.
//
// Refers to the bytes decoded. Source: discv4's FindNode and Neighbors, with records in the place of
// endpoints.
#pragma once

#include "codec/wire/enr.hpp"
#include "codec/wire/request.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kNeighborsMax = 16;  // one bucket of a Kademlia table

inline Malformed check_node_records(const List<ByteView>& records) {
  if (records.size() > kNeighborsMax) return Malformed::too_many_items;
  for (const ByteView record : records) {
    if (record.size() > kEnrBytesMax) return Malformed::wrong_size;
  }
  return Malformed::none;
}

struct FindNode {
  std::uint64_t request_id = 0;
  NodeId target;
};
template <>
struct Describe<FindNode> {
  static constexpr MessageType kMessage = MessageType::find_node;
  static constexpr auto kFields =
      std::tuple(field("requestId", &FindNode::request_id), field("target", &FindNode::target));
};

struct Neighbors {
  std::uint64_t request_id = 0;
  List<ByteView> records;  // node records, encoded and not looked into, nearest first
};
template <>
struct Describe<Neighbors> {
  static constexpr MessageType kMessage = MessageType::neighbors;
  static constexpr auto kFields =
      std::tuple(field("requestId", &Neighbors::request_id), field("records", &Neighbors::records));
  static Malformed check(const Neighbors& neighbors) { return check_node_records(neighbors.records); }
};

}  // namespace ringwire::wire
