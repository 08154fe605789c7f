#include "engine/transport/tls_record_gate.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::transport {
namespace {

using session::ContentType;

constexpr std::size_t kHeader = session::kRecordHeaderBytes;

}  // namespace

Result<TlsRecordHeader, TlsFailure> decode_record_header(const std::uint8_t* bytes) {
  constexpr std::uint8_t kMajorVersion = 3;
  const auto type = static_cast<ContentType>(bytes[0]);
  const std::uint32_t length = load_be<std::uint16_t>(bytes + 3);
  if (type < ContentType::change_cipher_spec || type > ContentType::application_data ||
      bytes[1] != kMajorVersion) {
    return Failure{TlsFailure::not_tls};
  }
  const bool sealed = type == ContentType::application_data;
  if (length > (sealed ? session::kRecordBodyBytesMax : session::kContentBytesMax))
    return Failure{TlsFailure::record_too_long};
  if (length < (sealed ? session::kRecordBodyBytesMin : 1)) return Failure{TlsFailure::empty_record};
  return TlsRecordHeader{type, length};
}

std::optional<TlsFailure> PlainMessage::input(ByteView content) {
  if (whole()) header_bytes_ = 0;
  while (!content.empty() && header_bytes_ < kHeaderBytes) {
    begun_ = true;
    // The type says nothing here; the next three bytes are the length of what follows them.
    left_ = header_bytes_ == 0 ? 0 : left_ << 8 | content[0];
    ++header_bytes_;
    content = content.subspan(1);
  }
  if (header_bytes_ < kHeaderBytes) return std::nullopt;
  if (left_ > kTlsHelloBytesMax - kHeaderBytes) return TlsFailure::hello_too_long;
  if (content.size() > left_) return TlsFailure::several_messages;
  left_ -= static_cast<std::uint32_t>(content.size());
  return std::nullopt;
}

std::size_t TlsRecordGate::input(ByteView bytes) {
  std::size_t taken = 0;
  while (!failure_ && !whole_ && taken < bytes.size()) {
    const std::size_t part = std::min(bytes.size() - taken, wanted_ - held_.size());
    const ByteView next = bytes.subspan(taken, part);
    held_.insert(held_.end(), next.begin(), next.end());
    taken += part;
    if (held_.size() < wanted_) continue;
    if (wanted_ == kHeader) {
      const auto header = decode_record_header(held_.data());
      failure_ = header ? objection(*header) : std::optional(header.error());
      if (!failure_) wanted_ += header->length;
    } else {
      on_record();
    }
  }
  return taken;
}

std::optional<TlsFailure> TlsRecordGate::objection(const TlsRecordHeader& header) {
  bytes_ += static_cast<std::uint32_t>(kHeader) + header.length;
  if (++records_ > kTlsHandshakeRecordsMax) return TlsFailure::too_many_records;
  if (bytes_ > kTlsHandshakeBytesMax) return TlsFailure::too_many_bytes;
  switch (header.type) {
    case ContentType::change_cipher_spec:
      if (header.length != 1) return TlsFailure::bad_change_cipher_spec;
      if (changed_) return TlsFailure::repeated_change_cipher_spec;
      // In the middle of a message it is as wrong as any other record.
      if (!message_.whole()) return TlsFailure::unexpected_record;
      break;
    case ContentType::alert:
      return TlsFailure::peer_alert;
    case ContentType::handshake:
      if (sealed_) return TlsFailure::unexpected_record;
      break;
    case ContentType::application_data:
      if (!message_.whole()) return TlsFailure::unexpected_record;
      break;
  }
  return std::nullopt;
}

void TlsRecordGate::on_record() {
  const ByteView content = ByteView(held_).subspan(kHeader);
  switch (static_cast<ContentType>(held_[0])) {
    case ContentType::change_cipher_spec:
      changed_ = true;
      if (content[0] != 1) failure_ = TlsFailure::bad_change_cipher_spec;
      break;
    case ContentType::handshake:
      failure_ = message_.input(content);
      break;
    case ContentType::application_data:
      sealed_ = true;
      break;
    case ContentType::alert:
      break;
  }
  whole_ = !failure_;
}

ByteView TlsRecordGate::record() const {
  return whole_ ? ByteView(held_) : ByteView();
}

void TlsRecordGate::pop() {
  RW_ASSERT(whole_);
  held_.clear();
  wanted_ = kHeader;
  whole_ = false;
}

}  // namespace ringwire::transport
