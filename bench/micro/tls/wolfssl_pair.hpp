// Two ends of wolfSSL as it comes, and a TLS 1.3 handshake of theirs in memory with X25519, ECDSA over P-256
// and TLS_AES_128_GCM_SHA256: what the handshake costs, and what writing and reading records costs, where the
// library does it.
#pragma once

#include <cstddef>
#include <memory>

#include "codec/base/bytes.hpp"

namespace ringwire::bench {

class WolfsslHandshakes {
 public:
  WolfsslHandshakes();
  WolfsslHandshakes(const WolfsslHandshakes&) = delete;
  WolfsslHandshakes& operator=(const WolfsslHandshakes&) = delete;
  ~WolfsslHandshakes();

  // One, both ends.
  void run();

 private:
  friend class WolfsslPair;
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

// After a handshake. What the writer made is kept until the reader took it, or dropped.
class WolfsslPair {
 public:
  WolfsslPair();
  explicit WolfsslPair(const WolfsslHandshakes& handshakes);
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
