// RLP, Ethereum's serialisation: byte strings and lists of them, each value in exactly one valid form.
//
// Attacks on a decoder, all refused: a length that runs past its container or wraps, a long form where the
// short one fits, a leading zero in a length or integer, a one-byte string under 0x80 written as two, lists
// nested until the stack ends (nothing here recurses on input), millions of empty items (counted).
//
// Reading: RlpReader is a cursor over a sequence of items. It never throws and never stops half-way: the
// first error sticks, later calls return empty values, and the caller asks once at the end. Views point into
// the input.
//
//   RlpReader message(bytes);
//   RlpReader fields = message.list();
//   record.nonce = fields.u64();
//   record.to = fields.fixed<Address20>();
//   fields.finish();                        // nothing after the last field
//   message.finish_with(fields);            // nothing after the list; takes over its error
//   if (!message.ok()) ... message.error()
//
// Writing: one function describes the value to a sink; run it with RlpSizer to learn the size, then with
// RlpWriter to write it once, straight into the caller's bytes.
//
// No allocation. Complexity: O(1) per item read. Bytes are written once. What stands in a list is measured
// before it is written, once for each list around it but a last_list(), whose size is that of `out`;
// measuring is O(1) for an item, however long. Source: Ethereum Yellow Paper, appendix B.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/wire/copy_fixed.hpp"
#include "codec/wire/malformed.hpp"
#include "codec/wire/uint256.hpp"

namespace ringwire::wire {

struct RlpItem {
  bool is_list = false;
  ByteView payload;  // the string, or the items of the list
  ByteView encoded;  // the same with its header
};

// Bytes of the header before a payload of `bytes` (a string of at least 2, or a list).
constexpr std::size_t rlp_header_bytes(std::size_t bytes) {
  return bytes < 56 ? 1 : 1 + significant_bytes(bytes);
}

// Of a list of `bytes` with its header; for a number of bytes that no list has, some smaller number.
constexpr std::size_t rlp_payload_bytes(std::size_t bytes) {
  std::size_t header = 1;
  if (bytes > 56) header += significant_bytes(bytes - 1 - significant_bytes(bytes - 1));
  return bytes - std::min(bytes, header);
}

class RlpReader {
 public:
  // `items`: zero or more encoded items, one after the other.
  explicit RlpReader(ByteView items)
      : next_(items.data()), end_(items.data() + items.size()), item_(items.data()) {}

  // What was not read yet.
  [[nodiscard]] ByteView rest() const { return {next_, end_}; }
  // Whether there is another item to read; false after an error.
  [[nodiscard]] bool more() const { return next_ != end_ && ok(); }
  [[nodiscard]] bool ok() const { return error_ == Malformed::none; }
  [[nodiscard]] Malformed error() const { return error_; }
  // Where the item stood that the first error is about; of `message`, whose part this reader reads.
  [[nodiscard]] std::uint32_t error_offset(ByteView message) const {
    return static_cast<std::uint32_t>(error_at_ - message.data());
  }

  RlpItem item() { return rare(&RlpReader::any_item); }
  ByteView string() {
    item_ = next_;
    // One byte that is itself, or a short string: nearly all there are.
    if (next_ != end_ && *next_ < 0x80) return {next_++, 1};
    const std::size_t size = next_ != end_ ? *next_ - 0x80U : 0;
    if (size < 56 && size < static_cast<std::size_t>(end_ - next_) && (size != 1 || next_[1] >= 0x80)) {
      const ByteView found(next_ + 1, size);
      next_ += 1 + size;
      return found;
    }
    if (const ByteView found = long_payload(0xB7); !found.empty()) return found;
    return rare(&RlpReader::other_string);
  }
  ByteView string_of(std::size_t bytes) {
    const ByteView read = string();
    if (read.size() != bytes) fail(Malformed::wrong_size);
    return ok() ? read : ByteView{};
  }
  // An integer of at most `bytes_max` bytes (32 or fewer), most significant first, without leading zeros; 0
  // is empty.
  ByteView integer(std::size_t bytes_max) {
    item_ = next_;
    if (next_ != end_ && *next_ > 0 && *next_ < 0x80) return {next_++, 1};
    const std::size_t size = next_ != end_ ? *next_ - 0x80U : SIZE_MAX;
    if (size == 0) return {++next_, size};
    const bool is_short = size <= bytes_max && size < static_cast<std::size_t>(end_ - next_);
    if (is_short && next_[1] >= (size == 1 ? 0x80 : 1)) {
      const ByteView found(next_ + 1, size);
      next_ += 1 + size;
      return found;
    }
    return rare(&RlpReader::bad_integer, bytes_max);
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    if (!short_integer(value)) {
      const ByteView read = integer(sizeof value);
      value = load_be_short(read.data(), read.size());
    }
    return value;
  }
  void integer(Uint256& out) {
    constexpr std::size_t kWidest = 32;  // halves of signatures are mostly this wide
    std::uint64_t low = 0;
    if (short_integer(low)) {
      out = low;
    } else if (static_cast<std::size_t>(end_ - next_) > kWidest && *next_ == 0x80 + kWidest &&
               next_[1] != 0) {
      item_ = next_;
      out.assign_whole_be(next_ + 1);
      next_ += 1 + kWidest;
    } else {
      out.assign_be(integer(kWidest));
    }
  }
  // The next byte as it is: the kind before the list of an envelope (EIP-2718), which is no item. Not at the
  // end.
  std::uint8_t kind_byte() {
    item_ = next_;
    return *next_++;
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed out;
    fixed(out);
    return out;
  }
  // Left as it is where there is none.
  template <std::size_t kSize, class Tag>
  void fixed(FixedBytes<kSize, Tag>& out) {
    static_assert(kSize > 1 && kSize < 65'536);
    constexpr std::size_t kHeader = rlp_header_bytes(kSize);
    if (static_cast<std::size_t>(end_ - next_) >= kHeader + kSize && has_string_header<kSize>(next_)) {
      item_ = next_;
      copy_fixed(next_ + kHeader, out);
      next_ += kHeader + kSize;
      return;
    }
    const ByteView bytes = string_of(kSize);
    if (ok()) copy_fixed(bytes.data(), out);
  }
  // A reader over the items of a list; it starts with this reader's error, if any.
  RlpReader list() {
    item_ = next_;
    const std::size_t size = next_ != end_ ? *next_ - std::size_t{0xC0} : SIZE_MAX;
    if (size < 56 && size < static_cast<std::size_t>(end_ - next_)) {
      RlpReader inner(ByteView(next_ + 1, size));
      next_ += 1 + size;
      return inner;
    }
    if (const ByteView found = long_payload(0xF7); !found.empty()) return RlpReader(found);
    return rare(&RlpReader::other_list);
  }

  // Nothing may be left.
  void finish() {
    if (next_ == end_) return;
    item_ = next_;
    fail(Malformed::trailing_bytes);
  }
  // `inner` was a list of this sequence and its last item: nothing may follow. Takes over its error.
  void finish_with(const RlpReader& inner) {
    adopt(inner);
    finish();
  }
  // Takes over the error of another reader of the same message.
  void adopt(const RlpReader& other) {
    if (other.ok() || !ok()) return;
    error_ = other.error_;
    error_at_ = other.error_at_;
    next_ = end_;
  }
  // About the item read last.
  void fail(Malformed error) {
    if (!ok()) return;
    error_ = error;
    error_at_ = item_;
    next_ = end_;
  }

 private:
  // Whether the header of a string of kSize bytes stands there.
  template <std::size_t kSize>
  static bool has_string_header(const std::uint8_t* at) {
    if constexpr (kSize < 56) return *at == 0x80 + kSize;
    if constexpr (kSize >= 56 && kSize < 256) return at[0] == 0xB8 && at[1] == kSize;
    if constexpr (kSize >= 256) return at[0] == 0xB9 && load_be<std::uint16_t>(at + 1) == kSize;
  }
  // An integer of at most 8 bytes that is not the last thing there, by one load: those behind it are read
  // too. False, and nothing is read, of anything else.
  bool short_integer(std::uint64_t& value) {
    constexpr std::size_t kRead = sizeof value;
    if (static_cast<std::size_t>(end_ - next_) <= kRead) return false;
    const std::size_t prefix = *next_;
    if (prefix - 1 < 0x7F) {
      value = prefix;
      item_ = next_++;
      return true;
    }
    const std::size_t size = prefix - 0x80;
    if (size > kRead) return false;
    const auto read = load_be<std::uint64_t>(next_ + 1);
    const std::uint64_t found = size == 0 ? 0 : read >> (64 - 8 * size);
    if (size > 0 && (read >> 56 == 0 || found < 0x80)) return false;
    value = found;
    item_ = next_;
    next_ += 1 + size;
    return true;
  }
  // Of what has one or two bytes of size, in its only form; nothing of anything else.
  ByteView long_payload(std::size_t base) {
    const auto left = static_cast<std::size_t>(end_ - next_);
    if (left < 3 || (*next_ != base + 1 && *next_ != base + 2)) return {};
    const bool is_short = *next_ == base + 1;
    const std::size_t header = is_short ? 2 : 3;
    const std::size_t size = is_short ? next_[1] : load_be<std::uint16_t>(next_ + 1);
    if (size < (is_short ? 56 : 256) || size > left - header) return {};
    const ByteView found(next_ + header, size);
    next_ += header + size;
    return found;
  }
  // What is not worth code at every field is done by a copy: a reader whose address no function has stays in
  // registers, and what it writes to cannot be itself.
  template <class Found, class... Given>
  Found rare(Found (RlpReader::*read)(Given...), Given... given) {
    RlpReader copy = *this;
    const Found found = (copy.*read)(given...);
    *this = copy;
    return found;
  }
  RlpItem any_item();
  ByteView other_string();
  RlpReader other_list();
  // What is no integer of at most `bytes_max` bytes: why.
  ByteView bad_integer(std::size_t bytes_max);

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  const std::uint8_t* item_;                // read last
  const std::uint8_t* error_at_ = nullptr;  // the item of the first error
  Malformed error_ = Malformed::none;       // after one, nothing is left to read
};

inline constexpr std::uint32_t kRlpDepthMax = 64;  // lists around an item; Ethereum's records need 4

// Whether `bytes` are exactly one canonical item, down to the innermost: lists nested at most kRlpDepthMax
// deep and at most `items_max` items in all.
Status<Malformed> check_rlp(ByteView bytes, std::uint64_t items_max);

// A first byte below is the kind of an envelope, from 0xC0 on the list of kind 0 (EIP-2718).
inline constexpr std::uint8_t kEnvelopeKindEnd = 0x80;
// Whether `bytes` are a list and nothing else, or the byte of a kind above 0 and something.
bool is_envelope(ByteView bytes);

// Counts what RlpWriter would write.
class RlpSizer {
 public:
  void string(ByteView bytes) {
    bytes_ += bytes.size() == 1 && bytes[0] < 0x80 ? 1 : rlp_header_bytes(bytes.size()) + bytes.size();
  }
  template <std::size_t kSize, class Tag>
  void fixed(const FixedBytes<kSize, Tag>&) {
    bytes_ += rlp_header_bytes(kSize) + kSize;
  }
  void u64(std::uint64_t value) { bytes_ += value < 0x80 ? 1 : 1 + significant_bytes(value); }
  void integer(const Uint256& value) {
    const std::size_t bytes = value.significant_bytes();
    bytes_ += bytes <= 1 && value.words[3] < 0x80 ? 1 : 1 + bytes;
  }
  // Bytes that are RLP already.
  void raw(ByteView encoded) { bytes_ += encoded.size(); }
  void string_header(std::size_t bytes) { bytes_ += rlp_header_bytes(bytes); }
  template <class Body>
  void list(const Body& body) {
    RlpSizer inside;
    body(inside);
    bytes_ += rlp_header_bytes(inside.bytes()) + inside.bytes();
  }
  template <class Body>
  void last_list(const Body& body) {
    list(body);
  }
  void list_header(std::size_t bytes) { bytes_ += rlp_header_bytes(bytes); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// Writes to the start of `out`, which must be large enough (asserted): ask RlpSizer. Up to 7 bytes behind
// what is written, within `out`, may be overwritten too.
class RlpWriter {
 public:
  explicit RlpWriter(ByteSpan out) : begin_(out.data()), next_(out.data()), end_(out.data() + out.size()) {}

  void string(ByteView bytes) {
    if (bytes.size() == 1 && bytes[0] < 0x80) return put(bytes[0]);
    RW_ASSERT(rlp_header_bytes(bytes.size()) + bytes.size() <= room());
    header(0x80, bytes.size());
    next_ = std::copy(bytes.begin(), bytes.end(), next_);
  }
  template <std::size_t kSize, class Tag>
  void fixed(const FixedBytes<kSize, Tag>& value) {
    static_assert(kSize > 1);
    RW_ASSERT(rlp_header_bytes(kSize) + kSize <= room());
    header(0x80, kSize);
    copy_fixed(value, next_);
    next_ += kSize;
  }
  void u64(std::uint64_t value) {
    if (value < 0x80) return put(value == 0 ? 0x80 : static_cast<std::uint8_t>(value));
    const std::size_t bytes = significant_bytes(value);
    RW_ASSERT(bytes < room());
    *next_++ = static_cast<std::uint8_t>(0x80 + bytes);
    big_endian(value, bytes);
  }
  void integer(const Uint256& value) {
    const std::size_t bytes = value.significant_bytes();
    if (bytes <= 8) return u64(value.words[3]);
    RW_ASSERT(bytes < room());
    *next_++ = static_cast<std::uint8_t>(0x80 + bytes);
    value.store_shortest_be(next_, bytes);
    next_ += bytes;
  }
  void raw(ByteView encoded) {
    RW_ASSERT(encoded.size() <= room());
    next_ = std::copy(encoded.begin(), encoded.end(), next_);
  }
  template <class Body>
  void list(const Body& body) {
    RlpSizer inside;
    body(inside);
    list_header(inside.bytes());
    body(*this);
  }
  // The list that fills what is left of `out` (asserted), so that nobody measures it.
  template <class Body>
  void last_list(const Body& body) {
    list_header(rlp_payload_bytes(room()));
    body(*this);
    RW_ASSERT(room() == 0);
  }
  // The header of a list whose items, `bytes` long, are written next.
  void list_header(std::size_t bytes) {
    RW_ASSERT(rlp_header_bytes(bytes) <= room());
    header(0xC0, bytes);
  }
  // The header of a string of at least 2 bytes that is written next.
  void string_header(std::size_t bytes) {
    RW_ASSERT(rlp_header_bytes(bytes) <= room());
    header(0x80, bytes);
  }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(end_ - next_); }
  void put(std::uint8_t byte) {
    RW_ASSERT(room() > 0);
    *next_++ = byte;
  }
  // For the rest of this class: there is room.
  // The last `bytes` of a word, 1 to 8: in one store, where that stays inside `out`.
  void big_endian(std::uint64_t value, std::size_t bytes) {
    if (room() >= 8) {
      store_be(next_, value << (64 - 8 * bytes));
    } else {
      store_be_short(next_, value, bytes);
    }
    next_ += bytes;
  }
  void header(std::uint8_t base, std::size_t bytes) {
    if (bytes < 56) {
      *next_++ = static_cast<std::uint8_t>(base + bytes);
      return;
    }
    const std::size_t count = significant_bytes(bytes);
    *next_++ = static_cast<std::uint8_t>(base + 55 + count);
    big_endian(bytes, count);
  }

  std::uint8_t* begin_;
  std::uint8_t* next_;
  std::uint8_t* end_;
};

// The size of what `body(sink)` writes.
template <class Body>
std::size_t rlp_size(const Body& body) {
  RlpSizer sizer;
  body(sizer);
  return sizer.bytes();
}

}  // namespace ringwire::wire
