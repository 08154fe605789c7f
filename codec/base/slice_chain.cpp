#include "codec/base/slice_chain.hpp"

#include <algorithm>

namespace ringwire {

std::size_t SliceChain::copy_to(ByteSpan to, CopyReason reason) const {
  std::size_t written = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    written += copy_counted(to.subspan(written), (*this)[i].view(), reason);
  }
  return written;
}

void SliceChain::remove_prefix(std::uint64_t count) {
  RW_ASSUME(count <= bytes_);
  SliceChain rest;
  for (std::size_t i = 0; i < this->count(); ++i) {
    const Slice& slice = (*this)[i];
    const auto cut = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, slice.size()));
    rest.append(slice.sub(cut, slice.size() - cut));
    count -= cut;
  }
  *this = std::move(rest);
}

}  // namespace ringwire
