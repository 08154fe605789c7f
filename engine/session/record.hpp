// What both halves of the record layer know of a TLS 1.3 record, and every reason to refuse one.
//
//   type u8 = 23 | version u16 = 0x0303 | length u16 | ciphertext of: content, type u8, zeros | tag
//
// The sealing half is record_sealer.hpp, the opening half record_opener.hpp. Thread: none of this has state.
// Source: RFC 8446, 5 and 6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/crypto/aead.hpp"
#include "engine/session/counter_per.hpp"

namespace ringwire::session {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

inline constexpr std::size_t kRecordHeaderBytes = 5;
using RecordHeader = std::array<std::uint8_t, kRecordHeaderBytes>;
inline constexpr std::uint16_t kRecordVersion = 0x0303;

// What a record takes beside its content: header, type, tag.
inline constexpr std::uint32_t kRecordOverheadBytes = kRecordHeaderBytes + 1 + crypto::kAeadTagBytes;

// The largest record that we send, whole: it fills a small receive buffer (driver::PoolConfig) to its end, so
// that a stream of them is opened where it lies. The protocol would allow 22 bytes more.
inline constexpr std::uint32_t kSealedRecordBytes = 16 * 1024;
inline constexpr std::uint32_t kSealedContentBytes = kSealedRecordBytes - kRecordOverheadBytes;

// What may follow the header of a record that we receive. 2^14 of content and its type, padding included
// (5.4), and the tag. Section 5.2 allows 2^14 + 256, for ciphers that add more than ours.
inline constexpr std::uint32_t kContentBytesMax = 16 * 1024;
inline constexpr std::uint32_t kRecordBodyBytesMax = kContentBytesMax + 1 + crypto::kAeadTagBytes;
inline constexpr std::uint32_t kRecordBodyBytesMin = 1 + crypto::kAeadTagBytes;

enum class AlertCode : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  protocol_version = 70,
  internal_error = 80,
  user_canceled = 90,
  no_application_protocol = 120,
};
inline constexpr std::size_t kAlertBytes = 2;
inline constexpr std::size_t kAlertRecordBytes = kAlertBytes + kRecordOverheadBytes;

// Why a connection ends whose records cannot be read on. What the caller does: close it, after the alert of
// alert_for() where there is one.
enum class RecordError : std::uint8_t {
  unexpected_record,     // not encrypted, though keys are in use; a second change_cipher_spec too
  bad_version,           // not 0x0303
  too_long,              // more than kRecordBodyBytesMax
  too_short,             // no room for a type and a tag
  not_authentic,         // forged, damaged, replayed, dropped or moved
  no_type,               // nothing but padding
  unexpected_type,       // of the content
  empty_message,         // an alert or handshake record without content
  too_many_empty,        // kEmptyRecordsMax of them in a row
  interleaved,           // another record within a handshake message
  key_update,            // not supported: a peer that wants new keys dials again
  unexpected_handshake,  // any other message, or a ticket from who was dialled by nobody
  too_many_tickets,      // more than kTicketsMax, or kTicketBytesMax
  malformed_alert,       // not two bytes
  peer_alert,            // the peer gave up, see RecordOpener::alert()
  truncated,             // the end of the stream without close_notify
  exhausted,             // the key opened as many records as it may
  no_memory,             // the heap is at its limit: our fault
  count_,
};
const char* name(RecordError error);

// What to tell the peer before the connection is closed; close_notify where it is not to blame.
AlertCode alert_for(RecordError error);

// Of all connections of a shard.
struct RecordCounters {
  CounterPer<RecordError> refused;
  Counter tickets_ignored;  // NewSessionTicket messages: we resume nothing
  Counter empty_records;    // without content, or with an alert that means nothing
};

}  // namespace ringwire::session
