// AES-128-GCM by libcrypto and nothing around it: the key is set once, a record takes a nonce, one update
// from one buffer into another, a tag. What a record layer can be at best.
#pragma once

#include <memory>

#include "codec/base/bytes.hpp"

namespace ringwire::bench {

class RawGcm {
 public:
  RawGcm();
  RawGcm(const RawGcm&) = delete;
  RawGcm& operator=(const RawGcm&) = delete;
  ~RawGcm();

  // `out` has 16 bytes more than `plain`. `header` is authenticated.
  void seal(ByteView header, ByteView plain, ByteSpan out);
  // The record that was sealed as the `number`th; `out` may be `sealed`. Aborts where it is not authentic.
  void open(std::uint64_t number, ByteView header, ByteView sealed, std::uint8_t* out);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
  std::uint64_t sealed_ = 0;
};

}  // namespace ringwire::bench
