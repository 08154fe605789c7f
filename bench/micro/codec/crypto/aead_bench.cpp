// Sealing and opening records, by each library, beside the raw primitive: EVP with the key set, one update
// from one buffer into another. `gathered` seals what TLS does: a header of 18 bytes, a body, the type of
// the record.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/aead.hpp"

namespace ringwire::crypto {
namespace {

constexpr AeadNonce kIv = {1, 2, 3};
constexpr std::array<std::uint8_t, 5> kHeader = {0x17, 3, 3, 0, 0};

std::vector<std::uint8_t> random(std::size_t bytes) {
  Prng prng(1);
  std::vector<std::uint8_t> out(bytes);
  prng.fill(out);
  return out;
}

AeadKey key_for(AeadSuite suite) {
  const std::vector<std::uint8_t> bytes(key_bytes(suite), 7);
  return {suite, bytes, kIv};
}

// A sealer that was used up is followed by another, outside of what is measured as far as it matters.
void seal_pieces(benchmark::State& state, AeadSuite suite, AeadProvider provider,
                 const std::vector<ByteView>& pieces) {
  std::size_t bytes = 0;
  for (const ByteView piece : pieces) bytes += piece.size();
  std::vector<std::uint8_t> out(bytes + kAeadTagBytes);
  AeadSealer sealer(key_for(suite), provider);
  for (auto _ : state) {
    if (sealer.seals_left() == 0) sealer = AeadSealer(key_for(suite), provider);
    if (!sealer.seal(kHeader, pieces, out)) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

void seal(benchmark::State& state, AeadSuite suite, AeadProvider provider) {
  const auto plain = random(static_cast<std::size_t>(state.range(0)));
  seal_pieces(state, suite, provider, {plain});
}

void seal_gathered(benchmark::State& state, AeadSuite suite, AeadProvider provider) {
  const auto plain = random(static_cast<std::size_t>(state.range(0)));
  const ByteView view(plain);
  seal_pieces(state, suite, provider, {view.first(18), view.subspan(18, plain.size() - 19), view.last(1)});
}

// Opening the same record again needs a fresh opener each time, which is not free: batches share one.
void open(benchmark::State& state, AeadSuite suite, AeadProvider provider) {
  constexpr std::size_t kRecords = 64;
  const auto plain = random(static_cast<std::size_t>(state.range(0)));
  std::vector<std::vector<std::uint8_t>> records(kRecords);
  AeadSealer sealer(key_for(suite), provider);
  for (auto& record : records) {
    record.resize(plain.size() + kAeadTagBytes);
    if (!sealer.seal(kHeader, std::vector<ByteView>{plain}, record)) std::abort();
  }
  std::vector<std::uint8_t> out(plain.size());
  std::size_t at = kRecords;
  std::unique_ptr<AeadOpener> opener;
  for (auto _ : state) {
    if (at == kRecords) {
      opener = std::make_unique<AeadOpener>(key_for(suite), provider);
      at = 0;
    }
    const ByteView record = records[at++];
    if (!opener->open(kHeader, {&record, 1}, out)) std::abort();
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
}

void raw_evp(benchmark::State& state, const char* cipher_name) {
  const auto plain = random(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> out(plain.size() + kAeadTagBytes);
  const std::array<std::uint8_t, 32> key{7};
  AeadNonce nonce = kIv;
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, cipher_name, nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (EVP_EncryptInit_ex2(context, cipher, key.data(), nullptr, nullptr) != 1) std::abort();
  int written = 0;
  for (auto _ : state) {
    ++nonce[0];
    EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr);
    EVP_EncryptUpdate(context, nullptr, &written, kHeader.data(), kHeader.size());
    EVP_EncryptUpdate(context, out.data(), &written, plain.data(), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, out.data() + written, &written);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, out.data() + plain.size());
    benchmark::ClobberMemory();
  }
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain.size()));
}

void register_suite(AeadSuite suite, AeadProvider provider) {
  if (!is_available(provider, suite)) return;
  const std::string which = std::string(name(suite)) + "/" + name(provider);
  const auto add = [&](const std::string& verb, auto run) {
    benchmark::RegisterBenchmark((verb + "/" + which).c_str(), run, suite, provider)
        ->Arg(64)
        ->Arg(1024)
        ->Arg(16 * 1024);
  };
  add("seal", seal);
  add("seal_gathered", seal_gathered);
  add("open", open);
}

}  // namespace
}  // namespace ringwire::crypto

int main(int argc, char** argv) {
  using namespace ringwire::crypto;
  benchmark::Initialize(&argc, argv);
  for (std::size_t i = 0; i < kAeadSuites; ++i) {
    const auto suite = static_cast<AeadSuite>(i);
    const std::string raw = std::string("raw_evp/") + name(suite);
    benchmark::RegisterBenchmark(raw.c_str(), raw_evp, name(suite))->Arg(64)->Arg(1024)->Arg(16 * 1024);
    register_suite(suite, AeadProvider::libcrypto);
    register_suite(suite, AeadProvider::wolfcrypt);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
