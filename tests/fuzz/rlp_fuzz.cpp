// Accepted bytes are the only encoding of their value: what check_rlp() lets through reads without an error
// and is written back byte for byte. The naive writer here recurses; the code under test does not.
#include <algorithm>

#include "codec/wire/rlp.hpp"

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

constexpr std::uint64_t kItemsMax = 1'000'000;

void write_item(wire::RlpWriter& writer, const wire::RlpItem& item) {
  if (!item.is_list) return writer.string(item.payload);
  writer.list_header(item.payload.size());
  wire::RlpReader items(item.payload);
  while (items.more()) write_item(writer, items.item());
  RW_ASSERT(items.ok());
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return {{0x80},
          {0xC8, 0x83, 'c', 'a', 't', 0x83, 'd', 'o', 'g'},
          {0xC7, 0xC0, 0xC1, 0xC0, 0xC3, 0xC0, 0xC1, 0xC0},
          {0xF8, 0x38, 0xB7, 0, 0, 0, 0, 0},
          {0xB8, 0x38, 1, 2, 3, 4},
          {0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView bytes(data, size);
  wire::RlpReader fields(bytes);  // any use of a reader ends without harm
  while (fields.more()) fields.u64();
  if (!wire::check_rlp(bytes, kItemsMax)) return 0;
  wire::RlpReader reader(bytes);
  const wire::RlpItem item = reader.item();
  reader.finish();
  RW_ASSERT(reader.ok());
  fuzz::Input written(bytes.size());
  wire::RlpWriter writer(written);
  write_item(writer, item);
  RW_ASSERT(writer.bytes() == bytes.size() && std::equal(written.begin(), written.end(), bytes.begin()));
  return 0;
}
