#include "engine/session/record_opener.hpp"

#include <algorithm>
#include <array>

#include "codec/base/check.hpp"
#include "codec/base/copy.hpp"

namespace ringwire::session {
namespace {

// The least worth asking the heap for.
constexpr std::uint32_t kTailBytesMin = 512;

// Parts of one body: buffers of more than kRecordUnpinBytes, tails that double what was received (six are
// enough), each of those buffers cutting a tail in two, and the end.
constexpr std::size_t kPartsMax = 2 * (kRecordBodyBytesMax / kRecordUnpinBytes) + 7 + 1;
static_assert(kRecordBodyBytesMax <= kTailBytesMin << 6);

constexpr std::uint32_t kTagBytes = crypto::kAeadTagBytes;
constexpr std::uint32_t kMessageHeadBytes = 4;  // of a handshake message: type u8, length u24
constexpr std::uint8_t kNewSessionTicket = 4;
constexpr std::uint8_t kKeyUpdate = 24;

ByteSpan writable(const Slice& slice) {
  return {slice.buffer()->data + slice.offset(), slice.size()};
}

// Without the zeros at its end. Padding costs its sender nothing, so it is read in words.
std::size_t without_padding(ByteView inner) {
  std::size_t size = inner.size();
  while (size >= sizeof(std::uint64_t) &&
         load_be<std::uint64_t>(inner.data() + size - sizeof(std::uint64_t)) == 0) {
    size -= sizeof(std::uint64_t);
  }
  while (size > 0 && inner[size - 1] == 0) --size;
  return size;
}

}  // namespace

void RecordOpener::input(Slice slice) {
  if (state_ != State::open) return;
  RW_ASSERT(current_.empty());
  current_ = std::move(slice);
}

Opened RecordOpener::next(Slice& plain) {
  plain.reset();
  while (state_ == State::open) {
    if (!take_header()) return Opened::need_more;
    if (state_ != State::open) break;
    if (received_ + current_.size() < body_bytes()) {
      keep_part();
      if (state_ != State::open) break;
      return Opened::need_more;
    }
    Slice inner = take_body();
    if (state_ != State::open || !judge(inner)) continue;
    plain = std::move(inner);
    return Opened::plain;
  }
  return state_ == State::ended ? Opened::ended : Opened::refused;
}

Status<RecordError> RecordOpener::on_end() {
  if (state_ == State::open) refuse(RecordError::truncated);
  if (state_ == State::refused) return Failure{error_};
  return Done{};
}

// --- taking a record

// False where more is needed.
bool RecordOpener::take_header() {
  if (header_have_ == kRecordHeaderBytes) return true;
  const auto taken = std::min<std::uint32_t>(kRecordHeaderBytes - header_have_, current_.size());
  std::copy_n(current_.data(), taken, header_.begin() + header_have_);
  header_have_ = static_cast<std::uint8_t>(header_have_ + taken);
  current_.remove_prefix(taken);
  if (current_.empty()) current_.reset();
  if (header_have_ < kRecordHeaderBytes) return false;
  judge_header();
  return true;
}

void RecordOpener::judge_header() {
  if (header_[0] != static_cast<std::uint8_t>(ContentType::application_data)) {
    return refuse(RecordError::unexpected_record);
  }
  if (load_be<std::uint16_t>(&header_[1]) != kRecordVersion) return refuse(RecordError::bad_version);
  if (body_bytes() > kRecordBodyBytesMax) return refuse(RecordError::too_long);
  if (body_bytes() < kRecordBodyBytesMin) return refuse(RecordError::too_short);
}

// The inner plaintext of the record begun, which has come as a whole.
Slice RecordOpener::take_body() {
  const std::uint32_t wanted = body_bytes() - received_;
  Slice last = current_.sub(0, wanted);
  current_.remove_prefix(wanted);
  if (current_.empty()) current_.reset();
  if (received_ == 0) return open_in_place(std::move(last));
  flush_tail();
  parts_.append(std::move(last));
  return open_gathered();
}

Slice RecordOpener::open_in_place(Slice body) {
  const ByteView sealed = body.view();
  const ByteSpan to = writable(body).first(body.size() - kTagBytes);
  return opened(std::move(body), opener_.open(header_, {&sealed, 1}, to));
}

Slice RecordOpener::open_gathered() {
  std::array<ByteView, kPartsMax> parts;
  RW_ASSERT(parts_.count() <= parts.size());
  for (std::size_t i = 0; i < parts_.count(); ++i) parts[i] = parts_[i].view();
  Slice body = shard_.heap.make(body_bytes() - kTagBytes);
  if (body.empty()) {
    refuse(RecordError::no_memory);
    return {};
  }
  const ByteSpan to = HeapBuffers::writable(body);
  return opened(std::move(body), opener_.open(header_, std::span(parts).first(parts_.count()), to));
}

// What the cipher wrote to the start of `body`.
Slice RecordOpener::opened(Slice body, const Result<ByteSpan, crypto::AeadError>& result) {
  forget_record();
  if (result.ok()) return body.sub(0, static_cast<std::uint32_t>(result.value().size()));
  const bool exhausted = result.error() == crypto::AeadError::exhausted;
  refuse(exhausted ? RecordError::exhausted : RecordError::not_authentic);
  return {};
}

// --- an unfinished record

// The end of the current slice belongs to a record that goes on.
void RecordOpener::keep_part() {
  if (current_.empty()) return;
  if (may_pin()) {
    flush_tail();
    received_ += current_.size();
    ++pinned_;
    parts_.append(std::move(current_));
  } else if (!append_copy(current_.view())) {
    return refuse(RecordError::no_memory);
  }
  current_.reset();
}

bool RecordOpener::may_pin() const {
  return pinned_ < kRecordPinnedMax && current_.size() > kRecordUnpinBytes &&
         current_.size() >= current_.buffer()->capacity / 4;
}

bool RecordOpener::append_copy(ByteView bytes) {
  const std::size_t room = tail_.size() - tail_used_;
  const ByteView first = bytes.first(std::min(room, bytes.size()));
  const ByteView rest = bytes.subspan(first.size());
  fill_tail(first);
  if (rest.empty()) return true;
  flush_tail();
  const auto needed = static_cast<std::uint32_t>(rest.size());
  const std::uint32_t ahead = std::max({kTailBytesMin, received_, needed});
  tail_ = shard_.heap.make(std::min(ahead, body_bytes() - received_));
  if (tail_.empty()) return false;
  fill_tail(rest);
  return true;
}

void RecordOpener::fill_tail(ByteView bytes) {
  if (bytes.empty()) return;
  copy_counted(HeapBuffers::writable(tail_).subspan(tail_used_), bytes, CopyReason::unpin);
  tail_used_ += static_cast<std::uint32_t>(bytes.size());
  received_ += static_cast<std::uint32_t>(bytes.size());
}

// What was filled becomes a part; the room behind it stays for later bytes.
void RecordOpener::flush_tail() {
  if (tail_used_ == 0) return;
  parts_.append(tail_.sub(0, tail_used_));
  tail_.remove_prefix(tail_used_);
  if (tail_.empty()) tail_.reset();
  tail_used_ = 0;
}

void RecordOpener::forget_record() {
  if (!parts_.empty()) parts_ = {};
  tail_.reset();
  tail_used_ = received_ = 0;
  header_have_ = pinned_ = 0;
}

bool RecordOpener::unpin() {
  pinned_ = 0;
  return shard_.heap.take_over(parts_, CopyReason::relay_heap) &&
         shard_.heap.take_over(current_, CopyReason::relay_heap);
}

// --- judging what was in it

bool RecordOpener::judge(Slice& inner) {
  const std::size_t size = without_padding(inner.view());
  if (size == 0) {
    refuse(RecordError::no_type);
    return false;
  }
  const std::uint8_t type = inner.data()[size - 1];
  inner = inner.sub(0, static_cast<std::uint32_t>(size - 1));
  const bool in_message = message_have_ > 0;
  if (in_message && type != static_cast<std::uint8_t>(ContentType::handshake)) {
    refuse(RecordError::interleaved);
    return false;
  }
  switch (static_cast<ContentType>(type)) {
    case ContentType::application_data:
      if (inner.empty()) {
        judge_empty();
        return false;
      }
      empty_ = 0;
      return true;
    case ContentType::alert:
      judge_alert(inner.view());
      return false;
    case ContentType::handshake:
      judge_handshake(inner.view());
      return false;
    case ContentType::change_cipher_spec:
      break;
  }
  refuse(RecordError::unexpected_type);
  return false;
}

void RecordOpener::judge_empty() {
  shard_.counters.empty_records.add();
  if (++empty_ > kEmptyRecordsMax) refuse(RecordError::too_many_empty);
}

void RecordOpener::judge_alert(ByteView content) {
  if (content.empty()) return refuse(RecordError::empty_message);
  if (content.size() != kAlertBytes) return refuse(RecordError::malformed_alert);
  // The level says nothing that the code does not (6).
  const std::uint8_t code = content[1];
  if (code == static_cast<std::uint8_t>(AlertCode::user_canceled)) return judge_empty();
  if (code == static_cast<std::uint8_t>(AlertCode::close_notify)) {
    state_ = State::ended;
    current_.reset();
    return;
  }
  alert_ = code;
  refuse(RecordError::peer_alert);
}

// Nothing of a ticket is kept: it is enough to know where it ends.
void RecordOpener::judge_handshake(ByteView content) {
  if (content.empty()) return refuse(RecordError::empty_message);
  while (!content.empty() && state_ == State::open) {
    if (message_have_ < kMessageHeadBytes) {
      read_message_head(content.front());
      content = content.subspan(1);
    } else {
      const std::size_t taken = std::min<std::size_t>(message_left_, content.size());
      content = content.subspan(taken);
      message_left_ -= static_cast<std::uint32_t>(taken);
    }
    if (message_have_ < kMessageHeadBytes || message_left_ > 0) continue;
    message_have_ = 0;
    shard_.counters.tickets_ignored.add();
  }
}

void RecordOpener::read_message_head(std::uint8_t byte) {
  if (message_have_++ == 0) return begin_message(byte);
  message_left_ = message_left_ << 8 | byte;
  if (message_have_ < kMessageHeadBytes) return;
  ticket_bytes_ += message_left_;
  if (ticket_bytes_ > kTicketBytesMax) refuse(RecordError::too_many_tickets);
}

void RecordOpener::begin_message(std::uint8_t type) {
  if (type == kKeyUpdate) return refuse(RecordError::key_update);
  if (type != kNewSessionTicket || sender_ != Sender::server)
    return refuse(RecordError::unexpected_handshake);
  if (++tickets_ > kTicketsMax) refuse(RecordError::too_many_tickets);
}

void RecordOpener::refuse(RecordError error) {
  shard_.counters.refused[error].add();
  error_ = error;
  state_ = State::refused;
  forget_record();
  current_.reset();
}

}  // namespace ringwire::session
