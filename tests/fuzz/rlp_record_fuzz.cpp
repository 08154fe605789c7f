// Records in RLP are accepted exactly if they have the form of their tables, as the model of
// tests/fuzz/naive_record.hpp reads them; what is accepted is the only form of its record, and is the same
// record after Protocol Buffers.
#include "tests/fuzz/records.hpp"

std::vector<ringwire::fuzz::Input> ringwire::fuzz::seeds() {
  return record_seeds(EveryRecord{}, [](const auto& record) { return encoded<wire::Rlp>(record); });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  fuzz::with_record(fuzz::EveryRecord{}, {data, size},
                    []<class T>(ByteView bytes) { fuzz::check_rlp<T>(bytes); });
  return 0;
}
