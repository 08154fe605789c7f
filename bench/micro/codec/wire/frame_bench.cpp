// What a frame costs besides the kernel: parsed in place, its checksum verified, and the same encoded; XXH3
// and a copy alone beside. Goals: parse and verify of a 256-byte frame within 60 ns, encode and parse without
// the checksum within 60 ns.
//
// Frames lie as many as fit in receive buffers of 16 KiB, as a busy peer's do. `cut` has every frame straddle
// two buffers, the worst case of small frames: it is put together by a counted copy.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/frame_parser.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint32_t kBufferBytes = 16 * 1024;
using HeaderBytes = std::array<std::uint8_t, kFrameHeaderBytes>;

FrameHeader header_of(ByteView payload) {
  return {MessageType::transactions,
          false,
          static_cast<std::uint32_t>(payload.size()),
          crypto::checksum(payload),
          {}};
}

std::vector<std::uint8_t> some_payload(std::size_t bytes) {
  std::vector<std::uint8_t> payload(bytes);
  for (std::size_t i = 0; i < bytes; ++i) payload[i] = static_cast<std::uint8_t>(i * 131);
  return payload;
}

std::vector<std::uint8_t> frame_of(std::size_t payload_bytes) {
  const auto payload = some_payload(payload_bytes);
  std::vector<std::uint8_t> frame(kFrameHeaderBytes + payload.size());
  encode(header_of(payload), std::span(frame).first<kFrameHeaderBytes>());
  std::copy(payload.begin(), payload.end(), frame.begin() + kFrameHeaderBytes);
  return frame;
}

class Stream {
 public:
  Stream() { parser_.set_authenticated(); }

  // Parses everything in `slice` and returns the frames found.
  std::int64_t parse(const Slice& slice, bool verify) {
    std::int64_t frames = 0;
    parser_.input(slice);
    Frame frame;
    for (Pull pull = parser_.next(frame); pull != Pull::need_more; pull = parser_.next(frame)) {
      if (pull == Pull::refused || (verify && !parser_.verify(frame))) std::abort();
      benchmark::DoNotOptimize(frame.payload.data());
      ++frames;
    }
    return frames;
  }

  Slice buffer_with(ByteView bytes) {
    Slice slice = heap_.make(static_cast<std::uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(slice).begin());
    return slice;
  }

 private:
  HeapBuffers heap_{1 << 24};
  FrameParser parser_{heap_};
};

void report(benchmark::State& state, std::int64_t frames) {
  state.SetItemsProcessed(frames);
  state.counters["frame"] = benchmark::Counter(static_cast<double>(frames),
                                               benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void whole_frames(benchmark::State& state, bool verify) {
  const auto frame = frame_of(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> bytes;
  while (bytes.size() + frame.size() <= kBufferBytes) bytes.insert(bytes.end(), frame.begin(), frame.end());
  Stream stream;
  const Slice buffer = stream.buffer_with(bytes);
  std::int64_t frames = 0;
  for (auto _ : state) frames += stream.parse(buffer, verify);
  report(state, frames);
}

void frame_parse(benchmark::State& state) {
  whole_frames(state, false);
}
BENCHMARK(frame_parse)->Arg(64)->Arg(256)->Arg(1024);

void frame_parse_and_verify(benchmark::State& state) {
  whole_frames(state, true);
}
BENCHMARK(frame_parse_and_verify)->Arg(64)->Arg(256)->Arg(1024);

void frame_parse_and_verify_cut(benchmark::State& state) {
  const auto frame = frame_of(static_cast<std::size_t>(state.range(0)));
  const std::size_t half = frame.size() / 2;
  Stream stream;
  const Slice first = stream.buffer_with(ByteView(frame).first(half));
  const Slice second = stream.buffer_with(ByteView(frame).subspan(half));
  std::int64_t frames = 0;
  for (auto _ : state) frames += stream.parse(first, true) + stream.parse(second, true);
  report(state, frames);
}
BENCHMARK(frame_parse_and_verify_cut)->Arg(64)->Arg(256)->Arg(1024);

void frame_header_encode(benchmark::State& state) {
  const auto payload = some_payload(256);
  FrameHeader header = header_of(payload);
  HeaderBytes out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(header);
    encode(header, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(frame_header_encode);

void frame_header_decode(benchmark::State& state) {
  const auto frame = frame_of(256);
  for (auto _ : state) {
    const auto bytes = std::span(frame).first<kFrameHeaderBytes>();
    benchmark::DoNotOptimize(bytes.data());
    benchmark::DoNotOptimize(decode_header(bytes));
  }
}
BENCHMARK(frame_header_decode);

// Header, checksum and the copy into a log: what saying a small message costs.
void frame_encode(benchmark::State& state) {
  const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> out(kFrameHeaderBytes + payload.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(payload.data());
    encode(header_of(payload), std::span(out).first<kFrameHeaderBytes>());
    std::copy(payload.begin(), payload.end(), out.begin() + kFrameHeaderBytes);
    benchmark::ClobberMemory();
  }
  report(state, static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(frame_encode)->Arg(64)->Arg(256)->Arg(1024);

// Said and heard once: the header written, the payload copied, the frame parsed; without its checksum.
void frame_encode_and_parse(benchmark::State& state) {
  const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
  FrameHeader header = header_of(payload);
  Stream stream;
  const Slice frame = stream.buffer_with(frame_of(payload.size()));
  const ByteSpan bytes = HeapBuffers::writable(frame);
  for (auto _ : state) {
    benchmark::DoNotOptimize(header);
    encode(header, std::span<std::uint8_t, kFrameHeaderBytes>(bytes.first(kFrameHeaderBytes)));
    std::copy(payload.begin(), payload.end(), bytes.begin() + kFrameHeaderBytes);
    benchmark::ClobberMemory();
    if (stream.parse(frame, false) != 1) std::abort();
  }
  report(state, static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * payload.size()));
}
BENCHMARK(frame_encode_and_parse)->Arg(64)->Arg(256)->Arg(1024);

// What no framing can go without.
void xxh3_alone(benchmark::State& state) {
  const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(payload.data());
    benchmark::DoNotOptimize(crypto::checksum(payload));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * payload.size()));
}
BENCHMARK(xxh3_alone)->Arg(64)->Arg(256)->Arg(1024);

void copy_alone(benchmark::State& state) {
  const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> out(payload.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(payload.data());
    std::copy(payload.begin(), payload.end(), out.begin());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * payload.size()));
}
BENCHMARK(copy_alone)->Arg(64)->Arg(256)->Arg(1024);

}  // namespace
}  // namespace ringwire::wire

BENCHMARK_MAIN();
