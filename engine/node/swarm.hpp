// Many peers in one thread: how the traffic generator, and benchmarks of whole sessions, talk to a node.
//
// Each connection is a session of its own identity with the node under load, made of the same parts as
// the node's own sessions (channel, handshake, parser, egress), so that what is measured is the protocol
// and not a shortcut. One driver, one thread, no shards.
//
// Errors: what ended a connection is kept in failures(), by name.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/wire/frame_parser.hpp"
#include "engine/driver/driver.hpp"
#include "engine/node/channel.hpp"
#include "engine/node/entropy.hpp"
#include "engine/session/egress.hpp"
#include "engine/session/fragment_assembler.hpp"
#include "engine/session/handshake.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::node {

class Swarm {
 public:
  struct Handlers {
    // A pong came on connection `index`, `now` after the driver's clock.
    std::function<void(std::uint32_t index, std::uint64_t nonce, Instant now)> on_pong;
    // Any other message came, whole.
    std::function<void(std::uint32_t index, wire::MessageType type, const SliceChain& payload, Instant now)>
        on_message;
  };

  struct Target {
    Endpoint endpoint;
    std::optional<NodeId> node;  // who has to be there; nothing: whoever is
    std::uint64_t network_id = 0;
    // What every connection shows; null: plaintext. Looked at in open() only.
    const transport::TlsCredentials* credentials = nullptr;
  };

  // Dials all of them; which of them become sessions turn() finds out.
  static Result<std::unique_ptr<Swarm>, std::string> open(const Target& target, std::uint32_t connections,
                                                          Handlers handlers);
  ~Swarm();

  [[nodiscard]] std::uint32_t established() const { return established_; }
  [[nodiscard]] std::uint32_t ended() const { return ended_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(peers_.size()); }
  [[nodiscard]] const std::map<std::string, std::uint32_t>& failures() const { return failures_; }
  [[nodiscard]] Instant now() const { return now_.monotonic; }
  [[nodiscard]] UnixMillis wall() const { return now_.wall; }

  // Queues a message on an established connection; large bytes are copied, slices are not. False where
  // the queue of its class is full: turn() first.
  [[nodiscard]] bool say(std::uint32_t index, wire::MessageType type, ByteView payload);
  [[nodiscard]] bool say(std::uint32_t index, wire::MessageType type, const SliceChain& payload);
  // The same where the checksum is known, so that ten megabytes are not summed between two events.
  [[nodiscard]] bool say(std::uint32_t index, wire::MessageType type, const SliceChain& payload,
                         std::uint32_t checksum);
  [[nodiscard]] bool is_established(std::uint32_t index) const;

  // One turn of the loop; returns after `timeout` at the latest.
  void turn(Duration timeout);

 private:
  struct Peer;
  Swarm(std::unique_ptr<driver::Driver> driver, const Target& target,
        std::unique_ptr<transport::TlsContext> tls, Handlers handlers);

  void dial(std::uint32_t index);
  void on_event(driver::Event& event);
  void on_connected(Peer& peer, std::int32_t error);
  void on_received(Peer& peer, Slice data);
  void secure(Peer& peer, Slice data);
  void begin_handshake(Peer& peer);
  void open_records(Peer& peer, Slice data);
  void parse(Peer& peer, Slice data);
  void on_frame(Peer& peer, const wire::Frame& frame);
  void on_fragment(Peer& peer, const wire::Frame& frame);
  void on_handshake(Peer& peer, const wire::Frame& frame);
  void work_on_proof(Peer& peer);
  void say_goodbye();  // so that the node's log says who left, and not that somebody hung up
  void grant_all(Peer& peer);
  void fail(Peer& peer, const std::string& reason);
  [[nodiscard]] static bool has_room(const Peer& peer, wire::MessageType type);
  void append(Peer& peer, wire::MessageType type, ByteView payload);
  template <class Payload>
  void append_record(Peer& peer, wire::MessageType type, const Payload& payload, std::uint32_t checksum);
  void commit();
  void commit_round();
  void send_flights();
  void send_sealed(Peer& peer, session::Pieces pieces);
  void take_unsent();
  Peer* find(driver::ConnectionId id);

  std::unique_ptr<driver::Driver> driver_;
  const Target target_;
  const Handlers handlers_;
  HeapBuffers heap_;
  transport::CurveTables tables_;
  std::unique_ptr<transport::TlsContext> tls_;  // none in plaintext
  session::AssemblyShard assembly_;
  session::RecordShard records_;
  session::SealedRound round_;
  Entropy entropy_;
  crypto::Signer signer_;
  session::Egress egress_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Peer*> by_slot_;
  std::vector<Peer*> flights_;  // of TLS handshakes, to be sent at the end of the turn
  std::map<std::string, std::uint32_t> failures_;
  std::uint32_t established_ = 0;
  std::uint32_t ended_ = 0;
  Now now_;
};

}  // namespace ringwire::node
