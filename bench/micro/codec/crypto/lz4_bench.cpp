// Packing and unpacking messages. `records` look like what nodes send: lists of transactions, with fields
// that repeat beside hashes and signatures that do not. `noise` does not pack: giving up must be cheap.
#include <benchmark/benchmark.h>
#include <lz4.h>

#include <cstdlib>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/lz4_block.hpp"

namespace ringwire::crypto {
namespace {

constexpr std::size_t kRecordBytes = 180;
constexpr std::size_t kRandomBytes = 64 + 20;  // signature and recipient of such a record

std::vector<std::uint8_t> noise(std::size_t bytes) {
  Prng prng(1);
  std::vector<std::uint8_t> message(bytes);
  prng.fill(message);
  return message;
}

std::vector<std::uint8_t> records(std::size_t bytes) {
  Prng prng(1);
  std::vector<std::uint8_t> message(bytes);
  for (std::size_t at = 0; at + kRecordBytes <= bytes; at += kRecordBytes) {
    for (std::size_t i = 0; i < kRecordBytes; ++i) message[at + i] = static_cast<std::uint8_t>(i);
    prng.fill(ByteSpan(message).subspan(at + 40, kRandomBytes));
  }
  return message;
}

void pack(benchmark::State& state, const std::vector<std::uint8_t>& plain) {
  std::vector<std::uint8_t> packed(plain.size());
  std::size_t size = plain.size();
  for (auto _ : state) size = lz4_pack(plain, packed).value_or(plain.size());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
  state.counters["plain/packed"] = static_cast<double>(plain.size()) / static_cast<double>(size);
}

void lz4_pack_records(benchmark::State& state) {
  pack(state, records(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(lz4_pack_records)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

void lz4_pack_noise(benchmark::State& state) {
  pack(state, noise(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(lz4_pack_noise)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

// As a receiver does it: the walk that believes nothing, then the decoding.
void lz4_measure_and_unpack(benchmark::State& state) {
  const auto plain = records(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> packed(plain.size());
  const auto size = lz4_pack(plain, packed);
  if (!size) std::abort();
  packed.resize(*size);
  std::vector<std::uint8_t> out(plain.size());
  for (auto _ : state) {
    const auto bytes = lz4_measure(packed, 1 << 20);
    if (!bytes || !lz4_unpack(packed, ByteSpan(out).first(*bytes))) std::abort();
    benchmark::ClobberMemory();
  }
  if (out != plain) std::abort();
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
}
BENCHMARK(lz4_measure_and_unpack)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

// The library alone: neither the walk, nor the size in front, nor giving up.
void liblz4_pack_records(benchmark::State& state) {
  const auto plain = records(static_cast<std::size_t>(state.range(0)));
  std::vector<char> packed(2 * plain.size());
  const auto* const from = reinterpret_cast<const char*>(plain.data());
  for (auto _ : state) {
    benchmark::DoNotOptimize(LZ4_compress_default(from, packed.data(), static_cast<int>(plain.size()),
                                                  static_cast<int>(packed.size())));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
}
BENCHMARK(liblz4_pack_records)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

void liblz4_unpack(benchmark::State& state) {
  const auto plain = records(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> packed(plain.size());
  const auto size = lz4_pack(plain, packed);
  if (!size) std::abort();
  const auto* const block = reinterpret_cast<const char*>(packed.data() + kLz4PrefixBytes);
  const int block_bytes = static_cast<int>(*size - kLz4PrefixBytes);
  std::vector<char> out(plain.size());
  for (auto _ : state) {
    if (LZ4_decompress_safe(block, out.data(), block_bytes, static_cast<int>(out.size())) < 0) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
}
BENCHMARK(liblz4_unpack)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

}  // namespace
}  // namespace ringwire::crypto

BENCHMARK_MAIN();
