#include "codec/wire/state_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kStateMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(State, EveryRecord, Records);

TEST(StateMessages, TheLargestRequestsFitTheirCaps) {
  RecordMaker maker(1);
  const auto most = hashes(maker, kItemsPerRequestMax);
  EXPECT_TRUE(fits_cap(GetNodeData{UINT64_MAX, most}));
  EXPECT_TRUE(fits_cap(GetReceipts{UINT64_MAX, most}));
  EXPECT_TRUE(fits_cap(GetByteCodes{UINT64_MAX, most, UINT64_MAX}));
  EXPECT_TRUE(fits_cap(GetAccountRange{UINT64_MAX, {}, {}, {}, UINT64_MAX}));
  EXPECT_TRUE(fits_cap(GetStorageRanges{UINT64_MAX, {}, most, {}, {}, UINT64_MAX}));
}

template <class T>
Malformed what(const T& message) {
  return error_of<Rlp, T>(encoded<Rlp>(message)).what;
}

TEST(StateMessages, ItemsAreCounted) {
  RecordMaker maker(1);
  constexpr std::size_t kOver = kItemsPerRequestMax + 1;
  EXPECT_EQ(what(GetByteCodes{1, hashes(maker, kOver), 0}), Malformed::too_many_items);
  EXPECT_EQ(what(GetStorageRanges{1, {}, hashes(maker, kOver), {}, {}, 0}), Malformed::too_many_items);
  EXPECT_EQ(what(NodeData{1, maker.list<ByteView>(kOver)}), Malformed::too_many_items);
  EXPECT_EQ(what(ByteCodes{1, maker.list<ByteView>(kOver)}), Malformed::too_many_items);
  EXPECT_EQ(what(Receipts{1, maker.list<BlockReceipts>(kOver)}), Malformed::too_many_items);
  EXPECT_EQ(what(StorageRanges{1, maker.list<AccountSlots>(kOver), {}}), Malformed::too_many_items);
}

}  // namespace
}  // namespace ringwire::wire
