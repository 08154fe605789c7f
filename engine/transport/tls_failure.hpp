// Every way in which a TLS handshake ends without keys: for counters, logs and the alert that tells the peer.
//
// A failure says: close the connection, after what is pending was sent. It blames the address at most; nobody
// has an identity yet. Source of alerts: RFC 8446, 6; RFC 7301, 3.2.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/counter.hpp"
#include "engine/session/record.hpp"

namespace ringwire::transport {

enum class TlsFailure : std::uint8_t {
  // Found by us, in bytes that nobody authenticated: client_hello.hpp, tls_record_gate.hpp.
  not_tls,                 // the first bytes are no TLS record
  empty_record,            // zero bytes, or no room for a tag: a flood of them costs us and moves nothing
  record_too_long,         // above what RFC 8446 allows
  too_many_records,        // a flight cut into crumbs
  too_many_bytes,          // more than any handshake of ours needs
  unexpected_record,       // application data before the handshake, a plaintext message after it
  bad_change_cipher_spec,  // not the one byte 1
  repeated_change_cipher_spec,  // more than the one that is allowed
  several_messages,  // a plaintext record goes on after its message: it would span a change of keys
  hello_too_long,    // ClientHello or ServerHello
  malformed_hello,   // a ClientHello that is not one
  no_tls13,          // it offers older versions only
  no_alpn,           // it does not offer ringwire/1
  // Found by wolfSSL.
  peer_alert,             // the peer gave up
  no_common_parameters,   // no common cipher suite, group or signature algorithm
  bad_key_share,          // none where there must be one, or no point of its group
  wrong_version,          // the peer answered with an older version
  wrong_alpn,             // the server chose another protocol, or none
  no_certificate,         // asked for in a closed network
  untrusted_certificate,  // not signed by a CA of this network
  expired_certificate,    // or not valid yet
  bad_certificate,        // malformed, too large a key, too long a chain
  bad_signature,          // of the handshake, by the key of the certificate
  bad_record,             // does not decrypt
  unexpected_message,     // out of order, twice, or on the wrong side
  malformed_message,      // anything else in the form
  out_of_memory,          // ours
  library,                // wolfSSL says something that has no name here
  count_,
};
const char* name(TlsFailure failure);

struct TlsCounters {
  Counter begun;      // library objects made
  Counter completed;  // keys handed over
  session::CounterPer<TlsFailure> failed;
};

// The record that tells the peer, for failures found before wolfSSL speaks; wolfSSL sends its own.
using TlsAlert = std::array<std::uint8_t, session::kRecordHeaderBytes + session::kAlertBytes>;
TlsAlert alert_of(TlsFailure failure);

}  // namespace ringwire::transport
