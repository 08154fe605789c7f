// The project's side of tests/integration/wire/reader_test.py.
//
//   wire_peer types                 a line of JSON for each row of message_rules()
//   wire_peer write SEED COUNT      COUNT frames of random messages, every type in turn, each after a line of
//                                   JSON with its values
//   wire_peer read SEED [early] [unchecked] [assemble]
//                                   reads frames, cut at random, and prints a line of JSON for each: its
//                                   values, or why it is refused. early: before authentication; unchecked:
//                                   checksums of 0 are let pass; assemble: fragments are no records, but put
//                                   together
//
// A message that is read is also written again, and has to have the same bytes.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <string_view>

#include "codec/wire/frame_parser.hpp"
#include "engine/session/fragment_assembler.hpp"
#include "tests/integration/wire/coder.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint32_t kReceiveBytes = 64 * 1024;
constexpr std::uint64_t kHeapBytes = 64 * 1024 * 1024;

std::map<MessageType, Coder> all_coders() {
  std::map<MessageType, Coder> coders;
  for (const auto& part : {session_coders(), content_coders(), described_coders()}) {
    for (const Coder& coder : part) coders.emplace(coder.type, coder);
  }
  for (const MessageRules& rules : message_rules()) RW_ASSERT(coders.contains(rules.type));
  return coders;
}

void put(ByteView bytes) {
  RW_ASSERT(std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size());
}

void say(MessageType type, const Spoken& spoken) {
  std::printf("{\"type\":%u,\"values\":%s,\"derived\":\"%s\"}\n", static_cast<unsigned>(type),
              spoken.values.c_str(), to_hex(spoken.derived).c_str());
}

int types() {
  const auto word = [](bool yes) { return yes ? "true" : "false"; };
  for (const MessageRules& rules : message_rules()) {
    std::printf("[%u,\"%s\",%u,\"%s\",%s,%s,%s]\n", static_cast<unsigned>(rules.type), rules.name,
                rules.bytes_max, name(rules.traffic_class), word(rules.fragmentable),
                word(rules.compressible), word(rules.before_authentication));
  }
  return 0;
}

// --- write

// Compressed in three of four cases where it may be and pays.
Bytes framed(MessageType type, const Bytes& plain, Prng& prng) {
  FrameHeader header = header_of(type, plain);
  header.timestamp = {prng.next()};
  Bytes packed(plain.size());
  const auto size = prng.below(4) != 0 ? compress_payload(type, plain, packed) : std::nullopt;
  if (!size) return frame_bytes(header, plain);
  header.compressed = true;
  header.length = static_cast<std::uint32_t>(*size);
  return frame_bytes(header, ByteView(packed).first(*size));
}

int write(std::uint64_t seed, std::uint64_t count) {
  const auto coders = all_coders();
  const auto rules = message_rules();
  Prng prng(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Coder& coder = coders.at(rules[i % rules.size()].type);
    RecordMaker maker(prng.next());
    const Spoken spoken = coder.make(maker);
    say(coder.type, spoken);
    put(framed(coder.type, spoken.payload, prng));
  }
  return 0;
}

// --- read

Bytes read_all() {
  Bytes all;
  Bytes some(kReceiveBytes);
  while (const std::size_t got = std::fread(some.data(), 1, some.size(), stdin)) {
    append(all, ByteView(some).first(got));
  }
  return all;
}

std::uint32_t some_cut(Prng& prng) {
  static constexpr std::uint64_t kBounds[] = {1, 20, 500, 5000, kReceiveBytes};
  return static_cast<std::uint32_t>(prng.between(1, kBounds[prng.below(std::size(kBounds))]));
}

class Listener {
 public:
  // Fragments are put together where there is an assembler.
  Listener(FrameParser& parser, session::FragmentAssembler* assembler)
      : parser_(parser), assembler_(assembler) {}

  // False after a refusal that is final.
  bool take(Slice slice) {
    parser_.input(std::move(slice));
    Frame frame;
    for (;;) {
      switch (parser_.next(frame)) {
        case Pull::need_more:
          return true;
        case Pull::refused:
          return refuse(name(parser_.error()));
        case Pull::frame:
          if (!parser_.verify(frame) || !parser_.linearise(frame)) return refuse(name(parser_.error()));
          if (assembler_ == nullptr || frame.header.type != MessageType::fragment) {
            judge(frame.header.type, frame.payload);
          } else if (!assemble(frame)) {
            return false;
          }
      }
    }
  }

 private:
  static bool refuse(const char* why) {
    std::printf("{\"refused\":\"%s\"}\n", why);
    return false;
  }

  bool assemble(const Frame& frame) {
    const auto done = assembler_->input(parser_.keep(frame), Instant());
    if (!done.ok()) return refuse(session::name(done.error()));
    if (!*done) return true;
    Bytes payload((*done)->payload.bytes());
    (*done)->payload.copy_to(payload, CopyReason::straddle);
    judge((*done)->header.type, payload);
    return true;
  }

  void judge(MessageType type, ByteView payload) {
    const auto read = coders_.at(type).read(payload);
    if (read && as_text(read->payload) == as_text(payload)) return say(type, *read);
    const std::string why = read ? "it is written differently" : read.error();
    std::printf("{\"type\":%u,\"malformed\":\"%s\"}\n", static_cast<unsigned>(type), why.c_str());
  }

  FrameParser& parser_;
  session::FragmentAssembler* assembler_;
  const std::map<MessageType, Coder> coders_ = all_coders();
};

int read(std::uint64_t seed, bool early, bool unchecked, bool assemble) {
  Prng prng(seed);
  HeapBuffers heap(kHeapBytes);
  TestPool pool(kReceiveBytes);
  FrameParser parser(heap);
  if (!early) parser.set_authenticated();
  if (unchecked) parser.allow_zero_checksum();
  session::AssemblyShard shard(heap, kHeapBytes);
  session::FragmentAssembler assembler(shard);
  Listener listener(parser, assemble ? &assembler : nullptr);
  const Bytes all = read_all();
  for (ByteView rest = all; !rest.empty();) {
    const std::size_t cut = std::min<std::size_t>(some_cut(prng), rest.size());
    if (!listener.take(pool.receive(rest.first(cut)))) return 0;
    rest = rest.subspan(cut);
  }
  if (parser.owed() != 0 || !assembler.idle()) std::printf("{\"refused\":\"unfinished\"}\n");
  return 0;
}

bool parse(const char* text, std::uint64_t& number) {
  const char* end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end;
}

}  // namespace
}  // namespace ringwire::wire

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  std::uint64_t seed = 0;
  std::uint64_t count = 0;
  if (argc == 2 && words[0] == "types") return ringwire::wire::types();
  if (argc == 4 && words[0] == "write" && ringwire::wire::parse(argv[2], seed) &&
      ringwire::wire::parse(argv[3], count)) {
    return ringwire::wire::write(seed, count);
  }
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (argc >= 3 && words[0] == "read" && ringwire::wire::parse(argv[2], seed)) {
    return ringwire::wire::read(seed, has("early"), has("unchecked"), has("assemble"));
  }
  std::fputs("usage: wire_peer types | write SEED COUNT | read SEED [early] [unchecked] [assemble]\n",
             stderr);
  return 2;
}
