#include "engine/transport/tls_failure.hpp"

#include "codec/base/check.hpp"

namespace ringwire::transport {
namespace {

using session::AlertCode;

AlertCode code_of(TlsFailure failure) {
  if (failure == TlsFailure::record_too_long) return AlertCode::record_overflow;
  if (failure == TlsFailure::malformed_hello) return AlertCode::decode_error;
  if (failure == TlsFailure::bad_change_cipher_spec) return AlertCode::illegal_parameter;
  if (failure == TlsFailure::no_tls13) return AlertCode::protocol_version;
  if (failure == TlsFailure::no_alpn) return AlertCode::no_application_protocol;
  return AlertCode::unexpected_message;
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
  constexpr std::uint8_t kFatal = 2;
  TlsAlert record{static_cast<std::uint8_t>(session::ContentType::alert)};
  store_be(&record[1], session::kRecordVersion);
  store_be(&record[3], std::uint16_t{session::kAlertBytes});
  record[5] = kFatal;
  record[6] = static_cast<std::uint8_t>(code_of(failure));
  return record;
}

}  // namespace ringwire::transport
