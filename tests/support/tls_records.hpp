// Records for tests of the record layer: any content, sealed, and a naive reader that says what a stream of
// them means. It has the whole stream, decrypts one record after the other into memory of its own, and keeps
// all handshake messages.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "codec/base/slice.hpp"
#include "codec/crypto/aead.hpp"
#include "engine/session/record_opener.hpp"

namespace ringwire::test {

using Octets = std::vector<std::uint8_t>;

inline crypto::AeadKey record_key(crypto::AeadSuite suite = crypto::AeadSuite::aes_128_gcm,
                                  std::uint64_t used = 0) {
  const Octets key(crypto::key_bytes(suite), 0x42);
  return {suite, key, crypto::AeadNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, used};
}

class RecordMaker {
 public:
  explicit RecordMaker(crypto::AeadKey key) : sealer_(std::move(key)) {}

  // Around `inner`, whatever that is.
  Octets seal(ByteView inner) {
    Octets record(session::kRecordHeaderBytes + inner.size() + crypto::kAeadTagBytes);
    record[0] = 23;
    store_be(&record[1], std::uint16_t{0x0303});
    store_be(&record[3], static_cast<std::uint16_t>(inner.size() + crypto::kAeadTagBytes));
    const ByteSpan all(record);
    RW_ASSERT(sealer_.seal(all.first(session::kRecordHeaderBytes), {&inner, 1},
                           all.subspan(session::kRecordHeaderBytes)));
    return record;
  }
  Octets record(std::uint8_t type, ByteView content, std::size_t padding = 0) {
    Octets inner(content.begin(), content.end());
    inner.push_back(type);
    inner.resize(inner.size() + padding);
    return seal(inner);
  }

 private:
  crypto::AeadSealer sealer_;
};

// What a stream came to.
struct Reading {
  Octets content;
  session::Opened end = session::Opened::need_more;
  session::RecordError error{};  // where it was refused
  std::uint8_t alert = 0;
  std::uint64_t tickets = 0;
  std::uint64_t empty = 0;
  bool operator==(const Reading&) const = default;
};

class NaiveOpener {
 public:
  NaiveOpener(crypto::AeadKey key, session::Sender sender) : opener_(std::move(key)), sender_(sender) {}

  Reading read(ByteView stream) {
    while (reading_.end == session::Opened::need_more && stream.size() >= 5) {
      if (!header_is_good(stream)) break;
      const std::size_t length = 256 * std::size_t{stream[3]} + stream[4];
      if (stream.size() < 5 + length) break;
      read_body(stream.first(5), stream.subspan(5, length));
      stream = stream.subspan(5 + length);
    }
    return reading_;
  }

 private:
  using Error = session::RecordError;

  void refuse(Error error) {
    reading_.end = session::Opened::refused;
    reading_.error = error;
  }

  bool header_is_good(ByteView header) {
    const std::size_t length = 256 * std::size_t{header[3]} + header[4];
    if (header[0] != 23) {
      refuse(Error::unexpected_record);
    } else if (header[1] != 3 || header[2] != 3) {
      refuse(Error::bad_version);
    } else if (length > 16'384 + 1 + 16) {
      refuse(Error::too_long);
    } else if (length < 1 + 16) {
      refuse(Error::too_short);
    }
    return reading_.end == session::Opened::need_more;
  }

  void read_body(ByteView header, ByteView body) {
    Octets inner(body.size() - 16);
    if (!opener_.open(header, {&body, 1}, inner)) return refuse(Error::not_authentic);
    while (!inner.empty() && inner.back() == 0) inner.pop_back();
    if (inner.empty()) return refuse(Error::no_type);
    const std::uint8_t type = inner.back();
    inner.pop_back();
    if (!messages_.empty() && type != 22) return refuse(Error::interleaved);
    if (type == 23) return read_data(inner);
    if (type == 21) return read_alert(inner);
    if (type == 22) return read_messages(inner);
    refuse(Error::unexpected_type);
  }

  void count_empty() {
    ++reading_.empty;
    if (++in_a_row_ > session::kEmptyRecordsMax) refuse(Error::too_many_empty);
  }

  void read_data(const Octets& content) {
    if (content.empty()) return count_empty();
    in_a_row_ = 0;
    reading_.content.insert(reading_.content.end(), content.begin(), content.end());
  }

  void read_alert(const Octets& content) {
    if (content.empty()) return refuse(Error::empty_message);
    if (content.size() != 2) return refuse(Error::malformed_alert);
    if (content[1] == 90) return count_empty();
    if (content[1] == 0) {
      reading_.end = session::Opened::ended;
      return;
    }
    reading_.alert = content[1];
    refuse(Error::peer_alert);
  }

  void read_messages(const Octets& content) {
    if (content.empty()) return refuse(Error::empty_message);
    const bool goes_on = !messages_.empty();
    messages_.insert(messages_.end(), content.begin(), content.end());
    for (bool known = goes_on; !messages_.empty(); known = false) {
      if (!known && !message_is_good(messages_[0])) return;
      const std::size_t head = std::min<std::size_t>(4, messages_.size());
      if (head < 4) return;
      const std::size_t length =
          65'536 * std::size_t{messages_[1]} + 256 * std::size_t{messages_[2]} + messages_[3];
      if (ticket_bytes_ + length > session::kTicketBytesMax) return refuse(Error::too_many_tickets);
      if (messages_.size() < 4 + length) return;
      ticket_bytes_ += length;
      messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(4 + length));
      ++reading_.tickets;
    }
  }

  bool message_is_good(std::uint8_t type) {
    if (type == 24) {
      refuse(Error::key_update);
    } else if (type != 4 || sender_ != session::Sender::server) {
      refuse(Error::unexpected_handshake);
    } else if (reading_.tickets == session::kTicketsMax) {
      refuse(Error::too_many_tickets);
    }
    return reading_.end == session::Opened::need_more;
  }

  crypto::AeadOpener opener_;
  const session::Sender sender_;
  Reading reading_;
  Octets messages_;
  std::size_t ticket_bytes_ = 0;
  std::uint64_t in_a_row_ = 0;
};

// A receive buffer that claims `spare` unused bytes behind what arrived. They do not exist: reading or
// writing them is found.
inline Slice received(ByteView bytes, std::uint32_t spare) {
  struct Returned final : Recycler {
    void recycle(Buffer& buffer) override {
      delete[] buffer.data;
      delete &buffer;
    }
  };
  static Returned returned;
  auto* buffer = new Buffer;
  buffer->capacity = static_cast<std::uint32_t>(bytes.size()) + spare;
  buffer->data = new std::uint8_t[bytes.size()];
  buffer->recycler = &returned;
  std::copy(bytes.begin(), bytes.end(), buffer->data);
  return {*buffer, 0, static_cast<std::uint32_t>(bytes.size())};
}

// The same stream through an opener, received in slices of next_size(). The heap stays in proportion.
template <class NextSize>
Reading read_in_slices(ByteView stream, crypto::AeadKey key, session::Sender sender, std::uint32_t spare,
                       NextSize&& next_size) {
  HeapBuffers heap(1 << 20);
  session::RecordShard shard(heap);
  session::RecordOpener opener(shard, std::move(key), sender);
  Reading reading;
  for (std::size_t at = 0; at < stream.size() && reading.end == session::Opened::need_more;) {
    const std::size_t size = std::clamp<std::size_t>(next_size(), 1, stream.size() - at);
    opener.input(received(stream.subspan(at, size), spare));
    at += size;
    Slice plain;
    while ((reading.end = opener.next(plain)) == session::Opened::plain) {
      const ByteView content = plain.view();
      RW_ASSERT(!content.empty());
      reading.content.insert(reading.content.end(), content.begin(), content.end());
    }
    RW_ASSERT(plain.buffer() == nullptr);
    RW_ASSERT(heap.used_bytes() <= std::max<std::size_t>(1024, 4 * at) && heap.used_bytes() <= 128 * 1024);
  }
  if (reading.end == session::Opened::refused) reading.error = opener.error();
  reading.alert = opener.alert();
  reading.tickets = shard.counters.tickets_ignored.value();
  reading.empty = shard.counters.empty_records.value();
  return reading;
}

}  // namespace ringwire::test
