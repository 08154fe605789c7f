// A header is what its model says, and its hash does not depend on how its bytes come: at once, cut where its
// number says, or beside others.
#include "codec/wire/header.hpp"

#include "codec/crypto/keccak.hpp"
#include "tests/fuzz/record.hpp"

namespace ringwire {
namespace {

void check_hash(const wire::Header& header, ByteView bytes) {
  const Hash32 hash = crypto::keccak256(bytes);
  const std::size_t cut = header.number % (bytes.size() + 1);
  crypto::Keccak256 parts;
  RW_ASSERT(parts.update(bytes.first(cut)).update(bytes.subspan(cut)).finish() == hash);
  const ByteView row[] = {bytes, bytes.first(cut), bytes, header.extra_data, bytes};
  Hash32 hashes[std::size(row)];
  crypto::keccak256_each(row, hashes);
  for (std::size_t i = 0; i < std::size(row); ++i) RW_ASSERT(hashes[i] == crypto::keccak256(row[i]));
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return rlp_seeds<wire::Header>();
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView bytes(data, size);
  if (const auto header = fuzz::check_rlp<wire::Header>(bytes)) check_hash(*header, bytes);
  return 0;
}
