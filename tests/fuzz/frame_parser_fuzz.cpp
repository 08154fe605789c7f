// The parser against a model: the same stream, once in one slice and once cut as the input says, gives the
// same frames, the same verdicts and the same end; and the heap stays in proportion to what came.
//
// Input: flags u8 | number of cuts u8 | cut sizes u16 ... | stream
#include <algorithm>

#include "codec/crypto/checksum.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/frame_parser.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

using fuzz::Input;
using wire::FrameHeader;
using wire::MessageType;

struct HeapRecycler final : Recycler {
  void recycle(Buffer& buffer) override {
    delete[] buffer.data;
    delete &buffer;
  }
};
HeapRecycler recycler;

// A receive buffer that claims `spare` unused bytes behind what arrived. They do not exist: a read of them is
// found.
Slice received(ByteView bytes, std::uint32_t spare) {
  auto* buffer = new Buffer;
  buffer->capacity = static_cast<std::uint32_t>(bytes.size()) + spare;
  buffer->data = new std::uint8_t[bytes.size()];
  buffer->recycler = &recycler;
  std::copy(bytes.begin(), bytes.end(), buffer->data);
  return {*buffer, 0, static_cast<std::uint32_t>(bytes.size())};
}

struct Outcome {
  std::vector<Input> payloads;
  bool refused = false;
  wire::FrameError error{};
  bool operator==(const Outcome&) const = default;
};

struct Options {
  bool authenticated;
  bool zero_checksum;
  std::uint32_t spare;
};

Input bytes_of(const wire::Frame& frame) {
  Input bytes(frame.payload_bytes());
  if (frame.pieces != nullptr) {
    frame.pieces->copy_to(bytes, CopyReason::cross_thread);
  } else {
    std::copy(frame.payload.begin(), frame.payload.end(), bytes.begin());
  }
  return bytes;
}

template <class NextSize>
Outcome parse(ByteView stream, const Options& options, NextSize next_size) {
  HeapBuffers heap(64 << 20);
  Outcome outcome;
  wire::FrameParser parser(heap);
  if (options.authenticated) parser.set_authenticated();
  if (options.zero_checksum) parser.allow_zero_checksum();
  for (std::size_t at = 0; at < stream.size() && !outcome.refused;) {
    const std::size_t size = std::clamp<std::size_t>(next_size(), 1, stream.size() - at);
    parser.input(received(stream.subspan(at, size), options.spare));
    at += size;
    wire::Frame frame;
    wire::Pull pull = parser.next(frame);
    for (; pull == wire::Pull::frame; pull = parser.next(frame)) {
      if (parser.verify(frame)) outcome.payloads.push_back(bytes_of(frame));
    }
    outcome.refused = pull == wire::Pull::refused;
    RW_ASSERT(heap.used_bytes() <= std::max<std::size_t>(1024, 4 * stream.size()));
  }
  if (outcome.refused) outcome.error = parser.error();
  return outcome;
}

Input frame(MessageType type, ByteView plain, bool compress) {
  FrameHeader header{.type = type, .compressed = compress, .checksum = 0, .timestamp = {1}};
  const std::size_t skip = std::min<std::size_t>(wire::rules_of(type).unchecked_bytes, plain.size());
  header.checksum = crypto::checksum(plain.subspan(skip));
  Input payload = fuzz::input_of(plain);
  if (compress) payload.resize(crypto::lz4_pack(plain, payload).value());
  header.length = static_cast<std::uint32_t>(payload.size());
  Input bytes(wire::kFrameHeaderBytes + payload.size());
  encode(header, std::span<std::uint8_t, wire::kFrameHeaderBytes>(bytes.data(), wire::kFrameHeaderBytes));
  std::copy(payload.begin(), payload.end(), bytes.begin() + wire::kFrameHeaderBytes);
  return bytes;
}

}  // namespace

std::vector<Input> fuzz::seeds() {
  std::vector<Input> all;
  const Input zeros(6'000);
  for (const wire::MessageRules& rules : wire::message_rules()) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{40}, zeros.size()}) {
      if (size > rules.bytes_max) continue;
      Input input = {3, 2, 0, 20, 0x10, 0};
      for (const bool compress : {false, size > 0 && rules.compressible}) {
        const Input bytes = frame(rules.type, ByteView(zeros).first(size), compress);
        input.insert(input.end(), bytes.begin(), bytes.end());
      }
      all.push_back(std::move(input));
    }
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  ByteView input(data, size);
  if (input.size() < 2) return 0;
  const std::uint8_t flags = input[0];
  const std::size_t cuts = input[1] % 16;
  if (input.size() < 2 + 2 * cuts) return 0;
  const ByteView sizes = input.subspan(2, 2 * cuts);
  const ByteView stream = input.subspan(2 + 2 * cuts);
  const Options options{(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0 ? 100'000U : 0U};

  std::size_t turn = 0;
  const auto cut = [&]() -> std::size_t {
    return cuts == 0 ? 1 : load_be<std::uint16_t>(&sizes[2 * (turn++ % cuts)]);
  };
  const Outcome whole = parse(stream, options, [&] { return stream.size(); });
  const Outcome in_pieces = parse(stream, options, cut);
  RW_ASSERT(whole == in_pieces);
  return 0;
}
