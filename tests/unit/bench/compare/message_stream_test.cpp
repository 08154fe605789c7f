#include "bench/compare/message_stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"
#include "bench/compare/zmtp.hpp"

namespace ringwire::compare {
namespace {

constexpr int kPatienceMs = 10'000;

class MessageStreamTest : public testing::Test {
 protected:
  MessageStreamTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  ~MessageStreamTest() override {
    for (const int end : ends_) close(end);
  }

  std::vector<std::uint8_t> message(PublishFrames& frames, std::uint64_t number) {
    std::vector<std::uint8_t> out;
    frames.append(out, number);
    return out;
  }

  int ends_[2];
};

TEST_F(MessageStreamTest, MessagesCutAnywhereComeOutWhole) {
  for (const std::uint32_t bytes : {64U, 40'000U}) {
    PublishFrames frames(bytes);
    MessageStream stream(ends_[0], Dialect::frames, frames);
    std::vector<std::uint8_t> sent = message(frames, 1);
    const std::vector<std::uint8_t> second = message(frames, 2);
    sent.insert(sent.end(), second.begin(), second.end());
    const std::size_t cut = sent.size() / 3;
    send_whole(ends_[1], ByteView(sent).first(cut));
    EXPECT_EQ(stream.next(0), std::nullopt);
    EXPECT_FALSE(stream.empty());
    send_whole(ends_[1], ByteView(sent).subspan(cut));
    EXPECT_EQ(stream.next(kPatienceMs), 1U);
    EXPECT_EQ(stream.next(kPatienceMs), 2U);
    EXPECT_TRUE(stream.empty());
  }
}

TEST_F(MessageStreamTest, ZmtpMessagesComeOutWhole) {
  PublishFrames frames(256);
  MessageStream stream(ends_[0], Dialect::zeromq, frames);
  const std::vector<std::uint8_t> body = message(frames, 9);
  std::vector<std::uint8_t> sent{2, 0, 0, 0, 0, 0, 0};  // long, eight bytes of length
  sent.push_back(static_cast<std::uint8_t>(body.size() >> 8));
  sent.push_back(static_cast<std::uint8_t>(body.size()));
  ASSERT_EQ(sent.size(), zmtp_head_bytes(body.size()));
  sent.insert(sent.end(), body.begin(), body.end());
  for (const std::uint8_t byte : sent) {
    EXPECT_EQ(stream.next(0), std::nullopt);
    send_whole(ends_[1], ByteView(&byte, 1));
  }
  EXPECT_EQ(stream.next(kPatienceMs), 9U);
  EXPECT_TRUE(stream.empty());
}

TEST_F(MessageStreamTest, AnotherPayloadIsRefused) {
  PublishFrames frames(64), others(65);
  MessageStream stream(ends_[0], Dialect::frames, frames);
  send_whole(ends_[1], message(others, 1));
  EXPECT_THROW(stream.next(kPatienceMs), std::runtime_error);
}

TEST_F(MessageStreamTest, AnotherTypeIsRefused) {
  PublishFrames frames(64);
  MessageStream stream(ends_[0], Dialect::frames, frames);
  std::vector<std::uint8_t> ping;
  append_frame(ping, wire::MessageType::ping, std::vector<std::uint8_t>(8));
  send_whole(ends_[1], ping);
  EXPECT_THROW(stream.next(kPatienceMs), std::runtime_error);
}

TEST_F(MessageStreamTest, TheEndOfTheStreamIsAnError) {
  PublishFrames frames(64);
  MessageStream stream(ends_[0], Dialect::frames, frames);
  shutdown(ends_[1], SHUT_WR);
  EXPECT_THROW(stream.next(kPatienceMs), std::runtime_error);
}

}  // namespace
}  // namespace ringwire::compare
