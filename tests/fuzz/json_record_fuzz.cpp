// Records in JSON: what is accepted is the same record after writing and reading, and after RLP; and reading,
// whatever the text, takes no more heap than it promises.
#include "tests/fuzz/records.hpp"
#include "tests/support/counted_heap.hpp"

std::vector<ringwire::fuzz::Input> ringwire::fuzz::seeds() {
  return record_seeds(EveryRecord{}, [](const auto& record) { return wire::to_json(record); });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  fuzz::with_record(fuzz::EveryRecord{}, {data, size}, []<class T>(ByteView bytes) {
    const std::size_t peak = test::peak_of([&] {
      wire::Storage storage(bytes.size());
      static_cast<void>(wire::decode_json<T>(as_text(bytes), storage));
    });
    RW_ASSERT(peak <= wire::kJsonBytesMax + wire::kStorageFactor * bytes.size());
    fuzz::check_json<T>(bytes);
  });
  return 0;
}
