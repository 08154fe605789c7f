#include "codec/wire/transaction_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/wire/transaction.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

constexpr std::array<std::uint8_t, 32> kBlinding = {1};

std::vector<Bytes> some_transactions() {
  const crypto::Signer signer(kBlinding);
  const auto key = std::move(crypto::SecretKey::from_bytes(Hash32{{1}}.bytes).value());
  std::vector<Bytes> transactions;
  for (unsigned i = 0; i < 30; ++i) {
    const Transaction fields{
        .type = static_cast<TransactionType>(i % 5), .chain_id = 5, .nonce = i, .gas_price = i, .max_fee = i};
    transactions.push_back(sign_transaction(fields, signer, key));
  }
  return transactions;
}

Bytes encoded(const std::vector<Bytes>& transactions) {
  const std::vector<ByteView> views(transactions.begin(), transactions.end());
  Bytes payload(transactions_bytes(views));
  EXPECT_EQ(encode_transactions(views, payload), payload.size());
  return payload;
}

std::vector<Bytes> all_of(TransactionList& list) {
  std::vector<Bytes> all;
  while (const auto bytes = list.next()) all.emplace_back(bytes->begin(), bytes->end());
  return all;
}

TEST(TransactionList, ReturnsWhatWasEncoded) {
  const auto transactions = some_transactions();
  const Bytes payload = encoded(transactions);
  EXPECT_TRUE(check_rlp(payload, 1'000'000).ok());
  TransactionList list(payload);
  EXPECT_EQ(all_of(list), transactions);
  EXPECT_EQ(list.error(), Malformed::none);
}

TEST(TransactionList, EmptyListIsValid) {
  const Bytes payload = encoded({});
  TransactionList list(payload);
  EXPECT_TRUE(all_of(list).empty());
  EXPECT_EQ(list.error(), Malformed::none);
}

TEST(TransactionList, EveryTruncationEndsInAnErrorAfterIntactTransactions) {
  const auto transactions = some_transactions();
  const Bytes payload = encoded(transactions);
  for (std::size_t size = 0; size < payload.size(); ++size) {
    TransactionList list(ByteView(payload).first(size));
    EXPECT_TRUE(all_of(list).empty());
    EXPECT_NE(list.error(), Malformed::none) << size;
  }
}

TEST(TransactionList, PrefixAndTransactionAreAListOfOne) {
  std::vector<Bytes> transactions = some_transactions();
  for (const std::size_t size : {2, 54, 55, 56, 57, 255, 256, 70'000}) {
    transactions.emplace_back(size, std::uint8_t{0x02});
  }
  for (const Bytes& transaction : transactions) {
    std::array<std::uint8_t, kTransactionPrefixMax> prefix;
    Bytes payload(encode_transaction_prefix(transaction[0], transaction.size(), prefix));
    std::copy_n(prefix.begin(), payload.size(), payload.begin());
    append(payload, transaction);
    EXPECT_EQ(payload, encoded({transaction}));
  }
}

TEST(TransactionList, LegacyInsideAStringIsRefused) {
  const Bytes legacy = some_transactions()[0];
  Bytes payload(rlp_size([&](auto& sink) { sink.list([&](auto& items) { items.string(legacy); }); }));
  RlpWriter writer(payload);
  writer.list([&](auto& items) { items.string(legacy); });
  TransactionList list(payload);
  EXPECT_FALSE(list.next().has_value());
  EXPECT_EQ(list.error(), Malformed::expected_list);
}

TEST(TransactionList, NothingMayFollowTheList) {
  Bytes payload = encoded(some_transactions());
  payload.push_back(0x80);
  TransactionList list(payload);
  EXPECT_FALSE(list.next().has_value());
  EXPECT_EQ(list.error(), Malformed::trailing_bytes);
}

TEST(TransactionList, EndsAtItsLimit) {
  for (const std::size_t count :
       {std::size_t{kTransactionsPerMessageMax}, kTransactionsPerMessageMax + std::size_t{1}}) {
    const Bytes payload = encoded(std::vector<Bytes>(count, Bytes{0xC0}));
    TransactionList list(payload);
    EXPECT_EQ(all_of(list).size(), kTransactionsPerMessageMax);
    EXPECT_EQ(list.error(), count > kTransactionsPerMessageMax ? Malformed::too_many_items : Malformed::none);
  }
}

}  // namespace
}  // namespace ringwire::wire
