#include "engine/session/record.hpp"

namespace ringwire::session {

const char* name(RecordError error) {
  switch (error) {
    case RecordError::unexpected_record:
      return "unexpected_record";
    case RecordError::bad_version:
      return "bad_version";
    case RecordError::too_long:
      return "too_long";
    case RecordError::too_short:
      return "too_short";
    case RecordError::not_authentic:
      return "not_authentic";
    case RecordError::no_type:
      return "no_type";
    case RecordError::unexpected_type:
      return "unexpected_type";
    case RecordError::empty_message:
      return "empty_message";
    case RecordError::too_many_empty:
      return "too_many_empty";
    case RecordError::interleaved:
      return "interleaved";
    case RecordError::key_update:
      return "key_update";
    case RecordError::unexpected_handshake:
      return "unexpected_handshake";
    case RecordError::too_many_tickets:
      return "too_many_tickets";
    case RecordError::malformed_alert:
      return "malformed_alert";
    case RecordError::peer_alert:
      return "peer_alert";
    case RecordError::truncated:
      return "truncated";
    case RecordError::exhausted:
      return "exhausted";
    case RecordError::no_memory:
      return "no_memory";
    case RecordError::count_:
      break;
  }
  return "unknown";
}

AlertCode alert_for(RecordError error) {
  switch (error) {
    case RecordError::too_long:
      return AlertCode::record_overflow;
    case RecordError::too_short:
    case RecordError::malformed_alert:
      return AlertCode::decode_error;
    case RecordError::not_authentic:
      return AlertCode::bad_record_mac;
    case RecordError::exhausted:
    case RecordError::no_memory:
      return AlertCode::internal_error;
    case RecordError::peer_alert:
    case RecordError::truncated:
      return AlertCode::close_notify;
    case RecordError::unexpected_record:
    case RecordError::bad_version:
    case RecordError::no_type:
    case RecordError::unexpected_type:
    case RecordError::empty_message:
    case RecordError::too_many_empty:
    case RecordError::interleaved:
    case RecordError::key_update:
    case RecordError::unexpected_handshake:
    case RecordError::too_many_tickets:
    case RecordError::count_:
      break;
  }
  return AlertCode::unexpected_message;
}

}  // namespace ringwire::session
