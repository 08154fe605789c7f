// ringwire for embedders: start a node, publish to the network, receive from it. A whole program:
// tools/examples/two_nodes.cpp.
//
//   ringwire::Config config;
//   config.listen = {*ringwire::Endpoint::parse("0.0.0.0:30303")};
//   auto node = ringwire::Node::start(config);
//   if (!node.ok()) return report(node.error());
//   auto port = (*node)->open_port();
//   if (!port->subscribe(ringwire::MessageKind::transaction)) return;
//   while (running) {
//     port->wait(100ms);
//     while (auto delivery = port->next_delivery()) handle(*delivery);
//   }
//
// Rules
//  - No callback of the embedder runs on a shard. An embedder thread talks to the shards through a Port of
//    its own: rings in both directions and an eventfd. A Port belongs to one thread at a time; a Node may be
//    used from any thread.
//  - Every message is delivered to the application exactly once within the window that Config::gossip states,
//    what it published itself included. A kind has one subscriber. Messages have no order among each other.
//  - Nothing queues without bound: publish() answers `full`, and a port that does not read makes the shards
//    hold back the peers that feed it, not drop.
//  - A Delivery refers to the bytes as they arrived. Holding many of them for long holds back the network:
//    copy what is to be kept.
//  - Deliveries and PeerEvents must be gone before their Port, whose destructor waits for them, and all
//    Ports before their Node (asserted). What a Port published is delivered and relayed after it is gone,
//    unless nobody reads it and the heap is full too: then it is dropped (ringwire_refusals_total,
//    out_of_heap).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "engine/api/config.hpp"
#include "engine/api/peer_events.hpp"

namespace ringwire {

enum class MessageKind : std::uint8_t {
  transaction,  // one signed Ethereum transaction, canonical bytes
  topic,        // one topic message: Publish record
  count_,
};
const char* name(MessageKind kind);

// Who decides whether a message is relayed.
enum class Decider : std::uint8_t {
  policy,       // the engine's own policy (transactions: gossip/transaction_policy.hpp; topics: everything
                // well-formed)
  application,  // after the policy the message is delivered, and relayed when the application says accept
};

enum class Verdict : std::uint8_t {
  accept,  // relay it
  ignore,  // do not relay; nobody is blamed
  reject,  // do not relay; the peer it came from is charged with it
};
const char* name(Verdict verdict);

enum class PublishResult : std::uint8_t {
  accepted,   // a shard has it; it is delivered and relayed like a message from a peer
  full,       // try again after wait(): nothing was taken
  too_large,  // over the cap of its kind
  malformed,  // not an encoding of its kind
  stopped,    // the node is stopping
};
const char* name(PublishResult result);

// Who signed a topic message, and which of its messages this is. Numbers rise, with gaps; messages have no
// order all the same.
struct Author {
  NodeId origin;
  std::uint64_t sequence = 0;
};

struct Delivery {
  MessageKind kind{};
  Hash32 id;
  std::string topic;             // of a topic message
  std::optional<Author> author;  // of a topic message whose signature was found good
  SliceChain bytes;  // a transaction's encoding; a topic message's payload, unpacked where it came packed
  Instant decided;   // when the owner shard gave it to this port, CLOCK_MONOTONIC

  // A copy in one piece, to be kept (counted).
  [[nodiscard]] std::vector<std::uint8_t> copy_bytes() const;
};

struct PeerInfo {
  NodeId id;
  PublicKey key;
  Endpoint remote;
  bool inbound = false;
  ShardId shard = 0;
  Duration connected_for{0};
  Duration round_trip{0};  // smoothed; 0 before the first pong
  Duration silent_for{0};  // since anything came from it. An idle peer is heard once per ping interval
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t queued_bytes = 0;
  std::string client;  // what it says it runs; may be empty
};

// How long something takes, within 3.2 % (the maximum is exact). `where`: "all", "shard 0", "port 1".
struct LatencyInfo {
  std::string subsystem;  // "turn", "handshake", "ping", ...: engine/node/README.md
  std::string where;
  std::uint64_t count = 0;
  Duration mean{0};
  Duration p50{0};
  Duration p99{0};
  Duration p999{0};
  Duration max{0};
};

// One sample of a metric, as /metrics shows it:
// `ringwire_frames_refused_total{shard="0",reason="bad_checksum"} 3`. Of a histogram: its _count and _sum.
struct Sample {
  std::string name;
  std::string labels;  // without braces, "" for none
  double value = 0;    // base units: bytes, seconds
};

class Port {
 public:
  virtual ~Port() = default;

  // False where another port already has this kind; it is free again when that port is gone. Once more: with
  // another decider.
  [[nodiscard]] virtual bool subscribe(MessageKind kind, Decider decider = Decider::policy) = 0;
  // Nothing where nothing is there: wait(), or watch descriptor().
  virtual std::optional<Delivery> next_delivery() = 0;
  // For messages of a kind subscribed with Decider::application. Too late (the deadline of gossip passed): no
  // effect.
  virtual void decide(const Hash32& id, Verdict verdict) = 0;

  // One transaction in its canonical encoding. The bytes are copied (counted), here and below.
  virtual PublishResult publish_transaction(ByteView bytes) = 0;
  // A topic of 1 to 128 bytes; with the payload at most 4 MiB.
  virtual PublishResult publish_topic(std::string_view topic, ByteView payload) = 0;
  // The same, signed with the node's key under its next number: what receivers find in Delivery::author. The
  // first number of a run is the wall clock in microseconds since 1970, each next one is one higher; so they
  // rise over restarts too, unless the clock was set back or a run signs more than a million a second
  // throughout. Of two messages under one number each node delivers one. Signing takes 20 us of this thread.
  virtual PublishResult publish_signed(std::string_view topic, ByteView payload) = 0;

  // --- the embedder's own protocols (peer_events.hpp)

  // False where another port has them; they are free again when that port is gone. Begins with a `began` for
  // each peer there is. Without a subscriber peers' messages are dropped (ringwire_app_dropped_total).
  [[nodiscard]] virtual bool subscribe_to_peers() = 0;
  // As next_delivery(). Who takes both and watches descriptor() looks for both until nothing is there.
  virtual std::optional<PeerEvent> next_peer_event() = 0;
  // Bytes to one peer, AppData. The bytes are copied (counted), here and below.
  virtual SendResult send_data(const NodeId& peer, ByteView bytes) = 0;
  // The deadline counts from now; it is at most kRequestTimeMax. At most kOpenRequestsMax are open per peer,
  // and kPortRequestsMax altogether.
  virtual Result<RequestNumber, SendResult> send_request(const NodeId& peer, ByteView bytes,
                                                         Duration deadline) = 0;
  // Asks to end it as `cancelled`; it may end otherwise first. False where it has ended.
  virtual bool cancel(RequestNumber request) = 0;
  // Once per token; a second one, and one that is too late, is dropped (ringwire_app_dropped_total).
  virtual SendResult answer(const AnswerToken& token, ByteView bytes) = 0;

  static constexpr Duration kRequestTimeMax = 60s;
  static constexpr std::uint32_t kOpenRequestsMax = 128;
  static constexpr std::uint32_t kPortRequestsMax = 16'384;

  // Sleeps until something is there for this port, or `timeout` passed; below zero it has. True if something
  // is there.
  virtual bool wait(Duration timeout) = 0;
  // For the embedder's own event loop: readable when wait() would return true. Level-triggered.
  [[nodiscard]] virtual int descriptor() const = 0;
};

struct StartError {
  // One line per finding: what, where, what to change.
  std::vector<std::string> findings;
  bool configuration = false;  // the operator's input was wrong, as opposed to the machine refusing
};

class Node {
 public:
  // Validates, allocates within the memory plan, listens, starts the shards. A node that could not start
  // whole is not started at all. Raises the process's soft limit of open files where the configuration needs
  // more.
  static Result<std::unique_ptr<Node>, StartError> start(const Config& config);

  virtual ~Node() = default;  // stops
  // Says goodbye to every peer and ends the shards: at most 2 s. Safe to call twice.
  virtual void stop() = 0;

  [[nodiscard]] virtual NodeId id() const = 0;
  // For others to dial. Where it listens on every address and Config::advertise is not set, for those on this
  // machine. Empty when not listening.
  [[nodiscard]] virtual std::string enode() const = 0;
  [[nodiscard]] virtual std::vector<Endpoint> listening() const = 0;
  [[nodiscard]] virtual std::optional<Endpoint> metrics() const = 0;  // where /metrics is served
  [[nodiscard]] virtual std::uint32_t shards() const = 0;
  // "io_uring: ..." or "epoll: ...", and why.
  [[nodiscard]] virtual std::string driver() const = 0;

  // At most kPortsMax at a time; null beyond.
  [[nodiscard]] virtual std::unique_ptr<Port> open_port() = 0;
  static constexpr std::uint32_t kPortsMax = 4;

  // Keeps a connection to this peer, redialling with backoff; a known peer with another address is dialled
  // there from now on. An error is a malformed or unacceptable enode.
  virtual Status<std::string> connect(std::string_view enode) = 0;
  // Ends the connection and stops redialling. False where there was neither.
  virtual bool disconnect(const NodeId& peer) = 0;
  // Disconnects and refuses, on all shards, until the duration has passed.
  virtual void ban(const NodeId& peer, Duration duration) = 0;
  // An address stands for its /56 where it is IPv6: what one customer has.
  virtual void ban(const IpAddress& address, Duration duration) = 0;
  // False where it was not banned, or not any more.
  virtual bool unban(const NodeId& peer) = 0;
  virtual bool unban(const IpAddress& address) = 0;

  [[nodiscard]] virtual std::vector<PeerInfo> peers() const = 0;
  [[nodiscard]] virtual std::vector<Sample> stats() const = 0;
  [[nodiscard]] virtual std::vector<LatencyInfo> latencies() const = 0;
};

// What `config` would need in memory, one line per addend; nothing is allocated.
std::string explain_memory(const Config& config);

// "0.1.0"
const char* version();

}  // namespace ringwire
