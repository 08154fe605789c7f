#include "codec/wire/transaction_messages.hpp"

#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/largest.hpp"

namespace ringwire::wire {
namespace {

using Records = GroupTypes<testing::Types, kTransactionMessages>;
INSTANTIATE_TYPED_TEST_SUITE_P(Transaction, EveryRecord, Records);

NewPooledTransactionHashes announce(RecordMaker& maker, std::size_t types, std::size_t sizes,
                                    std::size_t count) {
  return {maker.bytes(types), maker.list_of(std::vector<std::uint32_t>(sizes, UINT32_MAX)),
          hashes(maker, count)};
}

TEST(TransactionMessages, TheLargestFitTheirCaps) {
  RecordMaker maker(1);
  EXPECT_TRUE(fits_cap(announce(maker, kAnnouncementsMax, kAnnouncementsMax, kAnnouncementsMax)));
  EXPECT_TRUE(fits_cap(GetPooledTransactions{UINT64_MAX, hashes(maker, kPooledPerRequestMax)}));
}

TEST(TransactionMessages, AnAnnouncementHasATypeAndASizeForEveryHash) {
  RecordMaker maker(1);
  const auto what = [&](std::size_t types, std::size_t sizes, std::size_t count) {
    const auto announced = announce(maker, types, sizes, count);
    return error_of<Rlp, NewPooledTransactionHashes>(encoded<Rlp>(announced)).what;
  };
  EXPECT_EQ(what(0, 0, 0), Malformed::none);
  EXPECT_EQ(what(2, 2, 2), Malformed::none);
  EXPECT_EQ(what(1, 2, 2), Malformed::bad_value);
  EXPECT_EQ(what(2, 3, 2), Malformed::bad_value);
  EXPECT_EQ(what(2, 2, 1), Malformed::bad_value);
  constexpr std::size_t kOver = kAnnouncementsMax + 1;
  EXPECT_EQ(what(kOver, kOver, kOver), Malformed::too_many_items);
}

TEST(TransactionMessages, NoMoreAreFetchedAtOnceThanMayBe) {
  RecordMaker maker(1);
  const GetPooledTransactions request{1, hashes(maker, kPooledPerRequestMax + 1)};
  EXPECT_EQ((error_of<Rlp, GetPooledTransactions>(encoded<Rlp>(request)).what), Malformed::too_many_items);
  const PooledTransactions answer{1, maker.list<Envelope>(kPooledPerRequestMax + 1)};
  EXPECT_EQ((error_of<Rlp, PooledTransactions>(encoded<Rlp>(answer)).what), Malformed::too_many_items);
}

}  // namespace
}  // namespace ringwire::wire
