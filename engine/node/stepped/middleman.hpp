// Somebody who stands between two nodes, or once stood there: a host of its own that is dialled where a node
// should be, and that dials nodes.
//
//   relay       dials `target` for every connection that it accepts, and passes on each byte
//   splice      likewise, but two connections at a time, whose HandshakeAcks change places
//   replay      says what it has heard others say: as initiator where it dials, as responder where it is
//               dialled
//   reflect     says to everybody what they say
//   masquerade  says the Handshake that it has heard, and gives its victim's own HandshakeAck back
//
// To whom it only passes on bytes, TLS is bytes like others. With `ends_tls` it speaks TLS itself on every
// connection, and does the same with what is said inside. Splice and masquerade look for frames, so they are
// for plaintext, or for the inside.
//
// Nobody who relays untouched bytes can be told from a wire. All others are to be refused
// (codec/wire/handshake.hpp): it is the nodes' counters that say by what.
//
// Memory: twice kWaitingMax and a receive buffer for each end, kOverheardMax for each direction of one
// connection. What cannot be passed on is not read, so that each end feels the other's slowness. No timer: it
// waits for as long as its victims do. Thread: its world's. Must not outlive its world.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/node/channel.hpp"
#include "engine/node/stepped/sim_node.hpp"

namespace ringwire::stepped {

enum class Trick : std::uint8_t { relay, splice, replay, reflect, masquerade };

// What both ends of a connection said, from the first byte on.
struct Overheard {
  std::vector<std::uint8_t> initiator;
  std::vector<std::uint8_t> responder;

  // Both have spoken.
  [[nodiscard]] bool both() const { return !initiator.empty() && !responder.empty(); }
  // Both have said a whole Handshake and a whole HandshakeAck; of what is not TLS.
  [[nodiscard]] bool proofs() const;
};

// Of bytes that are frames; empty where it is not whole.
ByteView first_frame(ByteView bytes);

class Middleman {
 public:
  struct Options {
    std::uint32_t address = 0;  // see host()
    Trick trick = Trick::relay;
    bool ends_tls = false;
    Endpoint target;                     // of relay and splice
    Overheard lines;                     // of replay and masquerade
    std::uint32_t connections_max = 32;  // with ends_tls at most transport::kTlsHandshakesMax (asserted)
  };
  Middleman(World& world, Options options);
  Middleman(const Middleman&) = delete;
  Middleman& operator=(const Middleman&) = delete;
  ~Middleman() = default;

  // Where it is dialled.
  [[nodiscard]] Endpoint endpoint() const { return {host(options_.address), SimNode::kPort}; }
  // Relay and splice do: they dial their target, and nobody else.
  [[nodiscard]] bool passes_on() const;
  // Where it does not (asserted). False where it has no slot.
  bool dial(const Endpoint& victim);
  // Of the first connection that it relayed both ends of which spoke; of splice nothing.
  [[nodiscard]] const Overheard& overheard() const { return overheard_; }

  std::uint32_t accepted = 0;
  std::uint32_t connected = 0;  // dials that came through
  std::uint32_t secured = 0;    // TLS handshakes that it completed
  std::uint32_t ended = 0;      // connections that others closed or reset
  std::uint64_t passed = 0;     // bytes, in both directions

  static constexpr std::size_t kWaitingMax = 64U << 10;
  static constexpr std::size_t kOverheardMax = 16U << 10;

 private:
  using Bytes = std::vector<std::uint8_t>;
  struct End {
    driver::ConnectionId id;
    wire::Role role{};           // ours
    driver::ConnectionId other;  // of relay and splice: to whom its words are passed on
    driver::ConnectionId mate;   // of splice: with whom its second frame changes places
    bool connected = false;
    bool receiving = false;
    bool paused = false;
    bool closing = false;  // once everything is said
    bool closed = false;
    bool rest_in_flight = false;
    std::uint32_t frames = 0;                // of splice and masquerade: how many have been dealt with
    Bytes heard;                             // ... and those that have not
    Bytes waiting;                           // to be said
    Bytes flying;                            // given to the driver
    std::unique_ptr<node::Channel> channel;  // with ends_tls
  };

  void turn();
  void on_unsent(const driver::Unsent& cut);
  void on_event(driver::Event& event);
  void commit(End& end);
  [[nodiscard]] Bytes next_send(End& end);
  void hold_back(End& end);
  template <class Visit>
  void for_each(Visit&& visit) {
    for (const auto& end : ends_) {
      if (end != nullptr && !end->closed) visit(*end);
    }
  }

  [[nodiscard]] End* find(driver::ConnectionId id);
  End& open(driver::ConnectionId id, wire::Role role);
  void on_accepted(driver::ConnectionId id);
  void find_mate(End& end);
  void on_connected(End& end);
  void start_receive(End& end);
  // Both ends, once what was said is passed on.
  void finish(End& end);
  // Both ends, at once.
  void give_up(End& end);
  void close(End& end, driver::CloseMode mode);

  void hear(End& end, ByteView bytes);
  ByteView secure(End& end, ByteView bytes);
  void on_words(End& end, ByteView words);
  void say(End& end, ByteView words);
  void pass_on(const End& end, ByteView words);
  void overhear(const End& end, ByteView words);
  void splice(End& end);
  void masquerade(End& end);
  [[nodiscard]] const Bytes& lines_of(wire::Role role) const;
  static void drop_frame(End& end);

  const Options options_;
  HeapBuffers heap_{8U << 20};  // of records
  session::RecordShard records_{heap_};
  session::SealedRound round_{heap_};
  std::optional<transport::TlsSeededRandom> tls_random_;  // with ends_tls
  std::unique_ptr<transport::TlsContext> tls_;            // likewise
  std::unique_ptr<sim::SimDriver> driver_;
  std::vector<std::unique_ptr<End>> ends_;  // by slot
  driver::ConnectionId unmated_;            // of splice: accepted, and the next one will be its mate
  driver::ConnectionId overheard_of_;       // accepted
  Overheard overheard_;
  World& world_;
  Actor actor_;
};

}  // namespace ringwire::stepped
