#include "codec/wire/topic_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kTopicMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(Topic, EveryRecord, Records);

TEST(TopicMessages, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  const ByteView topic = maker.bytes(kTopicBytesMax);
  const auto records = maker.list_of(std::vector<ByteView>(kNeighborsMax, maker.bytes(kEnrBytesMax)));
  EXPECT_TRUE(fits_cap(IHave{topic, hashes(maker, kTopicIdsMax)}));
  EXPECT_TRUE(fits_cap(IWant{hashes(maker, kTopicIdsMax)}));
  EXPECT_TRUE(fits_cap(IDontWant{hashes(maker, kDontWantIdsMax)}));
  EXPECT_TRUE(fits_cap(Graft{topic}));
  EXPECT_TRUE(fits_cap(Prune{topic, kPruneBackoffMax_s, records}));
}

template <class T>
Malformed what(const T& message) {
  return error_of<Rlp, T>(encoded<Rlp>(message)).what;
}

TEST(TopicMessages, IdsAreCounted) {
  RecordMaker maker(1);
  const ByteView topic = maker.bytes(1);
  EXPECT_EQ(what(IHave{topic, hashes(maker, kTopicIdsMax + 1)}), Malformed::too_many_items);
  EXPECT_EQ(what(IWant{hashes(maker, kTopicIdsMax + 1)}), Malformed::too_many_items);
  EXPECT_EQ(what(IDontWant{hashes(maker, kDontWantIdsMax + 1)}), Malformed::too_many_items);
}

TEST(TopicMessages, TopicsAreAsInPublish) {
  RecordMaker maker(1);
  for (const std::size_t bytes : {std::size_t{0}, kTopicBytesMax + 1}) {
    const ByteView topic = maker.bytes(bytes);
    EXPECT_EQ(what(IHave{topic, {}}), Malformed::wrong_size);
    EXPECT_EQ(what(Graft{topic}), Malformed::wrong_size);
    EXPECT_EQ(what(Prune{topic, 0, {}}), Malformed::wrong_size);
  }
}

TEST(TopicMessages, ABackOffEndsAndOthersAreOneBucket) {
  RecordMaker maker(1);
  const ByteView topic = maker.bytes(1);
  EXPECT_EQ(what(Prune{topic, kPruneBackoffMax_s, {}}), Malformed::none);
  EXPECT_EQ(what(Prune{topic, kPruneBackoffMax_s + 1, {}}), Malformed::bad_value);
  EXPECT_EQ(what(Prune{topic, 0, maker.list<ByteView>(kNeighborsMax + 1)}), Malformed::too_many_items);
}

}  // namespace
}  // namespace ringwire::wire
