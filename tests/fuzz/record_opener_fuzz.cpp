// The record layer against its model: bytes that nobody sealed, and records sealed as the input says, with
// any type, content, padding and damage, come to the same content, verdict and counts as one naive record
// after the other, however the stream is received; and the heap stays in proportion to what came.
//
// Input: flags u8 | number of cuts u8 | cut sizes u16 ... | stream, or steps
// Step: kind u8 | size u8 | padding u8 | content
#include <algorithm>

#include "tests/fuzz/target.hpp"
#include "tests/support/tls_records.hpp"

namespace ringwire {
namespace {

using fuzz::Input;

constexpr std::uint8_t kSteps = 1;
constexpr std::uint8_t kFromServer = 2;
constexpr std::uint8_t kSpare = 4;
constexpr std::uint8_t kChaCha = 8;

// Of a step's kind.
constexpr std::uint8_t kLong = 0x80;  // `size` 64 times, of one byte that is not in the input
enum Step : std::uint8_t { data, more_data, handshake, alert, other, unsealed, damage, empty, count_ };

constexpr std::size_t kStreamBytesMax = 128 * 1024;

// The stream that the steps describe.
Input made_of(ByteView steps, crypto::AeadKey key) {
  test::RecordMaker maker(std::move(key));
  Input stream;
  while (steps.size() >= 3 && stream.size() < kStreamBytesMax) {
    const std::uint8_t kind = steps[0];
    const std::size_t size = steps[1], padding = steps[2];
    steps = steps.subspan(3);
    const bool is_long = (kind & kLong) != 0;
    const ByteView given = steps.first(is_long ? 0 : std::min(size, steps.size()));
    const Input content = is_long ? Input(64 * size, 4) : fuzz::input_of(given);
    steps = steps.subspan(given.size());
    const auto add = [&](const Input& bytes) { stream.insert(stream.end(), bytes.begin(), bytes.end()); };
    switch (static_cast<Step>((kind & ~kLong) % count_)) {
      case data:
      case more_data:
        add(maker.record(23, content, padding));
        break;
      case handshake:
        add(maker.record(22, content, padding));
        break;
      case alert:
        add(maker.record(21, content, padding));
        break;
      case other:
        add(maker.seal(content));
        break;
      case unsealed:
        add(content);
        break;
      case damage:
        if (!stream.empty())
          stream[stream.size() - 1 - size % stream.size()] ^= static_cast<std::uint8_t>(padding);
        break;
      case empty:
        for (std::size_t i = 0; i < size % 40; ++i) add(maker.record(23, {}, padding));
        break;
      case count_:
        break;
    }
  }
  return stream;
}

Input step(std::uint8_t kind, std::initializer_list<std::uint8_t> content, std::uint8_t padding = 0) {
  Input bytes(3 + content.size());
  bytes[0] = kind;
  bytes[1] = static_cast<std::uint8_t>(content.size());
  bytes[2] = padding;
  std::copy(content.begin(), content.end(), bytes.begin() + 3);
  return bytes;
}

crypto::AeadKey key_of(std::uint8_t flags) {
  using enum crypto::AeadSuite;
  return test::record_key((flags & kChaCha) != 0 ? chacha20_poly1305 : aes_128_gcm);
}

}  // namespace

std::vector<Input> fuzz::seeds() {
  const std::vector<Input> steps = {
      step(data, {1, 2, 3}),
      step(handshake, {4, 0, 0, 2, 9, 9}, 7),
      step(handshake, {4, 0, 0}),
      step(handshake, {3, 8, 8, 8}),
      {data | kLong, 255, 0},
      {data | kLong, 30, 200},
      step(alert, {1, 90}),
      {empty, 20, 3},
      step(alert, {1, 0}),
      step(alert, {2, 40}),
      step(handshake, {24, 0, 0, 1, 0}),
      step(other, {1, 2, 20}),
      {handshake | kLong, 200, 0},
      {damage, 4, 1},
      step(unsealed, {20, 3, 3, 0, 1, 1}),
  };
  std::vector<Input> all;
  for (std::uint8_t flags = 0; flags < 16; ++flags) {
    for (std::size_t end = 1; end <= steps.size(); ++end) {
      Input program;
      for (std::size_t i = end > 6 ? end - 6 : 0; i < end; ++i) {
        program.insert(program.end(), steps[i].begin(), steps[i].end());
      }
      // Unsealed, it is what a stranger sends: the records of another key.
      if ((flags & kSteps) == 0) program = made_of(program, key_of(flags ^ kChaCha));
      Input input = {flags, 2, 0, 20, 0x20, 0};
      input.insert(input.end(), program.begin(), program.end());
      all.push_back(std::move(input));
    }
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView input(data, size);
  if (input.size() < 2) return 0;
  const std::uint8_t flags = input[0];
  const std::size_t cuts = input[1] % 16;
  if (input.size() < 2 + 2 * cuts) return 0;
  const ByteView sizes = input.subspan(2, 2 * cuts);
  const ByteView rest = input.subspan(2 + 2 * cuts);
  const auto stream = (flags & kSteps) != 0 ? made_of(rest, key_of(flags)) : fuzz::input_of(rest);
  const auto sender = (flags & kFromServer) != 0 ? session::Sender::server : session::Sender::client;

  std::size_t turn = 0;
  const auto cut = [&]() -> std::size_t {
    return cuts == 0 ? 1 : load_be<std::uint16_t>(&sizes[2 * (turn++ % cuts)]);
  };
  const auto expected = test::NaiveOpener(key_of(flags), sender).read(stream);
  const auto whole = test::read_in_slices(stream, key_of(flags), sender, 0, [&] { return stream.size(); });
  RW_ASSERT(whole == expected);
  const std::uint32_t spare = (flags & kSpare) != 0 ? 20'000 : 0;
  RW_ASSERT(test::read_in_slices(stream, key_of(flags), sender, spare, cut) == expected);
  return 0;
}
