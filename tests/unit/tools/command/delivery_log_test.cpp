#include "tools/command/delivery_log.hpp"

#include <gtest/gtest.h>

namespace ringwire::command {
namespace {

std::string error_of(const Status<std::string>& status) {
  return status.ok() ? "" : status.error();
}

TEST(DeliveryLog, WritesWhatItsReaderReads) {
  const std::string path = testing::TempDir() + "delivery_log_test.log";
  std::remove(path.c_str());
  auto log = DeliveryLog::open(path);
  ASSERT_TRUE(log.ok());
  Delivery delivery;
  delivery.kind = MessageKind::transaction;
  delivery.id.bytes.fill(7);
  log->write(delivery);
  ASSERT_EQ(error_of(log->flush()), "");
  DeliveryLogReader reader(path);
  int lines = 0;
  EXPECT_TRUE(reader.read_new([&](std::string_view kind, const Hash32& id, std::int64_t) {
    ++lines;
    EXPECT_EQ(kind, "tx");
    EXPECT_EQ(id, delivery.id);
  }));
  EXPECT_EQ(lines, 1);
  std::remove(path.c_str());
}

// One line is refused by the flush; many, by the write that finds the buffer full.
TEST(DeliveryLog, ADiskThatRefusesIsNamedWithItsReason) {
  for (const int lines : {1, 1'000}) {
    auto log = DeliveryLog::open("/dev/full");
    ASSERT_TRUE(log.ok()) << log.error();
    for (int i = 0; i < lines; ++i) log->write({});
    const std::string line = "delivery log /dev/full: cannot be written: No space left on device; ";
    EXPECT_TRUE(error_of(log->flush()).starts_with(line)) << error_of(log->flush());
  }
}

}  // namespace
}  // namespace ringwire::command
