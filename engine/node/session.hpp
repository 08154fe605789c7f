// One connection with a peer: the small trackers side by side, and which of the shard's lists it is in. The
// rules live in the trackers; what moves between them is decided in connections.hpp, securing.hpp, inbox.hpp,
// outbox.hpp and gossip_desk.hpp.
//
// Memory: see static_assert; 4000 idle ones must stay within 4 KiB each, heap included. Thread: its shard's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "codec/base/intrusive_list.hpp"
#include "codec/wire/frame_parser.hpp"
#include "codec/wire/publish.hpp"
#include "engine/node/channel.hpp"
#include "engine/node/unfinished_frame.hpp"
#include "engine/security/meter.hpp"
#include "engine/session/connection_table.hpp"
#include "engine/session/fragment_assembler.hpp"
#include "engine/session/handshake.hpp"
#include "engine/session/liveness.hpp"
#include "engine/session/peer_egress.hpp"
#include "engine/session/receive_window.hpp"
#include "engine/shard/timer_wheel.hpp"
#include "gossip/intake.hpp"

namespace ringwire::node {

class Connections;
struct ProofTag;    // waits for CPU time: a step of TLS, a signature to be made or checked
struct PlaceTag;    // holds one of the shard's TLS handshakes
struct FlightTag;   // TLS has something to say unsealed
struct PausedTag;   // waits for room where its message has to go
struct CreditTag;   // waits for credit that we withhold
struct LeavingTag;  // waits for its goodbye to leave

// A message that had no room at its next hop, and everything behind it.
struct Interrupted {
  wire::Frame frame;   // the parser's current one, views into the parser's memory
  SliceChain message;  // the same, or what fragments put together
  wire::MessageType type{};
  bool admitted = false;   // by the limits of its sender
  std::uint32_t done = 0;  // elements of the message already passed on
  // Of a topic message, once known: hashing megabytes again each turn would show.
  std::optional<wire::PublishName> name;
};

// Of one session, by class; none for consensus.
struct ReceiveWindows {
  [[nodiscard]] session::ReceiveWindow& of(std::size_t index) { return each[index - 1]; }

  std::array<session::ReceiveWindow, wire::kTrafficClasses - 1> each{
      session::ReceiveWindow(wire::kInitialCredit[1]), session::ReceiveWindow(wire::kInitialCredit[2]),
      session::ReceiveWindow(wire::kInitialCredit[3]), session::ReceiveWindow(wire::kInitialCredit[4])};
};
static_assert(wire::kInitialCredit[0] == wire::kCreditUnlimited);

struct Session : ListNode<ProofTag>,
                 ListNode<PlaceTag>,
                 ListNode<FlightTag>,
                 ListNode<PausedTag>,
                 ListNode<CreditTag>,
                 ListNode<LeavingTag> {
  Session(driver::ConnectionId connection, HeapBuffers& heap, session::AssemblyShard& assembly,
          const Endpoint& endpoint, bool dialled_by_them, session::Carriage carriage)
      : id(connection),
        remote(endpoint),
        inbound(dialled_by_them),
        parser(heap),
        egress(connection, carriage, session::SendCredit::initial()),
        assembler(assembly),
        frame(assembly) {}

  const driver::ConnectionId id;
  const Endpoint remote;
  const bool inbound;
  session::ConnectionState state = session::ConnectionState::closed;
  bool receiving = false;                                               // a receive is armed
  bool holds_place = false;                                             // of its address
  bool may_shake_hands = false;                                         // its address was asked
  Instant paused_at;                                                    // while none is, once it was
  bool bulk = false;                                                    // ... into the bulk pool
  std::uint32_t last_send = 0;                                          // bytes of the send of this turn
  std::uint64_t bytes_sent = 0;                                         // given to the driver
  std::uint64_t goodbye_turn = 0;                                       // when our Disconnect was queued
  wire::DisconnectReason farewell = wire::DisconnectReason::requested;  // why we said goodbye
  std::optional<wire::DisconnectReason> unsaid;  // why we left without: it could not be sent
  wire::DisconnectReason heard{};                // why the peer did
  std::int32_t error = 0;                        // errno that ended the connection
  std::optional<NodeId> expected;                // whom we dialled

  std::unique_ptr<Channel> channel;  // from securing on; none in plaintext
  wire::FrameParser parser;
  session::PeerEgress egress;
  session::FragmentAssembler assembler;
  UnfinishedFrame frame;                          // of the parser
  std::unique_ptr<session::Handshake> handshake;  // until established
  std::optional<session::Liveness> liveness;      // from established on
  std::optional<shard::Timer> timer;              // liveness and stall, from established on
  Connections* connections = nullptr;             // whom the timer calls

  NodeId node;           // proven, from awaiting_claim on
  PublicKey public_key;  // likewise
  wire::ClientName client;
  gossip::SourceId source;
  Instant established_at;
  Instant frame_begun = kNever;              // the one that is not whole
  Instant frame_due = kNever;                // the frame begun has to be whole by then
  std::uint64_t frames_before = 0;           // ... as many have been since
  std::unique_ptr<ReceiveWindows> windows;   // from its first fragment on
  Instant withheld_since;                    // while credit is
  std::optional<security::Meter> meter;      // from its first message on
  std::optional<std::uint64_t> probe_nonce;  // of the ping that the claim owner asked for

  std::vector<Slice> held;  // received, not yet given to the parser
  std::unique_ptr<Interrupted> interrupted;

  // Bytes that came before have not all been read: what comes now has to wait behind them.
  [[nodiscard]] bool waiting() const {
    return interrupted != nullptr || !held.empty() || ListNode<PausedTag>::linked();
  }
  // Everything of messages that are not whole or were not taken; it reads nothing any more.
  void drop_unfinished(HeapBuffers& heap) {
    interrupted.reset();
    held.clear();
    assembler.reset();
    frame.forget();
    std::destroy_at(&parser);
    std::construct_at(&parser, heap);
  }
  [[nodiscard]] bool established() const { return state == session::ConnectionState::established; }
};

}  // namespace ringwire::node
