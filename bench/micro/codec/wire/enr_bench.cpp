// Reading node records: nearly all of it is the curve, so the bare verification and decompression stand
// beside.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/enr.hpp"

namespace ringwire::wire {
namespace {

const crypto::Signer& signer() {
  static const crypto::Signer kSigner(std::array<std::uint8_t, 32>{1});
  return kSigner;
}

crypto::SecretKey secret_key() {
  return std::move(crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{0x42}).value());
}

EnrFields fields() {
  EnrFields made;
  made.sequence = 1;
  made.ip = IpAddress::v4(192, 0, 2, 1);
  made.tcp = made.udp = 30303;
  return made;
}

Enr record() {
  return Enr::make(signer(), secret_key(), fields()).value();
}

void enr_decode(benchmark::State& state) {
  const Enr sample = record();
  for (auto _ : state) {
    if (!Enr::decode(sample.encoded())) std::abort();
  }
}
BENCHMARK(enr_decode);

void enr_parse_text(benchmark::State& state) {
  const std::string text = record().to_string();
  for (auto _ : state) {
    if (!Enr::parse(text)) std::abort();
  }
}
BENCHMARK(enr_parse_text);

// A forged record is refused at the cost of a good one; one with a wrong order or form, before the curve.
void enr_refuse_bad_form(benchmark::State& state) {
  const Enr sample = record();
  std::vector<std::uint8_t> bytes(sample.encoded().begin(), sample.encoded().end());
  bytes.pop_back();
  for (auto _ : state) {
    if (Enr::decode(bytes).ok()) std::abort();
  }
}
BENCHMARK(enr_refuse_bad_form);

void enr_make(benchmark::State& state) {
  const crypto::SecretKey key = secret_key();
  for (auto _ : state) {
    if (!Enr::make(signer(), key, fields())) std::abort();
  }
}
BENCHMARK(enr_make);

void raw_verify_and_decompress(benchmark::State& state) {
  const crypto::SecretKey key = secret_key();
  const crypto::CompressedKey compressed = crypto::compress(signer().public_key(key));
  const Hash32 digest = crypto::keccak256(as_bytes("message"));
  const crypto::Signature made = signer().sign(key, digest);
  crypto::CompactSignature signature;
  std::copy_n(made.bytes.begin(), signature.size(), signature.bytes.begin());
  for (auto _ : state) {
    const auto point = crypto::decompress(compressed);
    if (!point || !crypto::verify(*point, digest, signature)) std::abort();
  }
}
BENCHMARK(raw_verify_and_decompress);

}  // namespace
}  // namespace ringwire::wire

BENCHMARK_MAIN();
