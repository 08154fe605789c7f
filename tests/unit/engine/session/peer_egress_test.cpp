// The rules of egress one by one; the model is in egress_test.cpp.
#include "engine/session/peer_egress.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "codec/base/copy.hpp"
#include "engine/session/egress.hpp"
#include "engine/session/fragmenter.hpp"
#include "tests/unit/engine/session/messages.hpp"

namespace ringwire::session {
namespace {

using wire::MessageType;

class PeerEgressRules : public testing::Test {
 protected:
  void SetUp() override { previous = install_copy_ledger(&ledger); }
  void TearDown() override {
    for (auto& peer : peers) egress->forget(*peer);
    install_copy_ledger(previous);
  }

  void start(std::size_t count, EgressLimits limits = {}, Carriage carriage = Carriage::plain,
             const SendCredit& credit = SendCredit::unlimited()) {
    egress = std::make_unique<Egress>(limits, heap);
    for (std::size_t i = 0; i < count; ++i) {
      peers.push_back(std::make_unique<PeerEgress>(driver::ConnectionId{}, carriage, credit));
      egress->join(*peers.back());
    }
  }
  Record append(MessageType type, std::size_t size, Instant deadline = kNever) {
    const Bytes payload(size, static_cast<std::uint8_t>(type));
    const auto record =
        egress->append(header_for(type, payload), in_slices(source, payload, prng, 16'384), deadline);
    EXPECT_TRUE(record.ok());
    return *record;
  }
  // What peer `index` would send now; overflow ends the test.
  std::vector<ByteView> commit(std::size_t index = 0) {
    std::vector<ByteView> mine;
    egress->commit_all(now, [&](PeerEgress& peer, const Result<Pieces, Overflow>& pieces) {
      ASSERT_TRUE(pieces.ok());
      if (&peer == peers[index].get()) mine.assign(pieces->begin(), pieces->end());
    });
    return mine;
  }
  void next_turn() {
    now = now + 1ms;
    egress->begin_turn();
  }
  static Bytes flat(const std::vector<ByteView>& pieces) {
    Bytes bytes;
    for (const ByteView piece : pieces) bytes.insert(bytes.end(), piece.begin(), piece.end());
    return bytes;
  }
  static std::vector<MessageType> types(const Bytes& stream) {
    std::vector<MessageType> found;
    for (std::size_t at = 0; at < stream.size();) {
      const auto header = wire::decode_header(std::span(stream).subspan(at).first<wire::kFrameHeaderBytes>());
      found.push_back(header->type);
      at += wire::kFrameHeaderBytes + header->length;
    }
    return found;
  }

  // How many fragments of each class are in it.
  using Fragments = std::map<std::uint8_t, std::size_t>;
  static Fragments fragments(const Bytes& stream) {
    Fragments found;
    for (std::size_t at = 0; at < stream.size();) {
      const auto header = wire::decode_header(std::span(stream).subspan(at).first<wire::kFrameHeaderBytes>());
      at += wire::kFrameHeaderBytes;
      if (header->type == MessageType::fragment) ++found[stream[at]];
      at += header->length;
    }
    return found;
  }

  Prng prng{5};
  CopyLedger ledger;
  CopyLedger* previous = nullptr;
  HeapBuffers source{std::uint64_t{1} << 30};
  HeapBuffers heap{64 * 1024 * 1024};
  std::unique_ptr<Egress> egress;
  std::vector<std::unique_ptr<PeerEgress>> peers;
  Instant now{1'000'000'000};
};

TEST_F(PeerEgressRules, SendsABurstAsOnePieceToEveryPeerCopiedOnce) {
  start(50);
  for (int i = 0; i < 16; ++i) egress->broadcast(append(MessageType::publish, 256));
  EXPECT_EQ(commit(17).size(), 1U);
  EXPECT_EQ(egress->counters().sends.value(), 50U);
  EXPECT_EQ(egress->counters().pieces.value(), 50U);
  EXPECT_EQ(ledger.total(), 16 * 256U);
}

TEST_F(PeerEgressRules, OrdersByClassWhateverTheOrderOfSaying) {
  start(1);
  for (const MessageType type : {MessageType::app_data, MessageType::transactions, MessageType::new_block,
                                 MessageType::publish, MessageType::ping}) {
    egress->unicast(append(type, 30), *peers[0]);
  }
  EXPECT_EQ(types(flat(commit())),
            (std::vector{MessageType::publish, MessageType::ping, MessageType::new_block,
                         MessageType::transactions, MessageType::app_data}));
}

TEST_F(PeerEgressRules, RelaysALargeMessageToFiftyPeersWithoutCopyingAByteEvenWhenTheyAreSlow) {
  start(50);
  egress->broadcast(append(MessageType::new_block, 128 * 1024));
  std::vector<std::uint64_t> received(50);
  for (int turn = 0; turn < 40; ++turn) {
    std::vector<std::pair<PeerEgress*, std::uint64_t>> cut;
    egress->commit_all(now, [&](PeerEgress& peer, const Result<Pieces, Overflow>& pieces) {
      ASSERT_TRUE(pieces.ok());
      std::uint64_t bytes = 0;
      for (const ByteView piece : *pieces) bytes += piece.size();
      const auto index = static_cast<std::size_t>(
          std::ranges::find_if(peers, [&](auto& other) { return other.get() == &peer; }) - peers.begin());
      received[index] += bytes;  // a cut send is completed by its rest below
      if (prng.chance_ppm(500'000)) cut.emplace_back(&peer, prng.below(bytes));
    });
    std::vector<PeerEgress*> resting;
    for (const auto& [peer, taken] : cut) {
      ASSERT_TRUE(egress->on_unsent(*peer, taken, now).ok());
      resting.push_back(peer);
    }
    next_turn();
    for (PeerEgress* peer : resting) egress->on_rest_sent(*peer);
  }
  for (const std::uint64_t bytes : received) EXPECT_GE(bytes, 128U * 1024);
  EXPECT_FALSE(egress->has_speakers());
  EXPECT_EQ(ledger.total(), 0U);
}

TEST_F(PeerEgressRules, CommitsTwoFragmentsPerTurnAndLetsAVotePassTheRest) {
  start(1, {.bulk_bytes = 32 * 1024});
  egress->broadcast(append(MessageType::app_data, 128 * 1024));
  EXPECT_EQ(types(flat(commit())), (std::vector{MessageType::fragment, MessageType::fragment}));
  EXPECT_TRUE(egress->has_speakers());
  next_turn();
  egress->broadcast(append(MessageType::publish, 100));
  EXPECT_EQ(types(flat(commit())),
            (std::vector{MessageType::publish, MessageType::fragment, MessageType::fragment}));
}

TEST_F(PeerEgressRules, SendsSmallMessagesOfLowerClassesBesideBulkOfAHigherOne) {
  start(1, {.bulk_bytes = 32 * 1024});
  egress->broadcast(append(MessageType::new_block, 128 * 1024));
  egress->broadcast(append(MessageType::transactions, 100));
  EXPECT_EQ(types(flat(commit())),
            (std::vector{MessageType::fragment, MessageType::fragment, MessageType::transactions}));
}

TEST_F(PeerEgressRules, CopiesManyShortPiecesTogetherAndGathersFewLongOnes) {
  start(2);
  for (int i = 0; i < 20; ++i) {
    egress->unicast(append(MessageType::publish, 100), *peers[0]);
    egress->unicast(append(MessageType::publish, 100), *peers[1]);
  }
  EXPECT_EQ(commit(0).size(), 1U);
  EXPECT_EQ(egress->counters().compacted.value(), 2U);
  EXPECT_EQ(ledger[CopyReason::gather_limit].value(), 2 * 20 * 118U);

  next_turn();
  for (int i = 0; i < 20; ++i) {
    egress->unicast(append(MessageType::publish, 1000), *peers[0]);
    egress->unicast(append(MessageType::publish, 1000), *peers[1]);
  }
  EXPECT_EQ(commit(0).size(), 20U);
  EXPECT_EQ(egress->counters().compacted.value(), 2U);
}

TEST_F(PeerEgressRules, CopiesTogetherAboveTheNumberOfPiecesHoweverLongTheyAre) {
  start(2);
  for (std::size_t i = 0; i <= kGatherPiecesMax; ++i) {
    egress->unicast(append(MessageType::publish, 1000), *peers[0]);
    egress->unicast(append(MessageType::publish, 1000), *peers[1]);
  }
  EXPECT_LE(commit(0).size(), 3U);
  EXPECT_EQ(egress->counters().compacted.value(), 2U);
}

TEST_F(PeerEgressRules, SendsTheRestOfACutFrameFirstAndNothingElseMeanwhile) {
  start(1);
  for (int i = 0; i < 3; ++i) egress->broadcast(append(MessageType::publish, 100));
  const Bytes whole = flat(commit());
  const auto rest = egress->on_unsent(*peers[0], 50, now);
  ASSERT_TRUE(rest.ok());
  const Bytes left = flat({rest->begin(), rest->end()});
  EXPECT_EQ(left, Bytes(whole.begin() + 50, whole.end()));
  EXPECT_TRUE(peers[0]->in_flight());
  EXPECT_EQ(peers[0]->stalled_since(), now);
  const std::vector<ByteView> pinned(rest->begin(), rest->end());
  for (int turn = 0; turn < 5; ++turn) {
    next_turn();
    egress->broadcast(append(MessageType::publish, 100));
    EXPECT_TRUE(commit().empty());
    EXPECT_EQ(flat(pinned), left);
  }
  next_turn();
  egress->on_rest_sent(*peers[0]);
  EXPECT_EQ(peers[0]->stalled_since(), kNever);
  EXPECT_EQ(flat(commit()).size(), 5 * 118U);
  EXPECT_FALSE(peers[0]->behind());
  EXPECT_EQ(ledger[CopyReason::backlog].value(), left.size() + 5 * 118U);
}

TEST_F(PeerEgressRules, WhatIsBehindTheRestMayStillBeOvertaken) {
  start(1);
  for (int i = 0; i < 100; ++i) egress->broadcast(append(MessageType::app_data, 1000));
  commit();
  ASSERT_TRUE(egress->on_unsent(*peers[0], 0, now).ok());
  next_turn();
  egress->on_rest_sent(*peers[0]);
  egress->broadcast(append(MessageType::publish, 10));
  const std::vector<MessageType> order = types(flat(commit()));
  EXPECT_EQ(order.front(), MessageType::publish);
  EXPECT_EQ(order.size(), 1 + 100 - kRestBytesMax / 1018);
}

TEST_F(PeerEgressRules, AnswersOverflowInsteadOfDroppingAPushThatHasNoRepair) {
  start(1, {.turn_bytes = 1 << 20, .peer_queue_bytes = 10'000, .bulk_bytes = 32 * 1024});
  egress->broadcast(append(MessageType::publish, 100));
  commit();
  ASSERT_TRUE(egress->on_unsent(*peers[0], 1, now).ok());
  std::uint64_t overflows = 0;
  int turns = 0;
  while (overflows == 0 && ++turns < 100) {
    next_turn();
    egress->broadcast(append(MessageType::publish, 1000));
    egress->commit_all(now, [&](PeerEgress& peer, const Result<Pieces, Overflow>& pieces) {
      ASSERT_FALSE(pieces.ok());
      EXPECT_EQ(pieces.error(), Overflow::peer_queue);
      ++overflows;
      egress->silence(peer);
    });
    EXPECT_LE(peers[0]->queued_bytes(), 10'000U + 1018 + kPieceOverhead);
  }
  EXPECT_EQ(turns, 11);  // 1018 and the overhead, until 10,000 are exceeded
  EXPECT_EQ(egress->counters().overflow_peer_queue.value(), 1U);
  EXPECT_TRUE(peers[0]->in_flight()) << "the rest stays pinned until the driver lets go";
}

TEST_F(PeerEgressRules, DropsExpiredMessagesWithARepairBeforeItOverflows) {
  start(1, {.turn_bytes = 1 << 20, .peer_queue_bytes = 10'000, .bulk_bytes = 32 * 1024});
  egress->broadcast(append(MessageType::publish, 100));
  commit();
  ASSERT_TRUE(egress->on_unsent(*peers[0], 1, now).ok());
  for (int turn = 0; turn < 100; ++turn) {
    next_turn();
    egress->broadcast(append(MessageType::transactions, 1000, now + 5ms));
    EXPECT_TRUE(commit().empty());
  }
  EXPECT_EQ(egress->counters().overflow_peer_queue.value(), 0U);
  next_turn();
  egress->on_rest_sent(*peers[0]);
  const std::size_t sent = types(flat(commit())).size();
  EXPECT_EQ(sent, 4U);
  EXPECT_EQ(egress->counters().expired[2].value(), 100 - sent);
}

TEST_F(PeerEgressRules, AnswersOverflowWhenTheShardsHeapIsUsedUp) {
  start(1);
  egress->broadcast(append(MessageType::publish, 100));
  commit();
  ASSERT_TRUE(egress->on_unsent(*peers[0], 1, now).ok());
  const Slice hog = heap.make(16 * 1024 * 1024);
  std::vector<Slice> hogs;
  for (std::uint32_t size = 16 << 20; size >= 128; size /= 2) {
    for (Slice more = heap.make(size); !more.empty(); more = heap.make(size)) hogs.push_back(std::move(more));
  }
  std::uint64_t overflows = 0;
  for (int turn = 0; turn < 20 && overflows == 0; ++turn) {
    next_turn();
    egress->broadcast(append(MessageType::publish, 1000));
    egress->commit_all(now, [&](PeerEgress&, const Result<Pieces, Overflow>& pieces) {
      ASSERT_FALSE(pieces.ok());
      EXPECT_EQ(pieces.error(), Overflow::heap);
      ++overflows;
    });
  }
  EXPECT_EQ(overflows, 1U);
  EXPECT_EQ(egress->counters().overflow_heap.value(), 1U);
}

// --- credit

TEST_F(PeerEgressRules, AClassWithoutCreditWaitsForItAndTheOthersGoOn) {
  start(1, {}, Carriage::plain, SendCredit::initial());
  for (int i = 0; i < 4; ++i) egress->broadcast(append(MessageType::node_data, 30'000));
  egress->broadcast(append(MessageType::publish, 30'000));
  egress->broadcast(append(MessageType::transactions, 30'000));
  EXPECT_EQ(fragments(flat(commit())), (Fragments{{0, 2}, {2, 2}, {3, 4}}));  // two of four: 64 KiB
  EXPECT_EQ(peers[0]->stalled_since(), now);
  EXPECT_FALSE(egress->has_speakers());  // nothing to try again

  // Small ones of the class wait behind it, others do not; time does not make up for credit.
  const Instant starved = now;
  next_turn();
  egress->broadcast(append(MessageType::node_data, 10));
  egress->broadcast(append(MessageType::ping, 8));
  EXPECT_EQ(types(flat(commit())), std::vector{MessageType::ping});
  EXPECT_EQ(peers[0]->stalled_since(), starved);
  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::sync, 1));
  next_turn();
  EXPECT_TRUE(flat(commit()).empty());
  EXPECT_EQ(peers[0]->stalled_since(), starved);

  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::sync, 20'000));
  next_turn();
  EXPECT_EQ(fragments(flat(commit())), (Fragments{{3, 1}}));
  EXPECT_EQ(peers[0]->stalled_since(), now);  // it got on, and waits again
  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::sync, 100'000));
  next_turn();
  EXPECT_EQ(types(flat(commit())), (std::vector{MessageType::fragment, MessageType::fragment,
                                                MessageType::fragment, MessageType::node_data}));
  EXPECT_EQ(peers[0]->stalled_since(), kNever);
  EXPECT_FALSE(peers[0]->behind());
}

TEST_F(PeerEgressRules, WhatTheKernelDidNotTakeKeepsItsCredit) {
  start(1, {}, Carriage::plain, SendCredit::initial());
  egress->broadcast(append(MessageType::node_data, 64 * 1024 - 100));
  const Bytes first = flat(commit());
  EXPECT_EQ(fragments(first), (Fragments{{3, 5}}));
  // Nothing was taken: two fragments are pinned, the others return, and go out on the credit they had.
  ASSERT_TRUE(egress->on_unsent(*peers[0], 0, now).ok());
  next_turn();
  egress->on_rest_sent(*peers[0]);
  EXPECT_EQ(fragments(flat(commit())).at(3), 3U);
  EXPECT_EQ(peers[0]->stalled_since(), kNever);
  EXPECT_FALSE(peers[0]->behind());
}

TEST_F(PeerEgressRules, CreditThatOverflowsIsRefused) {
  start(1, {}, Carriage::plain, SendCredit::initial());
  constexpr std::uint32_t kRoom = SendCredit::kMax - wire::kInitialCredit[4];
  EXPECT_FALSE(egress->grant(*peers[0], wire::TrafficClass::other, kRoom + 1));
  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::other, kRoom));
  EXPECT_FALSE(egress->grant(*peers[0], wire::TrafficClass::other, 1));
  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::consensus, UINT32_MAX));
}

TEST_F(PeerEgressRules, ShedsWhatWaitsInAClassButNoMessageThatHasBegunToLeave) {
  start(1, {}, Carriage::plain, SendCredit::initial());
  for (int i = 0; i < 5; ++i) egress->broadcast(append(MessageType::node_data, 40'000));
  EXPECT_EQ(fragments(flat(commit())), (Fragments{{3, 4}}));  // one message, and the first of the next
  EXPECT_TRUE(egress->shed(*peers[0], wire::TrafficClass::sync));
  EXPECT_EQ(egress->counters().shed[3].value(), 3U);
  EXPECT_FALSE(egress->shed(*peers[0], wire::TrafficClass::sync));
  EXPECT_FALSE(egress->shed(*peers[0], wire::TrafficClass::other));
  EXPECT_TRUE(egress->grant(*peers[0], wire::TrafficClass::sync, 100'000));
  next_turn();
  EXPECT_EQ(fragments(flat(commit())), (Fragments{{3, 2}}));
  EXPECT_FALSE(peers[0]->behind());
}

TEST_F(PeerEgressRules, ALatecomerGetsNoBroadcastSaidBeforeItJoined) {
  start(1);
  peers.push_back(std::make_unique<PeerEgress>());
  egress->broadcast(append(MessageType::publish, 10));
  egress->unicast(append(MessageType::handshake_ack, 65), *peers[1]);
  egress->join(*peers[1]);
  egress->broadcast(append(MessageType::ping, 8));
  EXPECT_EQ(types(flat(commit(1))), (std::vector{MessageType::handshake_ack, MessageType::ping}));
}

TEST_F(PeerEgressRules, ASilencedPeerIsToldOnlyWhatIsSaidToItAfterwards) {
  start(1);
  egress->broadcast(append(MessageType::app_data, 100 * 1024));
  commit();
  next_turn();
  egress->broadcast(append(MessageType::publish, 10));
  egress->unicast(append(MessageType::publish, 10), *peers[0]);
  egress->silence(*peers[0]);
  egress->unicast(append(MessageType::disconnect, 1), *peers[0]);
  egress->broadcast(append(MessageType::publish, 10));
  EXPECT_EQ(types(flat(commit())), std::vector{MessageType::disconnect});
  EXPECT_FALSE(egress->has_speakers());
}

TEST_F(PeerEgressRules, ASilentPeerHoldsNoHeap) {
  start(4000);
  EXPECT_EQ(heap.used_bytes(), 0U);
  for (const auto& peer : peers) EXPECT_FALSE(peer->behind());
  egress->commit_all(now, [](PeerEgress&, const Result<Pieces, Overflow>&) { FAIL() << "nothing was said"; });
}

// --- peers whose sends are encrypted

TEST_F(PeerEgressRules, SaysATurnToASealedPeerInRoundsOfWhatMayBeARestWithoutCopyingIt) {
  start(1, {}, Carriage::sealed);
  for (int i = 0; i < 1000; ++i) egress->broadcast(append(MessageType::publish, 256));
  const std::uint64_t appended = ledger.total();
  std::uint64_t bytes = 0;
  int rounds = 0;
  do {
    const Bytes round = flat(commit());
    EXPECT_LE(round.size(), kSealedSendBytes);
    EXPECT_EQ(round.size() % 274, 0U) << "whole frames";
    bytes += round.size();
    ++rounds;
  } while (egress->has_uncommitted());
  EXPECT_EQ(bytes, 274'000U);
  EXPECT_EQ(rounds, 9);
  EXPECT_EQ(egress->counters().more_rounds.value(), 8U);
  EXPECT_EQ(ledger.total(), appended);
  EXPECT_FALSE(egress->has_speakers());
}

TEST_F(PeerEgressRules, GivesASealedPeerTwoFragmentsARoundAndTheBulkOfATurn) {
  start(1, {}, Carriage::sealed);
  egress->broadcast(append(MessageType::app_data, 400 * 1024));
  std::vector<std::size_t> fragments;
  do {
    fragments.push_back(types(flat(commit())).size());
  } while (egress->has_uncommitted());
  EXPECT_EQ(fragments, (std::vector<std::size_t>{2, 2, 2, 2, 1})) << "144 KiB";
  EXPECT_TRUE(egress->has_speakers()) << "and the rest in later turns";
  EXPECT_EQ(ledger.total(), 0U);
}

TEST_F(PeerEgressRules, TellsASealedPeerNoMoreInATurnThanAPlainOne) {
  start(1, {}, Carriage::sealed);
  for (int i = 0; i < 1100; ++i) egress->broadcast(append(MessageType::publish, 1000));
  std::uint64_t bytes = 0;
  do {
    bytes += flat(commit()).size();
  } while (egress->has_uncommitted());
  EXPECT_GE(bytes, kSendBytesMax);
  EXPECT_LT(bytes, kSendBytesMax + kSealedSendBytes);
  EXPECT_TRUE(egress->has_speakers());
  next_turn();
  EXPECT_EQ(bytes + flat(commit()).size() + flat(commit()).size(), 1100 * 1018U);
}

TEST_F(PeerEgressRules, QueuesWhatTheTurnHasForASealedPeerWhoseSendWasCut) {
  start(1, {}, Carriage::sealed);
  for (int i = 0; i < 200; ++i) egress->broadcast(append(MessageType::app_data, 1000));
  EXPECT_EQ(types(flat(commit())).size(), 32U);
  ASSERT_TRUE(egress->has_uncommitted());
  egress->on_sealed_rest(*peers[0], now);
  EXPECT_TRUE(peers[0]->in_flight());
  EXPECT_TRUE(peers[0]->behind());
  EXPECT_EQ(peers[0]->stalled_since(), now);
  EXPECT_TRUE(commit().empty());
  EXPECT_FALSE(egress->has_uncommitted());
  EXPECT_EQ(egress->counters().queued_frames.value(), 168U);
  next_turn();
  egress->broadcast(append(MessageType::publish, 10));
  EXPECT_TRUE(commit().empty());
  next_turn();
  egress->on_rest_sent(*peers[0]);
  EXPECT_EQ(peers[0]->stalled_since(), kNever);
  const std::vector<MessageType> order = types(flat(commit()));
  EXPECT_EQ(order.front(), MessageType::publish) << "a vote waits behind one rest and nothing else";
  std::size_t frames = order.size();
  while (egress->has_uncommitted()) frames += types(flat(commit())).size();
  EXPECT_EQ(frames, 1 + 168U);
  EXPECT_FALSE(peers[0]->behind());
}

TEST_F(PeerEgressRules, AsksTheKernelToTakeWhatManySealedPeersWereToldBeforeItGoesOn) {
  start(100, {}, Carriage::sealed);
  for (int i = 0; i < 40; ++i) egress->broadcast(append(MessageType::publish, 1000));
  std::vector<std::uint64_t> told;
  do {
    std::uint64_t bytes = 0;
    egress->commit_all(now, [&](PeerEgress&, const Result<Pieces, Overflow>& pieces) {
      for (const ByteView piece : *pieces) bytes += piece.size();
    });
    told.push_back(bytes);
  } while (egress->has_uncommitted());
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : told) {
    EXPECT_LT(bytes, kSealedRoundBytes + kSealedSendBytes);
    sum += bytes;
  }
  EXPECT_EQ(sum, 100 * 40 * 1018U);
  EXPECT_EQ(told.size(), 5U) << "the hundredth peer's second send is a round of its own";
}

TEST_F(PeerEgressRules, DoesNotCopyShortPiecesTogetherForARecordLayerThatDoes) {
  start(2, {}, Carriage::sealed);
  for (int i = 0; i < 100; ++i) {
    egress->unicast(append(MessageType::publish, 100), *peers[0]);
    egress->unicast(append(MessageType::publish, 100), *peers[1]);
  }
  EXPECT_EQ(commit().size(), 100U);
  EXPECT_EQ(egress->counters().compacted.value(), 0U);
}

TEST_F(PeerEgressRules, ASealedPeerThatIsSilencedBetweenRoundsIsToldNoMore) {
  start(2, {}, Carriage::sealed);
  for (int i = 0; i < 200; ++i) egress->broadcast(append(MessageType::publish, 1000));
  commit();
  ASSERT_TRUE(egress->has_uncommitted());
  egress->on_sealed_rest(*peers[0], now);
  egress->silence(*peers[0]);
  std::size_t frames = 0;
  while (egress->has_uncommitted()) {
    egress->commit_all(now, [&](PeerEgress& peer, const Result<Pieces, Overflow>& pieces) {
      EXPECT_EQ(&peer, peers[1].get());
      frames += types(flat({pieces->begin(), pieces->end()})).size();
    });
  }
  EXPECT_EQ(frames, 200U - 32);
  EXPECT_TRUE(peers[0]->in_flight());
  next_turn();
  EXPECT_FALSE(egress->has_speakers());
}

TEST_F(PeerEgressRules, DoesNotEndATurnWithoutSayingAllOfIt) {
  start(1, {}, Carriage::sealed);
  for (int i = 0; i < 200; ++i) egress->broadcast(append(MessageType::publish, 1000));
  commit();
  EXPECT_DEATH(egress->begin_turn(), "uncommitted_");
  while (egress->has_uncommitted()) commit();
}

}  // namespace
}  // namespace ringwire::session
