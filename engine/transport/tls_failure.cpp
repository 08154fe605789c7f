#include "engine/transport/tls_failure.hpp"

#include "codec/base/check.hpp"

namespace ringwire::transport {
namespace {

// RFC 8446, 6.2.
enum class Description : std::uint8_t {
  unexpected_message = 10,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  protocol_version = 70,
  no_application_protocol = 120,
};

Description description_of(TlsFailure failure) {
  if (failure == TlsFailure::record_too_long) return Description::record_overflow;
  if (failure == TlsFailure::malformed_hello) return Description::decode_error;
  if (failure == TlsFailure::bad_change_cipher_spec) return Description::illegal_parameter;
  if (failure == TlsFailure::no_tls13) return Description::protocol_version;
  if (failure == TlsFailure::no_alpn) return Description::no_application_protocol;
  return Description::unexpected_message;
}

}  // namespace

const char* name(TlsFailure failure) {
  static constexpr std::array<const char*, static_cast<std::size_t>(TlsFailure::count_)> kNames{
      "not_tls",
      "empty_record",
      "record_too_long",
      "too_many_records",
      "too_many_bytes",
      "unexpected_record",
      "bad_change_cipher_spec",
      "repeated_change_cipher_spec",
      "several_messages",
      "hello_too_long",
      "malformed_hello",
      "no_tls13",
      "no_alpn",
      "peer_alert",
      "no_common_parameters",
      "bad_key_share",
      "wrong_version",
      "wrong_alpn",
      "no_certificate",
      "untrusted_certificate",
      "expired_certificate",
      "bad_certificate",
      "bad_signature",
      "bad_record",
      "unexpected_message",
      "malformed_message",
      "out_of_memory",
      "library"};
  RW_ASSERT(failure < TlsFailure::count_);
  return kNames[static_cast<std::size_t>(failure)];
}

TlsAlert alert_of(TlsFailure failure) {
  constexpr std::uint8_t kAlert = 21;
  constexpr std::uint8_t kFatal = 2;
  return {kAlert, 3, 3, 0, 2, kFatal, static_cast<std::uint8_t>(description_of(failure))};
}

}  // namespace ringwire::transport
