// Records in Protocol Buffers: what is accepted is the only form of its record, and is the same record after
// JSON.
#include "tests/fuzz/records.hpp"

std::vector<ringwire::fuzz::Input> ringwire::fuzz::seeds() {
  return record_seeds(EveryRecord{}, [](const auto& record) { return encoded<wire::Protobuf>(record); });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  fuzz::with_record(fuzz::EveryRecord{}, {data, size},
                    []<class T>(ByteView bytes) { fuzz::check_protobuf<T>(bytes); });
  return 0;
}
