// The records of a chain: through every codec, and against real blocks.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/block.hpp"
#include "codec/wire/transaction.hpp"
#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/wire/every_record.hpp"

namespace ringwire::wire {

namespace {

using TransactionRecords = GroupTypes<testing::Types, kTransactionRecords>;
using ChainRecords = GroupTypes<testing::Types, kChainRecords>;
INSTANTIATE_TYPED_TEST_SUITE_P(Transactions, EveryRecord, TransactionRecords);
INSTANTIATE_TYPED_TEST_SUITE_P(Chain, EveryRecord, ChainRecords);

TEST(Log, HasAtMostFourTopics) {
  const std::vector<Hash32> topics(5);
  const std::span<const Hash32> all(topics);
  EXPECT_EQ((error_of<Rlp, Log>(encoded<Rlp>(Log{{}, List<Hash32>(all.first(4)), {}}))), DecodeError{});
  const Log five{{}, List<Hash32>(all), {}};
  EXPECT_EQ((error_of<Rlp, Log>(encoded<Rlp>(five))).what, Malformed::too_many_items);
  EXPECT_EQ((error_of<Protobuf, Log>(encoded<Protobuf>(five))).what, Malformed::too_many_items);
}

const std::string kChain = "geth-devp2p-chain/cmd/devp2p/internal/ethtest/testdata/";

template <class Visit>
void each_block(const std::string& file, const Visit& visit) {
  RlpReader blocks(as_bytes(file));
  while (blocks.more()) {
    const RlpItem item = blocks.item();
    const auto block = decode<Rlp, Block>(item.encoded);
    ASSERT_TRUE(block.ok()) << block.error().to_string();
    visit(*block, item.encoded);
  }
  ASSERT_TRUE(blocks.ok());
}

TEST(Chain, EveryBlockIsReadAndWrittenAsItWasAndNamesItsParent) {
  RW_REQUIRE_VECTORS(path, kChain + "chain.rlp");
  const std::string file = test::read_file(path);
  std::uint64_t number = 0;
  Hash32 parent;
  each_block(file, [&](const Block& block, ByteView bytes) {
    EXPECT_EQ(encoded<Rlp>(block), Buffer(bytes.begin(), bytes.end()));
    EXPECT_EQ(block.header.number, ++number);
    EXPECT_TRUE(number == 1 || block.header.parent_hash == parent) << number;
    parent = crypto::keccak256(encoded<Rlp>(block.header));
  });
  EXPECT_EQ(number, 600U);
}

TEST(Chain, EveryTransactionIsDecodedAndItsSenderFound) {
  RW_REQUIRE_VECTORS(path, kChain + "chain.rlp");
  const std::string file = test::read_file(path);
  std::array<std::size_t, 5> seen{};
  each_block(file, [&](const Block& block, ByteView) {
    for (const Envelope& envelope : block.transactions) {
      const auto transaction = decode_transaction(envelope.bytes);
      ASSERT_TRUE(transaction.ok()) << name(transaction.error()) << " in " << to_hex(envelope.bytes);
      EXPECT_EQ(encoded<Rlp>(static_cast<const Transaction&>(*transaction)),
                Buffer(envelope.bytes.begin(), envelope.bytes.end()));
      EXPECT_TRUE(recover_sender(*transaction).ok());
      ++seen[static_cast<std::size_t>(transaction->type)];
    }
  });
  for (const std::size_t type : {0U, 1U, 2U}) EXPECT_GT(seen[type], 0U) << type;
}

TEST(Chain, TheHeadInGethsJsonIsTheHeadInRlp) {
  RW_REQUIRE_VECTORS(chain, kChain + "chain.rlp");
  RW_REQUIRE_VECTORS(head, kChain + "headblock.json");
  const std::string file = test::read_file(chain);
  Buffer last;
  each_block(file, [&](const Block& block, ByteView) { last = encoded<Rlp>(block.header); });
  const std::string text = test::read_file(head);
  Storage storage(text.size());
  const auto header = decode_json<Header>(text, storage);
  ASSERT_TRUE(header.ok()) << header.error().to_string();
  EXPECT_EQ(encoded<Rlp>(*header), last);
}

}  // namespace
}  // namespace ringwire::wire
