#include "engine/session/fragment_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/crypto/lz4_block.hpp"
#include "engine/session/fragmenter.hpp"
#include "tests/unit/engine/session/messages.hpp"

namespace ringwire::session {
namespace {

using wire::MessageType;

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;
constexpr Instant kNow{1'000'000'000};

std::uint8_t slot_of(MessageType type) {
  return static_cast<std::uint8_t>(wire::rules_of(type).traffic_class);
}

Bytes fragment(std::uint8_t slot, std::uint8_t flags, ByteView content) {
  Bytes bytes(wire::kFragmentHeaderBytes + content.size());
  bytes[0] = slot;
  bytes[1] = flags;
  std::copy(content.begin(), content.end(), bytes.begin() + wire::kFragmentHeaderBytes);
  return bytes;
}

Bytes encoded(const wire::FrameHeader& header) {
  Bytes bytes(wire::kFrameHeaderBytes);
  wire::encode(header, std::span(bytes).first<wire::kFrameHeaderBytes>());
  return bytes;
}

// A pool of receive buffers, such as a driver's.
class Pool final : public Recycler {
 public:
  Slice fill(ByteView bytes, std::uint32_t capacity) {
    auto* owned = new Owned{{}, Bytes(capacity)};
    std::copy(bytes.begin(), bytes.end(), owned->bytes.begin());
    owned->buffer = {owned->bytes.data(), capacity, 0, this, 0};
    ++out;
    return {owned->buffer, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  void recycle(Buffer& buffer) override {
    delete reinterpret_cast<Owned*>(&buffer);
    --out;
  }
  std::size_t out = 0;

 private:
  struct Owned {
    Buffer buffer;
    Bytes bytes;
  };
};

class Assembler : public testing::Test {
 protected:
  Result<std::optional<Assembled>, FragmentError> input(ByteView payload) {
    return assembler.input(in_slices(heap, payload, prng, 5'000), kNow);
  }
  void expect_refused(ByteView payload, FragmentError error) {
    const auto answer = input(payload);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error(), error) << name(answer.error());
    EXPECT_EQ(shard.counters.refused[static_cast<std::size_t>(error)].value(), 1U);
    EXPECT_TRUE(assembler.idle());
    EXPECT_EQ(shard.used_bytes, 0U);
  }
  // A first fragment of `type` that declares `length` bytes and carries `content`.
  Bytes first_of(MessageType type, std::uint32_t length, ByteView content, std::uint8_t flags = 1) {
    wire::FrameHeader header = header_for(type, content);
    header.length = length;
    Bytes bytes = encoded(header);
    bytes.insert(bytes.end(), content.begin(), content.end());
    return fragment(slot_of(type), flags, bytes);
  }

  Prng prng{7};
  HeapBuffers heap{kPlenty};
  AssemblyShard shard{heap, 32 * 1024 * 1024};
  FragmentAssembler assembler{shard};
};

TEST_F(Assembler, PutsTogetherWhatTheFragmenterCutForAnySizeAndAnySlices) {
  for (int round = 0; round < 60; ++round) {
    const Bytes payload = random_bytes(prng, prng.between(0, 200'000));
    const SliceChain slices = in_slices(heap, payload, prng, round % 2 == 0 ? 30'000 : 700);
    Fragmenter fragmenter(header_for(MessageType::new_block, payload), slices, 1);
    ASSERT_TRUE(fragmenter.prepare(heap));
    const std::uint32_t count = fragmenter.count();
    for (std::uint32_t i = 0; i < count; ++i) {
      const Bytes frame = to_bytes(fragmenter.next());
      ASSERT_LE(frame.size(), kFragmentFrameBytes);
      const auto answer = input(ByteView(frame).subspan(wire::kFrameHeaderBytes));
      ASSERT_TRUE(answer.ok()) << name(answer.error());
      ASSERT_EQ(answer.value().has_value(), i + 1 == count);
      if (answer.value()) {
        EXPECT_EQ(to_bytes(answer.value()->payload), payload);
      }
    }
  }
  EXPECT_EQ(shard.counters.assembled.value(), 60U);
  EXPECT_EQ(shard.used_bytes, 0U);
}

TEST_F(Assembler, KeepsOneOpenSlotPerClassSideBySide) {
  const Bytes block = random_bytes(prng, 3000);
  const Bytes transactions = random_bytes(prng, 2000);
  ASSERT_TRUE(input(first_of(MessageType::new_block, 0, {}, 3)).ok());
  const auto half = [&](const Bytes& all, MessageType type) {
    wire::FrameHeader header = header_for(type, all);
    Bytes content = encoded(header);
    content.insert(content.end(), all.begin(), all.begin() + 1000);
    return fragment(slot_of(type), 1, content);
  };
  ASSERT_TRUE(input(half(block, MessageType::new_block)).ok());
  ASSERT_TRUE(input(half(transactions, MessageType::transactions)).ok());
  const auto second = input(fragment(2, 2, ByteView(transactions).subspan(1000)));
  ASSERT_TRUE(second.ok() && second.value());
  EXPECT_EQ(to_bytes(second.value()->payload), transactions);
  const auto first = input(fragment(1, 2, ByteView(block).subspan(1000)));
  ASSERT_TRUE(first.ok() && first.value());
  EXPECT_EQ(to_bytes(first.value()->payload), block);
}

TEST_F(Assembler, RefusesRecordsThatAreNotFragments) {
  expect_refused(Bytes{1}, FragmentError::malformed);
}
TEST_F(Assembler, RefusesUnknownFlags) {
  expect_refused(fragment(1, 8, Bytes{1}), FragmentError::malformed);
}
TEST_F(Assembler, RefusesMoreThanAFragmentMayCarry) {
  expect_refused(fragment(1, 0, Bytes(wire::kFragmentBytesMax + 1)), FragmentError::malformed);
}
TEST_F(Assembler, RefusesAnUnknownSlot) {
  expect_refused(fragment(wire::kTrafficClasses, 0, Bytes{1}), FragmentError::unknown_slot);
}
TEST_F(Assembler, RefusesToGoOnWithWhatWasNeverBegun) {
  expect_refused(fragment(1, 0, Bytes{1}), FragmentError::not_open);
}
TEST_F(Assembler, RefusesToAbortWhatWasNeverBegun) {
  expect_refused(fragment(1, 4, {}), FragmentError::not_open);
}
TEST_F(Assembler, RefusesASecondFirst) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 100, Bytes(10))).ok());
  expect_refused(first_of(MessageType::new_block, 100, Bytes(10)), FragmentError::already_open);
}
TEST_F(Assembler, RefusesAFirstWithoutAWholeInnerHeader) {
  const Bytes first = first_of(MessageType::new_block, 100, {});
  expect_refused(ByteView(first).first(first.size() - 1), FragmentError::short_first);
}
TEST_F(Assembler, RefusesAnInnerHeaderOverTheCapBeforeKeepingAnything) {
  const std::uint32_t cap = wire::rules_of(MessageType::new_block).bytes_max;
  expect_refused(first_of(MessageType::new_block, cap + 1, Bytes(10)), FragmentError::bad_inner_header);
  EXPECT_EQ(heap.used_bytes(), 0U);
}
TEST_F(Assembler, RefusesAnotherClassesSlot) {
  Bytes first = first_of(MessageType::new_block, 100, Bytes(10));
  first[0] = slot_of(MessageType::transactions);
  expect_refused(first, FragmentError::wrong_slot);
}
TEST_F(Assembler, RefusesEveryTypeThatMustTravelWhole) {
  for (const wire::MessageRules& rules : wire::message_rules()) {
    if (rules.fragmentable) continue;
    const auto answer = input(first_of(rules.type, 1, Bytes(1)));
    ASSERT_FALSE(answer.ok()) << rules.name;
    EXPECT_EQ(answer.error(), FragmentError::not_fragmentable) << rules.name;
  }
}
TEST_F(Assembler, RefusesMoreBytesThanDeclared) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 100, Bytes(60))).ok());
  expect_refused(fragment(1, 0, Bytes(41)), FragmentError::too_many_bytes);
}
TEST_F(Assembler, RefusesALastThatComesTooEarly) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 100, Bytes(60))).ok());
  expect_refused(fragment(1, 2, Bytes(39)), FragmentError::too_few_bytes);
}
TEST_F(Assembler, RefusesAMessageDamagedBetweenFragments) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 61, Bytes(60))).ok());
  expect_refused(fragment(1, 2, Bytes{1}), FragmentError::bad_checksum);
}
// A relay changes the byte before everything else, which no checksum covers.
TEST_F(Assembler, ChecksNothingOfWhatRelaysChangeAndAllBehindIt) {
  const Bytes said = random_bytes(prng, 3000);
  const auto arrives = [&](std::size_t changed) {
    Bytes content = encoded(header_for(MessageType::publish, said));
    content.insert(content.end(), said.begin(), said.end());
    content[wire::kFrameHeaderBytes + changed] ^= 1;
    const std::uint8_t slot = slot_of(MessageType::publish);
    EXPECT_TRUE(input(fragment(slot, 1, ByteView(content).first(wire::kFrameHeaderBytes))).ok());
    EXPECT_TRUE(input(fragment(slot, 0, ByteView(content).subspan(wire::kFrameHeaderBytes, 1))).ok());
    return input(fragment(slot, 2, ByteView(content).subspan(wire::kFrameHeaderBytes + 1))).ok();
  };
  EXPECT_TRUE(arrives(0));
  EXPECT_FALSE(arrives(1));
  EXPECT_FALSE(arrives(2999));
}
TEST_F(Assembler, APromiseCostsItsPlace) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 100, {})).ok());
  EXPECT_EQ(shard.used_bytes, kOpenMessageBytes);
  shard.used_bytes = shard.limit_bytes - kOpenMessageBytes;
  const auto answer = input(first_of(MessageType::transactions, 1, {}));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error(), FragmentError::no_memory);
}
TEST_F(Assembler, RefusesAMessageLargerThanWhatIsFreeInTheShard) {
  shard.used_bytes = shard.limit_bytes - kOpenMessageBytes - 99;
  const auto answer = input(first_of(MessageType::new_block, 100, Bytes(1)));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error(), FragmentError::no_memory);
}

TEST_F(Assembler, SaysWhatItAsksForAndWhenTheFirstOfItsMessagesBegan) {
  const auto asks = [&](const Bytes& payload) {
    return FragmentAssembler::room_for(in_slices(heap, payload, prng, 5));
  };
  const Bytes content(100);
  const Bytes first = first_of(MessageType::app_data, 7'000'000, content);
  EXPECT_EQ(asks(first), kOpenMessageBytes + 7'000'000U);
  EXPECT_EQ(asks(fragment(slot_of(MessageType::app_data), 0, content)), 102U);
  EXPECT_EQ(assembler.begun(), kNever);
  ASSERT_TRUE(input(first).ok());
  EXPECT_EQ(assembler.begun(), kNow);
  // A shorter one, later, which is due earlier.
  ASSERT_TRUE(
      assembler
          .input(in_slices(heap, first_of(MessageType::transactions, 900, content), prng, 5'000), kNow + 5s)
          .ok());
  EXPECT_EQ(assembler.begun(), kNow);
  assembler.put_off(2s);
  EXPECT_EQ(assembler.begun(), kNow + 2s);
}

TEST_F(Assembler, ForgetsAnAbortedMessageAndTakesTheNext) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 100, Bytes(60))).ok());
  ASSERT_TRUE(input(fragment(1, 4, {})).ok());
  EXPECT_EQ(shard.counters.aborted.value(), 1U);
  EXPECT_TRUE(assembler.idle());
  const auto next = input(first_of(MessageType::new_block, 60, Bytes(60), 3));
  EXPECT_TRUE(next.ok() && next.value());
}

TEST_F(Assembler, GivesUpAMessageThatIsNotWholeInItsTime) {
  EXPECT_EQ(assembler.next_deadline(), kNever);
  ASSERT_TRUE(input(first_of(MessageType::new_block, 128 * 1024, Bytes(60))).ok());
  const Instant deadline = kNow + kAssemblyTime + 2s;
  EXPECT_EQ(assembler.next_deadline(), deadline);
  EXPECT_FALSE(assembler.on_deadline(Instant{deadline.ns - 1}).has_value());
  EXPECT_EQ(assembler.on_deadline(deadline), FragmentError::too_slow);
  EXPECT_TRUE(assembler.idle());
}

TEST_F(Assembler, TimeInWhichNothingWasReadDoesNotCount) {
  assembler.put_off(5s);
  ASSERT_TRUE(input(first_of(MessageType::new_block, 128 * 1024, Bytes(60))).ok());
  const Instant deadline = kNow + kAssemblyTime + 2s;
  assembler.put_off(100s);
  EXPECT_EQ(assembler.next_deadline(), deadline + 100s);
  EXPECT_FALSE(assembler.on_deadline(deadline + 99s).has_value());
  EXPECT_EQ(assembler.on_deadline(deadline + 100s), FragmentError::too_slow);
}

TEST_F(Assembler, UnpacksACompressedMessageAndChecksThePlainBytes) {
  const Bytes plain(100'000, 0x5A);
  Bytes packed(plain.size());
  const auto size = crypto::lz4_pack(plain, packed);
  ASSERT_TRUE(size.has_value());
  packed.resize(*size);
  wire::FrameHeader header = header_for(MessageType::app_data, plain);
  header.compressed = true;
  header.length = static_cast<std::uint32_t>(packed.size());
  Bytes content = encoded(header);
  content.insert(content.end(), packed.begin(), packed.end());
  const auto answer = input(fragment(slot_of(MessageType::app_data), 3, content));
  ASSERT_TRUE(answer.ok()) << name(answer.error());
  EXPECT_EQ(to_bytes(answer.value()->payload), plain);
}

TEST_F(Assembler, AByteAtATimeCostsNoMoreThanTheBytesAndOneBlock) {
  ASSERT_TRUE(input(first_of(MessageType::new_block, 50'000, {})).ok());
  for (int i = 0; i < 49'999; ++i) ASSERT_TRUE(input(fragment(1, 0, Bytes(1))).ok());
  EXPECT_LE(heap.used_bytes(), 50'000U + 2 * kTailBytes);
  EXPECT_EQ(shard.used_bytes, 49'999U + kOpenMessageBytes);
}

TEST_F(Assembler, LendsReceiveBuffersForLongSlicesOnlyAndNoMoreThanItsShare) {
  Pool pool;
  CopyLedger ledger;
  CopyLedger* const previous = install_copy_ledger(&ledger);
  const Bytes part(16'000, 1);
  const std::uint32_t parts = kLentBuffersMax + 2;
  Bytes whole;
  for (std::uint32_t i = 0; i < parts; ++i) whole.insert(whole.end(), part.begin(), part.end());
  const std::uint32_t length = static_cast<std::uint32_t>(whole.size());
  const Bytes head = fragment(1, 1, encoded(header_for(MessageType::new_block, whole)));
  ASSERT_TRUE(assembler.input(SliceChain(pool.fill(head, 16'384)), kNow).ok());
  EXPECT_EQ(pool.out, 0U) << "a short slice holds no buffer";
  std::optional<Assembled> assembled;
  for (std::uint32_t i = 0; i < parts; ++i) {
    const Bytes next = fragment(1, i + 1 == parts ? 2 : 0, part);
    auto answer = assembler.input(SliceChain(pool.fill(next, 16'384)), kNow);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(pool.out, std::min(i + 1, kLentBuffersMax));
    if (answer.value()) assembled = std::move(answer).value();
  }
  ASSERT_TRUE(assembled);
  EXPECT_EQ(assembled->payload.bytes(), length);
  EXPECT_EQ(ledger.total(), 2 * part.size()) << "only what was over the share is copied";
  assembled.reset();
  EXPECT_EQ(pool.out, 0U);
  install_copy_ledger(previous);
}

// Frames back to back through full buffers, as a fast peer's stream arrives.
TEST_F(Assembler, AFastStreamIsPutTogetherWithoutACopy) {
  Pool pool;
  CopyLedger ledger;
  CopyLedger* const previous = install_copy_ledger(&ledger);
  constexpr int kMessages = 40;
  Bytes stream;
  std::vector<Bytes> payloads;
  for (int i = 0; i < kMessages; ++i) {
    payloads.push_back(random_bytes(prng, 128 * 1024));
    const SliceChain slices = in_slices(heap, payloads.back(), prng, 200'000);
    Fragmenter fragmenter(header_for(MessageType::new_block, payloads.back()), slices, 1);
    ASSERT_TRUE(fragmenter.prepare(heap));
    for (std::uint32_t left = fragmenter.count(); left > 0; --left) {
      const SliceChain pieces = fragmenter.next();
      sum_fragment(pieces);
      const Bytes frame = to_bytes(pieces);
      stream.insert(stream.end(), frame.begin(), frame.end());
    }
  }
  const std::uint64_t before = ledger.total();
  std::vector<Bytes> seen;
  {
    wire::FrameParser parser(heap);
    parser.set_authenticated();
    for (std::size_t at = 0; at < stream.size(); at += 16'384) {
      parser.input(
          pool.fill(ByteView(stream).subspan(at, std::min<std::size_t>(16'384, stream.size() - at)), 16'384));
      wire::Frame frame;
      while (parser.next(frame) == wire::Pull::frame) {
        ASSERT_TRUE(parser.verify(frame));
        auto answer = assembler.input(parser.keep(frame), kNow);
        ASSERT_TRUE(answer.ok()) << name(answer.error());
        if (answer.value()) seen.push_back(to_bytes(answer.value()->payload));
      }
    }
  }
  EXPECT_EQ(seen, payloads);
  // The first bytes of a message that begin a buffer's last few are all that is ever copied.
  EXPECT_LT(ledger.total() - before, stream.size() / 200);
  EXPECT_EQ(pool.out, 0U);
  install_copy_ledger(previous);
}

TEST_F(Assembler, ReturnsReceiveBuffersWhenThePoolIsLow) {
  Pool pool;
  const Bytes part(10'000, 1);
  const Bytes whole(20'000, 1);
  Bytes content = encoded(header_for(MessageType::new_block, whole));
  content.insert(content.end(), part.begin(), part.end());
  ASSERT_TRUE(assembler.input(SliceChain(pool.fill(fragment(1, 1, content), 16'384)), kNow).ok());
  EXPECT_EQ(pool.out, 1U);
  shard.pool_low = true;
  ASSERT_TRUE(assembler.unpin());
  EXPECT_EQ(pool.out, 0U);
  const auto answer = assembler.input(SliceChain(pool.fill(fragment(1, 2, part), 16'384)), kNow);
  EXPECT_EQ(pool.out, 0U);
  ASSERT_TRUE(answer.ok() && answer.value());
  EXPECT_EQ(to_bytes(answer.value()->payload), whole);
}

}  // namespace
}  // namespace ringwire::session
