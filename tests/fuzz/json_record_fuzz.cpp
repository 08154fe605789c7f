// Records in JSON: what is accepted is the same record after writing and reading, and after RLP; and reading,
// whatever the text, takes heap in proportion to it.
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "tests/fuzz/records.hpp"

namespace {

std::size_t live_bytes = 0;
std::size_t peak_bytes = 0;

// What is kept is 4 times the text at most; a text that is one long string is copied twice by the parser,
// with room to grow, before half of it is kept. And a frame for each level.
constexpr std::size_t kHeapFactor = 6;
constexpr std::size_t kHeapBytes = 64 * 1024;

}  // namespace

void* operator new(std::size_t bytes) {
  void* const block = std::malloc(bytes);
  RW_ASSERT(block != nullptr);
  live_bytes += malloc_usable_size(block);
  peak_bytes = std::max(peak_bytes, live_bytes);
  return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return operator new(bytes);
}
void operator delete(void* block) noexcept {
  if (block != nullptr) live_bytes -= malloc_usable_size(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  operator delete(block);
}

std::vector<ringwire::fuzz::Input> ringwire::fuzz::seeds() {
  return record_seeds(EveryRecord{}, [](const auto& record) { return wire::to_json(record); });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  fuzz::with_record(fuzz::EveryRecord{}, {data, size}, []<class T>(ByteView bytes) {
    const std::size_t before = peak_bytes = live_bytes;
    {
      wire::Storage storage(bytes.size());
      static_cast<void>(wire::decode_json<T>(as_text(bytes), storage));
    }
    RW_ASSERT(peak_bytes - before <= kHeapBytes + kHeapFactor * bytes.size());
    fuzz::check_json<T>(bytes);
  });
  return 0;
}
