// What peers of a topic mesh tell each other beside the messages themselves (codec/wire/publish.hpp).
//
//   IHave       these messages of the topic passed here lately: ask if you lack one
//   IWant       send me these
//   IDontWant   I have these already: do not
//   Graft       you are in my mesh for this topic: send me its messages as they come
//   Prune       you no longer are; come back after back-off, and these others may take you
//
// Attacks: lists of ids that nobody ever delivers, asking for one message over and over, grafting to topics
// without end, a back-off of centuries. Counts are bounded here; how often, and what a broken promise costs,
// is decided by gossip.
//
// Refers to the bytes decoded. Source: gossipsub of libp2p, versions 1.1 and 1.2.
#pragma once

#include "codec/wire/peer_messages.hpp"
#include "codec/wire/publish.hpp"
#include "codec/wire/request.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kTopicIdsMax = 5000;   // ids in IHave and IWant: what a heartbeat can tell
inline constexpr std::uint32_t kDontWantIdsMax = 64;  // each is sent as soon as its message is there
inline constexpr std::uint32_t kPruneBackoffMax_s = 3600;  // an hour; longer would be a ban

inline Malformed check_topic(ByteView topic) {
  return !topic.empty() && topic.size() <= kTopicBytesMax ? Malformed::none : Malformed::wrong_size;
}

struct IHave {
  ByteView topic;
  List<Hash32> ids;
};
template <>
struct Describe<IHave> {
  static constexpr MessageType kMessage = MessageType::i_have;
  static constexpr auto kFields = std::tuple(field("topic", &IHave::topic), field("ids", &IHave::ids));
  static Malformed check(const IHave& have) {
    const Malformed topic = check_topic(have.topic);
    return topic != Malformed::none ? topic : check_count(have.ids, kTopicIdsMax);
  }
};

struct IWant {
  List<Hash32> ids;
};
template <>
struct Describe<IWant> {
  static constexpr MessageType kMessage = MessageType::i_want;
  static constexpr auto kFields = std::tuple(field("ids", &IWant::ids));
  static Malformed check(const IWant& want) { return check_count(want.ids, kTopicIdsMax); }
};

struct IDontWant {
  List<Hash32> ids;
};
template <>
struct Describe<IDontWant> {
  static constexpr MessageType kMessage = MessageType::i_dont_want;
  static constexpr auto kFields = std::tuple(field("ids", &IDontWant::ids));
  static Malformed check(const IDontWant& dont) { return check_count(dont.ids, kDontWantIdsMax); }
};

struct Graft {
  ByteView topic;
};
template <>
struct Describe<Graft> {
  static constexpr MessageType kMessage = MessageType::graft;
  static constexpr auto kFields = std::tuple(field("topic", &Graft::topic));
  static Malformed check(const Graft& graft) { return check_topic(graft.topic); }
};

struct Prune {
  ByteView topic;
  std::uint32_t backoff_s = 0;
  List<ByteView> records;  // node records of others in the mesh, as in Neighbors
};
template <>
struct Describe<Prune> {
  static constexpr MessageType kMessage = MessageType::prune;
  static constexpr auto kFields =
      std::tuple(field("topic", &Prune::topic), field("backoffSeconds", &Prune::backoff_s).decimal(),
                 field("records", &Prune::records));
  static Malformed check(const Prune& prune) {
    if (prune.backoff_s > kPruneBackoffMax_s) return Malformed::bad_value;
    const Malformed topic = check_topic(prune.topic);
    return topic != Malformed::none ? topic : check_node_records(prune.records);
  }
};

}  // namespace ringwire::wire
