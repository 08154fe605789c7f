// The door between a shard and the kernel. io_uring, epoll and the simulator stand behind the same door, so
// that protocols cannot tell them apart, the fallback is the code that tests run, and a benchmark compares
// only engines.
//
// Rules
//  - One driver belongs to one shard and its thread. Only Waker::ring() may be called from elsewhere.
//  - A turn is: wait() once, take unsent(), take every event with next(), then send(). wait() submits what
//    the previous turn asked for. Completions are queued by wait() and run by the caller's loop, never inside
//    the reap.
//  - A connection has at most one send per turn, none before it is connected or while a send_rest() of it is
//    in flight, and one receive armed.
//  - No call blocks but wait(). No virtual call is made per message: events carry as many bytes as one
//    receive yielded, a send carries everything one peer has to be told in this turn.
//  - A ConnectionId names one connection for ever: after close() no event but `closed` carries it, and a slot
//    is given out again only when the kernel has let go of everything that referred to it.
//  - A datagram proves nothing about where it came from, may be lost, doubled, late or out of turn, and is as
//    cheap to make as to drop. So none is ever waited for or answered with an error: what cannot be received
//    or sent at once is dropped and counted. Each socket has few small buffers of its own, so that one that
//    is flooded takes neither the connections' pools nor another socket's, and yields at most
//    kDatagramsPerTurn in a turn; what is beyond waits in the kernel's buffer, which drops the rest. A
//    datagram is an event of its own: there are hundreds a second, where a connection has thousands of
//    messages in one receive.
//
// Errors: a failed socket is told once, as the `error` of `connected`, `ended`, `rest_sent` or Unsent; what
// to do next is in engine/driver/errno_table.hpp. Only open (listen, connect, adopt, open_datagrams) answers
// at once with SocketError.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "codec/base/bytes.hpp"
#include "codec/base/counter.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice.hpp"
#include "codec/base/time.hpp"

namespace ringwire::driver {

enum class Kind : std::uint8_t { uring, epoll, sim };
const char* name(Kind kind);

struct ConnectionId {
  // In [0, connections_max): owners keep their own state in an array beside it.
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;
  auto operator<=>(const ConnectionId&) const = default;
};

struct ListenerId {
  std::uint32_t index = UINT32_MAX;
  auto operator<=>(const ListenerId&) const = default;
};

struct DatagramSocketId {
  std::uint32_t slot = UINT32_MAX;  // in [0, datagram_sockets_max)
  std::uint32_t generation = 0;
  auto operator<=>(const DatagramSocketId&) const = default;
};

enum class EventKind : std::uint8_t {
  accepted,   // `listener` has a new connection; it receives nothing until start_receive()
  connected,  // connect() ended: error 0, or the errno (close() it then)
  received,   // `data` arrived; keep the Slice to keep the buffer, drop it to give the buffer back
  ended,      // no more will be received: the peer's FIN (error 0) or an errno. Sending may still be possible
              // after FIN
  rest_sent,  // send_rest() ended: error 0 = the kernel took all of it, else the connection is of no more use
  closed,     // close() ended; the pieces of a send_rest() are free, the slot may be given out again
  woken,      // the Waker was rung (any number of times)
  datagram,   // `data`, possibly none, arrived at `socket`, and says that it is from `from`
};

struct Event {
  EventKind kind = EventKind::woken;
  std::int32_t error = 0;  // errno, 0 for none
  ConnectionId connection;
  ListenerId listener;
  Endpoint from;
  Slice data;
  DatagramSocketId socket;
};
static_assert(sizeof(Event) == 64);  // one cache line

// What the kernel did not take of a send() of the turn before.
struct Unsent {
  ConnectionId connection;
  std::uint32_t taken = 0;  // bytes it took; the caller keeps the rest and passes it to send_rest()
  std::int32_t error = 0;   // not 0: the connection is broken, close() it
};

enum class CloseMode : std::uint8_t {
  graceful,  // bytes the kernel already took are delivered, then FIN
  reset,     // RST at once: for peers that must not hold kernel memory any longer
};

enum class PoolClass : std::uint8_t {
  small,  // many buffers of 16 KiB: the usual case
  bulk,   // few of 1 MiB: for a connection whose parser is owed a lot
};

struct WaitPlan {
  Duration timeout{0};  // return after this much even with nothing to report; 0 = only look
  // Completions worth waking for, or `gather` after the wait began, if at least one is there. Drivers without
  // the feature wake for the first one.
  std::uint32_t wanted = 1;
  Duration gather{0};
  // Only look, whatever `timeout` says: a busy-polling shard has more to look at than its sockets.
  bool spin = false;
};

struct PoolConfig {
  std::uint32_t small_buffers = 1024;  // a power of two, at most 32768
  std::uint32_t small_bytes = 16 * 1024;
  std::uint32_t bulk_buffers = 8;  // a power of two
  std::uint32_t bulk_bytes = 1024 * 1024;
};

struct DriverConfig {
  // Slots. connect() and adopt() above it are refused with kNoSlot, accepts are reset at once and counted.
  std::uint32_t connections_max = 1024;
  PoolConfig pools;
  // Datagram sockets at once; open_datagrams() above it is refused with kNoSlot. 0: none, and no memory for
  // them.
  std::uint32_t datagram_sockets_max = 0;
  // Of each of them, kDatagramRoomBytes long; a power of two, at most 32768. Four turns' worth by default.
  std::uint32_t datagram_buffers = 256;
  std::uint32_t sq_entries = 1024;  // a hint for rings; others ignore it
};

// How a socket is to be set up (engine/driver/socket.hpp does it for every driver).
struct SocketOptions {
  bool nodelay = true;
  std::uint32_t keepalive_idle_s = 20;  // 0 = no keepalive
  std::uint32_t keepalive_interval_s = 5;
  std::uint32_t keepalive_probes = 3;
  // Unacknowledged data older than this ends the connection; 0 = the kernel's own limit. It overrules the
  // number of probes, too: below the time that all of them take, one lost probe ends an idle connection.
  std::uint32_t user_timeout_ms = 35'000;
  std::uint32_t not_sent_low_water = 32 * 1024;  // the kernel refuses more while this much is unsent; 0 = off
  std::uint32_t send_buffer_bytes = 0;           // 0 = the kernel's autotuning
  std::uint32_t receive_buffer_bytes = 0;
};

static_assert(SocketOptions{}.user_timeout_ms >=
              1000 * (SocketOptions{}.keepalive_idle_s +
                      SocketOptions{}.keepalive_interval_s * SocketOptions{}.keepalive_probes));

struct ListenOptions {
  SocketOptions socket;  // for each accepted connection
  std::uint32_t backlog = 4096;
  bool reuse_port = true;  // one listening socket per shard on the same port
  // With reuse_port: refused where anybody listens already, sharing or not; others may join later. Else two
  // nodes of one user would take each other's connections and never know. Implied where the port is picked.
  bool first = false;
};

// What one Ethernet frame carries over IPv4. Longer ones travel in fragments, which many networks drop and
// which hold memory until they are whole; those of discv4 have at most 1280 bytes.
inline constexpr std::uint32_t kDatagramBytesMax = 1472;
// A buffer for one, with what a kernel writes before it.
inline constexpr std::uint32_t kDatagramRoomBytes = 1600;
// Of one socket. One recvmmsg() of 64 costs some 40 us, and more at once gain nothing: what a flood takes
// from the connections of the same shard, whatever its rate.
inline constexpr std::uint32_t kDatagramsPerTurn = 64;

struct DatagramOptions {
  bool reuse_port = true;  // one socket per shard on the same port: the kernel chooses by source and target
  bool first = false;      // as of ListenOptions
  // What waits in the kernel while the owner is busy; Linux adds as much for its bookkeeping. A megabyte is a
  // flood of 200,000 small ones a second for some 10 ms. 0 = the kernel's default. At most net.core.rmem_max
  // is granted.
  std::uint32_t receive_buffer_bytes = 1024 * 1024;
};

struct SocketError {
  std::string operation;  // "bind", "listen", "connect", ...
  Endpoint endpoint;
  std::int32_t error = 0;

  // One line: what failed, where, why, and what to change.
  [[nodiscard]] std::string message() const;
};

struct DriverCounters {
  Counter turns;  // wait() calls
  Counter system_calls;
  Counter accepted;
  Counter accept_refused;  // no free slot: reset at once
  Counter accept_gone;     // reset while it waited to be accepted: closed, there is no `accepted` event
  Counter accept_pauses;   // out of descriptors or memory: accepting stopped for a while
  Counter connects;
  Counter receives;
  Counter received_bytes;
  Counter sends;        // send() calls that reached the kernel
  Counter sent_bytes;   // by send() and send_rest()
  Counter short_sends;  // send() calls not wholly taken
  Counter rest_sends;
  Counter pool_exhausted;        // a receive found no buffer; it is armed again when one returns
  Counter stale_completions;     // completions of something already closed: dropped
  Counter completion_overflows;  // the completion queue was full; nothing is lost, but it is too small
  Counter submission_full;       // the submission queue was full: submitted early
  Counter closed;
  Counter datagrams_received;  // told as events
  Counter datagram_bytes_received;
  Counter datagrams_oversize;       // longer than kDatagramBytesMax: dropped
  Counter datagrams_overflowed;     // dropped by the kernel: the socket's receive buffer was full
  Counter datagram_receive_errors;  // a receive failed: the socket stays as it is
  Counter datagram_pool_exhausted;  // every buffer of a socket was held: receiving stopped until one returned
  Counter datagrams_sent;           // taken by the kernel
  Counter datagram_bytes_sent;
  Counter datagrams_unsent_full;     // dropped: the socket's send buffer or the device's queue was full
  Counter datagrams_unsent_refused;  // dropped: no route, a forbidden or impossible address
};

struct PoolState {
  std::uint32_t buffers = 0;
  std::uint32_t pinned = 0;  // held by slices right now
};

// Wakes a driver that sleeps in wait(). Safe from any thread; costs a system call, so ring once per batch.
class Waker {
 public:
  virtual void ring() = 0;

 protected:
  ~Waker() = default;
};

class Driver {
 public:
  virtual ~Driver() = default;

  [[nodiscard]] virtual Kind kind() const = 0;

  // Both clocks; virtual in the simulator. The shard calls it once per turn.
  [[nodiscard]] virtual Now now() const = 0;

  // --- opening and closing

  // Starts accepting at once. `endpoint.port` 0 picks a port: see local(ListenerId). On IPv6 no IPv4 is
  // taken: an address that comes in two forms slips past rules about it.
  virtual Result<ListenerId, SocketError> listen(const Endpoint& endpoint, const ListenOptions& options) = 0;
  // Once. Accepted connections stay. No `accepted` of it follows, but for those already queued in this
  // turn.
  virtual void stop_listening(ListenerId listener) = 0;
  [[nodiscard]] virtual Endpoint local(ListenerId listener) const = 0;

  // Ends in one `connected` event. Time limits are the caller's: close() it when it took too long.
  virtual Result<ConnectionId, SocketError> connect(const Endpoint& remote, const SocketOptions& options) = 0;

  // Hands a connection that never received to another shard: release() gives up its descriptor (the caller
  // owns it, no `closed` event follows), adopt() takes it, on any driver of the same kind. Where adopt()
  // fails, for want of a slot or because its peer reset it, the descriptor is still the caller's.
  virtual int release(ConnectionId connection) = 0;
  virtual Result<ConnectionId, SocketError> adopt(int descriptor) = 0;
  // Resets a released connection that nobody adopts. What a descriptor is, only drivers of a kind know.
  virtual void discard(int descriptor) = 0;

  // Once. Ends in `closed`.
  virtual void close(ConnectionId connection, CloseMode mode) = 0;

  [[nodiscard]] virtual Endpoint local(ConnectionId connection) const = 0;
  [[nodiscard]] virtual Endpoint remote(ConnectionId connection) const = 0;

  // --- receiving

  // Receives until `ended`, pause_receive() or close(). Starts with the small pool.
  virtual void start_receive(ConnectionId connection) = 0;
  // Stops taking bytes from the kernel, so that TCP holds the peer back. What was already taken still
  // arrives.
  virtual void pause_receive(ConnectionId connection) = 0;
  virtual void resume_receive(ConnectionId connection) = 0;
  // Moves a receiving connection to the other pool; takes effect when the receive in flight has ended.
  virtual void use_pool(ConnectionId connection, PoolClass pool) = 0;
  [[nodiscard]] virtual PoolState pool_state(PoolClass pool) const = 0;

  // --- sending

  // Everything this connection is told in this turn, in order, as one gathered send that does not block. The
  // bytes must stay until the next wait() returned; the array of views may go at once. 1 to kPiecesMax
  // pieces, none empty.
  virtual void send(ConnectionId connection, std::span<const ByteView> pieces) = 0;
  static constexpr std::size_t kPiecesMax = 256;  // well below IOV_MAX (1024)

  // The sends of the previous turn that were cut short. Valid after wait() until the next send().
  [[nodiscard]] virtual std::span<const Unsent> unsent() = 0;

  // Sends all of `pieces`, at most kPiecesMax, however long it takes; ends in one `rest_sent`. The bytes must
  // stay until then, or until `closed`. The array of views may go at once.
  virtual void send_rest(ConnectionId connection, std::span<const ByteView> pieces) = 0;

  // --- datagrams

  // Receives at once. `endpoint.port` 0 picks a port. On IPv6 no IPv4 is taken, as with listen(). What
  // arrives with more than kDatagramBytesMax is dropped. Errors that routers and hosts report (ICMP) are not
  // heard: anybody can send them.
  virtual Result<DatagramSocketId, SocketError> open_datagrams(const Endpoint& endpoint,
                                                               const DatagramOptions& options) = 0;
  // Once. No event of it follows, and what it was given to send before still leaves. Its port and its slot
  // may be taken for some turns more. Slices of it stay valid.
  virtual void close_datagrams(DatagramSocketId socket) = 0;
  [[nodiscard]] virtual Endpoint local(DatagramSocketId socket) const = 0;
  // Who cannot keep up leaves them in the kernel, which drops what does not fit and says how many. What was
  // already taken still arrives.
  virtual void pause_datagrams(DatagramSocketId socket) = 0;
  virtual void resume_datagrams(DatagramSocketId socket) = 0;
  [[nodiscard]] virtual PoolState datagram_pool(DatagramSocketId socket) const = 0;

  // At most kDatagramBytesMax bytes, or none, in this turn or at the beginning of the next wait(): they must
  // stay until that returned. What cannot leave at once is dropped and counted. Any number per turn.
  virtual void send_datagram(DatagramSocketId socket, const Endpoint& to, ByteView bytes) = 0;

  // --- the turn

  // Submits, then waits as planned. Returns at once where Unsent or events are already there.
  virtual void wait(const WaitPlan& plan) = 0;
  // The next event of this turn; false when there is none left. Events dropped by not asking stay for the
  // next turn.
  virtual bool next(Event& event) = 0;

  [[nodiscard]] virtual Waker& waker() = 0;
  [[nodiscard]] virtual const DriverCounters& counters() const = 0;
  // One line for the operator: features probed and chosen.
  [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace ringwire::driver
