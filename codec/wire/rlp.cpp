#include "codec/wire/rlp.hpp"

namespace ringwire::wire {
namespace {

struct Header {
  bool is_list = false;
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
};

// The size after a prefix of the long form: `count` bytes, most significant first.
Result<std::size_t, Malformed> long_size(ByteView input, std::size_t count) {
  if (input.size() < 1 + count) return Failure{Malformed::truncated};
  if (input[1] == 0) return Failure{Malformed::not_canonical};
  std::size_t size = 0;
  for (std::size_t i = 1; i <= count; ++i) size = size << 8 | input[i];
  if (size < 56) return Failure{Malformed::not_canonical};
  return size;
}

Result<Header, Malformed> read_header(ByteView input) {
  if (input.empty()) return Failure{Malformed::truncated};
  const std::uint8_t prefix = input[0];
  if (prefix < 0x80) return Header{false, 0, 1};
  Header header{prefix >= 0xC0, 1, 0};
  const auto code = static_cast<std::size_t>(prefix - (header.is_list ? 0xC0 : 0x80));
  if (code < 56) {
    header.payload_bytes = code;
  } else {
    const auto size = long_size(input, code - 55);
    if (!size) return Failure{size.error()};
    header.header_bytes += code - 55;
    header.payload_bytes = *size;
  }
  if (header.payload_bytes > input.size() - header.header_bytes) return Failure{Malformed::truncated};
  if (!header.is_list && header.payload_bytes == 1 && input[1] < 0x80)
    return Failure{Malformed::not_canonical};
  return header;
}

ByteView without_leading_zeros(ByteView big_endian) {
  while (!big_endian.empty() && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  return big_endian;
}

}  // namespace

RlpItem RlpReader::item() {
  item_ = next_;
  if (!ok()) return {};
  const auto header = read_header(rest());
  if (!header) {
    fail(header.error());
    return {};
  }
  const std::size_t bytes = header->header_bytes + header->payload_bytes;
  const RlpItem item{header->is_list, {next_ + header->header_bytes, header->payload_bytes}, {next_, bytes}};
  next_ += bytes;
  return item;
}

ByteView RlpReader::long_string() {
  const RlpItem next = item();
  if (!next.is_list) return next.payload;
  fail(Malformed::expected_string);
  return {};
}

RlpReader RlpReader::list() {
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
    const auto header = read_header(bytes.subspan(at, ends[depth] - at));
    if (!header) return Failure{header.error()};
    if (++items > items_max) return Failure{Malformed::too_many_items};
    at += header->header_bytes;
    if (header->is_list) {
      if (depth == kRlpDepthMax) return Failure{Malformed::too_deep};
      ends[++depth] = at + header->payload_bytes;
    } else {
      at += header->payload_bytes;
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

void RlpSizer::integer(ByteView big_endian) {
  string(without_leading_zeros(big_endian));
}

void RlpWriter::put(std::uint8_t byte) {
  RW_ASSERT(written_ < out_.size());
  out_[written_++] = byte;
}

void RlpWriter::header(std::uint8_t base, std::size_t bytes) {
  if (bytes < 56) return put(static_cast<std::uint8_t>(base + bytes));
  const std::size_t count = rlp_header_bytes(bytes) - 1;
  put(static_cast<std::uint8_t>(base + 55 + count));
  for (std::size_t i = count; i > 0; --i) put(static_cast<std::uint8_t>(bytes >> (8 * (i - 1))));
}

void RlpWriter::raw(ByteView encoded) {
  RW_ASSERT(encoded.size() <= out_.size() - written_);
  std::copy(encoded.begin(), encoded.end(), out_.begin() + static_cast<std::ptrdiff_t>(written_));
  written_ += encoded.size();
}

void RlpWriter::string(ByteView bytes) {
  if (bytes.size() != 1 || bytes[0] >= 0x80) header(0x80, bytes.size());
  raw(bytes);
}

void RlpWriter::u64(std::uint64_t value) {
  std::array<std::uint8_t, sizeof value> big_endian;
  store_be(big_endian.data(), value);
  integer(big_endian);
}

void RlpWriter::integer(ByteView big_endian) {
  string(without_leading_zeros(big_endian));
}

}  // namespace ringwire::wire
