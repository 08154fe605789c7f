#include "codec/wire/rlp.hpp"

#include <array>

namespace ringwire::wire {
namespace {

struct Header {
  bool is_list = false;
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
};

// The size after a prefix of the long form: `count` bytes, most significant first.
Malformed read_long_size(ByteView input, std::size_t count, std::size_t& size) {
  if (input.size() < 1 + count) return Malformed::truncated;
  if (input[1] == 0) return Malformed::not_canonical;
  size = load_be_short(&input[1], count);
  return size < 56 ? Malformed::not_canonical : Malformed::none;
}

Malformed read_header(ByteView input, Header& header) {
  if (input.empty()) return Malformed::truncated;
  const std::uint8_t prefix = input[0];
  header = {prefix >= 0xC0, 0, 1};
  if (prefix < 0x80) return Malformed::none;
  header.header_bytes = 1;
  const auto code = static_cast<std::size_t>(prefix - (header.is_list ? 0xC0 : 0x80));
  if (code < 56) {
    header.payload_bytes = code;
  } else {
    const Malformed error = read_long_size(input, code - 55, header.payload_bytes);
    if (error != Malformed::none) return error;
    header.header_bytes += code - 55;
  }
  if (header.payload_bytes > input.size() - header.header_bytes) return Malformed::truncated;
  const bool is_itself = !header.is_list && header.payload_bytes == 1 && input[1] < 0x80;
  return is_itself ? Malformed::not_canonical : Malformed::none;
}

}  // namespace

RlpItem RlpReader::any_item() {
  item_ = next_;
  if (!ok()) return {};
  Header header;
  if (const Malformed error = read_header(rest(), header); error != Malformed::none) {
    fail(error);
    return {};
  }
  const std::size_t bytes = header.header_bytes + header.payload_bytes;
  const RlpItem item{header.is_list, {next_ + header.header_bytes, header.payload_bytes}, {next_, bytes}};
  next_ += bytes;
  return item;
}

ByteView RlpReader::other_string() {
  const RlpItem next = item();
  if (!next.is_list) return next.payload;
  fail(Malformed::expected_string);
  return {};
}

ByteView RlpReader::bad_integer(std::size_t bytes_max) {
  const ByteView read = string();
  RW_ASSERT(!ok() || read.size() > bytes_max || read[0] == 0);
  fail(Malformed::bad_integer);
  return {};
}

RlpReader RlpReader::other_list() {
  const RlpItem next = item();
  if (ok() && !next.is_list) fail(Malformed::expected_list);
  RlpReader inner(ok() ? next.payload : ByteView{});
  inner.adopt(*this);
  return inner;
}

Status<Malformed> check_rlp(ByteView bytes, std::uint64_t items_max) {
  // The ends of the lists we are inside of, outermost first, as offsets; the input itself is the first.
  std::array<std::size_t, kRlpDepthMax + 1> ends{bytes.size()};
  std::size_t depth = 0;
  std::size_t at = 0;
  std::uint64_t items = 0;
  do {
    Header header;
    const Malformed error = read_header(bytes.subspan(at, ends[depth] - at), header);
    if (error != Malformed::none) return Failure{error};
    if (++items > items_max) return Failure{Malformed::too_many_items};
    at += header.header_bytes;
    if (header.is_list) {
      if (depth == kRlpDepthMax) return Failure{Malformed::too_deep};
      ends[++depth] = at + header.payload_bytes;
    } else {
      at += header.payload_bytes;
    }
    while (depth > 0 && at == ends[depth]) --depth;
  } while (depth > 0);
  if (at != bytes.size()) return Failure{Malformed::trailing_bytes};
  return Done{};
}

bool is_envelope(ByteView bytes) {
  if (bytes.size() >= 2 && bytes[0] > 0 && bytes[0] < kEnvelopeKindEnd) return true;
  RlpReader list(bytes);
  const bool is_list = list.item().is_list;
  list.finish();
  return is_list && list.ok();
}

}  // namespace ringwire::wire
