// Any bytes as a Transactions message: every element is decoded, judged and hashed; what is wholly valid is
// the only encoding of its list.
#include "codec/wire/transaction.hpp"

#include <algorithm>

#include "codec/wire/transaction_list.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

fuzz::Input encoded(const std::vector<ByteView>& transactions) {
  fuzz::Input bytes(wire::transactions_bytes(transactions));
  RW_ASSERT(wire::encode_transactions(transactions, bytes) == bytes.size());
  return bytes;
}

// Valid fields cover the bytes they were read from, and no reading of them fails.
void inspect(ByteView bytes) {
  const auto view = wire::decode_transaction(bytes);
  if (!view) return;
  RW_ASSERT(view->signature.bytes[64] <= 1);
  RW_ASSERT(view->signed_fields.size() < bytes.size());
  RW_ASSERT(wire::intrinsic_gas(*view) >= 21'000);
  static_cast<void>(wire::check_rules(*view));
  static_cast<void>(wire::recover_sender(*view));
  static_cast<void>(wire::transaction_hash(*view));
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  const crypto::Signer signer(std::array<std::uint8_t, 32>{1});
  const auto key = crypto::SecretKey::from_bytes(Hash32{{1}}.bytes);
  std::vector<Input> made, all;
  const Hash32 slots[] = {{{7}}, {}};
  const wire::AccessTuple tuples[] = {{Address20{{2}}, wire::List<Hash32>(slots)}, {}};
  for (unsigned i = 0; i < 10; ++i) {
    wire::Transaction fields{.type = static_cast<wire::TransactionType>(i % 5), .chain_id = 5, .nonce = i};
    if (i > 4) fields.to = Address20{{1}};
    fields.access_list = wire::List<wire::AccessTuple>(tuples);
    made.push_back(sign_transaction(fields, signer, *key));
    all.push_back(encoded({made.back()}));
  }
  all.push_back(encoded({made.begin(), made.end()}));
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView payload(data, size);
  inspect(payload);
  wire::TransactionList list(payload);
  std::vector<ByteView> transactions;
  while (const auto bytes = list.next()) {
    inspect(*bytes);
    transactions.push_back(*bytes);
  }
  if (list.error() != wire::Malformed::none) return 0;
  const fuzz::Input again = encoded(transactions);
  RW_ASSERT(std::equal(again.begin(), again.end(), payload.begin(), payload.end()));
  return 0;
}
