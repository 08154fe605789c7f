#include "codec/crypto/lz4_block.hpp"

#include <lz4.h>

#include "codec/base/check.hpp"
#include "codec/base/copy.hpp"

namespace ringwire::crypto {
namespace {

constexpr std::size_t kPlainBytesMax = 16 * 1024 * 1024;
constexpr std::uint32_t kMatchBytesMin = 4;

// Walks the sequences of a block without producing output.
class BlockWalk {
 public:
  BlockWalk(ByteView block, std::uint32_t bytes_max) : block_(block), bytes_max_(bytes_max) {}

  // The decoded size.
  Result<std::uint64_t, Lz4Error> run() {
    for (;;) {
      if (at_ == block_.size()) return Failure{Lz4Error::truncated};
      const std::uint8_t token = block_[at_++];
      if (!literals(token >> 4)) return Failure{Lz4Error::truncated};
      if (at_ == block_.size()) return produced_;
      if (const auto match_ok = match(token & 0x0F); !match_ok) return Failure{match_ok.error()};
      if (produced_ > bytes_max_) return Failure{Lz4Error::wrong_size};
    }
  }

 private:
  // A length of 15 goes on in bytes that are added up until one is not 255.
  bool length(std::uint64_t& value) {
    if (value < 15) return true;
    for (std::uint8_t more = 255; more == 255; value += more) {
      if (at_ == block_.size()) return false;
      more = block_[at_++];
    }
    return true;
  }

  bool literals(std::uint64_t count) {
    if (!length(count) || count > block_.size() - at_) return false;
    at_ += count;
    produced_ += count;
    return true;
  }

  Status<Lz4Error> match(std::uint64_t count) {
    if (block_.size() - at_ < 2) return Failure{Lz4Error::truncated};
    const std::uint32_t offset = block_[at_] | std::uint32_t{block_[at_ + 1]} << 8;
    at_ += 2;
    if (offset == 0 || offset > produced_) return Failure{Lz4Error::bad_offset};
    if (!length(count)) return Failure{Lz4Error::truncated};
    produced_ += count + kMatchBytesMin;
    return Done{};
  }

  ByteView block_;
  std::uint32_t bytes_max_;
  std::size_t at_ = 0;
  std::uint64_t produced_ = 0;
};

}  // namespace

const char* name(Lz4Error error) {
  switch (error) {
    case Lz4Error::truncated:
      return "truncated";
    case Lz4Error::too_large:
      return "too_large";
    case Lz4Error::bad_offset:
      return "bad_offset";
    case Lz4Error::wrong_size:
      return "wrong_size";
    case Lz4Error::bad_ending:
      return "bad_ending";
    case Lz4Error::count_:
      break;
  }
  return "unknown";
}

std::optional<std::size_t> lz4_pack(ByteView plain, ByteSpan out) {
  const std::size_t worth = plain.size() - plain.size() / 10;
  RW_ASSERT(plain.size() <= kPlainBytesMax && out.size() >= worth);
  if (worth <= kLz4PrefixBytes) return std::nullopt;
  const int block = LZ4_compress_default(
      reinterpret_cast<const char*>(plain.data()), reinterpret_cast<char*>(out.data() + kLz4PrefixBytes),
      static_cast<int>(plain.size()), static_cast<int>(worth - kLz4PrefixBytes));
  if (block <= 0) return std::nullopt;
  store_be(out.data(), static_cast<std::uint32_t>(plain.size()));
  count_copy(static_cast<std::size_t>(block), CopyReason::compression);
  return kLz4PrefixBytes + static_cast<std::size_t>(block);
}

Result<std::uint32_t, Lz4Error> lz4_measure(ByteView packed, std::uint32_t bytes_max) {
  if (packed.size() <= kLz4PrefixBytes) return Failure{Lz4Error::truncated};
  const auto declared = load_be<std::uint32_t>(packed.data());
  if (declared > bytes_max) return Failure{Lz4Error::too_large};
  const auto decoded = BlockWalk(packed.subspan(kLz4PrefixBytes), declared).run();
  if (!decoded) return Failure{decoded.error()};
  if (*decoded != declared) return Failure{Lz4Error::wrong_size};
  return declared;
}

Status<Lz4Error> lz4_unpack(ByteView packed, ByteSpan out) {
  RW_ASSERT(packed.size() > kLz4PrefixBytes);
  const ByteView block = packed.subspan(kLz4PrefixBytes);
  const int written =
      LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(block.size()), static_cast<int>(out.size()));
  if (written < 0 || static_cast<std::size_t>(written) != out.size()) return Failure{Lz4Error::bad_ending};
  count_copy(out.size(), CopyReason::compression);
  return Done{};
}

}  // namespace ringwire::crypto
