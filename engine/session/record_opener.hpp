// The receiving half of the record layer: from a stream of TLS 1.3 records to their plaintext, in place.
//
// Attacks
//  - Promise 16 KiB, send a byte a second: a declared length allocates nothing. An unfinished record holds at
//    most twice what came of it on the heap, or the receive buffers it fills by a quarter or more, at most
//    kRecordPinnedMax; an idle opener holds neither.
//  - Records without content, for ever: kEmptyRecordsMax in a row. Tickets for ever: kTicketsMax.
//  - Cut the stream where a message is whole: on_end() tells an orderly end from a cut one.
//  - What was forged, damaged, replayed, dropped, moved, or is not a record at all ends the connection. After
//    an error nothing is opened any more.
//
// Rules
//  - Whoever gives a slice to input() gives its bytes away: a record that lies whole in one slice is
//    overwritten by its plaintext, and handed out as a part of the same buffer. Slices of received bytes are
//    given to one owner once, so nobody else sees that.
//  - A record that lies in several buffers is opened from them into one heap buffer. So each byte is
//    decrypted once and not copied, but where a piece would hold a receive buffer hostage
//    (CopyReason::unpin).
//  - After the handshake all records are encrypted: change_cipher_spec is refused as any other. Of handshake
//    messages only NewSessionTicket is put up with, from the server, and ignored (stock TLS libraries send
//    two); KeyUpdate closes. Of alerts, close_notify ends the stream and user_canceled means nothing.
//
// Use: input(slice); then next() until it answers something else than `plain`. Bytes that follow close_notify
// are dropped.
//
// Owner and thread: one connection, its shard. RecordShard must outlive it. No timers. Complexity: O(bytes).
// Source: RFC 8446, 4.6, 5 and 6.
#pragma once

#include <cstdint>
#include <utility>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"
#include "engine/session/record.hpp"

namespace ringwire::session {

inline constexpr std::uint32_t kRecordUnpinBytes = 4 * 1024;  // copying this is cheaper than lending a buffer
inline constexpr std::uint32_t kRecordPinnedMax = 2;          // begun in one, fills one; the last is not kept
inline constexpr std::uint32_t kEmptyRecordsMax = 32;         // no library sends more than one
inline constexpr std::uint32_t kTicketsMax = 8;               // libraries send 1 to 4
inline constexpr std::uint32_t kTicketBytesMax = 16 * 1024;  // of all; one with a certificate in it has 2 KiB

// What the openers of a shard share.
struct RecordShard {
  explicit RecordShard(HeapBuffers& heap_buffers) : heap(heap_buffers) {}

  HeapBuffers& heap;
  RecordCounters counters;
};

// Who sends what is opened here: only a server has tickets to give.
enum class Sender : std::uint8_t { client, server };

enum class Opened : std::uint8_t {
  plain,      // `plain` has the content of a record: call again
  need_more,  // everything given was taken: wait for the next slice
  ended,      // close_notify: the peer will send nothing more
  refused,    // see error(): close the connection
};

class RecordOpener {
 public:
  RecordOpener(RecordShard& shard, crypto::AeadKey key, Sender sender)
      : shard_(shard), opener_(std::move(key)), sender_(sender) {}
  RecordOpener(const RecordOpener&) = delete;
  RecordOpener& operator=(const RecordOpener&) = delete;

  // The next bytes of the stream, the caller's only reference to them. Everything given before must have been
  // pulled (asserted).
  void input(Slice slice);

  Opened next(Slice& plain);

  // No more will be received: `truncated` where no close_notify came before, or the error there was.
  Status<RecordError> on_end();

  // Why next() refused.
  [[nodiscard]] RecordError error() const { return error_; }
  // What the peer said, where that is peer_alert.
  [[nodiscard]] std::uint8_t alert() const { return alert_; }

  // Copies what is lent (CopyReason::relay_heap) and gives the receive buffers back. False at the heap's
  // limit.
  [[nodiscard]] bool unpin();

  // Nothing of an unfinished record, and nothing that next() has not been asked for.
  [[nodiscard]] bool idle() const { return current_.empty() && header_have_ == 0; }

 private:
  enum class State : std::uint8_t { open, ended, refused };

  bool take_header();
  void judge_header();
  [[nodiscard]] std::uint32_t body_bytes() const { return load_be<std::uint16_t>(&header_[3]); }
  Slice take_body();
  Slice open_in_place(Slice body);
  Slice open_gathered();
  Slice opened(Slice body, const Result<ByteSpan, crypto::AeadError>& result);
  void keep_part();
  [[nodiscard]] bool may_pin() const;
  [[nodiscard]] bool append_copy(ByteView bytes);
  void fill_tail(ByteView bytes);
  void flush_tail();
  void forget_record();

  // Whether `inner` is application data with content, and then only that.
  bool judge(Slice& inner);
  void judge_empty();
  void judge_alert(ByteView content);
  void judge_handshake(ByteView content);
  void read_message_head(std::uint8_t byte);
  void begin_message(std::uint8_t type);
  void refuse(RecordError error);

  RecordShard& shard_;
  crypto::AeadOpener opener_;
  Slice current_;     // what is left of the slice given last
  SliceChain parts_;  // of the body of the record begun
  Slice tail_;        // heap bytes being filled; after them room for more
  std::uint32_t tail_used_ = 0;
  std::uint32_t received_ = 0;      // of the body, in parts_ and tail_
  std::uint32_t ticket_bytes_ = 0;  // in all
  std::uint32_t message_left_ = 0;  // of the handshake message begun, behind its head
  RecordHeader header_{};
  std::uint8_t header_have_ = 0;
  std::uint8_t pinned_ = 0;
  std::uint8_t message_have_ = 0;  // of its head's four bytes
  std::uint8_t tickets_ = 0;
  std::uint8_t empty_ = 0;  // records in a row
  std::uint8_t alert_ = 0;
  const Sender sender_;
  State state_ = State::open;
  RecordError error_{};
};
static_assert(sizeof(RecordOpener) <= 216, "an idle session over TLS must stay within 6 KiB");

}  // namespace ringwire::session
