// The first bytes of a stranger: the reader of ClientHellos against a model, and the gate of the records
// behind it. However the stream is cut, verdict, bytes taken and bytes held are the same; nothing is held
// above the bounds. What the reader takes is exactly the records of one message that objection_to_hello()
// lets pass.
//
// Input: number of cuts u8 | cut sizes u8 ... | stream
#include <algorithm>
#include <optional>

#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_record_gate.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

using fuzz::Input;
using transport::ClientHelloReader;
using transport::TlsFailure;

struct Outcome {
  ClientHelloReader::State state{};
  std::optional<TlsFailure> failure;
  Input hello;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome read(ByteView stream, NextSize next_size) {
  ClientHelloReader reader;
  std::size_t at = 0;
  while (at < stream.size() && reader.state() == ClientHelloReader::State::need_more) {
    const std::size_t size = std::clamp<std::size_t>(next_size(), 1, stream.size() - at);
    at += reader.input(stream.subspan(at, size));
    RW_ASSERT(reader.held_bytes() <= transport::kClientHelloHeldMax);
  }
  Outcome outcome{reader.state(), std::nullopt, {}};
  if (reader.state() == ClientHelloReader::State::refused) outcome.failure = reader.failure();
  if (reader.state() == ClientHelloReader::State::whole) {
    outcome.hello = reader.take();
    RW_ASSERT(outcome.hello == fuzz::input_of(stream.first(at)));
  }
  return outcome;
}

// The contents of the records of `bytes`.
Input message_of(ByteView bytes) {
  Input message;
  while (!bytes.empty()) {
    const std::size_t length = load_be<std::uint16_t>(&bytes[3]);
    message.insert(message.end(), bytes.begin() + 5, bytes.begin() + 5 + static_cast<std::ptrdiff_t>(length));
    bytes = bytes.subspan(5 + length);
  }
  return message;
}

struct Passed {
  Input records;
  std::optional<TlsFailure> failure;
  bool operator==(const Passed&) const = default;
};
template <class NextSize>
Passed pass(ByteView stream, NextSize next_size) {
  transport::TlsRecordGate gate;
  Passed passed;
  while (!stream.empty() && !gate.failure()) {
    const std::size_t size = std::clamp<std::size_t>(next_size(), 1, stream.size());
    stream = stream.subspan(gate.input(stream.first(size)));
    RW_ASSERT(gate.held_bytes() <= transport::kTlsRecordBytesMax);
    if (gate.record().empty()) continue;
    passed.records.insert(passed.records.end(), gate.record().begin(), gate.record().end());
    gate.pop();
  }
  RW_ASSERT(passed.records.size() <= transport::kTlsHandshakeBytesMax);
  passed.failure = gate.failure();
  return passed;
}

Input record(std::uint8_t type, ByteView content) {
  Input bytes(5 + content.size());
  bytes[0] = type;
  bytes[1] = bytes[2] = 3;
  store_be(&bytes[3], static_cast<std::uint16_t>(content.size()));
  std::copy(content.begin(), content.end(), bytes.begin() + 5);
  return bytes;
}

// Offers TLS 1.3 and ringwire/1, and an extension of `padding` bytes.
Input hello(std::uint8_t padding) {
  Input body(4 + 2 + 32);
  body[0] = 1;
  body[4] = body[5] = 3;
  const Input fields{0, 0, 2, 0x13, 1, 1, 0};
  body.insert(body.end(), fields.begin(), fields.end());
  Input extensions{0, 43, 0, 3, 2, 3, 4, 0, 16, 0, 13, 0, 11, 10};
  extensions.insert(extensions.end(), transport::kTlsProtocol.begin(), transport::kTlsProtocol.end());
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{21}, std::uint8_t{0}, padding}) {
    extensions.push_back(byte);
  }
  extensions.resize(extensions.size() + padding);
  body.push_back(0);
  body.push_back(static_cast<std::uint8_t>(extensions.size()));
  body.insert(body.end(), extensions.begin(), extensions.end());
  body[3] = static_cast<std::uint8_t>(body.size() - 4);
  return body;
}

}  // namespace

std::vector<Input> fuzz::seeds() {
  std::vector<Input> all;
  for (const std::uint8_t padding : {std::uint8_t{0}, std::uint8_t{100}}) {
    const Input message = hello(padding);
    RW_ASSERT(!transport::objection_to_hello(message));
    for (const std::size_t first : {message.size(), std::size_t{3}, std::size_t{20}}) {
      Input input{2, 7, 40};
      for (const ByteView part : {ByteView(message).first(first), ByteView(message).subspan(first)}) {
        if (part.empty()) continue;
        const Input bytes = record(22, part);
        input.insert(input.end(), bytes.begin(), bytes.end());
      }
      for (const Input& more : {record(20, Input{1}), record(23, Input(30))}) {
        input.insert(input.end(), more.begin(), more.end());
      }
      all.push_back(std::move(input));
    }
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView input(data, size);
  if (input.empty()) return 0;
  const std::size_t cuts = input[0] % 16;
  if (input.size() < 1 + cuts) return 0;
  const ByteView sizes = input.subspan(1, cuts);
  const ByteView stream = input.subspan(1 + cuts);

  std::size_t turn = 0;
  const auto cut = [&]() -> std::size_t { return cuts == 0 ? 1 : sizes[turn++ % cuts]; };
  const auto all = [&] { return stream.size(); };
  const Outcome whole = read(stream, all);
  RW_ASSERT(whole == read(stream, cut));
  if (whole.state == ClientHelloReader::State::whole) {
    RW_ASSERT(!transport::objection_to_hello(message_of(whole.hello)));
  }
  // The message alone, too: it is read where nothing bounds it.
  static_cast<void>(transport::objection_to_hello(stream));
  RW_ASSERT(pass(stream, all) == pass(stream, cut));
  return 0;
}
