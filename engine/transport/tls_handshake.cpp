#include "engine/transport/tls_handshake.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <algorithm>
#include <utility>

#include "codec/base/check.hpp"
#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::transport {
namespace {

using wire::Role;

ByteSpan room_of(char* bytes, int size) {
  return {reinterpret_cast<std::uint8_t*>(bytes), static_cast<std::size_t>(size)};
}

bool speaks_ringwire(WOLFSSL* library) {
  char* protocol = nullptr;
  unsigned short size = 0;
  return wolfSSL_ALPN_GetProtocol(library, &protocol, &size) == WOLFSSL_SUCCESS &&
         std::string_view(protocol, size) == kTlsProtocol;
}

// Of records in one direction, sealed or opened under the keys of now.
std::uint64_t records_used(WOLFSSL* library, int (*count)(WOLFSSL*, word64*)) {
  word64 records = 0;
  // What it answers besides is whether there were none.
  static_cast<void>(count(library, &records));
  return records;
}

}  // namespace

TlsHandshake::TlsHandshake(TlsContext& context) : context_(&context), role_(Role::initiator) {
  RW_ASSERT(context.has_place());
  ++context.live_;
}

TlsHandshake::TlsHandshake(TlsContext& context, std::vector<std::uint8_t> hello)
    : context_(&context), role_(Role::responder), hello_(std::move(hello)) {
  RW_ASSERT(context.has_place());
  RW_ASSERT(!hello_.empty());
  ++context.live_;
}

TlsHandshake::~TlsHandshake() {
  free_library();
  --context_->live_;
}

std::size_t TlsHandshake::input(ByteView bytes) {
  if (state_ != TlsState::want_more || !begun_) return 0;
  const std::size_t taken = gate_.input(bytes);
  if (gate_.failure()) {
    const TlsAlert alert = alert_of(*gate_.failure());
    // Who gave up is not told anything.
    if (*gate_.failure() != TlsFailure::peer_alert) output_.insert(output_.end(), alert.begin(), alert.end());
    fail(*gate_.failure());
  }
  return taken;
}

TlsWork TlsHandshake::pending_work() const {
  if (state_ != TlsState::want_more) return TlsWork::none;
  if (!begun_) return role_ == Role::initiator ? TlsWork::begin : TlsWork::answer;
  return gate_.record().empty() ? TlsWork::none : TlsWork::follow;
}

TlsState TlsHandshake::work() {
  RW_ASSERT(pending_work() != TlsWork::none);
  if (begun_) {
    advance();
    return state_;
  }
  begun_ = true;
  if (!open_library()) {
    fail(TlsFailure::out_of_memory);
  } else if (role_ == Role::initiator) {
    advance();
  }
  // A ClientHello in several records costs what one costs: all but the last are only kept.
  const std::vector<std::uint8_t> hello = std::move(hello_);
  for (std::size_t at = 0; state_ == TlsState::want_more && at < hello.size();) {
    at += input(ByteView(hello).subspan(at));
    if (pending_work() != TlsWork::none) advance();
  }
  return state_;
}

bool TlsHandshake::open_library() {
  library_ = wolfSSL_new(context_->of(role_));
  if (library_ == nullptr) return false;
  // Before anything is drawn.
  TlsRandom* const simulated = context_->simulated_;
  if (simulated != nullptr && !simulated->seed(wolfSSL_GetRNG(library_))) return false;
  context_->counters_.begun.add();
  // Else the exporter's secret is gone when the handshake is over.
  wolfSSL_KeepArrays(library_);
  wolfSSL_SSLSetIORecv(library_, &TlsHandshake::receive);
  wolfSSL_SSLSetIOSend(library_, &TlsHandshake::send);
  wolfSSL_SetIOReadCtx(library_, this);
  wolfSSL_SetIOWriteCtx(library_, this);
  std::string protocol(kTlsProtocol);
  return wolfSSL_UseALPN(library_, protocol.data(), static_cast<unsigned int>(protocol.size()),
                         WOLFSSL_ALPN_FAILED_ON_MISMATCH) == WOLFSSL_SUCCESS &&
         (role_ == Role::responder || wolfSSL_UseKeyShare(library_, WOLFSSL_ECC_X25519) == WOLFSSL_SUCCESS);
}

int TlsHandshake::receive(WOLFSSL* /*library*/, char* to, int room, void* self) {
  ByteView& offered = static_cast<TlsHandshake*>(self)->offered_;
  if (offered.empty()) return WOLFSSL_CBIO_ERR_WANT_READ;
  const ByteView part = offered.first(std::min(offered.size(), static_cast<std::size_t>(room)));
  std::copy(part.begin(), part.end(), room_of(to, room).begin());
  offered = offered.subspan(part.size());
  return static_cast<int>(part.size());
}

int TlsHandshake::send(WOLFSSL* /*library*/, char* from, int size, void* self) {
  std::vector<std::uint8_t>& output = static_cast<TlsHandshake*>(self)->output_;
  const ByteView bytes = room_of(from, size);
  if (output.size() + bytes.size() > kTlsHandshakeBytesMax) return WOLFSSL_CBIO_ERR_GENERAL;
  output.insert(output.end(), bytes.begin(), bytes.end());
  return size;
}

// Gives the library the record that waits, if any.
void TlsHandshake::advance() {
  offered_ = gate_.record();
  const int result = role_ == Role::initiator ? wolfSSL_connect(library_) : wolfSSL_accept(library_);
  const int error = result == WOLFSSL_SUCCESS ? 0 : wolfSSL_get_error(library_, result);
  if (error != 0 && error != WOLFSSL_ERROR_WANT_READ) return fail(failure_of_wolfssl(error));
  // It asks for more only when it has used what there was.
  if (!offered_.empty()) return fail(TlsFailure::library);
  if (!gate_.record().empty()) gate_.pop();
  if (error == 0) finish();
}

void TlsHandshake::finish() {
  const auto suite =
      session::suite_of(static_cast<std::uint16_t>(wolfSSL_get_current_cipher_suite(library_)));
  if (wolfSSL_version(library_) != TLS1_3_VERSION) return fail(TlsFailure::wrong_version);
  if (!suite) return fail(TlsFailure::no_common_parameters);
  if (!speaks_ringwire(library_)) return fail(TlsFailure::wrong_alpn);

  const bool initiates = role_ == Role::initiator;
  const auto key_of = [&](bool clients, std::uint64_t used) {
    const std::uint8_t* key =
        clients ? wolfSSL_GetClientWriteKey(library_) : wolfSSL_GetServerWriteKey(library_);
    const std::uint8_t* iv =
        clients ? wolfSSL_GetClientWriteIV(library_) : wolfSSL_GetServerWriteIV(library_);
    return crypto::AeadKey(
        *suite, {key, crypto::key_bytes(*suite)},
        std::span<const std::uint8_t, crypto::kAeadNonceBytes>(iv, crypto::kAeadNonceBytes), used);
  };
  RW_ASSERT(static_cast<std::size_t>(wolfSSL_GetKeySize(library_)) == crypto::key_bytes(*suite));
  wire::ChannelBinding binding;
  if (wolfSSL_export_keying_material(library_, binding.bytes.data(), binding.bytes.size(),
                                     kTlsExporterLabel.data(), kTlsExporterLabel.size(), nullptr, 0,
                                     0) != WOLFSSL_SUCCESS) {
    return fail(TlsFailure::library);
  }
  outcome_.emplace(TlsOutcome{{key_of(initiates, records_used(library_, wolfSSL_GetSequenceNumber)),
                               key_of(!initiates, records_used(library_, wolfSSL_GetPeerSequenceNumber))},
                              binding});
  state_ = TlsState::done;
  context_->counters_.completed.add();
  free_library();
}

void TlsHandshake::fail(TlsFailure failure) {
  if (state_ == TlsState::failed) return;
  state_ = TlsState::failed;
  failure_ = failure;
  context_->counters_.failed[failure].add();
  free_library();
}

void TlsHandshake::free_library() {
  // Wipes what it knows of keys.
  if (library_ != nullptr) wolfSSL_free(std::exchange(library_, nullptr));
}

std::vector<std::uint8_t> TlsHandshake::take_output() {
  return std::exchange(output_, {});
}

TlsFailure TlsHandshake::failure() const {
  RW_ASSERT(state_ == TlsState::failed);
  return failure_;
}

TlsOutcome TlsHandshake::take() {
  RW_ASSERT(outcome_.has_value());
  TlsOutcome outcome = std::move(*outcome_);
  outcome_.reset();
  return outcome;
}

}  // namespace ringwire::transport
