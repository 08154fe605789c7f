// The record layer beside libcrypto alone, which it cannot beat, and beside wolfSSL as it comes, in turns.
//
// Goals, AES-128-GCM. Full records: 15 times wolfSSL, 0.75 of libcrypto. Messages of 256 B of which 16 are
// due in a turn: 8 times wolfSSL, which makes a record of each. M/s are MB of content per second of
// CPU time.
//
// Handshakes: from the first byte to an established session, both ends on this core, beside wolfSSL's own
// plus a signature and a recovery at each end: 0.85. "sessions/s" are those that a core completes, both ends.
//
// A run of receiving copies the records to where they are opened, as the kernel would; the other side does
// the same. Fragments: what a node sends of a large message, a head of 38 bytes and the payload beside it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/micro/codec/crypto/raw_gcm.hpp"
#include "bench/micro/paired.hpp"
#include "bench/micro/tls/session_handshakes.hpp"
#include "bench/micro/tls/wolfssl_pair.hpp"
#include "engine/session/record_opener.hpp"
#include "engine/session/record_sealer.hpp"

namespace ringwire::bench {
namespace {

using session::kRecordHeaderBytes;
using session::kSealedContentBytes;

using Bytes = std::vector<std::uint8_t>;

constexpr int kRuns = 51;
constexpr std::size_t kRecords = 32;
constexpr std::size_t kMessageBytes = 256;
constexpr std::size_t kMessages = 16;  // of a turn
constexpr std::size_t kTurnBytes = kMessageBytes * kMessages;

crypto::AeadKey key_of(crypto::AeadSuite suite) {
  const Bytes key(crypto::key_bytes(suite), 7);
  return {suite, key, crypto::AeadNonce{1}};
}
crypto::AeadKey aes_key() {
  return key_of(crypto::AeadSuite::aes_128_gcm);
}

// What a turn says, cut in one way.
struct Turn {
  Turn(std::size_t bytes, std::size_t piece_bytes, std::size_t head_bytes = 0)
      : content(bytes, 5), sealed_bytes(session::RecordSealer::sealed_bytes(bytes)) {
    ByteView left(content);
    if (head_bytes > 0) pieces.push_back(left.first(head_bytes));
    for (left = left.subspan(head_bytes); !left.empty(); left = left.subspan(pieces.back().size())) {
      pieces.push_back(left.first(std::min(piece_bytes, left.size())));
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() = default;

  // Of a run.
  [[nodiscard]] double bytes() const { return static_cast<double>(content.size() * kRecords); }

  Bytes content;
  std::vector<ByteView> pieces;
  std::size_t sealed_bytes;
};

void seal_all(const Turn& turn, ByteSpan out, crypto::AeadSuite suite = crypto::AeadSuite::aes_128_gcm) {
  session::RecordSealer sealer(key_of(suite));
  for (std::size_t i = 0; i < kRecords; ++i) {
    if (!sealer.seal(turn.pieces, out)) std::abort();
    benchmark::ClobberMemory();
  }
}

void seal_beside_libcrypto(benchmark::State& state, const Turn* turn) {
  RawGcm raw;
  Bytes out(turn->sealed_bytes);
  Bytes inner = turn->content;
  inner.push_back(23);
  compare_cpu(
      state, turn->bytes(), [&] { seal_all(*turn, out); },
      [&] {
        for (std::size_t i = 0; i < kRecords; ++i) {
          raw.seal(ByteView(out).first(kRecordHeaderBytes), inner, ByteSpan(out).subspan(kRecordHeaderBytes));
          benchmark::ClobberMemory();
        }
      });
}

void seal_beside_wolfssl(benchmark::State& state, const Turn* turn, std::size_t write_bytes) {
  WolfsslPair wolfssl;
  wolfssl.keep(false);
  Bytes out(turn->sealed_bytes);
  compare_cpu(
      state, turn->bytes(), [&] { seal_all(*turn, out); },
      [&] {
        for (std::size_t i = 0; i < kRecords; ++i) {
          for (ByteView left(turn->content); !left.empty(); left = left.subspan(write_bytes)) {
            wolfssl.write(left.first(write_bytes));
          }
        }
      });
}

// What a run opens again and again lies in the cache, where the kernel leaves what it received.
constexpr std::size_t kReceived = 4;
static_assert(kRecords % kReceived == 0);

// Room for as many records, each at another place of its page: copying between the same places of two pages
// is slow, and where the heap puts things is luck.
class Arrivals {
 public:
  explicit Arrivals(std::size_t record_bytes)
      : record_bytes_(record_bytes), bytes_(kReceived * (record_bytes + kApartBytes)) {}

  ByteSpan operator[](std::size_t i) {
    return ByteSpan(bytes_).subspan(i * (record_bytes_ + kApartBytes), record_bytes_);
  }

 private:
  static constexpr std::size_t kApartBytes = 1024 + 64;

  std::size_t record_bytes_;
  Bytes bytes_;
};

class Received {
 public:
  explicit Received(const Turn& turn) : records_(turn.sealed_bytes) {
    session::RecordSealer sealer(aes_key());
    for (std::size_t i = 0; i < kReceived; ++i) {
      if (!sealer.seal(turn.pieces, records_[i])) std::abort();
    }
  }

  void open_all() {
    for (std::size_t i = 0; i < kRecords; i += kReceived) open_stream();
  }

 private:
  void open_stream() {
    session::RecordOpener opener(shard_, aes_key(), session::Sender::client);
    for (std::size_t i = 0; i < kReceived; ++i) {
      const ByteView record = records_[i];
      Slice slice = pool_.make(static_cast<std::uint32_t>(record.size()));
      std::copy(record.begin(), record.end(), HeapBuffers::writable(slice).begin());
      opener.input(std::move(slice));
      Slice plain;
      if (opener.next(plain) != session::Opened::plain) std::abort();
      benchmark::DoNotOptimize(plain.data());
      if (opener.next(plain) != session::Opened::need_more) std::abort();
    }
  }

  Arrivals records_;
  HeapBuffers pool_{1 << 20};
  session::RecordShard shard_{pool_};
};

void open_beside_libcrypto(benchmark::State& state, const Turn* turn) {
  RawGcm raw;
  Bytes inner = turn->content;
  inner.push_back(23);
  Arrivals sealed(turn->sealed_bytes);
  for (std::size_t i = 0; i < kReceived; ++i) {
    raw.seal(sealed[i].first(kRecordHeaderBytes), inner, sealed[i].subspan(kRecordHeaderBytes));
  }
  Received received(*turn);
  Bytes buffer(turn->sealed_bytes);
  compare_cpu(
      state, turn->bytes(), [&] { received.open_all(); },
      [&] {
        for (std::size_t i = 0; i < kRecords; ++i) {
          const ByteView record = sealed[i % kReceived];
          std::copy(record.begin(), record.end(), buffer.begin());
          const ByteSpan body = ByteSpan(buffer).subspan(kRecordHeaderBytes);
          raw.open(i % kReceived, ByteView(buffer).first(kRecordHeaderBytes), body, body.data());
          benchmark::ClobberMemory();
        }
      });
}

void open_beside_wolfssl(benchmark::State& state, const Turn* turn, std::size_t write_bytes) {
  WolfsslPair wolfssl;
  const std::size_t writes = turn->content.size() / write_bytes * kRecords;
  for (std::size_t i = 0; i < 2 * writes * kRuns; ++i)
    wolfssl.write(ByteView(turn->content).first(write_bytes));
  Received received(*turn);
  Bytes out(write_bytes);
  compare_cpu(
      state, turn->bytes(), [&] { received.open_all(); },
      [&] {
        for (std::size_t i = 0; i < writes; ++i) {
          if (wolfssl.read(out) != write_bytes) std::abort();
        }
      });
}

void handshakes(benchmark::State& state) {
  constexpr int kHandshakes = 20;
  SessionHandshakes ours;
  WolfsslHandshakes wolfssl;
  const auto baseline = [&] {
    wolfssl.run();
    ours.sign_and_recover();
    ours.sign_and_recover();
  };
  const auto times = [](auto& run) {
    return [&run] {
      for (int i = 0; i < kHandshakes; ++i) run();
    };
  };
  const auto subject = [&] { ours.run(); };
  compare_cpu(state, kHandshakes, times(subject), times(baseline));
  state.counters["sessions/s"] = state.counters["M/s"] * 1e6;
}

// By suite, sealing alone: what the cut of a turn costs.
void seal(benchmark::State& state, const Turn* turn, crypto::AeadSuite suite) {
  Bytes out(turn->sealed_bytes);
  for (auto _ : state) seal_all(*turn, out, suite);
  state.SetBytesProcessed(static_cast<std::int64_t>(static_cast<double>(state.iterations()) * turn->bytes()));
}

template <class Run, class... Arguments>
void add(const char* name, Run run, Arguments... arguments) {
  benchmark::RegisterBenchmark(name, run, arguments...)
      ->UseManualTime()
      ->Iterations(kRuns)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace
}  // namespace ringwire::bench

int main(int argc, char** argv) {
  using namespace ringwire::bench;
  using enum ringwire::crypto::AeadSuite;
  benchmark::Initialize(&argc, argv);
  const Turn full(kSealedContentBytes, kSealedContentBytes);
  const Turn fragment(kSealedContentBytes, kSealedContentBytes, 38);
  const Turn adjacent(kTurnBytes, kTurnBytes);
  const Turn apart(kTurnBytes, kMessageBytes);
  const Turn kilobytes(15 * 1000, 1000);
  add("seal/16KiB/libcrypto", seal_beside_libcrypto, &full);
  add("seal/16KiB/wolfssl", seal_beside_wolfssl, &full, full.content.size());
  add("seal/fragment/libcrypto", seal_beside_libcrypto, &fragment);
  add("seal/1000Bx15_apart/libcrypto", seal_beside_libcrypto, &kilobytes);
  add("seal/256Bx16/libcrypto", seal_beside_libcrypto, &adjacent);
  add("seal/256Bx16/wolfssl", seal_beside_wolfssl, &adjacent, kMessageBytes);
  add("seal/256Bx16_apart/wolfssl", seal_beside_wolfssl, &apart, kMessageBytes);
  add("open/16KiB/libcrypto", open_beside_libcrypto, &full);
  add("open/16KiB/wolfssl", open_beside_wolfssl, &full, full.content.size());
  add("open/256Bx16/libcrypto", open_beside_libcrypto, &adjacent);
  add("open/256Bx16/wolfssl", open_beside_wolfssl, &adjacent, kMessageBytes);
  add("handshake/wolfssl", handshakes);
  for (const auto suite : {aes_128_gcm, chacha20_poly1305}) {
    const std::string which = std::string("seal/") + name(suite);
    benchmark::RegisterBenchmark((which + "/16KiB").c_str(), seal, &full, suite);
    benchmark::RegisterBenchmark((which + "/fragment").c_str(), seal, &fragment, suite);
    benchmark::RegisterBenchmark((which + "/256Bx16").c_str(), seal, &adjacent, suite);
    benchmark::RegisterBenchmark((which + "/256Bx16_apart").c_str(), seal, &apart, suite);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
