#include "codec/crypto/crc32.hpp"

#include <boost/crc.hpp>

namespace ringwire::crypto {

std::uint32_t crc32(ByteView message) {
  boost::crc_32_type sum;
  sum.process_bytes(message.data(), message.size());
  return sum.checksum();
}

}  // namespace ringwire::crypto
