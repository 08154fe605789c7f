#include "codec/wire/block_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kBlockMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(Block, EveryRecord, Records);

TEST(BlockMessages, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  EXPECT_TRUE(fits_cap(GetBlockHeaders{UINT64_MAX, Hash32{{1}}, 0, kItemsPerRequestMax, UINT64_MAX, true}));
  EXPECT_TRUE(fits_cap(GetBlockHeaders{UINT64_MAX, {}, UINT64_MAX, 1, UINT64_MAX, true}));
  EXPECT_TRUE(fits_cap(GetBlockBodies{UINT64_MAX, hashes(maker, kItemsPerRequestMax)}));
  const std::vector<BlockId> blocks(kBlockAnnouncementsMax, {Hash32{{1}}, UINT64_MAX});
  EXPECT_TRUE(fits_cap(NewBlockHashes{maker.list_of(blocks)}));
  Header header;
  header.number = header.gas_limit = header.gas_used = header.timestamp = UINT64_MAX;
  const Buffer extra(1024);  // of a chain that keeps its validators there
  header.extra_data = extra;
  const std::vector<Header> headers(kItemsPerRequestMax, header);
  EXPECT_TRUE(fits_cap(BlockHeaders{UINT64_MAX, maker.list_of(headers)}));
}

TEST(BlockMessages, HeadersStartAtAHashOrAtANumber) {
  const auto what = [](const GetBlockHeaders& request) {
    return error_of<Rlp, GetBlockHeaders>(encoded<Rlp>(request)).what;
  };
  EXPECT_EQ(what({.start_number = 7, .limit = 1}), Malformed::none);
  EXPECT_EQ(what({.start_hash = Hash32{}, .limit = 1}), Malformed::none);
  EXPECT_EQ(what({.start_hash = Hash32{}, .start_number = 7}), Malformed::bad_value);
  EXPECT_EQ(what({.limit = kItemsPerRequestMax + 1}), Malformed::too_many_items);
}

TEST(BlockMessages, ItemsAreCounted) {
  RecordMaker maker(1);
  const auto over = hashes(maker, kItemsPerRequestMax + 1);
  EXPECT_EQ((error_of<Rlp, GetBlockBodies>(encoded<Rlp>(GetBlockBodies{1, over})).what),
            Malformed::too_many_items);
  const std::vector<Body> bodies(kItemsPerRequestMax + 1);
  EXPECT_EQ((error_of<Rlp, BlockBodies>(encoded<Rlp>(BlockBodies{1, maker.list_of(bodies)})).what),
            Malformed::too_many_items);
  const std::vector<BlockId> blocks(kBlockAnnouncementsMax + 1);
  EXPECT_EQ((error_of<Rlp, NewBlockHashes>(encoded<Rlp>(NewBlockHashes{maker.list_of(blocks)})).what),
            Malformed::too_many_items);
  const std::vector<Header> headers(kItemsPerRequestMax + 1);
  EXPECT_EQ((error_of<Rlp, BlockHeaders>(encoded<Rlp>(BlockHeaders{1, maker.list_of(headers)})).what),
            Malformed::too_many_items);
}

}  // namespace
}  // namespace ringwire::wire
