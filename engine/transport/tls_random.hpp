// Where a simulated world's TLS takes its randomness from.
//
// Problem: a simulated world has to be the same again for the same seed, byte for byte, and the library
// draws hello randoms, key shares, signatures and certificates from the kernel.
//
// Attack: whoever knows the seed has the keys of every session. So a node that talks to others has none of
// these. What takes one (TlsContext::make, make_certificate) takes null for "the library's own", and gets
// that from whoever says nothing; no configuration and no file can name one; the only one there is
// (tls_seeded_random.hpp) is in a library of its own, and tests/lint lets nobody include it but
// engine/node/stepped and tests.
//
// Thread: that of who was given it. It outlives whom it was given to.
#pragma once

struct WC_RNG;

namespace ringwire::transport {

class TlsRandom {
 public:
  virtual ~TlsRandom() = default;
  // A new state for one of the library's generators, whatever it had before. False where the library fails.
  [[nodiscard]] virtual bool seed(WC_RNG* generator) = 0;
};

}  // namespace ringwire::transport
