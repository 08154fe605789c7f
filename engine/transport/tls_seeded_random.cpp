#include "engine/transport/tls_seeded_random.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/random.h>

#include <utility>

#include "codec/base/check.hpp"
#include "engine/transport/tls_library.hpp"

#if !defined(WOLF_CRYPTO_CB) || !defined(HAVE_HASHDRBG)
#error "this wolfSSL asks nobody for the seed of its generators: build it with --enable-distro"
#endif

namespace ringwire::transport {
namespace {

constexpr int kDevice = 0x7277;  // any number that nobody else registers

// Who is seeding on this thread. The library has room for 8 devices in a process, and a world has more nodes.
thread_local Prng* seeding = nullptr;

// Everything but a seed the library does itself.
int serve(int /*device*/, wc_CryptoInfo* asked, void* /*context*/) {
  if (asked->algo_type != WC_ALGO_TYPE_SEED) return CRYPTOCB_UNAVAILABLE;
  // A generator that is used up, after 1,000,000 draws: no handshake comes near.
  if (seeding == nullptr) return RNG_FAILURE_E;
  seeding->fill({asked->seed.seed, asked->seed.sz});
  return 0;
}

void prepare_device() {
  prepare_wolfssl();  // clears the devices
  static const bool kReady = wc_CryptoCb_RegisterDevice(kDevice, serve, nullptr) == 0;
  RW_ASSERT(kReady);
}

}  // namespace

bool TlsSeededRandom::decides_all() {
#ifdef HAVE_ECH
  return false;
#else
  return true;
#endif
}

bool TlsSeededRandom::seed(WC_RNG* generator) {
  prepare_device();
  void* const heap = generator->heap;
  wc_FreeRng(generator);
  seeding = &prng_;
  const int result = wc_InitRng_ex(generator, heap, kDevice);
  seeding = nullptr;
  return result == 0;
}

}  // namespace ringwire::transport
