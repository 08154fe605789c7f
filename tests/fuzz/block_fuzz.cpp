// A block is its header and its body: what is accepted as one is accepted as the other two, with the same
// parts; its roots are those of the model, and each transaction in it is read without harm.
#include "codec/wire/block.hpp"

#include "codec/wire/transaction.hpp"
#include "tests/fuzz/naive_root.hpp"
#include "tests/fuzz/record.hpp"

namespace ringwire {
namespace {

using BlockParts = fuzz::RecordList<wire::Block, wire::Body>;

void check_roots(const wire::Body& body) {
  std::vector<fuzz::Input> transactions, withdrawals;
  for (const wire::Envelope& envelope : body.transactions) {
    static_cast<void>(wire::decode_transaction(envelope.bytes));
    transactions.push_back(fuzz::input_of(envelope.bytes));
  }
  fuzz::check_ordered_root(transactions);
  if (!body.withdrawals) return;
  for (const wire::Withdrawal& made : *body.withdrawals)
    withdrawals.push_back(fuzz::encoded<wire::Rlp>(made));
  fuzz::check_ordered_root(withdrawals);
}

void check_parts(const wire::Block& block) {
  const fuzz::Input header = fuzz::encoded<wire::Rlp>(block.header);
  RW_ASSERT(wire::same(wire::decode<wire::Rlp, wire::Header>(header).value(), block.header));
  const wire::Body body{block.transactions, block.ommers, block.withdrawals};
  const fuzz::Input bytes = fuzz::encoded<wire::Rlp>(body);
  const auto again = fuzz::check_rlp<wire::Body>(bytes);
  RW_ASSERT(again && wire::same(*again, body));
  check_roots(body);
}

template <class T>
void check(ByteView bytes) {
  const auto record = fuzz::check_rlp<T>(bytes);
  if (!record) return;
  if constexpr (std::is_same_v<T, wire::Block>) check_parts(*record);
  if constexpr (std::is_same_v<T, wire::Body>) check_roots(*record);
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return record_seeds(BlockParts{}, [](const auto& record) { return encoded<wire::Rlp>(record); });
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  fuzz::with_record(BlockParts{}, {data, size}, []<class T>(ByteView bytes) { check<T>(bytes); });
  return 0;
}
