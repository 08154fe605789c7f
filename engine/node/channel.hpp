// What TLS is for one connection: a handshake until there are keys, then the two halves of the record layer
// and the ciphertext on its way out. A connection in plaintext has none.
//
//   responder   input() until a ClientHello is whole -> begin(), with a place -> work(), input() ... -> done
//   initiator   begin(), with a place -> work(), input() ... -> done
//
// Attacks and rules: engine/transport/client_hello.hpp, tls_handshake.hpp, engine/session/record_opener.hpp.
// Here they are put in a row, and what each has to say leaves in its order: flights and alerts of the
// handshake, then records, then the alert that ends the stream.
//
// After a failure nothing is taken; what is left to say is the alert. Owner: the connection. Thread: its
// shard's. No timer: the connection's absolute deadline covers the handshake. Memory: 0.4 KiB; while securing
// at most a ClientHello and, with a place, TlsContext::footprint(); then two ciphers of 1.2 KiB.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/session/peer_egress.hpp"
#include "engine/session/record_opener.hpp"
#include "engine/session/record_sealer.hpp"
#include "engine/session/sealed_rest.hpp"
#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_handshake.hpp"

namespace ringwire::node {

class Channel {
 public:
  // `context` outlives this.
  Channel(transport::TlsContext& context, wire::Role role, Instant begun);

  // --- until there are keys

  // How many of `bytes` were taken: none while it waits for a place or for work, or after the end. Cheap.
  std::size_t input(ByteView bytes, session::RecordShard& records);
  // Nothing can go on before begin().
  [[nodiscard]] bool wants_place() const;
  // There is a place in the context (asserted).
  void begin();
  [[nodiscard]] transport::TlsWork pending_work() const;
  // Only when pending_work() says so.
  void work(session::RecordShard& records, Instant now);
  // Since when we have waited for the next flight of the peer; kNever where it is our turn.
  [[nodiscard]] Instant waits_since() const;
  // The connection ends: gives the place back.
  void abandon() { making_.reset(); }

  [[nodiscard]] bool secured() const { return sealer_.has_value(); }
  [[nodiscard]] std::optional<transport::TlsFailure> failure() const { return failure_; }
  [[nodiscard]] Instant begun() const { return begun_; }
  // Only when secured.
  [[nodiscard]] const wire::ChannelBinding& binding() const { return binding_; }

  // --- bytes out

  // A flight or an alert waits to be sent, before anything sealed.
  [[nodiscard]] bool has_unsealed() const { return !unsealed_.empty(); }
  // The one send of a round: what is unsealed, then `pieces` in records and, where these are the last ones,
  // the alert that ends the stream. In `no_memory` or `exhausted` nothing can be said any more: close.
  Result<ByteView, session::RecordError> make_send(session::SealedRound& round, session::Pieces pieces,
                                                   bool is_last);
  // See session::SealedRest.
  [[nodiscard]] ByteView on_unsent(std::uint32_t taken) { return rest_.on_unsent(taken); }
  void on_rest_sent() { rest_.on_rest_sent(); }
  // The key ends soon, or has sealed as many records.
  [[nodiscard]] bool must_redial(std::uint64_t records_max = UINT64_MAX) const {
    return secured() && sealer_->must_redial(records_max);
  }
  // What ends the stream, instead of close_notify.
  void set_last_word(session::AlertCode code) { last_word_ = code; }

  // --- bytes in, only when secured

  [[nodiscard]] session::RecordOpener& opener() { return *opener_; }
  // As RecordOpener::unpin(), at any time.
  [[nodiscard]] bool unpin() { return !opener_ || opener_->unpin(); }

 private:
  // Until there are keys or a failure.
  struct Making {
    transport::ClientHelloReader hello;                  // a responder's, until begin()
    std::unique_ptr<transport::TlsHandshake> handshake;  // from begin() on
    Instant spoke = kNever;                              // when our last flight was made
  };

  void collect(session::RecordShard& records);
  void refuse_hello();

  transport::TlsContext& context_;
  std::unique_ptr<Making> making_;
  const Instant begun_;
  const wire::Role role_;
  session::AlertCode last_word_ = session::AlertCode::close_notify;
  std::optional<transport::TlsFailure> failure_;
  wire::ChannelBinding binding_;
  std::vector<std::uint8_t> unsealed_;
  std::optional<session::RecordSealer> sealer_;
  std::optional<session::RecordOpener> opener_;
  session::SealedRest rest_;
};
static_assert(sizeof(Channel) <= 432, "an idle session over TLS must stay within 6 KiB");

}  // namespace ringwire::node
