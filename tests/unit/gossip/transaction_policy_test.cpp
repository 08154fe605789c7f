#include "gossip/transaction_policy.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "codec/crypto/identity.hpp"

namespace ringwire::gossip {
namespace {

using wire::Transaction;
using wire::TransactionType;
using wire::Uint256;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kChain = 1337;
constexpr std::array<std::uint8_t, 32> kSecret{1, 2, 3, 4, 5, 6, 7};
const Address20 kRecipient{{0xaa, 0xbb}};

struct Wallet {
  crypto::Signer signer{kSecret};
  crypto::SecretKey key = *crypto::SecretKey::from_bytes(kSecret);
  Address20 address = crypto::ethereum_address(signer.public_key(key));

  [[nodiscard]] Bytes sign(const Transaction& fields) const {
    return wire::sign_transaction(fields, signer, key);
  }
};

const Wallet& wallet() {
  static const Wallet instance;
  return instance;
}

Transaction transfer(TransactionType type = TransactionType::dynamic_fee) {
  return {.type = type,
          .chain_id = kChain,
          .nonce = 7,
          .gas_price = 100,
          .max_priority_fee = 20,
          .max_fee = 100,
          .gas_limit = 21'000,
          .to = kRecipient,
          .value = 5,
          .data = {}};
}

TransactionRules rules() {
  return {.chain_id = kChain, .bytes_max = 1024, .fee_floor_wei = 50, .allow_unprotected = false};
}

Judgement judge(TransactionPolicy& policy, const Bytes& bytes) {
  const ByteView view = bytes;
  Judgement judgement;
  policy.judge({&view, 1}, {&judgement, 1});
  return judgement;
}

Judgement judge(const Bytes& bytes) {
  DefaultTransactionPolicy policy(rules());
  return judge(policy, bytes);
}

TEST(TransactionPolicy, AcceptsEachTypeAndNamesSenderNonceAndFees) {
  for (const auto type :
       {TransactionType::legacy, TransactionType::access_list, TransactionType::dynamic_fee}) {
    const Judgement judgement = judge(wallet().sign(transfer(type)));
    ASSERT_EQ(judgement.refusal, Refusal::none) << static_cast<int>(type);
    EXPECT_EQ(judgement.facts.sender, wallet().address);
    EXPECT_EQ(judgement.facts.nonce, 7U);
    EXPECT_EQ(judgement.facts.fee_cap, 100U);
    EXPECT_EQ(judgement.facts.priority_fee, type == TransactionType::dynamic_fee ? 20U : 100U);
    EXPECT_GT(judgement.cost, 30us);
  }
}

TEST(TransactionPolicy, FeesAbove64BitsSaturate) {
  Transaction fields = transfer();
  fields.max_fee.words = {0, 1, 0, 0};
  EXPECT_EQ(judge(wallet().sign(fields)).facts.fee_cap, UINT64_MAX);
}

struct Case {
  const char* what;
  Refusal refusal;
  bool penalise;
  std::function<void(Transaction&)> change;
};

const Case kRefused[] = {
    {"a byte above the size cap", Refusal::too_large, false,
     [](auto& fields) {
       static const Bytes data(1024, 1);
       fields.data = data;
       fields.gas_limit = 1'000'000;
     }},
    {"legacy without EIP-155", Refusal::no_chain_id, false,
     [](auto& fields) {
       fields.type = TransactionType::legacy;
       fields.chain_id = 0;
     }},
    {"legacy of another chain", Refusal::wrong_chain_id, true,
     [](auto& fields) {
       fields.type = TransactionType::legacy;
       fields.chain_id = kChain + 1;
     }},
    {"typed of another chain", Refusal::wrong_chain_id, true,
     [](auto& fields) { fields.chain_id = kChain + 1; }},
    {"the nonce that can never be included", Refusal::nonce_max, true,
     [](auto& fields) { fields.nonce = UINT64_MAX; }},
    {"priority fee above the fee cap", Refusal::fee_cap_below_priority, true,
     [](auto& fields) { fields.max_priority_fee = 101; }},
    {"fee cap below the floor", Refusal::fee_floor, false,
     [](auto& fields) { fields.max_fee = 49, fields.max_priority_fee = 1; }},
    {"gas price below the floor", Refusal::fee_floor, false,
     [](auto& fields) {
       fields.type = TransactionType::legacy;
       fields.gas_price = 49;
     }},
    {"a transfer with too little gas", Refusal::gas_below_intrinsic, false,
     [](auto& fields) { fields.gas_limit = 20'999; }},
    {"data that its gas does not pay for", Refusal::gas_below_intrinsic, false,
     [](auto& fields) {
       static const Bytes data{1};
       fields.data = data;
       fields.gas_limit = 21'015;
     }},
    {"a creation with the gas of a transfer", Refusal::gas_below_intrinsic, false,
     [](auto& fields) { fields.to.reset(), fields.gas_limit = 52'999; }},
    {"fees above 256 bits", Refusal::cost_overflow, true,
     [](auto& fields) {
       fields.max_fee.words = {UINT64_MAX, 0, 0, 0};
     }},
};

TEST(TransactionPolicy, RefusesEachReallySignedViolationForItsOwnReason) {
  for (const Case& c : kRefused) {
    DefaultTransactionPolicy policy(rules());
    Transaction fields = transfer();
    c.change(fields);
    const Judgement judgement = judge(policy, wallet().sign(fields));
    EXPECT_STREQ(name(judgement.refusal), name(c.refusal)) << c.what;
    EXPECT_EQ(judgement.penalise, c.penalise) << c.what;
    EXPECT_EQ(policy.count(c.refusal).value(), 1U) << c.what;
    EXPECT_LT(judgement.cost, 10us) << c.what << ": the signature must not have been looked at";
  }
}

TEST(TransactionPolicy, AcceptsTheLastValueBeforeEachBound) {
  const std::function<void(Transaction&)> changes[] = {
      [](auto& fields) { fields.nonce = UINT64_MAX - 1; },
      [](auto& fields) { fields.max_priority_fee = 100; },
      [](auto& fields) { fields.max_fee = 50; },
      [](auto& fields) { fields.to.reset(), fields.gas_limit = 53'000; },
  };
  for (const auto& change : changes) {
    Transaction fields = transfer();
    change(fields);
    EXPECT_EQ(judge(wallet().sign(fields)).refusal, Refusal::none);
  }
}

TEST(TransactionPolicy, InitcodeLimitIsNotHeldAgainstAPeer) {
  DefaultTransactionPolicy policy({.chain_id = kChain});
  const Bytes data(49'153, 1);
  Transaction fields = transfer();
  fields.to.reset();
  fields.data = data;
  fields.gas_limit = 10'000'000;
  const Judgement judgement = judge(policy, wallet().sign(fields));
  EXPECT_EQ(judgement.refusal, Refusal::initcode_too_long);
  EXPECT_FALSE(judgement.penalise);
}

TEST(TransactionPolicy, UnprotectedLegacyIsAcceptedWhereAskedFor) {
  TransactionRules open = rules();
  open.allow_unprotected = true;
  DefaultTransactionPolicy policy(open);
  Transaction fields = transfer(TransactionType::legacy);
  fields.chain_id = 0;
  const Judgement judgement = judge(policy, wallet().sign(fields));
  EXPECT_EQ(judgement.refusal, Refusal::none);
  EXPECT_EQ(judgement.facts.sender, wallet().address);
}

TEST(TransactionPolicy, ALaterTypeIsNotHeldAgainstAPeer) {
  Bytes bytes = wallet().sign(transfer());
  bytes[0] = 5;
  const Judgement judgement = judge(bytes);
  EXPECT_EQ(judgement.refusal, Refusal::unknown_type);
  EXPECT_FALSE(judgement.penalise);
}

TEST(TransactionPolicy, TypesThatThePoolCannotJudgeAreRefusedAndNotHeldAgainstAPeer) {
  const Hash32 blobs[] = {{{1}}};
  const wire::Authorization authorizations[] = {{kChain, kRecipient, 1, 0, 2, 3}};
  for (const TransactionType type : {TransactionType::blob, TransactionType::set_code}) {
    Transaction fields = transfer(type);
    fields.gas_limit = 1'000'000;
    fields.blob_hashes = wire::List<Hash32>(blobs);
    fields.authorizations = wire::List<wire::Authorization>(authorizations);
    const Bytes bytes = wallet().sign(fields);
    ASSERT_TRUE(wire::check_rules(wire::decode_transaction(bytes).value()).ok());
    const Judgement judgement = judge(bytes);
    EXPECT_EQ(judgement.refusal, Refusal::unknown_type);
    EXPECT_FALSE(judgement.penalise);
  }
}

TEST(TransactionPolicy, EveryTruncationIsMalformed) {
  const Bytes bytes = wallet().sign(transfer());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Judgement judgement = judge(Bytes(bytes.begin(), bytes.begin() + std::ptrdiff_t(size)));
    EXPECT_EQ(judgement.refusal, Refusal::malformed) << size;
    EXPECT_TRUE(judgement.penalise);
  }
}

// The last 33 bytes of a transaction are the RLP of s; n - s is the other signature of the same message.
TEST(TransactionPolicy, TheMalleableTwinOfASignatureIsRefusedWithoutRecovery) {
  static constexpr std::array<std::uint8_t, 32> kOrder{
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
  Bytes bytes = wallet().sign(transfer());
  ASSERT_EQ(bytes[bytes.size() - 33], 0xa0);
  int borrow = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    std::uint8_t& digit = bytes[bytes.size() - 1 - i];
    const int difference = kOrder[31 - i] - digit - borrow;
    borrow = difference < 0;
    digit = static_cast<std::uint8_t>(difference);
  }
  const Judgement judgement = judge(bytes);
  EXPECT_EQ(judgement.refusal, Refusal::bad_signature);
  EXPECT_TRUE(judgement.penalise);
  EXPECT_LT(judgement.cost, 10us);
}

// About half of all r are the x of no point: change r until recovery fails.
TEST(TransactionPolicy, ASignatureThatNoKeyMadeIsRefusedAfterRecovery) {
  Bytes bytes = wallet().sign(transfer());
  ASSERT_EQ(bytes[bytes.size() - 66], 0xa0);
  std::set<Refusal> seen;
  for (int i = 0; i < 64; ++i) {
    ++bytes[bytes.size() - 34];
    const Judgement judgement = judge(bytes);
    seen.insert(judgement.refusal);
    EXPECT_GT(judgement.cost, 30us);
    EXPECT_EQ(judgement.penalise, judgement.refusal != Refusal::none);
    if (judgement.refusal == Refusal::none) {
      EXPECT_NE(judgement.facts.sender, wallet().address);
    }
  }
  EXPECT_EQ(seen, (std::set<Refusal>{Refusal::none, Refusal::bad_signature}));
}

TEST(TransactionPolicy, ABatchIsJudgedItemByItem) {
  DefaultTransactionPolicy policy(rules());
  const Bytes good = wallet().sign(transfer());
  const Bytes bad{0xc0};
  const std::array<ByteView, 3> views{good, bad, good};
  std::array<Judgement, 3> judgements;
  policy.judge(views, judgements);
  EXPECT_EQ(judgements[0].refusal, Refusal::none);
  EXPECT_EQ(judgements[1].refusal, Refusal::malformed);
  EXPECT_EQ(judgements[2].refusal, Refusal::none);
  EXPECT_EQ(policy.count(Refusal::none).value(), 2U);
}

TEST(TransactionPolicy, EveryRefusalHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kRefusals; ++i) names.insert(name(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusals);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace ringwire::gossip
