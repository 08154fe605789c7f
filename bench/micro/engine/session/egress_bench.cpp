// Who gets what in one turn of a gossip mesh: every peer sent `kBurst` messages, each goes to all other
// peers. Subject: one list of broadcast ranges minus each peer's deviations (engine/session/addressing.hpp).
// Baseline: a bitmap of the turn's records per peer, a bit set for each record and peer, scanned to build the
// send.
//
// `address`: noting the recipients and finding the ranges of each peer. `turn`: the same with appending the
// messages (256 B) and building the pieces of every send. Items are deliveries (messages x peers).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "bench/micro/paired.hpp"
#include "codec/base/heap_buffer.hpp"
#include "engine/session/addressing.hpp"
#include "engine/session/outbound_log.hpp"
#include "engine/session/piece_list.hpp"

namespace ringwire::bench {
namespace {

using namespace session;

constexpr std::uint32_t kBurst = 16;
constexpr std::uint32_t kTurns = 20;  // in one measured run
constexpr std::size_t kMessageBytes = 256;

class ByDeviation {
 public:
  explicit ByDeviation(std::size_t peers) : lists_(peers) {}

  void broadcast(OutboundLog& log, FrameRange record, std::size_t except) {
    log.mark_broadcast(record);
    pool_.add(lists_[except], record, Deviation::excluded);
  }
  template <class Visit>
  void ranges(const OutboundLog& log, std::size_t peer, Visit&& visit) const {
    for_each_addressed(log.broadcasts(), 0, pool_, lists_[peer], visit);
  }
  void reset() {
    pool_.reset();
    lists_.assign(lists_.size(), {});
  }

 private:
  DeviationPool pool_;
  std::vector<DeviationList> lists_;
};

// Bits of all peers for the same 64 records lie side by side: noting a record is one pass over them.
class ByBitmap {
 public:
  explicit ByBitmap(std::size_t peers) : peers_(peers) {}

  void broadcast(OutboundLog&, FrameRange record, std::size_t except) {
    const std::size_t word = record.first / 64;
    const std::uint64_t bit = std::uint64_t{1} << record.first % 64;
    if (bits_.size() <= word * peers_) bits_.resize((word + 1) * peers_);
    std::uint64_t* row = &bits_[word * peers_];
    for (std::size_t peer = 0; peer < peers_; ++peer) row[peer] |= bit;
    row[except] &= ~bit;
  }
  template <class Visit>
  void ranges(const OutboundLog&, std::size_t peer, Visit&& visit) const {
    FrameRange range;
    for (std::size_t at = peer, first = 0; at < bits_.size(); at += peers_, first += 64) {
      scan(bits_[at], static_cast<std::uint32_t>(first), range, visit);
    }
    if (!range.empty()) visit(range);
  }
  void reset() { bits_.clear(); }

 private:
  template <class Visit>
  static void scan(std::uint64_t left, std::uint32_t at, FrameRange& range, Visit&& visit) {
    while (left != 0) {
      const int zeros = std::countr_zero(left);
      left >>= zeros;
      const int ones = std::countr_one(left);
      left = ones == 64 ? 0 : left >> ones;
      const std::uint32_t first = at + static_cast<std::uint32_t>(zeros);
      at = first + static_cast<std::uint32_t>(ones);
      if (range.end != first) {
        if (!range.empty()) visit(range);
        range.first = first;
      }
      range.end = at;
    }
  }

  const std::size_t peers_;
  std::vector<std::uint64_t> bits_;
};

class Mesh {
 public:
  explicit Mesh(std::size_t peers) : peers_(peers) { say_all(); }
  ~Mesh() { log_.reset(); }

  // The addressing alone; the log is filled outside of the measured time.
  template <class Addressing>
  double address_seconds(Addressing& addressing) {
    double seconds = 0;
    for (std::uint32_t turn = 0; turn < kTurns; ++turn) {
      log_.reset();
      say_all();
      seconds += seconds_of([&] { address_once(addressing); });
    }
    return seconds;
  }

  template <class Addressing>
  void turn(Addressing& addressing) {
    for (std::uint32_t turn = 0; turn < kTurns; ++turn) {
      log_.reset();
      addressing.reset();
      for (std::uint32_t i = 0; i < messages(); ++i) addressing.broadcast(log_, say(), i % peers_);
      for (std::size_t peer = 0; peer < peers_; ++peer) build(addressing, peer);
    }
  }

  [[nodiscard]] double deliveries() const { return double(kTurns) * messages() * double(peers_ - 1); }

 private:
  [[nodiscard]] std::uint32_t messages() const { return kBurst * static_cast<std::uint32_t>(peers_); }

  FrameRange say() { return log_.append(header_, payload_)->frames; }
  void say_all() {
    for (std::uint32_t i = 0; i < messages(); ++i) say();
  }

  template <class Addressing>
  void address_once(Addressing& addressing) {
    addressing.reset();
    for (std::uint32_t i = 0; i < messages(); ++i) addressing.broadcast(log_, {i, i + 1}, i % peers_);
    std::uint64_t frames = 0;
    for (std::size_t peer = 0; peer < peers_; ++peer) {
      addressing.ranges(log_, peer, [&](FrameRange range) { frames += range.end - range.first; });
    }
    RW_ASSERT(frames == std::uint64_t{messages()} * (peers_ - 1));
  }

  template <class Addressing>
  void build(const Addressing& addressing, std::size_t peer) {
    pieces_.clear();
    addressing.ranges(log_, peer, [&](FrameRange range) {
      while (!range.empty()) {
        const std::uint32_t end = std::min(log_.run_end(range.first), range.end);
        pieces_.add(log_.bytes({range.first, end}));
        range.first = end;
      }
    });
    benchmark::DoNotOptimize(pieces_.pieces().data());
  }

  const std::size_t peers_;
  const std::array<std::uint8_t, kMessageBytes> bytes_{};
  const ByteView payload_{bytes_};
  const wire::FrameHeader header_{.type = wire::MessageType::publish};
  HeapBuffers heap_{1 << 20};
  ChunkPool chunks_{64 * kChunkBytes};
  OutboundLog log_{wire::TrafficClass::consensus, chunks_, heap_};
  PieceList pieces_;
};

void mesh_address(benchmark::State& state) {
  Mesh mesh(static_cast<std::size_t>(state.range(0)));
  ByDeviation subject(static_cast<std::size_t>(state.range(0)));
  ByBitmap baseline(static_cast<std::size_t>(state.range(0)));
  std::vector<double> subject_ns;
  std::vector<double> baseline_ns;
  std::vector<double> ratio;
  for (auto _ : state) {
    const double subject_s = mesh.address_seconds(subject);
    const double baseline_s = mesh.address_seconds(baseline);
    state.SetIterationTime(subject_s);
    subject_ns.push_back(subject_s / mesh.deliveries() * 1e9);
    baseline_ns.push_back(baseline_s / mesh.deliveries() * 1e9);
    ratio.push_back(baseline_s / subject_s);
  }
  state.counters["ns"] = median(subject_ns);
  state.counters["base ns"] = median(baseline_ns);
  state.counters["ratio"] = median(ratio);
}

void mesh_turn(benchmark::State& state) {
  Mesh mesh(static_cast<std::size_t>(state.range(0)));
  ByDeviation subject(static_cast<std::size_t>(state.range(0)));
  ByBitmap baseline(static_cast<std::size_t>(state.range(0)));
  compare(
      state, mesh.deliveries(), [&] { mesh.turn(subject); }, [&] { mesh.turn(baseline); });
}

BENCHMARK(mesh_address)->Arg(64)->Arg(200)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);
BENCHMARK(mesh_turn)->Arg(64)->Arg(200)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
