#include "tests/unit/engine/transport/tls_ends.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::transport {

TlsCredentials copy_of(const TlsCredentials& credentials) {
  TlsCredentials copy;
  copy.chain = credentials.chain;
  copy.authorities = credentials.authorities;
  const ByteView key = credentials.key.reveal();
  copy.key = crypto::SecretBuffer(key.size());
  std::copy(key.begin(), key.end(), copy.key.writable().begin());
  return copy;
}

const TlsCredentials& own_credentials() {
  static const TlsCredentials kMade = *make_certificate();
  return kMade;
}

std::unique_ptr<TlsContext> context_of(const TlsCredentials& credentials) {
  auto made = TlsContext::make(credentials);
  if (!made) ADD_FAILURE() << made.error().message;
  return std::move(*made);
}

TlsContext& open_context() {
  static const std::unique_ptr<TlsContext> kContext = context_of(own_credentials());
  return *kContext;
}

OurEnd::OurEnd(TlsContext& context, wire::Role role) : context_(context) {
  if (role == wire::Role::responder) return;
  handshake_ = std::make_unique<TlsHandshake>(context);
  pump();
}

void OurEnd::input(ByteView bytes) {
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  pump();
}

void OurEnd::pump() {
  while (true) {
    std::size_t taken = 0;
    if (handshake_ == nullptr) {
      taken = hello_.input(waiting_);
      if (hello_.state() == ClientHelloReader::State::whole) {
        handshake_ = std::make_unique<TlsHandshake>(context_, hello_.take());
      }
    } else {
      taken = handshake_->input(waiting_);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    const bool works = handshake_ != nullptr && handshake_->pending_work() != TlsWork::none;
    if (works) handshake_->work();
    if (taken == 0 && !works) return;
  }
}

Bytes OurEnd::output() {
  if (handshake_ != nullptr) return handshake_->take_output();
  if (hello_.state() != ClientHelloReader::State::refused || refusal_told_) return {};
  refusal_told_ = true;
  return copy_of(alert_of(hello_.failure()));
}

TlsState OurEnd::state() const {
  if (handshake_ != nullptr) return handshake_->state();
  return hello_.state() == ClientHelloReader::State::refused ? TlsState::failed : TlsState::want_more;
}

std::optional<TlsFailure> OurEnd::failure() const {
  if (state() != TlsState::failed) return std::nullopt;
  return handshake_ != nullptr ? handshake_->failure() : hello_.failure();
}

void converse(End& one, End& other, Prng* cuts) {
  const auto deliver = [cuts](End& from, End& to) {
    const Bytes flight = from.output();
    for (std::size_t at = 0; at < flight.size();) {
      const std::size_t left = flight.size() - at;
      const std::size_t part = cuts == nullptr ? left : 1 + cuts->below(std::min<std::size_t>(left, 200));
      to.input(ByteView(flight).subspan(at, part));
      at += part;
    }
    return !flight.empty();
  };
  bool spoke = true;
  while (spoke) {
    spoke = deliver(one, other);
    spoke = deliver(other, one) || spoke;
  }
}

std::vector<Bytes> records_of(ByteView bytes) {
  std::vector<Bytes> records;
  while (bytes.size() >= 5 && bytes.size() >= 5U + load_be<std::uint16_t>(&bytes[3])) {
    const std::size_t size = 5U + load_be<std::uint16_t>(&bytes[3]);
    records.push_back(copy_of(bytes.first(size)));
    bytes = bytes.subspan(size);
  }
  RW_ASSERT(bytes.empty());
  return records;
}

Bytes record(std::uint8_t type, ByteView content) {
  Bytes bytes(5 + content.size());
  bytes[0] = type;
  bytes[1] = bytes[2] = 3;
  store_be(&bytes[3], static_cast<std::uint16_t>(content.size()));
  std::copy(content.begin(), content.end(), bytes.begin() + 5);
  return bytes;
}

}  // namespace ringwire::transport
