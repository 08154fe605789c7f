#include "engine/shard/lane.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

struct Note {
  std::uint64_t number = 0;
};
using NoteLane = Lane<Note>;

SliceChain bytes_of(HeapBuffers& buffers, std::uint64_t number, std::uint32_t size) {
  Slice slice = buffers.make(size);
  for (std::uint8_t& byte : HeapBuffers::writable(slice)) byte = static_cast<std::uint8_t>(number);
  return SliceChain(std::move(slice));
}

const auto drop = [](const Note&, SliceChain&&) {};

struct LaneTest : testing::Test {
  HeapBuffers buffers{1 << 20};
  std::optional<NoteLane> lane{std::in_place, LaneConfig{.depth = 4, .parcels = 2}};
};

TEST_F(LaneTest, MessagesAreSeenAfterPublishAndInOrder) {
  EXPECT_TRUE(lane->send({1}));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 100)));
  EXPECT_FALSE(lane->ready());
  EXPECT_TRUE(lane->publish());
  EXPECT_FALSE(lane->publish());
  EXPECT_TRUE(lane->ready());
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint64_t> sizes;
  EXPECT_EQ(lane->receive(
                [&](const Note& note, SliceChain&& bytes) {
                  numbers.push_back(note.number);
                  sizes.push_back(bytes.bytes());
                },
                8),
            2U);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{0, 100}));
  EXPECT_EQ(lane->collect_returns(), 1U);
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

TEST_F(LaneTest, ReceivesNoMoreThanAskedFor) {
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(lane->send({i}));
  lane->publish();
  EXPECT_EQ(lane->receive(drop, 3), 3U);
  EXPECT_EQ(lane->waiting(), 1U);
  EXPECT_EQ(lane->receive(drop, 3), 1U);
}

TEST_F(LaneTest, WithoutCreditTheChainStaysAndMessagesWithoutBytesStillPass) {
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 10)));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 10)));
  SliceChain third = bytes_of(buffers, 3, 10);
  EXPECT_FALSE(lane->send({3}, std::move(third)));
  EXPECT_EQ(third.bytes(), 10U);
  EXPECT_EQ(lane->counters().refused_credit.value(), 1U);
  EXPECT_TRUE(lane->send({4}));
  lane->publish();
  EXPECT_FALSE(lane->may_go_on());
  EXPECT_EQ(lane->receive(drop, 8), 3U);
  EXPECT_TRUE(lane->send({3}, std::move(third)));  // collects what came home before it refuses
  EXPECT_TRUE(third.empty());
}

// However little it was: the receiver's next progress rings again.
TEST_F(LaneTest, WhoWaitsForBytesIsToldOfAllThatComesHome) {
  lane.emplace(LaneConfig{.depth = 8, .parcels = 8, .bytes_max = 1000});
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 100)));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 899)));
  EXPECT_TRUE(lane->send({3}, bytes_of(buffers, 3, 500))) << "one more is let in whole";
  EXPECT_FALSE(lane->send({4}, bytes_of(buffers, 4, 1)));
  EXPECT_EQ(lane->counters().refused_credit.value(), 1U);
  EXPECT_TRUE(lane->send({5}));
  lane->publish();
  EXPECT_EQ(lane->receive(drop, 1), 1U);
  EXPECT_TRUE(lane->sender_waits());
  EXPECT_FALSE(lane->may_go_on()) << "1399 are away";
  EXPECT_FALSE(lane->sender_waits()) << "no progress since";
  EXPECT_EQ(lane->receive(drop, 1), 1U);
  EXPECT_TRUE(lane->sender_waits());
  EXPECT_TRUE(lane->may_go_on());
  EXPECT_FALSE(lane->may_go_on());
  EXPECT_TRUE(lane->send({4}, bytes_of(buffers, 4, 1)));
}

TEST_F(LaneTest, AFullRingTakesNoCreditAndLeavesTheChain) {
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(lane->send({i}));
  SliceChain bytes = bytes_of(buffers, 5, 10);
  EXPECT_FALSE(lane->send({5}, std::move(bytes)));
  EXPECT_EQ(bytes.bytes(), 10U);
  EXPECT_EQ(lane->credits(), 2U);
  EXPECT_EQ(lane->counters().refused_full.value(), 1U);
  EXPECT_FALSE(lane->may_go_on());
}

TEST_F(LaneTest, ARefusedSenderIsWokenAfterProgressOnly) {
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 10)));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 10)));
  lane->publish();
  SliceChain held;
  lane->receive([&](const Note&, SliceChain&& bytes) { held = std::move(bytes); }, 2);
  EXPECT_FALSE(lane->sender_waits());  // nobody was refused
  EXPECT_TRUE(lane->send({3}, bytes_of(buffers, 3, 10)));
  EXPECT_FALSE(lane->send({4}, bytes_of(buffers, 4, 10)));
  EXPECT_FALSE(lane->sender_waits());  // no progress since
  held.clear();
  EXPECT_TRUE(lane->sender_waits());
  EXPECT_FALSE(lane->sender_waits());
}

TEST_F(LaneTest, TheLastLookOfARefusedSenderFindsTheRoomOnce) {
  EXPECT_FALSE(lane->may_go_on());  // there is room, but nobody was refused
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 10)));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 10)));
  EXPECT_FALSE(lane->send({3}, bytes_of(buffers, 3, 10)));
  lane->publish();
  EXPECT_FALSE(lane->may_go_on());
  EXPECT_EQ(lane->receive(drop, 1), 1U);
  EXPECT_TRUE(lane->may_go_on());
  EXPECT_FALSE(lane->may_go_on());
  EXPECT_TRUE(lane->send({3}, bytes_of(buffers, 3, 10)));
  EXPECT_FALSE(lane->send({4}, bytes_of(buffers, 4, 10)));
  EXPECT_EQ(lane->receive(drop, 1), 1U);
  EXPECT_TRUE(lane->may_go_on());
}

TEST_F(LaneTest, StopsInOrderEvenWhereTheReceiverStillHoldsBytes) {
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 10)));
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 10)));
  lane->close();
  EXPECT_FALSE(lane->settled());
  EXPECT_FALSE(lane->finished());
  SliceChain held;
  lane->receive([&](const Note&, SliceChain&& bytes) { held = std::move(bytes); }, 8);
  EXPECT_FALSE(lane->finished());
  EXPECT_FALSE(lane->settled());
  held = SliceChain{};
  EXPECT_TRUE(lane->finished());
  EXPECT_TRUE(lane->settled());
}

TEST_F(LaneTest, DropsWhatNobodyReceived) {
  EXPECT_TRUE(lane->send({1}, bytes_of(buffers, 1, 10)));
  lane->publish();
  EXPECT_TRUE(lane->send({2}, bytes_of(buffers, 2, 10)));
  lane.reset();
  EXPECT_EQ(buffers.used_bytes(), 0U);
}

using LaneDeathTest = LaneTest;

TEST_F(LaneDeathTest, SendingAfterCloseIsABug) {
  lane->close();
  EXPECT_DEATH((void)lane->send({1}), "closed_");
}

// One shard of two that talk to each other. Each makes messages, checks and keeps what it gets for a while,
// and stops by the rule in lane.hpp while the other may still hold its bytes.
class Talker {
 public:
  Talker(NoteLane& out, NoteLane& in, std::uint64_t seed) : out_(out), in_(in), prng_(seed) {}

  void run(std::uint64_t messages) {
    while (next_ < messages) turn(messages);
    out_.close();
    while (!in_.finished() || !out_.settled()) {
      receive();
      if (!kept_.empty()) kept_.pop_back();
      std::this_thread::yield();
    }
  }
  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t leaked_bytes() const { return buffers_.used_bytes(); }

 private:
  void turn(std::uint64_t messages) {
    for (std::uint64_t batch = prng_.between(1, 20); batch > 0 && next_ < messages; --batch) {
      if (!send_one()) break;
      ++next_;
    }
    out_.publish();
    receive();
    while (kept_.size() > prng_.below(12)) {
      std::swap(kept_[prng_.below(kept_.size())], kept_.back());
      kept_.pop_back();
    }
    out_.collect_returns();
    if (prng_.below(8) == 0) std::this_thread::yield();
  }
  bool send_one() {
    if (next_ % 3 == 0) return out_.send({next_});
    SliceChain bytes;
    for (std::uint64_t i = 0; i < next_ % 4 + 1; ++i) {
      bytes.append(bytes_of(buffers_, next_, 1 + static_cast<std::uint32_t>(next_ % 200))[0]);
    }
    return out_.send({next_}, std::move(bytes));
  }
  void receive() {
    in_.receive(
        [this](const Note& note, SliceChain&& bytes) {
          wrong_ += note.number != received_++;
          wrong_ += bytes.empty() != (note.number % 3 == 0);
          for (std::size_t i = 0; i < bytes.count(); ++i) {
            wrong_ += bytes[i].view().back() != static_cast<std::uint8_t>(note.number);
          }
          if (!bytes.empty()) kept_.push_back(std::move(bytes));
        },
        64);
  }

  NoteLane& out_;
  NoteLane& in_;
  Prng prng_;
  HeapBuffers buffers_{16 << 20};
  std::vector<SliceChain> kept_;
  std::uint64_t next_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
};

TEST(Lane, TwoShardsExchangeBytesAndStopTogetherWithoutALeak) {
  constexpr std::uint64_t kMessages = 100'000;
  NoteLane there(LaneConfig{.depth = 64, .parcels = 24});
  NoteLane back(LaneConfig{.depth = 64, .parcels = 24});
  Talker first(there, back, 1);
  Talker second(back, there, 2);
  std::thread thread([&] { second.run(kMessages); });
  first.run(kMessages);
  thread.join();
  EXPECT_EQ(first.wrong() + second.wrong(), 0U);
  EXPECT_EQ(first.received(), kMessages);
  EXPECT_EQ(second.received(), kMessages);
  EXPECT_EQ(first.leaked_bytes() + second.leaked_bytes(), 0U);
}

}  // namespace
}  // namespace ringwire::shard
