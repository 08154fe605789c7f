// TLS of a simulated world: what the library draws follows from a seed. Never for a node that talks to others
// (tls_random.hpp says why).
//
// Rules
//  - Of the library only what its generators (Hash_DRBG, one per handshake) take from the kernel is replaced.
//    All else is as in a real node.
//  - Each generator is seeded with other bytes: two handshakes of one node, or two nodes of one world, have
//    other keys.
//  - How much an operation on a curve draws depends on what the library did before on this thread, since it
//    keeps tables of points that it has met (FP_ECC of wolfSSL 5.5.4). So whatever draws after such an
//    operation is seeded anew; a handshake signs last.
//
// Thread: one at a time; others may use the library meanwhile.
#pragma once

#include "codec/base/prng.hpp"
#include "engine/transport/tls_random.hpp"

namespace ringwire::transport {

class TlsSeededRandom final : public TlsRandom {
 public:
  explicit TlsSeededRandom(const Prng& prng) : prng_(prng) {}

  // Whether bytes on the wire follow from the seed alone. Not so where wolfSSL has ECH (5.7.2): it puts an
  // extension without meaning (GREASE) into each ClientHello, from a generator that asks nobody for its seed.
  [[nodiscard]] static bool decides_all();

  bool seed(WC_RNG* generator) override;

 private:
  Prng prng_;
};

}  // namespace ringwire::transport
