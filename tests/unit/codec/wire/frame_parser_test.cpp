#include "codec/wire/frame_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "codec/crypto/lz4_block.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint32_t kSmallBuffer = 16 * 1024;
constexpr std::uint32_t kBulkBuffer = 1024 * 1024;

struct Seen {
  MessageType type;
  Bytes payload;
  bool operator==(const Seen&) const = default;
};

Bytes payload_of(const Frame& frame) {
  if (frame.pieces == nullptr) return {frame.payload.begin(), frame.payload.end()};
  Bytes bytes(frame.pieces->bytes());
  frame.pieces->copy_to(bytes, CopyReason::cross_thread);
  return bytes;
}

struct FrameParserTest : testing::Test {
  HeapBuffers heap{64 << 20};
  TestPool pool{kSmallBuffer};
  CopyLedger ledger;
  CopyLedger* previous = install_copy_ledger(&ledger);
  ~FrameParserTest() override { install_copy_ledger(previous); }

  // Everything the parser yields for `stream` cut by `cut`, which names the size of each next slice.
  std::vector<Seen> parse(FrameParser& parser, ByteView stream, const std::function<std::size_t()>& cut) {
    std::vector<Seen> seen;
    while (!stream.empty()) {
      const std::size_t size = std::min({cut(), stream.size(), std::size_t{kSmallBuffer}});
      parser.input(pool.receive(stream.first(size)));
      stream = stream.subspan(size);
      Frame frame;
      Pull pull;
      while ((pull = parser.next(frame)) == Pull::frame) {
        if (!parser.verify(frame)) break;
        seen.push_back({frame.header.type, payload_of(frame)});
      }
      if (pull == Pull::refused) break;
    }
    return seen;
  }
};

struct Stream {
  Bytes bytes;
  std::vector<Seen> frames;

  void add(MessageType type, Bytes payload) {
    append(bytes, frame_bytes(type, payload));
    frames.push_back({type, std::move(payload)});
  }
};

Stream random_stream(Prng& prng, std::size_t frames, std::size_t payload_max) {
  constexpr MessageType kTypes[] = {MessageType::publish, MessageType::transactions, MessageType::new_block,
                                    MessageType::app_data};
  Stream stream;
  for (std::size_t i = 0; i < frames; ++i) {
    stream.add(kTypes[prng.below(std::size(kTypes))], random_bytes(prng, prng.below(payload_max + 1)));
  }
  return stream;
}

TEST_F(FrameParserTest, IdleParserIsTinyAndHoldsNothing) {
  FrameParser parser(heap);
  EXPECT_LE(sizeof parser, 200U);
  Frame frame;
  EXPECT_EQ(parser.next(frame), Pull::need_more);
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(parser.owed(), 0U);
}

TEST_F(FrameParserTest, WholeFramesAreViewsIntoTheSliceWithoutACopy) {
  Prng prng(1);
  Stream stream;
  for (int i = 0; i < 16; ++i) stream.add(MessageType::publish, random_bytes(prng, 256));
  FrameParser parser(heap);
  parser.set_authenticated();
  const Slice slice = pool.receive(stream.bytes);
  parser.input(slice);
  Frame frame;
  for (std::size_t i = 0; i < 16; ++i) {
    ASSERT_EQ(parser.next(frame), Pull::frame);
    EXPECT_EQ(frame.payload.data(), slice.data() + i * (18 + 256) + 18);
    EXPECT_TRUE(parser.verify(frame));
    EXPECT_EQ(slice.buffer()->references, 2U);
  }
  EXPECT_EQ(parser.next(frame), Pull::need_more);
  EXPECT_EQ(slice.buffer()->references, 1U);
  EXPECT_EQ(ledger.total(), 0U);
  EXPECT_EQ(heap.used_bytes(), 0U);
}

TEST_F(FrameParserTest, AcceptsEveryTwoCutsOfAShortStream) {
  Prng prng(2);
  Stream stream;
  stream.add(MessageType::ping, random_bytes(prng, 8));
  stream.add(MessageType::publish, random_bytes(prng, 40));
  stream.add(MessageType::app_data, {});
  stream.add(MessageType::transactions, random_bytes(prng, 23));
  const std::size_t size = stream.bytes.size();
  for (std::size_t first = 1; first < size; ++first) {
    for (std::size_t second = first; second < size; ++second) {
      FrameParser parser(heap);
      parser.set_authenticated();
      std::size_t turn = 0;
      const std::size_t sizes[] = {first, second == first ? size : second - first, size};
      EXPECT_EQ(parse(parser, stream.bytes, [&] { return sizes[turn++]; }), stream.frames);
    }
  }
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(pool.pinned(), 0U);
}

TEST_F(FrameParserTest, AcceptsAnyCutOfALongStream) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Prng prng(seed);
    const Stream stream = random_stream(prng, 40, seed % 2 == 0 ? 600 : 60'000);
    const std::uint64_t longest = std::uint64_t{1} << prng.between(1, 14);
    FrameParser parser(heap);
    parser.set_authenticated();
    EXPECT_EQ(parse(parser, stream.bytes, [&] { return prng.between(1, longest); }), stream.frames) << seed;
    EXPECT_EQ(heap.used_bytes(), 0U);
    EXPECT_EQ(pool.pinned(), 0U);
  }
}

TEST_F(FrameParserTest, AcceptsAMessageInTenThousandSegmentsOfOneByte) {
  Prng prng(3);
  Stream stream;
  stream.add(MessageType::new_block, random_bytes(prng, 10'000 - 18));
  FrameParser parser(heap);
  parser.set_authenticated();
  EXPECT_EQ(parse(parser, stream.bytes, [] { return 1; }), stream.frames);
  // Every byte once; nothing was moved again while it grew.
  EXPECT_LE(ledger[CopyReason::unpin].value(), stream.bytes.size());
  EXPECT_EQ(ledger[CopyReason::straddle].value(), 0U);
}

TEST_F(FrameParserTest, ShortStraddlingFrameIsMadeContiguousWithinThreeCopiesOfIt) {
  Prng prng(4);
  for (std::size_t size = 1; size <= kLinearBytesMax; size = size * 2 + 1) {
    Stream stream;
    stream.add(MessageType::transactions, random_bytes(prng, size));
    FrameParser parser(heap);
    parser.set_authenticated();
    const std::uint64_t before = ledger.total();
    parser.input(pool.receive(ByteView(stream.bytes).first(18)));
    Frame frame;
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    for (std::size_t at = 18; at < stream.bytes.size(); ++at) {
      parser.input(pool.receive(ByteView(stream.bytes).subspan(at, 1)));
      ASSERT_EQ(parser.next(frame), at + 1 == stream.bytes.size() ? Pull::frame : Pull::need_more);
    }
    EXPECT_EQ(frame.pieces, nullptr);
    EXPECT_TRUE(parser.verify(frame));
    EXPECT_EQ(payload_of(frame), stream.frames[0].payload);
    EXPECT_LE(ledger.total() - before, 3 * size);
  }
}

TEST_F(FrameParserTest, LargeFrameKeepsItsBuffersInsteadOfCopying) {
  Prng prng(5);
  const Bytes payload = random_bytes(prng, 60'000);
  const Bytes stream = frame_bytes(MessageType::new_block, payload);
  FrameParser parser(heap);
  parser.set_authenticated();
  const auto seen = parse(parser, stream, [] { return kSmallBuffer; });
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].payload, payload);
  EXPECT_EQ(ledger[CopyReason::unpin].value() + ledger[CopyReason::straddle].value(), 0U);
}

TEST_F(FrameParserTest, AnUnfinishedFrameNeverPinsMoreThanFourBuffers) {
  Prng prng(6);
  const Bytes stream = frame_bytes(MessageType::new_block, random_bytes(prng, 1'000'000));
  FrameParser parser(heap);
  parser.set_authenticated();
  Frame frame;
  for (std::size_t at = 0; at + kSmallBuffer < stream.size(); at += kSmallBuffer) {
    parser.input(pool.receive(ByteView(stream).subspan(at, kSmallBuffer)));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    EXPECT_LE(pool.pinned(), kPinnedMax);
    EXPECT_EQ(parser.owed(), stream.size() - at - kSmallBuffer);
  }
  EXPECT_EQ(pool.pinned(), kPinnedMax);
}

TEST_F(FrameParserTest, ASliceThatUsesLittleOfItsBufferIsNotHeldHostage) {
  Prng prng(7);
  const Bytes stream = frame_bytes(MessageType::new_block, random_bytes(prng, 100'000));
  TestPool bulk(kBulkBuffer);
  {
    FrameParser parser(heap);
    parser.set_authenticated();
    Frame frame;
    // 50 KB are a lot, but under a quarter of a bulk buffer.
    parser.input(bulk.receive(ByteView(stream).first(50'000)));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    EXPECT_EQ(bulk.pinned(), 0U);
    // A tail of 4 KiB fills a quarter of a small buffer, and is copied all the same.
    parser.input(pool.receive(ByteView(stream).subspan(50'000, kUnpinBytesMax)));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    EXPECT_EQ(pool.pinned(), 0U);
    parser.input(pool.receive(ByteView(stream).subspan(50'000 + kUnpinBytesMax, kUnpinBytesMax + 1)));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    EXPECT_EQ(pool.pinned(), 1U);
  }
  EXPECT_EQ(pool.pinned(), 0U);
}

TEST_F(FrameParserTest, UnpinningGivesEveryReceiveBufferBackAndLosesNoByte) {
  Prng prng(11);
  const Bytes large = random_bytes(prng, 60'000), small = random_bytes(prng, 500);
  Bytes stream = frame_bytes(MessageType::new_block, large);
  append(stream, frame_bytes(MessageType::publish, small));
  append(stream, frame_bytes(MessageType::app_data, large));
  FrameParser parser(heap);
  parser.set_authenticated();
  std::vector<Bytes> seen;
  for (ByteView rest = stream; !rest.empty();) {
    const std::size_t size = std::min<std::size_t>(rest.size(), kSmallBuffer);
    parser.input(pool.receive(rest.first(size)));
    rest = rest.subspan(size);
    Frame frame;
    while (parser.next(frame) == Pull::frame) {
      ASSERT_TRUE(parser.verify(frame));
      ASSERT_TRUE(parser.unpin(&frame));
      EXPECT_EQ(pool.pinned(), 0U);
      seen.push_back(payload_of(frame));
      const SliceChain kept = parser.keep(frame);
      Bytes again(kept.bytes());
      kept.copy_to(again, CopyReason::cross_thread);
      EXPECT_EQ(again, seen.back());
    }
    ASSERT_TRUE(parser.unpin(nullptr));
    EXPECT_EQ(pool.pinned(), 0U);
  }
  EXPECT_EQ(seen, (std::vector<Bytes>{large, small, large}));
  EXPECT_GT(ledger[CopyReason::relay_heap].value(), 0U);
}

TEST_F(FrameParserTest, UnpinningAtTheHeapsLimitSaysSoAndLosesNoByte) {
  Prng prng(12);
  const Bytes large = random_bytes(prng, 40'000);
  const Bytes stream = frame_bytes(MessageType::new_block, large);
  HeapBuffers scarce(1024);
  FrameParser parser(scarce);
  parser.set_authenticated();
  Frame frame;
  Pull pull = Pull::need_more;
  for (ByteView rest = stream; !rest.empty();) {
    const std::size_t size = std::min<std::size_t>(rest.size(), kSmallBuffer);
    parser.input(pool.receive(rest.first(size)));
    rest = rest.subspan(size);
    pull = parser.next(frame);
    EXPECT_FALSE(parser.unpin(pull == Pull::frame ? &frame : nullptr));
  }
  ASSERT_EQ(pull, Pull::frame);
  EXPECT_EQ(payload_of(frame), large);
}

TEST_F(FrameParserTest, UnpinningMovesAFrameWithWhatFollowsItInItsBuffer) {
  Prng prng(13);
  const Bytes first = random_bytes(prng, 500), second = random_bytes(prng, 300);
  Bytes stream = frame_bytes(MessageType::publish, first);
  append(stream, frame_bytes(MessageType::app_data, second));
  for (const std::uint64_t limit : {1 << 20, 128}) {
    HeapBuffers room(limit);
    FrameParser parser(room);
    parser.set_authenticated();
    parser.input(pool.receive(stream));
    Frame frame;
    ASSERT_EQ(parser.next(frame), Pull::frame);
    EXPECT_EQ(parser.unpin(&frame), limit > stream.size());
    EXPECT_EQ(pool.pinned(), limit > stream.size() ? 0U : 1U);
    EXPECT_EQ(payload_of(frame), first);
    ASSERT_EQ(parser.next(frame), Pull::frame);
    EXPECT_EQ(payload_of(frame), second);
    EXPECT_EQ(parser.next(frame), Pull::need_more);
  }
}

TEST_F(FrameParserTest, AFrameWithoutPayloadHoldsNoBuffer) {
  FrameParser parser(heap);
  parser.set_authenticated();
  parser.input(pool.receive(frame_bytes(MessageType::app_data, {})));
  Frame frame;
  ASSERT_EQ(parser.next(frame), Pull::frame);
  EXPECT_TRUE(parser.keep(frame).empty());
  EXPECT_TRUE(parser.unpin(&frame));
  EXPECT_EQ(pool.pinned(), 0U);
}

TEST_F(FrameParserTest, OwesTheRestOfAHeaderThenOfThePayload) {
  const Bytes stream = frame_bytes(MessageType::app_data, Bytes(300));
  FrameParser parser(heap);
  parser.set_authenticated();
  Frame frame;
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    parser.input(pool.receive(ByteView(stream).subspan(i, 1)));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    const std::size_t known = i + 1 < kFrameHeaderBytes ? kFrameHeaderBytes : stream.size();
    EXPECT_EQ(parser.owed(), known - (i + 1)) << i;
  }
  parser.input(pool.receive(ByteView(stream).last(1)));
  ASSERT_EQ(parser.next(frame), Pull::frame);
  EXPECT_EQ(parser.owed(), 0U);
}

TEST_F(FrameParserTest, MemoryFollowsTheBytesReceivedAndNotTheDeclaredLength) {
  const std::uint32_t cap = rules_of(MessageType::new_block).bytes_max;
  const Bytes header = frame_bytes({.type = MessageType::new_block, .length = cap}, {});
  FrameParser parser(heap);
  parser.set_authenticated();
  Frame frame;
  parser.input(pool.receive(header));
  ASSERT_EQ(parser.next(frame), Pull::need_more);
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(parser.owed(), cap);
  for (std::uint64_t received = 1; received < 20'000; ++received) {
    parser.input(pool.receive(std::array<std::uint8_t, 1>{}));
    ASSERT_EQ(parser.next(frame), Pull::need_more);
    // Twice what came, and up to as much again where the heap rounds up to a power of two.
    ASSERT_LE(heap.used_bytes(), std::max<std::uint64_t>(kHeapBytesMin, 4 * received));
  }
  EXPECT_EQ(pool.pinned(), 0U);
}

TEST_F(FrameParserTest, KeptReferencesOutliveTheFrame) {
  Prng prng(8);
  const Bytes small = random_bytes(prng, 300), straddling = random_bytes(prng, 3'000);
  const Bytes large = random_bytes(prng, 40'000);
  Stream stream;
  stream.add(MessageType::publish, small);
  stream.add(MessageType::transactions, straddling);
  stream.add(MessageType::new_block, large);
  std::vector<SliceChain> kept;
  {
    FrameParser parser(heap);
    parser.set_authenticated();
    ByteView rest(stream.bytes);
    for (std::size_t size = 1'000; !rest.empty(); size = 10'000) {
      size = std::min(size, rest.size());
      parser.input(pool.receive(rest.first(size)));
      rest = rest.subspan(size);
      Frame frame;
      while (parser.next(frame) == Pull::frame) kept.push_back(parser.keep(frame));
    }
  }
  ASSERT_EQ(kept.size(), 3U);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    Bytes bytes(kept[i].bytes());
    kept[i].copy_to(bytes, CopyReason::cross_thread);
    EXPECT_EQ(bytes, stream.frames[i].payload) << i;
  }
}

TEST_F(FrameParserTest, KeepsAPartOfAPayload) {
  Stream stream;
  stream.add(MessageType::transactions, {1, 2, 3, 4, 5});
  FrameParser parser(heap);
  parser.set_authenticated();
  parser.input(pool.receive(stream.bytes));
  Frame frame;
  ASSERT_EQ(parser.next(frame), Pull::frame);
  const Slice part = parser.keep(frame.payload.subspan(1, 3));
  EXPECT_EQ(parser.next(frame), Pull::need_more);
  EXPECT_EQ(Bytes(part.view().begin(), part.view().end()), (Bytes{2, 3, 4}));
  EXPECT_EQ(pool.pinned(), 1U);
}

TEST_F(FrameParserTest, LinearisesAChainOnRequest) {
  Prng prng(9);
  const Bytes payload = random_bytes(prng, 30'000);
  const Bytes stream = frame_bytes(MessageType::transactions, payload);
  FrameParser parser(heap);
  parser.set_authenticated();
  Frame frame;
  parser.input(pool.receive(ByteView(stream).first(16'000)));
  ASSERT_EQ(parser.next(frame), Pull::need_more);
  parser.input(pool.receive(ByteView(stream).subspan(16'000)));
  ASSERT_EQ(parser.next(frame), Pull::frame);
  ASSERT_NE(frame.pieces, nullptr);
  ASSERT_TRUE(parser.linearise(frame));
  EXPECT_EQ(frame.pieces, nullptr);
  EXPECT_TRUE(parser.verify(frame));
  EXPECT_EQ(payload_of(frame), payload);
  EXPECT_EQ(ledger[CopyReason::straddle].value(), payload.size());
  EXPECT_EQ(parser.keep(frame).contiguous().data(), frame.payload.data());
}

TEST_F(FrameParserTest, RefusesTypesThatMayNotComeBeforeAuthentication) {
  for (const MessageRules& rules : message_rules()) {
    FrameParser parser(heap);
    Frame frame;
    // The header alone decides: not one payload byte is awaited.
    parser.input(pool.receive(frame_bytes({.type = rules.type, .length = 1}, {})));
    const Pull pull = parser.next(frame);
    EXPECT_EQ(pull, rules.before_authentication ? Pull::need_more : Pull::refused) << rules.name;
    if (pull == Pull::refused) {
      EXPECT_EQ(parser.error(), FrameError::not_allowed_yet);
    }
  }
}

TEST_F(FrameParserTest, AuthenticationBetweenTwoFramesOfOneSliceCounts) {
  Bytes stream = frame_bytes(MessageType::handshake_ack, Bytes(65));
  append(stream, frame_bytes(MessageType::ping, Bytes(8)));
  FrameParser parser(heap);
  parser.input(pool.receive(stream));
  Frame frame;
  ASSERT_EQ(parser.next(frame), Pull::frame);
  parser.set_authenticated();
  ASSERT_EQ(parser.next(frame), Pull::frame);
  EXPECT_EQ(frame.header.type, MessageType::ping);
}

TEST_F(FrameParserTest, AnErrorIsForEver) {
  FrameParser parser(heap);
  parser.set_authenticated();
  Bytes stream = frame_bytes(MessageType::ping, Bytes(8));
  stream[0] = 0x02;
  Frame frame;
  parser.input(pool.receive(stream));
  EXPECT_EQ(parser.next(frame), Pull::refused);
  EXPECT_EQ(parser.error(), FrameError::bad_version);
  parser.input(pool.receive(frame_bytes(MessageType::ping, Bytes(8))));
  EXPECT_EQ(parser.next(frame), Pull::refused);
  EXPECT_EQ(parser.error(), FrameError::bad_version);
  EXPECT_EQ(pool.pinned(), 0U);
}

TEST_F(FrameParserTest, EveryFlippedPayloadBitIsFoundExceptInAPublishTtl) {
  Prng prng(10);
  for (const MessageType type : {MessageType::publish, MessageType::transactions}) {
    const Bytes payload = random_bytes(prng, 100);
    const Bytes stream = frame_bytes(type, payload);
    for (std::size_t bit = 8 * kFrameHeaderBytes; bit < 8 * stream.size(); ++bit) {
      Bytes damaged = stream;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      FrameParser parser(heap);
      parser.set_authenticated();
      parser.input(pool.receive(damaged));
      Frame frame;
      ASSERT_EQ(parser.next(frame), Pull::frame);
      const bool is_ttl = type == MessageType::publish && bit / 8 == kFrameHeaderBytes;
      EXPECT_EQ(parser.verify(frame), is_ttl) << bit;
      if (!is_ttl) {
        EXPECT_EQ(parser.error(), FrameError::bad_checksum);
        EXPECT_EQ(parser.next(frame), Pull::refused);
      }
    }
  }
}

TEST_F(FrameParserTest, ZeroChecksumCountsOnlyWhereBothAgreed) {
  const Bytes payload = {1, 2, 3};
  FrameHeader header = header_of(MessageType::app_data, payload);
  header.checksum = 0;
  for (const bool agreed : {false, true}) {
    FrameParser parser(heap);
    parser.set_authenticated();
    if (agreed) parser.allow_zero_checksum();
    parser.input(pool.receive(frame_bytes(header, payload)));
    Frame frame;
    ASSERT_EQ(parser.next(frame), Pull::frame);
    EXPECT_EQ(parser.verify(frame), agreed);
  }
  header.checksum = header_of(MessageType::app_data, payload).checksum + 1;
  FrameParser parser(heap);
  parser.set_authenticated();
  parser.allow_zero_checksum();
  parser.input(pool.receive(frame_bytes(header, payload)));
  Frame frame;
  ASSERT_EQ(parser.next(frame), Pull::frame);
  EXPECT_FALSE(parser.verify(frame)) << "another checksum than 0 is checked";
}

// --- compression

struct CompressedTest : FrameParserTest {
  Bytes plain;
  Bytes packed;

  void pack(std::size_t size) {
    Prng prng(12);
    plain.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      plain[i] = static_cast<std::uint8_t>(prng.chance_ppm(20'000) ? prng.next() : i % 61);
    }
    packed.resize(size);
    packed.resize(crypto::lz4_pack(plain, packed).value());
  }
  Bytes stream() {
    FrameHeader header = header_of(MessageType::app_response, plain);
    header.compressed = true;
    header.length = static_cast<std::uint32_t>(packed.size());
    return frame_bytes(header, packed);
  }
};

TEST_F(CompressedTest, UnpacksWhereverTheStreamIsCut) {
  for (const std::size_t size : {500, 9'000, 90'000}) {
    pack(size);
    for (const std::size_t cut : {100, 5'000, 16'000}) {
      FrameParser parser(heap);
      parser.set_authenticated();
      const auto seen = parse(parser, stream(), [&] { return cut; });
      ASSERT_EQ(seen.size(), 1U);
      EXPECT_EQ(seen[0].payload, plain);
    }
  }
  EXPECT_EQ(heap.used_bytes(), 0U);
}

TEST_F(CompressedTest, EveryFlippedBitOfTheBlockIsFound) {
  pack(300);
  const Bytes intact = stream();
  for (std::size_t bit = 8 * kFrameHeaderBytes; bit < 8 * intact.size(); ++bit) {
    Bytes damaged = intact;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    FrameParser parser(heap);
    parser.set_authenticated();
    const auto seen = parse(parser, damaged, [] { return kSmallBuffer; });
    // A match may find the same bytes at another offset: then the message is intact.
    if (!seen.empty()) {
      EXPECT_EQ(seen[0].payload, plain) << bit;
      continue;
    }
    EXPECT_TRUE(parser.error() == FrameError::bad_checksum || parser.error() == FrameError::bad_compression ||
                parser.error() == FrameError::too_long_uncompressed)
        << name(parser.error());
  }
}

TEST_F(CompressedTest, ADeclaredSizeAllocatesNothing) {
  plain = {};
  for (const std::uint32_t declared : {rules_of(MessageType::app_response).bytes_max, UINT32_MAX, 0U}) {
    packed = {0, 0, 0, 0, 0x30, 'a', 'b', 'c'};
    store_be(packed.data(), declared);
    const std::uint64_t refused = heap.refused().value();
    HeapBuffers none(0);
    FrameParser parser(none);
    parser.set_authenticated();
    EXPECT_TRUE(parse(parser, stream(), [] { return kSmallBuffer; }).empty());
    EXPECT_EQ(parser.error(),
              declared == UINT32_MAX ? FrameError::too_long_uncompressed : FrameError::bad_compression);
    EXPECT_EQ(none.refused().value(), 0U);
    EXPECT_EQ(heap.refused().value(), refused);
  }
}

TEST_F(CompressedTest, ABlockOfNothingIsRefused) {
  plain = {};
  packed = {0, 0, 0, 0, 0x00};
  FrameParser parser(heap);
  parser.set_authenticated();
  EXPECT_TRUE(parse(parser, stream(), [] { return kSmallBuffer; }).empty());
  EXPECT_EQ(parser.error(), FrameError::bad_compression);
}

// Room for the block but not for what is in it; not even for the block in one piece.
TEST_F(CompressedTest, AFullHeapEndsTheConnection) {
  pack(90'000);
  for (const std::uint64_t limit : {64 * 1024, 1024}) {
    HeapBuffers little(limit);
    FrameParser parser(little);
    parser.set_authenticated();
    EXPECT_TRUE(parse(parser, stream(), [] { return 5'000; }).empty());
    EXPECT_EQ(parser.error(), FrameError::no_memory);
    Frame frame;
    EXPECT_EQ(parser.next(frame), Pull::refused);
    EXPECT_EQ(pool.pinned() + little.used_bytes(), 0U);
  }
}

TEST_F(FrameParserTest, AFullHeapRefusesAShortFrameThatStraddles) {
  const Bytes stream = frame_bytes(MessageType::app_data, Bytes(2'000));
  for (const std::uint64_t limit : {0, 1024}) {
    HeapBuffers little(limit);
    FrameParser parser(little);
    parser.set_authenticated();
    EXPECT_TRUE(parse(parser, stream, [] { return 400; }).empty());
    EXPECT_EQ(parser.error(), FrameError::no_memory);
    EXPECT_EQ(little.used_bytes(), 0U);
  }
}

TEST_F(FrameParserTest, AFullHeapEndsTheConnectionAndNothingElse) {
  HeapBuffers little(8 * 1024);
  FrameParser parser(little);
  parser.set_authenticated();
  const Bytes stream = frame_bytes(MessageType::new_block, Bytes(100'000));
  EXPECT_TRUE(parse(parser, stream, [] { return 1'000; }).empty());
  EXPECT_EQ(parser.error(), FrameError::no_memory);
  EXPECT_GE(little.refused().value(), 1U);
  EXPECT_EQ(little.used_bytes(), 0U);
  EXPECT_EQ(pool.pinned(), 0U);
}

}  // namespace
}  // namespace ringwire::wire
