// From a byte stream to frames, in place.
//
// Problem: a stream is cut anywhere. Copying every frame out of the receive buffer costs more than parsing
// it; keeping receive buffers until slow frames are whole lets a few peers hold all of them.
//
// Rules
//  - A frame that lies inside one slice is handed out as a view into it: no copy, no reference counted.
//  - A payload of up to kLinearBytesMax that lies in several slices is made contiguous (CopyReason::straddle
//    for the part that completes it). A larger one is handed out as a chain of slices.
//  - What an unfinished frame holds: the bytes of a slice are copied to the heap (CopyReason::unpin) and the
//    buffer given back when they are at most kUnpinBytesMax or use under a quarter of their buffer, and
//    nobody else refers to it, or when kPinnedMax buffers are pinned already. Otherwise the slice is kept.
//  - A declared length allocates nothing: heap bytes never exceed kHeapBytesMin or twice what was received of
//    the frame, whichever is more. An idle parser holds no heap and is below 200 bytes.
//  - Version, flags, type, cap and "not before authentication" are judged as soon as the 18 header bytes are
//    there, before any payload byte is kept.
//  - An error is for ever: the stream is out of step. next() repeats it, input() drops what comes.
//
// Use: input(slice); then next() until it is not `frame`; verify() each frame before believing its payload.
// The view of a frame lives until the next call of next() or input(); keep() turns it into references that
// live on. verify() and linearise() may be called once per frame, in this order or not at all.
//
// Owner and thread: one connection, its shard. HeapBuffers must outlive the parser. No timers.
// Complexity: O(bytes), O(1) per frame and slice.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::wire {

inline constexpr std::uint32_t kLinearBytesMax = 4 * 1024;  // a payload in pieces above this stays in pieces
inline constexpr std::uint32_t kUnpinBytesMax = 4 * 1024;   // copying this is cheaper than lending a buffer
inline constexpr std::uint32_t kPinnedMax = 4;              // receive buffers one unfinished frame may hold
inline constexpr std::uint32_t kHeapBytesMin = 512;         // the least worth asking the heap for

struct Frame {
  FrameHeader header;
  ByteView payload;                    // the whole payload where `pieces` is null
  const SliceChain* pieces = nullptr;  // the whole payload in more than one buffer; the parser's own

  [[nodiscard]] std::uint64_t payload_bytes() const {
    return pieces != nullptr ? pieces->bytes() : payload.size();
  }
};

enum class Pull : std::uint8_t {
  frame,      // `frame` was filled in: call again
  need_more,  // everything given was taken: wait for the next slice
  refused,    // see error(): close the connection
};

class FrameParser {
 public:
  explicit FrameParser(HeapBuffers& heap) : heap_(heap) {}
  FrameParser(const FrameParser&) = delete;
  FrameParser& operator=(const FrameParser&) = delete;

  // From now on every type is accepted. Takes effect with the next header, so it may be called between two
  // frames of one slice.
  void set_authenticated() { authenticated_ = true; }
  // Both ends agreed that a checksum of 0 is not checked (kOptionNoChecksum).
  void allow_zero_checksum() { zero_checksum_allowed_ = true; }

  // The next bytes of the stream. Everything given before must have been pulled (asserted).
  void input(Slice slice);

  Pull next(Frame& frame);

  // Why next() or verify() refused.
  [[nodiscard]] FrameError error() const { return error_; }

  // Checks the checksum and unpacks a compressed payload; afterwards the frame holds the plain payload. On
  // failure error() tells why and the parser has failed.
  [[nodiscard]] bool verify(Frame& frame);

  // Makes a payload in pieces contiguous (CopyReason::straddle). False where the heap is at its limit; then
  // the parser has failed. Nothing to do for a contiguous one.
  [[nodiscard]] bool linearise(Frame& frame);

  // References to the payload of the frame handed out last, for longer than the frame.
  [[nodiscard]] SliceChain keep(const Frame& frame) const;
  // The same for a part of a contiguous payload.
  [[nodiscard]] Slice keep(ByteView part) const;

  // Copies what is lent (CopyReason::relay_heap) and gives the receive buffers back. `handed_out` is the
  // frame that next() answered last, where its owner still reads it: its views follow. False at the heap's
  // limit.
  [[nodiscard]] bool unpin(Frame* handed_out);

  // Bytes still missing before the frame begun is whole, 0 between frames. (A connection owed 256 KiB or more
  // is worth a bulk buffer.)
  [[nodiscard]] std::uint32_t owed() const;

 private:
  using HeaderBytes = std::span<const std::uint8_t, kFrameHeaderBytes>;

  Pull begin_frame(Frame& frame);
  Pull continue_header(Frame& frame);
  Pull judge(HeaderBytes bytes, Frame& frame);
  Pull take_payload(Frame& frame);
  Pull take_linear(Frame& frame, std::uint32_t wanted);
  Pull take_pieces(Frame& frame, std::uint32_t wanted);
  [[nodiscard]] bool may_pin() const;
  bool append_copy(ByteView bytes);
  bool grow_linear(std::uint32_t bytes);
  void fill_tail(ByteView bytes, CopyReason reason);
  void flush_tail();
  Pull hand_out(Frame& frame);
  void forget_frame();
  Pull need_more();
  Pull refuse(FrameError error);
  bool fail(FrameError error);
  bool inflate(Frame& frame);

  HeapBuffers& heap_;
  Slice current_;      // what is left of the slice given last
  SliceChain pieces_;  // payload of the frame begun, or of the one handed out last
  Slice tail_;         // heap bytes being filled; after them room for more
  Slice own_;          // heap bytes the frame handed out last points into
  FrameHeader header_;
  std::uint32_t received_ = 0;   // payload bytes of the frame begun
  std::uint32_t tail_used_ = 0;  // bytes of tail_ already written
  std::array<std::uint8_t, kFrameHeaderBytes> header_bytes_{};
  std::uint8_t header_have_ = 0;
  std::uint8_t pinned_ = 0;
  bool authenticated_ = false;
  bool zero_checksum_allowed_ = false;
  bool handed_out_ = false;  // the frame begun was handed out: forget it before going on
  bool failed_ = false;
  FrameError error_{};
};
static_assert(sizeof(FrameParser) <= 200, "4000 idle connections must cost less than a megabyte");

}  // namespace ringwire::wire
