// Two ends of wolfSSL as it comes, after a TLS 1.3 handshake in memory with TLS_AES_128_GCM_SHA256: what
// writing and reading records costs where the library does it. What the writer made is kept until the reader
// took it, or dropped.
#pragma once

#include <memory>

#include "codec/base/bytes.hpp"

namespace ringwire::bench {

class WolfsslPair {
 public:
  WolfsslPair();
  WolfsslPair(const WolfsslPair&) = delete;
  WolfsslPair& operator=(const WolfsslPair&) = delete;
  ~WolfsslPair();

  // Whether records are kept for read(). Dropping them costs nothing, as sealing into one buffer does.
  void keep(bool kept);
  // One write of the library: one record, where it fits one.
  void write(ByteView content);
  // One read of the library: the content of one record.
  std::size_t read(ByteSpan out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringwire::bench
