// Whether what a stranger sends begins a TLS handshake with us, before anything is paid for it.
//
// Attack: a TLS object of the library costs 56 KiB and 400 us. Strangers who send half a ClientHello and
// wait, a byte now and then, a web browser's, or no TLS at all, would get one each. So nothing is made
// before a whole ClientHello is here that offers what we speak: TLS 1.3 and the protocol ringwire/1.
//
// Rules: the bytes are judged as they come, so that what is no TLS is known at its first bytes. The
// ClientHello may be cut into a few records. Its list of extensions has to be well-formed; the rest of it
// is judged by the library. input() takes nothing behind the record in which the ClientHello ends.
//
// After a refusal nothing is taken. Owner: the connection, until the handshake object is made. No timer: the
// connection's absolute deadline covers it. Memory: at most kClientHelloHeldMax, and only what came.
// Complexity: linear. Source: RFC 8446, 4.1.2, 4.2 and 5.1; RFC 7301, 3.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "engine/transport/tls_failure.hpp"
#include "engine/transport/tls_record_gate.hpp"

namespace ringwire::transport {

// The protocol of our sessions, offered by every client and chosen by every server.
inline constexpr std::string_view kTlsProtocol = "ringwire/1";

// Whole ClientHellos come in one record; tests and middle boxes cut them.
inline constexpr std::uint32_t kClientHelloRecordsMax = 8;
inline constexpr std::size_t kClientHelloHeldMax =
    kTlsHelloBytesMax + kClientHelloRecordsMax * session::kRecordHeaderBytes;

// Whether a ClientHello, its 4-byte header first, offers TLS 1.3 and kTlsProtocol: malformed_hello,
// no_tls13 or no_alpn where not.
std::optional<TlsFailure> objection_to_hello(ByteView message);

class ClientHelloReader {
 public:
  enum class State : std::uint8_t { need_more, whole, refused };

  // How many of `bytes` were taken.
  std::size_t input(ByteView bytes);
  [[nodiscard]] State state() const { return state_; }
  // Only when refused.
  [[nodiscard]] TlsFailure failure() const;
  // Only when whole: the records as they came.
  [[nodiscard]] std::vector<std::uint8_t> take();
  [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }

 private:
  [[nodiscard]] bool may_begin_record() const;
  void on_header();
  void on_record();
  [[nodiscard]] std::vector<std::uint8_t> message() const;
  void refuse(TlsFailure failure);

  State state_ = State::need_more;
  TlsFailure failure_{};
  std::uint32_t records_ = 0;
  std::uint32_t message_bytes_ = 0;
  std::vector<std::uint8_t> held_;
  std::size_t record_at_ = 0;                         // where the record that is being read begins in held_
  std::size_t wanted_ = session::kRecordHeaderBytes;  // where it, or its header, ends
  bool in_header_ = true;
  PlainMessage message_;
};

}  // namespace ringwire::transport
