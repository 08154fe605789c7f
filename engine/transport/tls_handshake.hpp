// One TLS 1.3 handshake, from the first byte to the keys. wolfSSL does it, through memory; what comes
// after it is the record layer's (engine/session/record_sealer.hpp), and this object is freed.
//
//   responder   a whole ClientHello (client_hello.hpp) -> work -> output -> input -> work -> done
//   initiator   work -> output -> input -> work ... -> output, done
//
// Attacks and rules
//  - One step costs up to 400 us: work() is apart from input(), so that the shard charges it to its
//    budget and lets it wait. A stranger buys that once with a ClientHello, and no more before it
//    answers.
//  - The library sees whole records only, one at a time, behind TlsRecordGate. What the peer sent behind
//    the last record of its handshake is not taken: the rest of input()'s bytes is the record layer's.
//  - Keys are handed over only where the peer chose TLS 1.3, ringwire/1 and a suite of ours.
//  - A failure is final; the first reason stays. What output() has then is the alert: send it, then close.
//
// It has no timer: the connection's one absolute deadline covers it. Memory: kTlsLibraryBytes, one
// record, one flight, freed with the object, which does not move. Thread: the shard's. Randomness: the
// context's. Errors: TlsFailure, counted in the context.
// Sources: RFC 8446, 7.5 (exporter); RFC 7301 (ALPN).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/handshake.hpp"
#include "engine/session/traffic_keys.hpp"
#include "engine/transport/tls_context.hpp"
#include "engine/transport/tls_failure.hpp"
#include "engine/transport/tls_record_gate.hpp"

struct WOLFSSL;

namespace ringwire::transport {

// The channel binding of the handshake inside: 32 bytes of the exporter, with an empty context.
inline constexpr std::string_view kTlsExporterLabel = "EXPORTER-ringwire/1";

enum class TlsState : std::uint8_t { want_more, done, failed };

enum class TlsWork : std::uint8_t {
  none,
  begin,   // initiator: make a key share
  answer,  // responder: agree on keys, sign
  follow,  // take in a record of the peer's: at worst agree on keys, or verify a signature
};
// What a step costs at most, for the shard's budget (README.md).
constexpr Duration cost_of(TlsWork work) {
  return work == TlsWork::none     ? 0us
         : work == TlsWork::begin  ? 100us
         : work == TlsWork::answer ? 450us
                                   : 200us;
}

struct TlsOutcome {
  session::TrafficKeys keys;
  wire::ChannelBinding binding;
};

class TlsHandshake {
 public:
  // An initiator. There is a place in the context (asserted), which outlives this.
  explicit TlsHandshake(TlsContext& context);
  // A responder. `hello`: ClientHelloReader::take().
  TlsHandshake(TlsContext& context, std::vector<std::uint8_t> hello);
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;
  ~TlsHandshake();

  // How many of `bytes` were taken; none while work is pending, or after the end. Cheap.
  std::size_t input(ByteView bytes);
  // What work() would do.
  [[nodiscard]] TlsWork pending_work() const;
  // Only when pending_work() says so.
  TlsState work();

  // What is to be sent, in this order, in every state; empty afterwards.
  [[nodiscard]] std::vector<std::uint8_t> take_output();

  [[nodiscard]] TlsState state() const { return state_; }
  // Only when failed.
  [[nodiscard]] TlsFailure failure() const;
  // Only when done, once. The output that is pending goes out before the first record under these keys.
  [[nodiscard]] TlsOutcome take();

 private:
  static int receive(WOLFSSL* library, char* to, int room, void* self);
  static int send(WOLFSSL* library, char* from, int size, void* self);

  [[nodiscard]] bool open_library();
  void advance();
  void finish();
  void fail(TlsFailure failure);
  void free_library();

  TlsContext* context_;
  WOLFSSL* library_ = nullptr;
  wire::Role role_;
  TlsState state_ = TlsState::want_more;
  TlsFailure failure_{};
  bool begun_ = false;               // the first work is done
  std::vector<std::uint8_t> hello_;  // a responder's, until then
  TlsRecordGate gate_;
  ByteView offered_;  // of the gate's record: what the library did not take yet
  std::vector<std::uint8_t> output_;
  std::optional<TlsOutcome> outcome_;
};

}  // namespace ringwire::transport
