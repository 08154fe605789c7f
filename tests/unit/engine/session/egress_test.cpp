// Egress against a naive model: peers of every speed, a kernel that takes what it likes.
#include "engine/session/egress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "engine/session/fragment_assembler.hpp"
#include "engine/session/receive_window.hpp"
#include "tests/unit/engine/session/messages.hpp"

namespace ringwire::session {
namespace {

using wire::MessageType;

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;

struct Expected {
  MessageType type;
  Bytes payload;
  Instant deadline;
};

// One peer as the world sees it: its egress, its socket, its own reading of what arrives.
struct Peer {
  Peer(AssemblyShard& shard, Carriage carried_as, bool limits)
      : carriage(carried_as),
        limits_fragments(limits),
        egress({}, carried_as, limits ? SendCredit::initial() : SendCredit::unlimited()),
        assembler(shard) {
    for (const std::uint32_t initial : wire::kInitialCredit) windows.emplace_back(initial);
  }

  const Carriage carriage;
  const bool limits_fragments;
  std::vector<ReceiveWindow> windows;  // by class
  PeerEgress egress;
  Bytes sealed;  // what a record layer would have made of the commit
  std::array<std::deque<Expected>, wire::kTrafficClasses> expected;
  std::vector<ByteView> sending;  // handed to the kernel in this turn
  std::vector<ByteView> rest;     // pinned until the kernel is done
  Bytes stream;
  FragmentAssembler assembler;
  std::uint64_t messages = 0;
  std::uint64_t skipped_expired = 0;
  bool member = false;
  std::uint32_t cut_ppm = 0;
};

std::size_t class_of(MessageType type) {
  return static_cast<std::size_t>(wire::rules_of(type).traffic_class);
}

class World {
 public:
  World(std::uint64_t seed, const EgressLimits& limits, std::size_t peer_count)
      : prng(seed), heap(kPlenty), assembly(heap, kPlenty), egress(limits, heap) {
    for (std::size_t i = 0; i < peer_count; ++i) {
      const Carriage carriage = i % 2 == 0 ? Carriage::plain : Carriage::sealed;
      peers.push_back(std::make_unique<Peer>(assembly, carriage, i % 3 == 0));
      peers.back()->cut_ppm = static_cast<std::uint32_t>(prng.below(3) * 300'000);
    }
  }
  ~World() {
    for (auto& peer : peers) egress.forget(peer->egress);
  }

  // --- the world below: a kernel that takes a random part and is slow with the rest

  void begin_turn() {
    now = now + 1ms;
    for (auto& peer : peers) kernel_takes(*peer);
    egress.begin_turn();
    for (auto& peer : peers) {
      if (peer->rest.empty() || !prng.chance_ppm(rest_done_ppm)) continue;
      deliver(*peer, peer->rest, UINT64_MAX);
      peer->rest.clear();
      egress.on_rest_sent(peer->egress);
    }
    for (auto& peer : peers) {
      if (peer->limits_fragments && prng.chance_ppm(300'000)) grant(*peer);
    }
  }

  void grant(Peer& peer) {
    for (std::size_t index = 1; index < wire::kTrafficClasses; ++index) {
      const std::uint32_t credit = peer.windows[index].grant(0ms, now);
      if (credit == 0) continue;
      ASSERT_TRUE(egress.grant(peer.egress, static_cast<wire::TrafficClass>(index), credit));
      ++grants;
    }
  }

  void kernel_takes(Peer& peer) {
    if (peer.sending.empty()) return;
    std::uint64_t bytes = 0;
    for (const ByteView piece : peer.sending) bytes += piece.size();
    const bool cut = prng.chance_ppm(peer.cut_ppm);
    const std::uint64_t taken = cut ? prng.below(bytes) : bytes;
    deliver(peer, peer.sending, taken);
    peer.sending.clear();
    if (!cut) return;
    if (peer.carriage == Carriage::sealed) {
      egress.on_sealed_rest(peer.egress, now);
      peer.rest = {ByteView(peer.sealed).subspan(taken)};
      return;
    }
    const auto rest = egress.on_unsent(peer.egress, taken, now);
    ASSERT_TRUE(rest.ok());
    ASSERT_LE(rest->size(), driver::Driver::kPiecesMax);
    peer.rest.assign(rest->begin(), rest->end());
    std::uint64_t rest_bytes = 0;
    for (const ByteView piece : peer.rest) rest_bytes += piece.size();
    ASSERT_GT(rest_bytes, 0U);
    ASSERT_LE(rest_bytes, kRestBytesMax + 1);
    ASSERT_LE(rest_bytes, bytes - taken);
  }

  // --- the peer's end

  void deliver(Peer& peer, const std::vector<ByteView>& pieces, std::uint64_t taken) {
    for (const ByteView piece : pieces) {
      const std::size_t part = std::min<std::uint64_t>(taken, piece.size());
      peer.stream.insert(peer.stream.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(part));
      taken -= part;
    }
    std::size_t at = 0;
    while (peer.stream.size() - at >= wire::kFrameHeaderBytes) {
      const ByteView frame = ByteView(peer.stream).subspan(at);
      const auto header = wire::decode_header(frame.first<wire::kFrameHeaderBytes>());
      ASSERT_TRUE(header.ok());
      if (frame.size() < wire::kFrameHeaderBytes + header->length) break;
      read_frame(peer, *header, frame.subspan(wire::kFrameHeaderBytes, header->length));
      at += wire::kFrameHeaderBytes + header->length;
    }
    peer.stream.erase(peer.stream.begin(), peer.stream.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void read_frame(Peer& peer, const wire::FrameHeader& header, ByteView payload) {
    ASSERT_EQ(header.checksum, message_checksum(header.type, payload));
    if (header.type != MessageType::fragment) return read_message(peer, header.type, payload);
    const auto bytes = static_cast<std::uint32_t>(payload.size());
    ASSERT_TRUE(!peer.limits_fragments || payload[0] == 0 || peer.windows[payload[0]].take(bytes));
    const auto assembled = peer.assembler.input(in_slices(heap, payload, prng, 20'000), now);
    ASSERT_TRUE(assembled.ok()) << name(assembled.error());
    if (assembled.value()) {
      read_message(peer, assembled.value()->header.type, to_bytes(assembled.value()->payload));
    }
  }

  void read_message(Peer& peer, MessageType type, ByteView payload) {
    auto& expected = peer.expected[class_of(type)];
    while (!expected.empty() && !std::ranges::equal(expected.front().payload, payload)) {
      ASSERT_LE(expected.front().deadline, now) << "a message without repair was lost, or the order changed";
      expected.pop_front();
      ++peer.skipped_expired;
    }
    ASSERT_FALSE(expected.empty()) << "a message that was not for this peer, or came twice";
    ASSERT_EQ(expected.front().type, type);
    expected.pop_front();
    ++peer.messages;
  }

  // --- what the shard does

  std::size_t random_size() {
    const std::uint64_t kind = prng.below(20);
    if (kind < 14) return prng.below(600);
    if (kind < 17) return prng.below(4096);
    if (kind < 19) return prng.between(4096, wire::kFragmentBytesMax);
    return prng.between(wire::kFragmentBytesMax, 150'000);
  }

  // False when the turn is full.
  bool say_something() {
    static constexpr std::array kTypes{MessageType::publish, MessageType::new_block,
                                       MessageType::transactions, MessageType::app_data};
    const MessageType type = kTypes[prng.below(kTypes.size())];
    const Bytes payload = random_bytes(prng, random_size() + 8);
    const bool expires = has_repair(wire::rules_of(type).traffic_class) && prng.chance_ppm(300'000);
    const Instant deadline = expires ? now + Duration(prng.below(20'000'000)) : kNever;
    const auto record =
        egress.append(header_for(type, payload),
                      in_slices(heap, payload, prng, prng.chance_ppm(100'000) ? 500 : 16'384), deadline);
    if (!record.ok()) {
      EXPECT_EQ(record.error(), AppendError::turn_full);
      return false;
    }
    address(*record, {type, payload, deadline});
    return true;
  }

  void address(const Record& record, const Expected& message) {
    const std::size_t index = class_of(message.type);
    if (prng.chance_ppm(700'000)) {
      egress.broadcast(record);
      const std::uint64_t excluded = prng.below(3);
      for (std::size_t i = 0; i < peers.size(); ++i) {
        Peer& peer = *peers[i];
        const bool left_out = (i + peer.messages) % 7 < excluded;
        if (left_out) egress.exclude(record, peer.egress);
        if (peer.member && !left_out) peer.expected[index].push_back(message);
      }
      return;
    }
    for (auto& peer : peers) {
      if (!prng.chance_ppm(200'000)) continue;
      egress.unicast(record, peer->egress);
      peer->expected[index].push_back(message);
    }
  }

  // Round by round: the kernel takes what it likes in between, and nothing else happens.
  void commit() {
    commit_round();
    while (egress.has_uncommitted()) {
      for (auto& peer : peers) kernel_takes(*peer);
      commit_round();
      ++more_rounds;
    }
  }

  void commit_round() {
    egress.commit_all(now, [this](PeerEgress& said, const Result<Pieces, Overflow>& pieces) {
      ASSERT_TRUE(pieces.ok());
      ASSERT_GE(pieces->size(), 1U);
      Peer& peer = **std::ranges::find_if(peers, [&](auto& other) { return &other->egress == &said; });
      ASSERT_TRUE(peer.sending.empty()) << "one send per peer and round";
      ASSERT_TRUE(peer.rest.empty()) << "no send while a rest is in flight";
      for (const ByteView piece : *pieces) ASSERT_FALSE(piece.empty());
      if (peer.carriage == Carriage::sealed) return seal(peer, *pieces);
      ASSERT_LE(pieces->size(), driver::Driver::kPiecesMax);
      peer.sending.assign(pieces->begin(), pieces->end());
    });
  }

  static void seal(Peer& peer, Pieces pieces) {
    peer.sealed.clear();
    for (const ByteView piece : pieces) peer.sealed.insert(peer.sealed.end(), piece.begin(), piece.end());
    ASSERT_LE(peer.sealed.size(), kSealedSendBytes);
    peer.sending = {peer.sealed};
  }

  void join(Peer& peer) {
    egress.join(peer.egress);
    peer.member = true;
  }

  [[nodiscard]] bool quiet() const {
    return !egress.has_speakers() && std::ranges::all_of(peers, [](const auto& peer) {
      return peer->sending.empty() && peer->rest.empty() && !peer->egress.behind();
    });
  }

  Prng prng;
  HeapBuffers heap;
  AssemblyShard assembly;
  Egress egress;
  std::vector<std::unique_ptr<Peer>> peers;
  Instant now{1'000'000'000};
  std::uint32_t rest_done_ppm = 300'000;
  std::uint64_t more_rounds = 0;
  std::uint64_t grants = 0;
};

EgressLimits limits_for(std::uint64_t seed) {
  EgressLimits limits;
  limits.turn_bytes = (seed % 2 == 0 ? 10 : 128) * std::uint64_t{kChunkBytes};  // every other world is short
  limits.peer_queue_bytes = kPlenty;
  return limits;
}

TEST(Egress, EveryPeerReceivesExactlyItsMessagesWholeAndInOrderWhateverTheKernelTakes) {
  std::uint64_t more_rounds = 0;
  std::uint64_t grants = 0;
  std::uint64_t starved = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, limits_for(seed), 2 + seed % 9);
    for (int turn = 0; turn < 120; ++turn) {
      world.begin_turn();
      for (std::uint64_t said = world.prng.below(40); said > 0; --said) {
        Peer& peer = *world.peers[world.prng.below(world.peers.size())];
        if (!peer.member && world.prng.chance_ppm(100'000)) world.join(peer);
        if (!world.say_something()) break;
      }
      world.commit();
      if (testing::Test::HasFatalFailure()) return;
    }
    for (int turn = 0; turn < 4000 && !world.quiet(); ++turn) {
      world.begin_turn();
      world.commit();
    }
    ASSERT_TRUE(world.quiet());
    std::uint64_t expired = 0;
    std::uint64_t messages = 0;
    for (const auto& peer : world.peers) {
      for (const auto& left : peer->expected) {
        for (const Expected& message : left) ASSERT_LE(message.deadline, world.now);
        expired += left.size();
      }
      ASSERT_TRUE(peer->stream.empty());
      ASSERT_TRUE(peer->assembler.idle());
      expired += peer->skipped_expired;
      messages += peer->messages;
    }
    std::uint64_t counted = 0;
    for (const Counter& counter : world.egress.counters().expired) counted += counter.value();
    EXPECT_EQ(counted, expired);
    EXPECT_GT(messages, 500U);
    EXPECT_EQ(world.assembly.used_bytes, 0U);
    EXPECT_EQ(world.egress.counters().more_rounds.value(), world.more_rounds);
    more_rounds += world.more_rounds;
    grants += world.grants;
    for (const Counter& counter : world.egress.counters().starved) starved += counter.value();
  }
  EXPECT_GT(more_rounds, 500U);
  EXPECT_GT(grants, 100U);
  EXPECT_GT(starved, 100U);
}

}  // namespace
}  // namespace ringwire::session
