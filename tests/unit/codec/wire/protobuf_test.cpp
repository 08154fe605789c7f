#include "codec/wire/protobuf.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ringwire::wire {
namespace {

TEST(ProtobufReader, TheFirstErrorSticks) {
  const std::array<std::uint8_t, 4> message = {0x08, 0x80, 0x00, 0x10};
  ProtobufReader reader(message);
  EXPECT_EQ(reader.number(), 1U);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_EQ(reader.error(), Malformed::not_canonical);
  EXPECT_EQ(reader.error_offset(message), 0U);
  EXPECT_EQ(reader.number(), 0U) << "no field is left";
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_TRUE(reader.bytes().empty());
  reader.fail(Malformed::bad_value);
  EXPECT_EQ(reader.error(), Malformed::not_canonical);
}

}  // namespace
}  // namespace ringwire::wire
