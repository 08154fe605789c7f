#include "bench/compare/publish_frames.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "bench/compare/framing.hpp"
#include "codec/wire/message_type.hpp"

namespace ringwire::compare {
namespace {

std::vector<std::uint8_t> message(PublishFrames& frames, std::uint64_t number) {
  std::vector<std::uint8_t> out;
  frames.append(out, number);
  return out;
}

TEST(PublishFramesTest, AMessageIsOneFrameThatTellsItsNumber) {
  PublishFrames frames(256);
  const auto bytes = message(frames, 77);
  EXPECT_EQ(bytes.size(), frames.wire_bytes());
  std::vector<std::uint64_t> numbers;
  const std::size_t used = for_each_frame(bytes, [&](ByteView frame) {
    numbers.push_back(frames.check(frame.subspan(wire::kFrameHeaderBytes)));
  });
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(numbers, std::vector<std::uint64_t>{77});
}

TEST(PublishFramesTest, EverySizeIsAsLongOnTheWireAsItSays) {
  for (const std::uint32_t bytes : {8U, 256U, 16'000U, wire::kFragmentBytesMax, 128U * 1024, 1'000'001U}) {
    PublishFrames frames(bytes);
    EXPECT_EQ(message(frames, 1).size(), frames.wire_bytes()) << bytes;
    EXPECT_EQ(message(frames, 2).size(), frames.wire_bytes()) << bytes;
  }
}

TEST(PublishFramesTest, AnyOtherByteIsSeen) {
  PublishFrames frames(64);
  const auto bytes = message(frames, 1);
  const std::vector<std::uint8_t> record(bytes.begin() + wire::kFrameHeaderBytes, bytes.end());
  for (std::size_t i = 0; i < record.size(); ++i) {
    std::vector<std::uint8_t> damaged = record;
    damaged[i] = static_cast<std::uint8_t>(damaged[i] + 1);
    const bool is_number = i >= record.size() - 64 && i < record.size() - 64 + kOpaqueBytesMin;
    if (is_number) {
      EXPECT_NE(frames.check(damaged), 1U) << i;
    } else {
      EXPECT_THROW((void)frames.check(damaged), std::runtime_error) << i;
    }
  }
  EXPECT_THROW((void)frames.check(ByteView(record).first(record.size() - 1)), std::runtime_error);
}

TEST(PublishFramesTest, ARelayMayLowerTheTtl) {
  PublishFrames frames(64);
  const auto bytes = message(frames, 5);
  std::vector<std::uint8_t> record(bytes.begin() + wire::kFrameHeaderBytes, bytes.end());
  --record[0];
  EXPECT_EQ(frames.check(record), 5U);
}

}  // namespace
}  // namespace ringwire::compare
