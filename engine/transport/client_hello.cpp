#include "engine/transport/client_hello.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::transport {
namespace {

constexpr std::size_t kMessageHeader = 4;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kVersionAndRandom = 2 + 32;
constexpr std::size_t kSessionIdMax = 32;
constexpr std::uint16_t kAlpnExtension = 16;
constexpr std::uint16_t kVersionsExtension = 43;
constexpr std::uint16_t kTls13 = 0x0304;

// Takes fields off the front of `left`; after the first that is not there it has failed and gives nothing.
class Fields {
 public:
  explicit Fields(ByteView bytes) : left_(bytes) {}

  ByteView bytes(std::size_t count) {
    if (count > left_.size()) fail();
    const ByteView field = left_.first(failed_ ? 0 : count);
    left_ = left_.subspan(field.size());
    return field;
  }
  template <std::unsigned_integral T>
  T number() {
    const ByteView field = bytes(sizeof(T));
    return failed_ ? T{0} : load_be<T>(field.data());
  }
  // A vector with a length of T before it.
  template <std::unsigned_integral T>
  ByteView vector() {
    return bytes(number<T>());
  }
  [[nodiscard]] bool more() const { return !failed_ && !left_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void fail() {
    failed_ = true;
    left_ = {};
  }

  ByteView left_;
  bool failed_ = false;
};

// A vector that fills all of `content`, no bytes after it.
template <std::unsigned_integral T>
std::optional<ByteView> only_vector(ByteView content) {
  Fields fields(content);
  const ByteView vector = fields.vector<T>();
  if (fields.failed() || fields.more() || vector.empty()) return std::nullopt;
  return vector;
}

enum class Offered : std::uint8_t { yes, no, malformed };

Offered offers_tls13(ByteView content) {
  const auto versions = only_vector<std::uint8_t>(content);
  if (!versions || versions->size() % 2 != 0) return Offered::malformed;
  for (Fields fields(*versions); fields.more();) {
    if (fields.number<std::uint16_t>() == kTls13) return Offered::yes;
  }
  return Offered::no;
}

Offered offers_protocol(ByteView content) {
  const auto names = only_vector<std::uint16_t>(content);
  if (!names) return Offered::malformed;
  Offered offered = Offered::no;
  Fields fields(*names);
  while (fields.more()) {
    const ByteView protocol = fields.vector<std::uint8_t>();
    if (protocol.empty()) return Offered::malformed;
    if (as_text(protocol) == kTlsProtocol) offered = Offered::yes;
  }
  return fields.failed() ? Offered::malformed : offered;
}

// The two extensions that decide. A second one of a kind is malformed, as is a list that does not end
// where it says.
std::optional<TlsFailure> objection_to_extensions(ByteView list) {
  std::optional<Offered> tls13;
  std::optional<Offered> protocol;
  Fields fields(list);
  while (fields.more()) {
    const auto type = fields.number<std::uint16_t>();
    const ByteView content = fields.vector<std::uint16_t>();
    if (fields.failed()) break;
    if (type == kVersionsExtension) {
      if (tls13) return TlsFailure::malformed_hello;
      tls13 = offers_tls13(content);
    } else if (type == kAlpnExtension) {
      if (protocol) return TlsFailure::malformed_hello;
      protocol = offers_protocol(content);
    }
  }
  if (fields.failed() || tls13 == Offered::malformed || protocol == Offered::malformed) {
    return TlsFailure::malformed_hello;
  }
  if (tls13 != Offered::yes) return TlsFailure::no_tls13;
  if (protocol != Offered::yes) return TlsFailure::no_alpn;
  return std::nullopt;
}

}  // namespace

std::optional<TlsFailure> objection_to_hello(ByteView message) {
  if (message.size() < kMessageHeader || message[0] != kClientHello) return TlsFailure::malformed_hello;
  Fields fields(message.subspan(kMessageHeader));
  fields.bytes(kVersionAndRandom);
  const ByteView session_id = fields.vector<std::uint8_t>();
  const ByteView suites = fields.vector<std::uint16_t>();
  const ByteView compressions = fields.vector<std::uint8_t>();
  if (fields.failed() || session_id.size() > kSessionIdMax || suites.empty() || suites.size() % 2 != 0 ||
      compressions.empty()) {
    return TlsFailure::malformed_hello;
  }
  // Before TLS 1.3 a ClientHello could end here.
  if (!fields.more()) return TlsFailure::no_tls13;
  const ByteView extensions = fields.vector<std::uint16_t>();
  if (fields.failed() || fields.more()) return TlsFailure::malformed_hello;
  return objection_to_extensions(extensions);
}

std::size_t ClientHelloReader::input(ByteView bytes) {
  std::size_t taken = 0;
  while (state_ == State::need_more && taken < bytes.size()) {
    const std::size_t part = std::min(bytes.size() - taken, wanted_ - held_.size());
    const ByteView next = bytes.subspan(taken, part);
    held_.insert(held_.end(), next.begin(), next.end());
    taken += part;
    if (in_header_ && !may_begin_record()) {
      refuse(TlsFailure::not_tls);
    } else if (held_.size() == wanted_) {
      in_header_ ? on_header() : on_record();
    }
  }
  return taken;
}

// Text and other protocols are known before a header is whole.
bool ClientHelloReader::may_begin_record() const {
  static constexpr std::array<std::uint8_t, 2> kStart{
      static_cast<std::uint8_t>(session::ContentType::handshake), 3};
  const ByteView begun = ByteView(held_).subspan(record_at_);
  return std::equal(kStart.begin(), kStart.begin() + std::min(begun.size(), kStart.size()), begun.begin());
}

void ClientHelloReader::on_header() {
  const auto header = decode_record_header(&held_[record_at_]);
  if (!header) return refuse(header.error());
  if (++records_ > kClientHelloRecordsMax) return refuse(TlsFailure::too_many_records);
  // Of all records together, so that no more is ever held.
  if (message_bytes_ + header->length > kTlsHelloBytesMax) return refuse(TlsFailure::hello_too_long);
  message_bytes_ += header->length;
  in_header_ = false;
  wanted_ += header->length;
}

void ClientHelloReader::on_record() {
  const ByteView content = ByteView(held_).subspan(record_at_ + session::kRecordHeaderBytes);
  if (const auto failure = message_.input(content)) return refuse(*failure);
  if (message_.whole()) {
    const auto objection = objection_to_hello(message());
    if (objection) return refuse(*objection);
    state_ = State::whole;
    return;
  }
  record_at_ = held_.size();
  wanted_ += session::kRecordHeaderBytes;
  in_header_ = true;
}

// Without the headers of its records.
std::vector<std::uint8_t> ClientHelloReader::message() const {
  std::vector<std::uint8_t> message;
  message.reserve(message_bytes_);
  for (std::size_t at = 0; at < held_.size();) {
    const std::uint32_t length = decode_record_header(&held_[at])->length;
    const ByteView content = ByteView(held_).subspan(at + session::kRecordHeaderBytes, length);
    message.insert(message.end(), content.begin(), content.end());
    at += session::kRecordHeaderBytes + length;
  }
  return message;
}

void ClientHelloReader::refuse(TlsFailure failure) {
  state_ = State::refused;
  failure_ = failure;
  held_ = {};
}

TlsFailure ClientHelloReader::failure() const {
  RW_ASSERT(state_ == State::refused);
  return failure_;
}

std::vector<std::uint8_t> ClientHelloReader::take() {
  RW_ASSERT(state_ == State::whole);
  return std::exchange(held_, {});
}

}  // namespace ringwire::transport
