// Keccak-256: our sponge beside wolfCrypt's, over the sizes of keys, headers, nodes and bodies; and many
// messages at once beside one after the other, in turns.
#include <benchmark/benchmark.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/sha3.h>

#include <cstdlib>
#include <vector>

#include "bench/micro/paired.hpp"
#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"

namespace ringwire::crypto {
namespace {

std::vector<std::uint8_t> random(std::size_t bytes) {
  Prng prng(1);
  std::vector<std::uint8_t> out(bytes);
  prng.fill(out);
  return out;
}

void keccak_own(benchmark::State& state) {
  const auto message = random(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(keccak256(message));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * message.size()));
}

// Final() forgets that the hash is Keccak and not SHA-3: the flag is set for each message.
Hash32 keccak_by_wolfcrypt(ByteView message) {
  wc_Sha3 sponge;
  Hash32 hash;
  if (wc_InitSha3_256(&sponge, nullptr, INVALID_DEVID) != 0) std::abort();
  wc_Sha3_SetFlags(&sponge, WC_HASH_SHA3_KECCAK256);
  wc_Sha3_256_Update(&sponge, message.data(), static_cast<word32>(message.size()));
  wc_Sha3_256_Final(&sponge, hash.bytes.data());
  return hash;
}

void keccak_wolfcrypt(benchmark::State& state) {
  const auto message = random(static_cast<std::size_t>(state.range(0)));
  if (keccak_by_wolfcrypt(message) != keccak256(message)) std::abort();
  for (auto _ : state) benchmark::DoNotOptimize(keccak_by_wolfcrypt(message));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * message.size()));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int bytes : {32, 160, 800, 16 * 1024}) benchmark->Arg(bytes);
}
BENCHMARK(keccak_own)->Apply(sizes);
BENCHMARK(keccak_wolfcrypt)->Apply(sizes);

// M/s are messages. The baseline is one by one.
void compare_methods(benchmark::State& state, KeccakMethod method,
                     const std::vector<std::size_t>& message_sizes) {
  constexpr std::size_t kRounds = 200;
  if (!is_supported(method)) {
    state.SkipWithError("this CPU has no such instructions");
    return;
  }
  const auto bytes = random(message_sizes.size() * 1024);
  std::vector<ByteView> messages;
  for (std::size_t i = 0; i < message_sizes.size(); ++i) {
    messages.push_back(ByteView(bytes).subspan(1024 * i, message_sizes[i]));
  }
  std::vector<Hash32> hashes(messages.size());
  const auto run = [&](KeccakMethod which) {
    for (std::size_t round = 0; round < kRounds; ++round) {
      keccak256_each(messages, hashes, which);
      benchmark::ClobberMemory();
    }
  };
  bench::compare(
      state, static_cast<double>(kRounds * messages.size()), [&] { run(method); },
      [&] { run(KeccakMethod::one_by_one); });
}

// (messages, bytes of each): the sizes of a short leaf, a leaf, and branches, half and completely full.
void keccak_each(benchmark::State& state, KeccakMethod method) {
  const auto count = static_cast<std::size_t>(state.range(0)),
             bytes = static_cast<std::size_t>(state.range(1));
  compare_methods(state, method, std::vector<std::size_t>(count, bytes));
}

// What lies under a branch: sizes from 33 to 576 bytes.
void keccak_each_mixed(benchmark::State& state, KeccakMethod method) {
  Prng prng(2);
  std::vector<std::size_t> message_sizes(static_cast<std::size_t>(state.range(0)));
  for (std::size_t& size : message_sizes) size = prng.between(33, 576);
  compare_methods(state, method, message_sizes);
}

void together(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgsProduct({{2, 4, 16}, {33, 110, 300, 532, 576}})->UseManualTime()->Iterations(101);
}
void together_mixed(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(2)->Arg(4)->Arg(16)->Arg(64)->UseManualTime()->Iterations(101);
}
BENCHMARK_CAPTURE(keccak_each, avx2, KeccakMethod::avx2)->Apply(together);
BENCHMARK_CAPTURE(keccak_each, avx512, KeccakMethod::avx512)->Apply(together);
BENCHMARK_CAPTURE(keccak_each_mixed, avx2, KeccakMethod::avx2)->Apply(together_mixed);
BENCHMARK_CAPTURE(keccak_each_mixed, avx512, KeccakMethod::avx512)->Apply(together_mixed);

}  // namespace
}  // namespace ringwire::crypto

BENCHMARK_MAIN();
