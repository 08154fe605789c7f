#include "codec/wire/rlp.hpp"

namespace ringwire::wire {
namespace {

struct Header {
  bool is_list = false;
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
};

// The size after a prefix of the long form: `count` bytes, most significant first.
Result<std::size_t, RlpError> long_size(ByteView input, std::size_t count) {
  if (input.size() < 1 + count) return Failure{RlpError::truncated};
  if (input[1] == 0) return Failure{RlpError::not_canonical};
  std::size_t size = 0;
  for (std::size_t i = 1; i <= count; ++i) size = size << 8 | input[i];
  if (size < 56) return Failure{RlpError::not_canonical};
  return size;
}

Result<Header, RlpError> read_header(ByteView input) {
  if (input.empty()) return Failure{RlpError::truncated};
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
  if (header.payload_bytes > input.size() - header.header_bytes) return Failure{RlpError::truncated};
  if (!header.is_list && header.payload_bytes == 1 && input[1] < 0x80)
    return Failure{RlpError::not_canonical};
  return header;
}

ByteView without_leading_zeros(ByteView big_endian) {
  while (!big_endian.empty() && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  return big_endian;
}

}  // namespace

const char* name(RlpError error) {
  switch (error) {
    case RlpError::none:
      return "none";
    case RlpError::truncated:
      return "truncated";
    case RlpError::not_canonical:
      return "not_canonical";
    case RlpError::expected_string:
      return "expected_string";
    case RlpError::expected_list:
      return "expected_list";
    case RlpError::wrong_size:
      return "wrong_size";
    case RlpError::bad_integer:
      return "bad_integer";
    case RlpError::trailing_bytes:
      return "trailing_bytes";
    case RlpError::too_deep:
      return "too_deep";
    case RlpError::too_many_items:
      return "too_many_items";
    case RlpError::count_:
      break;
  }
  return "unknown";
}

RlpItem RlpReader::item() {
  if (!ok()) return {};
  const auto header = read_header(rest_);
  if (!header) {
    fail(header.error());
    return {};
  }
  const std::size_t bytes = header->header_bytes + header->payload_bytes;
  RlpItem item{header->is_list, rest_.subspan(header->header_bytes, header->payload_bytes),
               rest_.first(bytes)};
  rest_ = rest_.subspan(bytes);
  return item;
}

ByteView RlpReader::string() {
  const RlpItem next = item();
  if (!next.is_list) return next.payload;
  fail(RlpError::expected_string);
  return {};
}

ByteView RlpReader::string_of(std::size_t bytes) {
  const ByteView read = string();
  if (read.size() == bytes) return read;
  fail(RlpError::wrong_size);
  return {};
}

ByteView RlpReader::integer(std::size_t bytes_max) {
  const ByteView read = string();
  if (read.size() <= bytes_max && (read.empty() || read[0] != 0)) return read;
  fail(RlpError::bad_integer);
  return {};
}

std::uint64_t RlpReader::u64() {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : integer(sizeof value)) value = value << 8 | byte;
  return value;
}

RlpReader RlpReader::list() {
  const RlpItem next = item();
  if (ok() && !next.is_list) fail(RlpError::expected_list);
  RlpReader inner(ok() ? next.payload : ByteView{});
  inner.error_ = error_;
  return inner;
}

void RlpReader::finish() {
  if (!rest_.empty()) fail(RlpError::trailing_bytes);
}

void RlpReader::finish_with(const RlpReader& inner) {
  adopt(inner);
  finish();
}

Status<RlpError> check_rlp(ByteView bytes, std::uint64_t items_max) {
  // The ends of the lists we are inside of, outermost first, as offsets; the input itself is the first.
  std::array<std::size_t, kRlpDepthMax + 1> ends{bytes.size()};
  std::size_t depth = 0;
  std::size_t at = 0;
  std::uint64_t items = 0;
  do {
    const auto header = read_header(bytes.subspan(at, ends[depth] - at));
    if (!header) return Failure{header.error()};
    if (++items > items_max) return Failure{RlpError::too_many_items};
    at += header->header_bytes;
    if (header->is_list) {
      if (depth == kRlpDepthMax) return Failure{RlpError::too_deep};
      ends[++depth] = at + header->payload_bytes;
    } else {
      at += header->payload_bytes;
    }
    while (depth > 0 && at == ends[depth]) --depth;
  } while (depth > 0);
  if (at != bytes.size()) return Failure{RlpError::trailing_bytes};
  return Done{};
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
