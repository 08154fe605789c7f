// The records of a TLS 1.3 handshake, one at a time and whole, before a library sees them.
//
// Attacks
//  - a byte per record or per second: the library would be called for each, with 56 KiB of it kept meanwhile.
//    Here a record is handed on when it is whole, empty ones are refused, and their number is bounded;
//  - ChangeCipherSpec again and again (CVE-2020-12457): one is let pass, as RFC 8446, D.4 asks for;
//  - messages that go on after the one at which the keys change, in the same record: a server's whole flight
//    in plaintext was accepted that way (CVE-2023-6937; Debian 12's wolfSSL has not got the fix). ClientHello
//    and ServerHello are the only messages in plaintext, and the keys change after each: so a plaintext
//    record holds one message or a part of one.
//
// Rules: input() takes bytes up to the end of one record and no further until pop(). So what follows the last
// record of the handshake stays with the caller.
//
// After the first failure nothing is taken. Owner: the handshake. No timer: the connection's absolute
// deadline covers it. Memory: one record, at most kTlsRecordBytesMax. Complexity: linear. Source: RFC
// 8446, 5.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "engine/session/record.hpp"
#include "engine/transport/tls_failure.hpp"

namespace ringwire::transport {

inline constexpr std::size_t kTlsRecordBytesMax = session::kRecordHeaderBytes + session::kRecordBodyBytesMax;

// A ClientHello or ServerHello with its 4-byte header. Ours have 240 bytes; with a post-quantum key share
// 1.8 KiB are usual.
inline constexpr std::uint32_t kTlsHelloBytesMax = 4'096;
// Of one end's side of a handshake: a chain of 9 certificates with RSA-4096 keys has 20 KiB.
inline constexpr std::uint32_t kTlsHandshakeBytesMax = 64 * 1024;
inline constexpr std::uint32_t kTlsHandshakeRecordsMax = 64;  // 1 KiB each, where they are that many

struct TlsRecordHeader {
  session::ContentType type{};
  std::uint32_t length = 0;
};
// not_tls, empty_record or record_too_long. `bytes` has session::kRecordHeaderBytes.
Result<TlsRecordHeader, TlsFailure> decode_record_header(const std::uint8_t* bytes);

// Where a plaintext message ends, over the records that carry it.
class PlainMessage {
 public:
  // A record's content. hello_too_long, several_messages.
  std::optional<TlsFailure> input(ByteView content);
  // Between two messages. Not before the first.
  [[nodiscard]] bool whole() const { return begun_ && header_bytes_ == kHeaderBytes && left_ == 0; }

 private:
  static constexpr std::uint8_t kHeaderBytes = 4;

  bool begun_ = false;
  std::uint8_t header_bytes_ = 0;
  std::uint32_t left_ = 0;
};

class TlsRecordGate {
 public:
  // How many of `bytes` were taken: none while a record waits, or after a failure.
  std::size_t input(ByteView bytes);
  // A whole record, or nothing. Valid until pop().
  [[nodiscard]] ByteView record() const;
  void pop();

  [[nodiscard]] std::optional<TlsFailure> failure() const { return failure_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }

 private:
  [[nodiscard]] std::optional<TlsFailure> objection(const TlsRecordHeader& header);
  void on_record();

  std::vector<std::uint8_t> held_;
  std::size_t wanted_ = session::kRecordHeaderBytes;  // bytes of the record, its header first
  bool whole_ = false;
  bool sealed_ = false;   // application data was seen: no plaintext message may follow
  bool changed_ = false;  // the one ChangeCipherSpec was seen
  std::uint32_t records_ = 0;
  std::uint32_t bytes_ = 0;
  PlainMessage message_;
  std::optional<TlsFailure> failure_;
};

}  // namespace ringwire::transport
