#include "engine/session/outbound_log.hpp"

#include <gtest/gtest.h>

#include <set>

#include "codec/base/copy.hpp"
#include "engine/session/fragmenter.hpp"
#include "tests/unit/engine/session/messages.hpp"

namespace ringwire::session {
namespace {

using wire::MessageType;

class Log : public testing::Test {
 protected:
  void SetUp() override { previous = install_copy_ledger(&ledger); }
  void TearDown() override { install_copy_ledger(previous); }

  Record append(std::size_t size, std::uint32_t piece_max = 16'384) {
    const Bytes payload = random_bytes(prng, size);
    const auto record =
        log.append(header_for(MessageType::new_block, payload), in_slices(heap, payload, prng, piece_max));
    EXPECT_TRUE(record.ok());
    return *record;
  }

  Prng prng{3};
  CopyLedger ledger;
  CopyLedger* previous = nullptr;
  HeapBuffers heap{std::uint64_t{1} << 30};
  ChunkPool chunks{4 * kChunkBytes};
  OutboundLog log{wire::TrafficClass::block, chunks, heap};
};

TEST_F(Log, LaysSmallFramesSideBySideAsOnePieceAndCopiesThemOnce) {
  std::uint64_t bytes = 0;
  for (int i = 0; i < 100; ++i) bytes += log.frame_bytes(append(200).frames.first);
  EXPECT_EQ(log.run_end(0), 100U);
  EXPECT_EQ(log.bytes({0, 100}).size(), bytes);
  EXPECT_EQ(ledger[CopyReason::outbound_log].value(), 100 * 200U);
  EXPECT_EQ(ledger.total(), 100 * 200U);
}

TEST_F(Log, TakesTheLargestSmallPayloadByCopyAndTheNextByReference) {
  EXPECT_FALSE(log.by_reference(append(kByReferenceBytes - 1).frames.first));
  const std::uint64_t copied = ledger.total();
  EXPECT_TRUE(log.by_reference(append(kByReferenceBytes).frames.first));
  EXPECT_EQ(ledger.total(), copied);
}

TEST_F(Log, EndsARowOfSmallFramesAtALargeOne) {
  append(10);
  append(5000);
  append(10);
  append(10);
  EXPECT_EQ(log.run_end(0), 1U);
  EXPECT_EQ(log.run_end(1), 2U);
  EXPECT_EQ(log.run_end(2), 4U);
}

TEST_F(Log, TellsHowManyFramesOfARowFitASend) {
  for (int i = 0; i < 50; ++i) append(prng.below(600));
  for (std::uint64_t room = 0; room < 17'000; room += 37) {
    const FrameRange row{static_cast<std::uint32_t>(prng.below(49)), 50};
    std::uint32_t end = row.first;
    for (std::uint64_t bytes = 0; end < row.end && bytes + log.frame_bytes(end) <= room; ++end) {
      bytes += log.frame_bytes(end);
    }
    EXPECT_EQ(log.end_within(row, room), end);
  }
}

TEST_F(Log, CutsAboveTheFragmentSizeAndNotAtIt) {
  const Record whole = append(wire::kFragmentBytesMax);
  EXPECT_EQ(whole.frames.end - whole.frames.first, 1U);
  const Record cut = append(wire::kFragmentBytesMax + 1);
  EXPECT_EQ(cut.frames.end - cut.frames.first, 2U);
  EXPECT_TRUE(log.begins_message(cut.frames.first));
  EXPECT_FALSE(log.begins_message(cut.frames.first + 1));
  EXPECT_EQ(ledger.total(), 0U);
}

TEST_F(Log, CutsIntoEqualFragmentsForEverySizeSoThatNoShortOneIsLeft) {
  for (std::uint32_t size = wire::kFragmentBytesMax + 1; size < 300'000; size += 997) {
    const Record record = append(size);
    const std::uint32_t frames = record.frames.end - record.frames.first;
    const std::uint32_t longest = log.frame_bytes(record.frames.first);
    EXPECT_LE(longest, kFragmentFrameBytes);
    std::uint64_t bytes = 0;
    for (std::uint32_t frame = record.frames.first; frame < record.frames.end; ++frame) {
      bytes += log.frame_bytes(frame);
      EXPECT_GE(log.frame_bytes(frame) + frames, longest);
    }
    EXPECT_EQ(bytes, size + wire::kFrameHeaderBytes + frames * kFragmentHeadBytes);
    log.reset();
  }
}

TEST_F(Log, NeverMovesARecordWithinATurn) {
  const Record first = append(300);
  const ByteView bytes = log.bytes(first.frames);
  const Bytes before(bytes.begin(), bytes.end());
  for (int i = 0; i < 500; ++i) append(300);
  EXPECT_EQ(log.bytes(first.frames).data(), bytes.data());
  EXPECT_TRUE(std::ranges::equal(log.bytes(first.frames), before));
}

TEST_F(Log, AnswersFullAtItsMemoryLimitAndHasAllOfItAgainInTheNextTurn) {
  std::array<std::uint64_t, 2> taken{};
  for (std::uint64_t& count : taken) {
    const Bytes payload(1000);
    while (log.append(header_for(MessageType::new_block, payload), ByteView(payload)).ok()) ++count;
    log.reset();
  }
  EXPECT_GE(taken[0], 4 * (kChunkBytes / 1018));
  EXPECT_EQ(taken[0], taken[1]);
}

TEST_F(Log, AnswersFullAtItsFrameLimit) {
  ChunkPool many(64 * kChunkBytes);
  OutboundLog small(wire::TrafficClass::block, many, heap);
  for (std::uint32_t i = 0; i < kLogFramesMax; ++i) {
    ASSERT_TRUE(small.append(header_for(MessageType::new_block, {}), ByteView{}).ok());
  }
  const auto refused = small.append(header_for(MessageType::new_block, {}), ByteView{});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), AppendError::turn_full);
}

TEST_F(Log, MakesATricklersPayloadContiguousOrLeavesNoTraceWhereItCannot) {
  append(20'000, 100);
  for (std::uint32_t frame = 0; frame < log.frame_count(); ++frame) {
    EXPECT_LE(log.pieces(frame).count(), kFramePiecesMax);
  }
  EXPECT_GE(ledger[CopyReason::gather_limit].value(), 20'000U);

  HeapBuffers tight(16 * 1024);  // the heads, and no room to copy
  OutboundLog poor(wire::TrafficClass::block, chunks, tight);
  const Bytes payload = random_bytes(prng, 40'000);
  const auto refused =
      poor.append(header_for(MessageType::new_block, payload), in_slices(heap, payload, prng, 100));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), AppendError::heap_full);
  EXPECT_EQ(poor.frame_count(), 0U);
  EXPECT_EQ(tight.used_bytes(), 0U);
}

TEST(Caps, EveryTypeLargerThanAFragmentMayTravelInFragments) {
  for (const wire::MessageRules& rules : wire::message_rules()) {
    if (rules.type == MessageType::fragment) continue;
    EXPECT_TRUE(rules.fragmentable || rules.bytes_max <= wire::kFragmentBytesMax) << rules.name;
  }
}

// Addressing against a table of booleans.
TEST(Addressing, GivesEveryPeerWhatATableOfBooleansGives) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Prng prng(seed);
    constexpr std::size_t kPeers = 5;
    HeapBuffers heap(1 << 20);
    ChunkPool chunks(16 * kChunkBytes);
    OutboundLog log(wire::TrafficClass::other, chunks, heap);
    DeviationPool pool;
    std::array<DeviationList, kPeers> lists;
    std::array<std::set<std::uint32_t>, kPeers> model;
    std::array<std::uint32_t, kPeers> from{};
    const std::uint64_t records = prng.below(60);
    for (std::size_t peer = 0; peer < kPeers; ++peer) from[peer] = static_cast<std::uint32_t>(prng.below(20));
    for (std::uint64_t i = 0; i < records; ++i) {
      const auto record = log.append(header_for(MessageType::app_data, {}), ByteView{});
      const FrameRange frames = record->frames;
      const bool broadcast = prng.chance_ppm(600'000);
      if (broadcast) log.mark_broadcast(frames);
      for (std::size_t peer = 0; peer < kPeers; ++peer) {
        const bool there = frames.first >= from[peer];
        const bool deviates = prng.chance_ppm(300'000) && (there || !broadcast);
        if (deviates) pool.add(lists[peer], frames, broadcast ? Deviation::excluded : Deviation::takes);
        if ((broadcast && there) != deviates) model[peer].insert(frames.first);
      }
    }
    for (std::size_t peer = 0; peer < kPeers; ++peer) {
      std::vector<std::uint32_t> got;
      for_each_addressed(log.broadcasts(), from[peer], pool, lists[peer], [&](FrameRange range) {
        ASSERT_FALSE(range.empty());
        for (std::uint32_t frame = range.first; frame < range.end; ++frame) got.push_back(frame);
      });
      EXPECT_TRUE(std::ranges::equal(got, model[peer])) << "seed " << seed << " peer " << peer;
    }
  }
}

}  // namespace
}  // namespace ringwire::session
