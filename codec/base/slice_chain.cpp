#include "codec/base/slice_chain.hpp"

namespace ringwire {

std::size_t SliceChain::copy_to(ByteSpan to, CopyReason reason) const {
  std::size_t written = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    written += copy_counted(to.subspan(written), (*this)[i].view(), reason);
  }
  return written;
}

}  // namespace ringwire
