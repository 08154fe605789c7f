// Deriving keys: extract and expand beside wolfCrypt's own HKDF, and the HMAC that both stand on.
#include <benchmark/benchmark.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hmac.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "codec/crypto/hkdf.hpp"

namespace ringwire::crypto {
namespace {

constexpr std::array<std::uint8_t, 32> kSecret = {7};
constexpr std::string_view kSalt = "salt of a session", kInfo = "ringwire initiator";

void hmac_sha256_bytes(benchmark::State& state) {
  const std::vector<std::uint8_t> message(static_cast<std::size_t>(state.range(0)), 0x5A);
  std::array<std::uint8_t, kSha256Bytes> tag;
  for (auto _ : state) {
    hmac_sha256(kSecret, {message}, tag);
    benchmark::DoNotOptimize(tag);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * message.size()));
}
BENCHMARK(hmac_sha256_bytes)->Arg(32)->Arg(1024);

void hkdf_bytes(benchmark::State& state) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    hkdf_expand(hkdf_extract(as_bytes(kSalt), kSecret), as_bytes(kInfo), out);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(hkdf_bytes)->Arg(32)->Arg(88);

void raw_wolfcrypt_hkdf(benchmark::State& state) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(state.range(0)));
  const ByteView salt = as_bytes(kSalt), info = as_bytes(kInfo);
  for (auto _ : state) {
    if (wc_HKDF(WC_SHA256, kSecret.data(), kSecret.size(), salt.data(), static_cast<word32>(salt.size()),
                info.data(), static_cast<word32>(info.size()), out.data(),
                static_cast<word32>(out.size())) != 0) {
      std::abort();
    }
    benchmark::ClobberMemory();
  }
}
BENCHMARK(raw_wolfcrypt_hkdf)->Arg(32)->Arg(88);

}  // namespace
}  // namespace ringwire::crypto

BENCHMARK_MAIN();
