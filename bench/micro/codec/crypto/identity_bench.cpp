// What a key costs: signing, recovering, verifying, agreeing on a secret; each beside libsecp256k1's bare
// call.
#include <benchmark/benchmark.h>
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "codec/crypto/identity.hpp"
#include "codec/crypto/keccak.hpp"

namespace ringwire::crypto {
namespace {

const Signer& signer() {
  static const Signer kSigner(std::array<std::uint8_t, 32>{1});
  return kSigner;
}

SecretKey key_of(std::uint8_t first) {
  return std::move(SecretKey::from_bytes(std::array<std::uint8_t, 32>{first}).value());
}

struct Signed {
  SecretKey key = key_of(0x42);
  PublicKey public_key = signer().public_key(key);
  Hash32 digest = keccak256(as_bytes("message"));
  Signature signature = signer().sign(key, digest);
  CompactSignature compact;
  secp256k1_pubkey point;

  Signed() {
    std::copy_n(signature.bytes.begin(), compact.size(), compact.bytes.begin());
    const CompressedKey compressed = compress(public_key);
    if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, compressed.bytes.data(), 33) != 1) {
      std::abort();
    }
  }
};

void identity_sign(benchmark::State& state) {
  const Signed sample;
  for (auto _ : state) benchmark::DoNotOptimize(signer().sign(sample.key, sample.digest));
}
BENCHMARK(identity_sign);

void raw_sign(benchmark::State& state) {
  const Signed sample;
  secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
  secp256k1_ecdsa_recoverable_signature out;
  for (auto _ : state) {
    if (secp256k1_ecdsa_sign_recoverable(context, &out, sample.digest.bytes.data(),
                                         sample.key.reveal().data(), nullptr, nullptr) != 1) {
      std::abort();
    }
    benchmark::DoNotOptimize(out);
  }
  secp256k1_context_destroy(context);
}
BENCHMARK(raw_sign);

void identity_recover(benchmark::State& state) {
  const Signed sample;
  for (auto _ : state) {
    if (recover(sample.digest, sample.signature).value() != sample.public_key) std::abort();
  }
}
BENCHMARK(identity_recover);

void raw_recover(benchmark::State& state) {
  const Signed sample;
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_ecdsa_recoverable_signature_parse_compact(
      secp256k1_context_static, &parsed, sample.signature.bytes.data(), sample.signature.bytes[64]);
  secp256k1_pubkey point;
  for (auto _ : state) {
    if (secp256k1_ecdsa_recover(secp256k1_context_static, &point, &parsed, sample.digest.bytes.data()) != 1) {
      std::abort();
    }
  }
}
BENCHMARK(raw_recover);

void identity_verify(benchmark::State& state) {
  const Signed sample;
  for (auto _ : state) {
    if (!verify(sample.public_key, sample.digest, sample.compact)) std::abort();
  }
}
BENCHMARK(identity_verify);

void raw_verify(benchmark::State& state) {
  const Signed sample;
  secp256k1_ecdsa_signature parsed;
  secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, sample.compact.bytes.data());
  for (auto _ : state) {
    if (secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, sample.digest.bytes.data(),
                               &sample.point) != 1) {
      std::abort();
    }
  }
}
BENCHMARK(raw_verify);

void identity_shared_secret(benchmark::State& state) {
  const Signed sample;
  const SecretKey mine = key_of(0x17);
  for (auto _ : state) {
    if (!signer().shared_secret(mine, sample.public_key)) std::abort();
  }
}
BENCHMARK(identity_shared_secret);

void raw_ecdh(benchmark::State& state) {
  const Signed sample;
  const SecretKey mine = key_of(0x17);
  std::array<std::uint8_t, 32> secret;
  for (auto _ : state) {
    if (secp256k1_ecdh(secp256k1_context_static, secret.data(), &sample.point, mine.reveal().data(), nullptr,
                       nullptr) != 1) {
      std::abort();
    }
    benchmark::DoNotOptimize(secret);
  }
}
BENCHMARK(raw_ecdh);

}  // namespace
}  // namespace ringwire::crypto

BENCHMARK_MAIN();
