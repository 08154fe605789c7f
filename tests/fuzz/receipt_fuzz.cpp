// A receipt is what its model says, its status and topics are those there can be, and the root over it and
// its logs is that of the model.
#include "codec/wire/receipt.hpp"

#include "tests/fuzz/naive_root.hpp"
#include "tests/fuzz/record.hpp"

namespace ringwire {
namespace {

void check_receipt(const wire::Receipt& receipt, ByteView bytes) {
  RW_ASSERT(receipt.status.size() <= 1 || receipt.status.size() == 32);
  RW_ASSERT(receipt.status.size() != 1 || receipt.status[0] == 1);
  std::vector<fuzz::Input> elements = {fuzz::input_of(bytes)};
  for (const wire::Log& log : receipt.logs) {
    RW_ASSERT(log.topics.size() <= 4);
    elements.push_back(fuzz::encoded<wire::Rlp>(log));
  }
  fuzz::check_ordered_root(elements);
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return rlp_seeds<wire::Receipt>();
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView bytes(data, size);
  if (const auto receipt = fuzz::check_rlp<wire::Receipt>(bytes)) check_receipt(*receipt, bytes);
  return 0;
}
