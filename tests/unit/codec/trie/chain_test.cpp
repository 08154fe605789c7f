// A chain of 600 blocks and the state at its head: real tries, where the others here are made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codec/trie/proof.hpp"
#include "codec/trie/range_proof.hpp"
#include "codec/trie/roots.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/rlp_codec.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

using Json = nlohmann::json;
using test::naive_rlp_list;
using test::naive_rlp_string;
using wire::RlpReader;

constexpr char kFolder[] = "geth-devp2p-chain/cmd/devp2p/internal/ethtest/testdata";

struct Block {
  std::vector<ByteView> header;        // fields
  std::vector<ByteView> transactions;  // canonical bytes
  ByteView ommers;                     // with the header of the list
  std::vector<ByteView> withdrawals;
};
enum HeaderField : std::size_t {
  kOmmersHash = 1,
  kTransactionsRoot = 4,
  kReceiptsRoot = 5,
  kLogsBloom = 6,
  kGasUsed = 10,
  kWithdrawalsRoot = 16
};

// What a list holds; a typed transaction stands in it as a string.
std::vector<ByteView> elements_of(RlpReader list) {
  std::vector<ByteView> elements;
  while (list.more()) {
    const wire::RlpItem item = list.item();
    elements.push_back(item.is_list ? item.encoded : item.payload);
  }
  EXPECT_TRUE(list.ok());
  return elements;
}

std::vector<Block> read_chain(ByteView bytes) {
  std::vector<Block> blocks;
  RlpReader chain(bytes);
  while (chain.more()) {
    RlpReader fields = chain.list();
    Block& block = blocks.emplace_back();
    block.header = elements_of(fields.list());
    block.transactions = elements_of(fields.list());
    block.ommers = fields.item().encoded;
    block.withdrawals = elements_of(fields.list());
    fields.finish();
    chain.adopt(fields);
  }
  EXPECT_TRUE(chain.ok());
  return blocks;
}

void expect_hash(const Block& block, HeaderField field, const Hash32& hash) {
  EXPECT_EQ(to_hex(block.header.at(field)), to_hex(hash.view()));
}

// The receipts are not in the data. Known are those of a block without transactions, and of one that used
// 21,000 gas for each, had no data and logged nothing: plain transfers, which succeed but where the receiver
// has code that 21,000 gas does not run.
std::optional<std::vector<Bytes>> known_receipts(const Block& block, const Address20& with_code) {
  constexpr std::uint64_t kTransferGas = 21'000;
  const ByteView gas = block.header.at(kGasUsed);
  const ByteView bloom = block.header.at(kLogsBloom);
  const bool has_logs = std::any_of(bloom.begin(), bloom.end(), [](std::uint8_t byte) { return byte != 0; });
  if (has_logs || load_be_short(gas.data(), gas.size()) != kTransferGas * block.transactions.size())
    return std::nullopt;
  static constexpr std::array<std::uint8_t, 1> kSucceeded{1};
  std::vector<Bytes> receipts;
  for (const ByteView transaction : block.transactions) {
    const auto decoded = wire::decode_transaction(transaction);
    if (!decoded || !decoded->to || !decoded->data.empty()) return std::nullopt;
    wire::Receipt receipt;
    receipt.type = decoded->type;
    if (*decoded->to != with_code) receipt.status = kSucceeded;
    receipt.cumulative_gas_used = kTransferGas * (receipts.size() + 1);
    Bytes& bytes = receipts.emplace_back(wire::encoded_bytes<wire::Rlp>(receipt));
    wire::encode<wire::Rlp>(receipt, bytes);
  }
  return receipts;
}

TEST(Chain, TheRootsOfEveryBlockComeOut) {
  RW_REQUIRE_VECTORS(folder, kFolder);
  const std::string bytes = test::read_file(folder + "/chain.rlp");
  const std::vector<Block> blocks = read_chain(as_bytes(bytes));
  ASSERT_EQ(blocks.size(), 600U);
  const Json made = Json::parse(test::read_file(folder + "/txinfo.json"));
  Address20 with_code;  // by delegation (EIP-7702)
  ASSERT_TRUE(from_hex(made["tx-eip7702"]["account"].get<std::string>(), with_code.span()));
  std::size_t transactions = 0, withdrawals = 0, without_transactions = 0, with_receipts = 0;
  for (const Block& block : blocks) {
    expect_hash(block, kOmmersHash, crypto::keccak256(block.ommers));
    expect_hash(block, kTransactionsRoot, *ordered_root(block.transactions));
    expect_hash(block, kWithdrawalsRoot, *ordered_root(block.withdrawals));
    if (const auto receipts = known_receipts(block, with_code)) {
      const std::vector<ByteView> views(receipts->begin(), receipts->end());
      expect_hash(block, kReceiptsRoot, *ordered_root(views));
      with_receipts += !receipts->empty();
    }
    transactions += block.transactions.size();
    withdrawals += block.withdrawals.size();
    without_transactions += block.transactions.empty();
  }
  EXPECT_EQ(transactions, 603U);
  EXPECT_EQ(withdrawals, 54U);
  EXPECT_EQ(without_transactions, 54U);
  EXPECT_EQ(with_receipts, 162U);
}

Bytes decimal(const std::string& digits) {
  Bytes big_endian;
  for (const char digit : digits) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (std::size_t i = big_endian.size(); i-- > 0;) {
      carry += 10U * big_endian[i];
      big_endian[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) big_endian.insert(big_endian.begin(), static_cast<std::uint8_t>(carry));
  }
  return big_endian;
}

Bytes account_value(const Json& account) {
  return naive_rlp_list({naive_rlp_string(decimal(std::to_string(account["nonce"].get<std::uint64_t>()))),
                         naive_rlp_string(decimal(account["balance"])),
                         naive_rlp_string(unhex(account["root"])),
                         naive_rlp_string(unhex(account["codeHash"]))});
}

struct Contents {
  std::vector<Bytes> keys, values;

  [[nodiscard]] std::vector<Pair> pairs() const {
    std::vector<Pair> all;
    for (std::size_t i = 0; i < keys.size(); ++i) all.push_back({keys[i], values[i]});
    return all;
  }
  // As the trie has them, with hashed keys.
  [[nodiscard]] NaiveTrie model() const {
    NaiveTrie::Pairs hashed;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashed[test::bytes_of(crypto::keccak256(keys[i]).view())] = values[i];
    }
    return NaiveTrie(hashed);
  }
};
Contents accounts_of(const Json& state) {
  Contents contents;
  for (const auto& [address, account] : state["accounts"].items()) {
    contents.keys.push_back(unhex(address));
    contents.values.push_back(account_value(account));
  }
  return contents;
}
Contents slots_of(const Json& account) {
  Contents contents;
  for (const auto& [slot, value] : account["storage"].items()) {
    contents.keys.push_back(unhex(slot));
    contents.values.push_back(naive_rlp_string(unhex(value)));
  }
  return contents;
}

TEST(HeadState, ItsRootComesOutOfItsAccounts) {
  RW_REQUIRE_VECTORS(folder, kFolder);
  const auto state = Json::parse(test::read_file(folder + "/headstate.json"));
  const auto head = Json::parse(test::read_file(folder + "/headblock.json"));
  const Contents accounts = accounts_of(state);
  ASSERT_EQ(accounts.keys.size(), 194U);
  const auto root = secure_root(accounts.pairs());
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(to_hex(root->view()), state["root"].get<std::string>());
  EXPECT_EQ("0x" + to_hex(root->view()), head["stateRoot"].get<std::string>());
}

TEST(HeadState, TheStorageRootOfEachAccountComesOutOfItsSlots) {
  RW_REQUIRE_VECTORS(folder, kFolder);
  const auto state = Json::parse(test::read_file(folder + "/headstate.json"));
  std::size_t slots = 0;
  for (const auto& [address, account] : state["accounts"].items()) {
    const Contents storage = account.contains("storage") ? slots_of(account) : Contents{};
    slots += storage.keys.size();
    EXPECT_EQ("0x" + to_hex(secure_root(storage.pairs())->view()), account["root"].get<std::string>())
        << address;
  }
  EXPECT_EQ(slots, 2164U);
}

// As a state is fetched: ranges of a few accounts, each beginning behind the one before, until nothing
// follows.
TEST(HeadState, ItIsFetchedRangeByRange) {
  RW_REQUIRE_VECTORS(folder, kFolder);
  const auto state = Json::parse(test::read_file(folder + "/headstate.json"));
  const NaiveTrie trie = accounts_of(state).model();
  const Hash32 root = trie.root();
  EXPECT_EQ(to_hex(root.view()), state["root"].get<std::string>());
  for (const std::size_t per_range : {1U, 7U, 64U, 194U, 1000U}) {
    Bytes first(32, 0);
    std::size_t fetched = 0;
    for (bool more = true; more;) {
      std::vector<Pair> pairs;
      for (auto next = trie.pairs().lower_bound(first);
           next != trie.pairs().end() && pairs.size() < per_range; ++next) {
        pairs.push_back({next->first, next->second});
      }
      ASSERT_FALSE(pairs.empty());
      const auto proof = trie.prove_range(first, pairs.back().key);
      const auto range = verify_range(root, first, pairs, std::vector<ByteView>(proof.begin(), proof.end()));
      ASSERT_TRUE(range.ok()) << name(range.error().reason);
      fetched += pairs.size();
      more = range->more_to_the_right;
      first = test::bytes_of(pairs.back().key);
      for (std::size_t i = first.size(); i-- > 0 && ++first[i] == 0;) continue;
    }
    EXPECT_EQ(fetched, trie.pairs().size());
  }
}

TEST(HeadState, EachAccountAndSlotIsProven) {
  RW_REQUIRE_VECTORS(folder, kFolder);
  const auto state = Json::parse(test::read_file(folder + "/headstate.json"));
  std::vector<NaiveTrie> tries = {accounts_of(state).model()};
  for (const auto& account : state["accounts"]) {
    if (account.contains("storage")) tries.push_back(slots_of(account).model());
  }
  for (const NaiveTrie& trie : tries) {
    const Hash32 root = trie.root();
    for (const auto& [key, value] : trie.pairs()) {
      const auto proof = trie.prove(key);
      const auto proven =
          verify_proof(root, key, KeySizes::one, std::vector<ByteView>(proof.begin(), proof.end()));
      ASSERT_TRUE(proven.ok() && proven->has_value());
      ASSERT_EQ(test::bytes_of(**proven), value);
    }
  }
}

}  // namespace
}  // namespace ringwire::trie
