#include "codec/wire/transaction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/base/prng.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::uint8_t, 32> kBlinding = {1};
constexpr std::uint64_t kVectorsChainId = 1;

Bytes from_text(std::string hex) {
  if (hex.starts_with("0x")) hex = hex.substr(2);
  Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, bytes)) << hex;
  return bytes;
}

crypto::SecretKey key_of(const std::string& hex) {
  Hash32 bytes;
  EXPECT_TRUE(from_hex(hex, bytes.span()));
  return std::move(crypto::SecretKey::from_bytes(bytes.bytes).value());
}

struct Judged {
  bool valid = false;
  Hash32 hash;
  Address20 sender;
  std::uint64_t gas = 0;
};

// What a node of chain 1 that follows the current rules says.
Judged judge(ByteView bytes) {
  const auto view = decode_transaction(bytes);
  if (!view || !check_rules(*view)) return {};
  if (chain_of(*view).value_or(kVectorsChainId) != kVectorsChainId) return {};
  const auto sender = recover_sender(*view);
  if (!sender) return {};
  return {true, transaction_hash(*view), *sender, intrinsic_gas(*view)};
}

const Json& current_rules(const Json& results) {
  return results.contains("Cancun") ? results["Cancun"] : results["London"];
}

TEST(Transaction, EveryErrorHasAName) {
  test::expect_names_below(TransactionError::count_);
}

TEST(Transaction, JudgesEveryEthereumTransactionTestAsEthereumDoes) {
  RW_REQUIRE_VECTORS(path, "ethereum-tests/TransactionTests");
  std::size_t cases = 0, accepted = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.path().extension() != ".json") continue;
    const Json file = Json::parse(test::read_file(entry.path()));
    for (const auto& [name, test_case] : file.items()) {
      const Json& expected = current_rules(test_case["result"]);
      const Judged judged = judge(from_text(test_case["txbytes"]));
      ++cases;
      ASSERT_EQ(judged.valid, !expected.contains("exception")) << entry.path() << " " << expected;
      if (!judged.valid) continue;
      ++accepted;
      EXPECT_EQ("0x" + to_hex(judged.hash.view()), expected["hash"].get<std::string>()) << name;
      EXPECT_EQ("0x" + to_hex(judged.sender.view()), expected["sender"].get<std::string>()) << name;
      EXPECT_EQ(judged.gas, std::stoull(expected["intrinsicGas"].get<std::string>(), nullptr, 16)) << name;
    }
  }
  EXPECT_EQ(cases, 210U);
  EXPECT_EQ(accepted, 50U);
}

TEST(Transaction, SignsLikeTheBasicTests) {
  RW_REQUIRE_VECTORS(path, "ethereum-tests/BasicTests/txtest.json");
  const crypto::Signer signer(kBlinding);
  const Json rows = Json::parse(test::read_file(path));
  for (const auto& row : rows) {
    Transaction fields{.type = TransactionType::legacy,
                       .nonce = row["nonce"],
                       .gas_price = row["gasprice"].get<std::uint64_t>(),
                       .gas_limit = row["startgas"],
                       .value = row["value"].get<std::uint64_t>()};
    const Bytes data = from_text(row["data"]), expected = from_text(row["signed"]);
    fields.data = data;
    if (const auto to = row["to"].get<std::string>(); !to.empty()) {
      fields.to.emplace();
      ASSERT_TRUE(from_hex(to, fields.to->span()));
    }
    // The file's own signatures are older than deterministic nonces, and one has a high s: everything before
    // v must agree, and its signer where the rules of today let it through.
    const crypto::SecretKey key = key_of(row["key"]);
    const auto ours = sign_transaction(fields, signer, key);
    const auto view = decode_transaction(ours);
    ASSERT_TRUE(view.ok());
    RlpReader theirs(expected);
    const ByteView items = theirs.list().rest();
    ASSERT_TRUE(std::equal(view->signed_fields.begin(), view->signed_fields.end(), items.begin()));
    EXPECT_EQ(recover_sender(*view).value(), crypto::ethereum_address(signer.public_key(key)));
    if (const auto theirs_view = decode_transaction(expected); theirs_view.ok()) {
      EXPECT_EQ(recover_sender(*theirs_view).value(), recover_sender(*view).value());
    }
  }
}

struct MadeTransaction : testing::TestWithParam<Transaction> {
  crypto::Signer signer{kBlinding};
  crypto::SecretKey key = key_of("c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4");
};

Transaction fields_of(TransactionType type, std::uint64_t chain_id) {
  static const Bytes data = {0, 1, 2, 0, 255};
  static const Hash32 slots[] = {{{1}}, {{2}}, {{3}}};
  static const AccessTuple tuples[] = {{Address20{{9}}, List<Hash32>(slots)}, {Address20{{8}}, {}}};
  static const Hash32 blobs[] = {{{1, 2}}, {{1, 3}}};
  static const Authorization authorizations[] = {{1, Address20{{4}}, 5, 1, 6, 7}};
  Transaction made{.type = type,
                   .chain_id = chain_id,
                   .nonce = 300,
                   .gas_price = 50'000'000'000,
                   .max_priority_fee = 2'000'000'000,
                   .max_fee = 50'000'000'000,
                   .gas_limit = 100'000,
                   .to = Address20{{1, 2, 3}},
                   .value = 1'000'000'000'000'000'000,
                   .data = data,
                   .max_fee_per_blob_gas = 3};
  if (type != TransactionType::legacy) made.access_list = List<AccessTuple>(tuples);
  if (type == TransactionType::blob) made.blob_hashes = List<Hash32>(blobs);
  if (type == TransactionType::set_code) made.authorizations = List<Authorization>(authorizations);
  return made;
}

std::uint64_t gas_of_lists(const Transaction& made) {
  const std::uint64_t access = made.type == TransactionType::legacy ? 0 : 2 * 2'400 + 3 * 1'900;
  return access + 25'000 * made.authorizations.size();
}

TEST_P(MadeTransaction, DecodesToWhatWasSignedByWhoSigned) {
  const Transaction& fields = GetParam();
  const auto bytes = sign_transaction(fields, signer, key);
  const auto view = decode_transaction(bytes);
  ASSERT_TRUE(view.ok()) << name(view.error());
  EXPECT_EQ(view->type, fields.type);
  EXPECT_EQ(chain_of(*view).value_or(0), fields.chain_id);
  EXPECT_EQ(view->nonce, fields.nonce);
  const bool has_one_price = fields.type <= TransactionType::access_list;
  EXPECT_EQ(max_fee_of(*view), fields.max_fee);
  EXPECT_EQ(max_priority_fee_of(*view), has_one_price ? fields.gas_price : fields.max_priority_fee);
  EXPECT_EQ(view->gas_limit, fields.gas_limit);
  EXPECT_EQ(view->to, fields.to);
  EXPECT_EQ(view->value, fields.value);
  EXPECT_EQ(to_hex(view->data), to_hex(fields.data));
  EXPECT_TRUE(check_rules(*view).ok());
  EXPECT_EQ(intrinsic_gas(*view), 21'000U + 2 * 4 + 3 * 16 + gas_of_lists(fields));
  EXPECT_EQ(recover_sender(*view).value(), crypto::ethereum_address(signer.public_key(key)));
}

TEST_P(MadeTransaction, EveryTruncationAndAppendedByteIsRefused) {
  auto bytes = sign_transaction(GetParam(), signer, key);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_transaction(ByteView(bytes).first(size)).ok()) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(decode_transaction(bytes).ok());
}

TEST_P(MadeTransaction, NoFlippedBitKeepsBothHashAndSender) {
  const auto bytes = sign_transaction(GetParam(), signer, key);
  const Judged intact = [&] {
    const auto view = decode_transaction(bytes).value();
    return Judged{true, transaction_hash(view), recover_sender(view).value(), 0};
  }();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto view = decode_transaction(damaged);
    if (!view) continue;
    EXPECT_NE(transaction_hash(*view), intact.hash);
    const auto sender = recover_sender(*view);
    EXPECT_FALSE(sender.ok() && *sender == intact.sender) << bit;
  }
}

INSTANTIATE_TEST_SUITE_P(AllTypes, MadeTransaction,
                         testing::Values(fields_of(TransactionType::legacy, 0),
                                         fields_of(TransactionType::legacy, 1337),
                                         fields_of(TransactionType::legacy, (UINT64_MAX - 36) / 2),
                                         fields_of(TransactionType::access_list, 1337),
                                         fields_of(TransactionType::dynamic_fee, UINT64_MAX),
                                         fields_of(TransactionType::blob, 1),
                                         fields_of(TransactionType::set_code, 1)));

TEST(Transaction, UnknownTypesAreNamedAsSuch) {
  for (unsigned type = 0; type < 0x80; ++type) {
    const Bytes bytes = {static_cast<std::uint8_t>(type), 0xC0};
    const bool is_known = type >= 1 && type <= 4;
    const auto expected = is_known ? TransactionError::bad_rlp : TransactionError::unknown_type;
    EXPECT_EQ(decode_transaction(bytes).error(), expected) << type;
  }
}

TEST(Transaction, RulesAreCheckedOneByOne) {
  const crypto::Signer signer(kBlinding);
  const auto key = key_of("c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4");
  const auto error_of = [&](auto change, TransactionType type = TransactionType::dynamic_fee) {
    Transaction fields = fields_of(type, 1);
    fields.access_list = {};
    change(fields);
    const auto bytes = sign_transaction(fields, signer, key);
    return check_rules(decode_transaction(bytes).value()).error();
  };
  Uint256 huge;
  huge.words.fill(UINT64_MAX);
  const Bytes initcode(49'153, 1);
  EXPECT_EQ(error_of([](auto& f) { f.nonce = UINT64_MAX; }), TransactionError::nonce_too_large);
  EXPECT_EQ(error_of([](auto& f) { f.gas_limit = 21'055; }), TransactionError::gas_below_intrinsic);
  EXPECT_EQ(error_of([](auto& f) { f.max_priority_fee = 50'000'000'001; }),
            TransactionError::priority_above_max);
  EXPECT_EQ(error_of([&](auto& f) { f.max_fee = huge; }), TransactionError::fee_overflow);
  EXPECT_EQ(error_of([&](auto& f) {
              f.to.reset();
              f.gas_limit = 10'000'000;
              f.data = initcode;
            }),
            TransactionError::initcode_too_long);
  const Hash32 other_version[] = {{{2}}};
  EXPECT_EQ(error_of([](auto& f) { f.blob_hashes = {}; }, TransactionType::blob),
            TransactionError::bad_blobs);
  EXPECT_EQ(error_of([&](auto& f) { f.blob_hashes = List<Hash32>(other_version); }, TransactionType::blob),
            TransactionError::bad_blobs);
  EXPECT_EQ(error_of([&](auto& f) { f.max_fee_per_blob_gas = huge; }, TransactionType::blob),
            TransactionError::fee_overflow);
  EXPECT_EQ(error_of([](auto& f) { f.authorizations = {}; }, TransactionType::set_code),
            TransactionError::no_authorizations);
  for (const auto type : {TransactionType::blob, TransactionType::set_code}) {
    EXPECT_EQ(error_of([](auto& f) { f.to.reset(), f.gas_limit = 10'000'000; }, type),
              TransactionError::bad_to);
  }
}

}  // namespace
}  // namespace ringwire::wire
