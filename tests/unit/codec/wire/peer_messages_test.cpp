#include "codec/wire/peer_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kPeerRecords>;
INSTANTIATE_TYPED_TEST_SUITE_P(Peer, EveryRecord, Records);

TEST(PeerMessages, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  EXPECT_TRUE(fits_cap(FindNode{UINT64_MAX, {}}));
  const auto records = maker.list_of(std::vector<ByteView>(kNeighborsMax, maker.bytes(kEnrBytesMax)));
  EXPECT_TRUE(fits_cap(Neighbors{UINT64_MAX, records}));
}

TEST(PeerMessages, NeighborsAreOneBucketOfNodeRecords) {
  RecordMaker maker(1);
  const auto with = [&](std::size_t count, std::size_t bytes) {
    const auto records = maker.list_of(std::vector<ByteView>(count, maker.bytes(bytes)));
    return error_of<Rlp, Neighbors>(encoded<Rlp>(Neighbors{1, records})).what;
  };
  EXPECT_EQ(with(kNeighborsMax, 4), Malformed::none);
  EXPECT_EQ(with(kNeighborsMax + 1, 4), Malformed::too_many_items);
  EXPECT_EQ(with(1, kEnrBytesMax + 1), Malformed::wrong_size);
}

TEST(Node, HasAnAddressOfFourOrSixteenBytes) {
  for (const std::size_t bytes : {0U, 3U, 5U, 15U, 17U}) {
    const Buffer ip(bytes);
    EXPECT_EQ((error_of<Rlp, Node>(encoded<Rlp>(Node{ip, 1, 2, {}})).what), Malformed::wrong_size) << bytes;
  }
}

}  // namespace
}  // namespace ringwire::wire
