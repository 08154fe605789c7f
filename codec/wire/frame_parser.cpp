#include "codec/wire/frame_parser.hpp"

#include <algorithm>

#include "codec/crypto/checksum.hpp"
#include "codec/crypto/lz4_block.hpp"

namespace ringwire::wire {
namespace {

// What one allocation may run ahead of the bytes received.
constexpr std::uint32_t kPieceBytesMax = 64 * 1024;

FrameError to_frame_error(crypto::Lz4Error error) {
  return error == crypto::Lz4Error::too_large ? FrameError::too_long_uncompressed
                                              : FrameError::bad_compression;
}

std::uint32_t checksum_of(const Frame& frame) {
  const std::uint64_t skip =
      std::min<std::uint64_t>(rules_of(frame.header.type).unchecked_bytes, frame.payload_bytes());
  return frame.pieces != nullptr ? crypto::checksum(*frame.pieces, skip)
                                 : crypto::checksum(frame.payload.subspan(skip));
}

}  // namespace

void FrameParser::input(Slice slice) {
  if (failed_) return;
  RW_ASSERT(current_.empty());
  current_ = std::move(slice);
}

Pull FrameParser::next(Frame& frame) {
  if (handed_out_) forget_frame();
  if (failed_) {
    current_.reset();
    return Pull::refused;
  }
  if (header_have_ == kFrameHeaderBytes) return take_payload(frame);
  return header_have_ == 0 && current_.size() >= kFrameHeaderBytes ? begin_frame(frame)
                                                                   : continue_header(frame);
}

// The usual case: the header lies in the current slice as a whole.
Pull FrameParser::begin_frame(Frame& frame) {
  const HeaderBytes bytes(current_.data(), kFrameHeaderBytes);
  current_.remove_prefix(kFrameHeaderBytes);
  header_have_ = kFrameHeaderBytes;
  return judge(bytes, frame);
}

Pull FrameParser::continue_header(Frame& frame) {
  const std::uint32_t taken = std::min<std::uint32_t>(kFrameHeaderBytes - header_have_, current_.size());
  std::copy_n(current_.data(), taken, header_bytes_.begin() + header_have_);
  header_have_ = static_cast<std::uint8_t>(header_have_ + taken);
  current_.remove_prefix(taken);
  return header_have_ < kFrameHeaderBytes ? need_more() : judge(header_bytes_, frame);
}

Pull FrameParser::judge(HeaderBytes bytes, Frame& frame) {
  const auto header = decode_header(bytes);
  if (!header) return refuse(header.error());
  if (!authenticated_ && !rules_of(header->type).before_authentication) {
    return refuse(FrameError::not_allowed_yet);
  }
  header_ = *header;
  return take_payload(frame);
}

Pull FrameParser::take_payload(Frame& frame) {
  const std::uint32_t wanted = header_.length - received_;
  if (received_ == 0 && current_.size() >= wanted) {
    frame.payload = current_.view().first(wanted);
    frame.pieces = nullptr;
    current_.remove_prefix(wanted);
    return hand_out(frame);
  }
  if (current_.empty()) return need_more();
  return header_.length <= kLinearBytesMax ? take_linear(frame, wanted) : take_pieces(frame, wanted);
}

Pull FrameParser::take_linear(Frame& frame, std::uint32_t wanted) {
  const std::uint32_t taken = std::min(wanted, current_.size());
  if (!grow_linear(taken)) return refuse(FrameError::no_memory);
  fill_tail(current_.view().first(taken), taken == wanted ? CopyReason::straddle : CopyReason::unpin);
  current_.remove_prefix(taken);
  if (taken < wanted) return need_more();
  own_ = std::move(tail_);
  frame.payload = own_.view().first(header_.length);
  frame.pieces = nullptr;
  return hand_out(frame);
}

Pull FrameParser::take_pieces(Frame& frame, std::uint32_t wanted) {
  if (current_.size() >= wanted) {
    flush_tail();
    pieces_.append(current_.sub(0, wanted));
    current_.remove_prefix(wanted);
    frame.payload = {};
    frame.pieces = &pieces_;
    return hand_out(frame);
  }
  if (may_pin()) {
    flush_tail();
    received_ += current_.size();
    ++pinned_;
    pieces_.append(std::move(current_));
  } else if (!append_copy(current_.view())) {
    return refuse(FrameError::no_memory);
  }
  return need_more();
}

bool FrameParser::may_pin() const {
  if (pinned_ == kPinnedMax) return false;
  const Buffer& buffer = *current_.buffer();
  const bool held_anyway = buffer.references > 1;
  return held_anyway || (current_.size() > kUnpinBytesMax && current_.size() >= buffer.capacity / 4);
}

bool FrameParser::append_copy(ByteView bytes) {
  const std::size_t room = tail_.size() - tail_used_;
  const ByteView first = bytes.first(std::min(room, bytes.size()));
  const ByteView rest = bytes.subspan(first.size());
  fill_tail(first, CopyReason::unpin);
  if (rest.empty()) return true;
  flush_tail();
  const auto needed = static_cast<std::uint32_t>(rest.size());
  const std::uint32_t ahead = std::clamp(received_ + needed, kHeapBytesMin, kPieceBytesMax);
  tail_ = heap_.make(std::min(std::max(needed, ahead), header_.length - received_));
  if (tail_.empty()) return false;
  fill_tail(rest, CopyReason::unpin);
  return true;
}

// Room for `bytes` more in one stretch; what is there already moves along.
bool FrameParser::grow_linear(std::uint32_t bytes) {
  const std::uint32_t needed = tail_used_ + bytes;
  if (needed <= tail_.size()) return true;
  Slice larger = heap_.make(std::min(header_.length, std::max(kHeapBytesMin, 2 * needed)));
  if (larger.empty()) return false;
  copy_counted(HeapBuffers::writable(larger), tail_.view().first(tail_used_), CopyReason::straddle);
  tail_ = std::move(larger);
  return true;
}

void FrameParser::fill_tail(ByteView bytes, CopyReason reason) {
  if (bytes.empty()) return;
  copy_counted(HeapBuffers::writable(tail_).subspan(tail_used_), bytes, reason);
  tail_used_ += static_cast<std::uint32_t>(bytes.size());
  received_ += static_cast<std::uint32_t>(bytes.size());
}

// What was filled becomes a piece of the frame; the room behind it stays for later bytes.
void FrameParser::flush_tail() {
  if (tail_used_ == 0) return;
  pieces_.append(tail_.sub(0, tail_used_));
  tail_.remove_prefix(tail_used_);
  if (tail_.empty()) tail_.reset();
  tail_used_ = 0;
}

Pull FrameParser::hand_out(Frame& frame) {
  frame.header = header_;
  handed_out_ = true;
  return Pull::frame;
}

// The tail of a slice is stored: give its buffer back.
Pull FrameParser::need_more() {
  current_.reset();
  return Pull::need_more;
}

Pull FrameParser::refuse(FrameError error) {
  error_ = error;
  failed_ = true;
  forget_frame();
  current_.reset();
  return Pull::refused;
}

void FrameParser::forget_frame() {
  own_.reset();
  tail_.reset();
  if (!pieces_.empty()) pieces_ = {};
  header_have_ = 0;
  received_ = 0;
  tail_used_ = 0;
  pinned_ = 0;
  handed_out_ = false;
}

bool FrameParser::verify(Frame& frame) {
  if (frame.header.compressed && !inflate(frame)) return false;
  if (zero_checksum_allowed_ && frame.header.checksum == 0) return true;
  if (checksum_of(frame) == frame.header.checksum) return true;
  return fail(FrameError::bad_checksum);
}

bool FrameParser::inflate(Frame& frame) {
  if (!linearise(frame)) return false;
  const auto size = crypto::lz4_measure(frame.payload, rules_of(frame.header.type).bytes_max);
  if (!size) return fail(to_frame_error(size.error()));
  if (*size == 0) return fail(FrameError::bad_compression);
  Slice plain = heap_.make(*size);
  if (plain.empty()) return fail(FrameError::no_memory);
  const auto unpacked = crypto::lz4_unpack(frame.payload, HeapBuffers::writable(plain));
  if (!unpacked) return fail(to_frame_error(unpacked.error()));
  own_ = std::move(plain);
  frame.payload = own_.view();
  return true;
}

bool FrameParser::linearise(Frame& frame) {
  if (frame.pieces == nullptr) return true;
  own_ = heap_.make(static_cast<std::uint32_t>(pieces_.bytes()));
  if (own_.empty()) return fail(FrameError::no_memory);
  pieces_.copy_to(HeapBuffers::writable(own_), CopyReason::straddle);
  pieces_ = {};
  frame.pieces = nullptr;
  frame.payload = own_.view();
  return true;
}

// The frame handed out stays readable until the next call of next().
bool FrameParser::fail(FrameError error) {
  error_ = error;
  failed_ = true;
  return false;
}

SliceChain FrameParser::keep(const Frame& frame) const {
  return frame.pieces != nullptr ? *frame.pieces : SliceChain(keep(frame.payload));
}

Slice FrameParser::keep(ByteView part) const {
  if (part.empty()) return {};
  Buffer& buffer = *(own_.empty() ? current_ : own_).buffer();
  return {buffer, static_cast<std::uint32_t>(part.data() - buffer.data),
          static_cast<std::uint32_t>(part.size())};
}

bool FrameParser::unpin(Frame* handed_out) {
  if (!heap_.take_over(pieces_, CopyReason::relay_heap)) return false;
  pinned_ = 0;
  const bool in_current = handed_out != nullptr && own_.empty() && !handed_out->payload.empty();
  if (!in_current) return heap_.take_over(current_, CopyReason::relay_heap);
  if (heap_.owns(current_)) return true;
  // The payload lies before what is left of its slice: both move together.
  const auto payload_bytes = static_cast<std::uint32_t>(handed_out->payload.size());
  Slice both = keep(handed_out->payload);
  both = Slice(*both.buffer(), both.offset(), payload_bytes + current_.size());
  if (!heap_.take_over(both, CopyReason::relay_heap)) return false;
  handed_out->payload = both.view().first(payload_bytes);
  both.remove_prefix(payload_bytes);
  current_ = std::move(both);
  return true;
}

std::uint32_t FrameParser::owed() const {
  if (handed_out_ || header_have_ == 0) return 0;
  if (header_have_ < kFrameHeaderBytes) return static_cast<std::uint32_t>(kFrameHeaderBytes) - header_have_;
  return header_.length - received_;
}

}  // namespace ringwire::wire
