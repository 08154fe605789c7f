#include "engine/session/record_sealer.hpp"

#include <algorithm>
#include <array>

#include "codec/base/check.hpp"
#include "codec/base/copy.hpp"

namespace ringwire::session {
namespace {

// The larger of the block sizes: ChaCha20's. AES-GCM's is 16.
constexpr std::size_t kBlockBytes = 64;

// Every piece that is sealed where it lies has one of copied bytes before it, and one behind it at most.
constexpr std::size_t kCipherPiecesMax =
    2 * (kSealedContentBytes / (kSealInPlaceBytes - 2 * kBlockBytes)) + 2;

RecordHeader header_of(std::size_t content_bytes) {
  RecordHeader header{static_cast<std::uint8_t>(ContentType::application_data)};
  store_be(&header[1], kRecordVersion);
  store_be(&header[3], static_cast<std::uint16_t>(content_bytes + 1 + crypto::kAeadTagBytes));
  return header;
}

std::uint64_t bytes_of(std::span<const ByteView> pieces) {
  std::uint64_t sum = 0;
  for (const ByteView piece : pieces) sum += piece.size();
  return sum;
}

// Takes bytes from pieces in order.
class PieceReader {
 public:
  explicit PieceReader(std::span<const ByteView> pieces) : pieces_(pieces) {}

  // What is left of the piece that the next byte is in; there is one (assumed).
  ByteView current() {
    while (current_.empty()) {
      RW_ASSUME(!pieces_.empty());
      current_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
    }
    return current_;
  }
  void advance(std::size_t bytes) { current_ = current_.subspan(bytes); }

 private:
  std::span<const ByteView> pieces_;
  ByteView current_;
};

// The inner plaintext of one record as the cipher gets it: pieces where they lie, and between them bytes
// copied to where their ciphertext goes.
class Gathering {
 public:
  // `to`: where the ciphertext goes, without the tag.
  explicit Gathering(ByteSpan to) : to_(to) {}

  void gather(PieceReader& from, std::size_t content_bytes) {
    while (at_ < content_bytes) {
      const ByteView piece = from.current().first(std::min(from.current().size(), content_bytes - at_));
      // Up to a block's end; behind it whole blocks stay where they lie.
      const std::size_t to_block = (kBlockBytes - at_ % kBlockBytes) % kBlockBytes;
      const std::size_t lead = piece.size() < kSealInPlaceBytes ? piece.size() : to_block;
      const std::size_t blocks = (piece.size() - lead) / kBlockBytes * kBlockBytes;
      copy(piece.first(lead));
      if (blocks > 0) refer(piece.subspan(lead, blocks));
      copy(piece.subspan(lead + blocks));
      from.advance(piece.size());
    }
  }

  std::span<const ByteView> finish(ContentType type) {
    to_[at_++] = static_cast<std::uint8_t>(type);
    flush();
    return std::span(pieces_).first(count_);
  }

 private:
  void copy(ByteView bytes) {
    if (!bytes.empty()) at_ += copy_counted(to_.subspan(at_), bytes, CopyReason::gather_limit);
  }
  void refer(ByteView bytes) {
    flush();
    add(bytes);
    at_ += bytes.size();
    copied_from_ = at_;
  }
  void flush() {
    if (at_ > copied_from_) add(to_.subspan(copied_from_, at_ - copied_from_));
    copied_from_ = at_;
  }
  void add(ByteView bytes) {
    RW_ASSERT(count_ < pieces_.size());
    pieces_[count_++] = bytes;
  }

  ByteSpan to_;
  std::size_t at_ = 0;
  std::size_t copied_from_ = 0;  // bytes copied since the last piece that was referred to
  std::size_t count_ = 0;
  std::array<ByteView, kCipherPiecesMax> pieces_;
};

}  // namespace

bool RecordSealer::seal(std::span<const ByteView> pieces, ByteSpan out) {
  std::uint64_t left = bytes_of(pieces);
  RW_ASSERT(!ended_ && out.size() == sealed_bytes(left));
  if (records_for(left) > seals_left()) return false;
  PieceReader reader(pieces);
  while (left > 0) {
    const std::size_t content = std::min<std::uint64_t>(left, kSealedContentBytes);
    const RecordHeader header = header_of(content);
    std::copy(header.begin(), header.end(), out.begin());
    const ByteSpan body = out.subspan(kRecordHeaderBytes, content + 1 + crypto::kAeadTagBytes);
    Gathering gathering(body.first(content + 1));
    gathering.gather(reader, content);
    RW_ASSERT(sealer_.seal(header, gathering.finish(ContentType::application_data), body).ok());
    out = out.subspan(kRecordHeaderBytes + body.size());
    left -= content;
  }
  return true;
}

bool RecordSealer::seal_alert(AlertCode code, std::span<std::uint8_t, kAlertRecordBytes> out) {
  RW_ASSERT(!ended_);
  if (seals_left() == 0) return false;
  ended_ = true;
  constexpr std::uint8_t kWarning = 1;
  constexpr std::uint8_t kFatal = 2;
  const RecordHeader header = header_of(kAlertBytes);
  std::copy(header.begin(), header.end(), out.begin());
  const ByteSpan body = ByteSpan(out).subspan(kRecordHeaderBytes);
  body[0] = code == AlertCode::close_notify ? kWarning : kFatal;
  body[1] = static_cast<std::uint8_t>(code);
  body[2] = static_cast<std::uint8_t>(ContentType::alert);
  const ByteView inner = body.first(kAlertBytes + 1);
  RW_ASSERT(sealer_.seal(header, {&inner, 1}, body).ok());
  return true;
}

}  // namespace ringwire::session
