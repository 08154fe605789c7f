// One driver and what a shard would do with it, as a test needs it: it takes turns, remembers what it was
// told, checks that every event is one the contract allows, and writes byte streams through send(), unsent()
// and send_rest().
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::contract {

struct Story {  // of one connection
  bool connected = false;
  std::int32_t connect_error = 0;
  std::string received;
  std::uint32_t pieces = 0;            // `received` events
  std::uint32_t largest_capacity = 0;  // of the buffers they came in
  bool ended = false;
  std::int32_t end_error = 0;
  std::uint32_t rests_sent = 0;
  std::int32_t send_error = 0;  // of Unsent or rest_sent
  bool closing = false;
  bool closed = false;
  driver::ListenerId listener;
};

struct Letter {  // a datagram that was told
  driver::DatagramSocketId socket;
  Endpoint from;
  std::string bytes;
};

class Party {
 public:
  Party(std::unique_ptr<driver::Driver> owned, IpAddress v4, IpAddress v6);
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;
  ~Party() { kept.clear(); }  // before the driver whose buffers they hold

  driver::Driver& driver() { return *driver_; }
  [[nodiscard]] const IpAddress& v4() const { return v4_; }
  [[nodiscard]] const IpAddress& v6() const { return v6_; }

  void turn(const driver::WaitPlan& plan);
  void turn(Duration timeout) {
    driver::WaitPlan plan;
    plan.timeout = timeout;
    turn(plan);
  }

  // Listens on a picked port of its v4 address.
  Endpoint listen();
  driver::ConnectionId connect(const Endpoint& remote);
  void close(driver::ConnectionId id, driver::CloseMode mode);

  // A datagram socket on a picked port.
  driver::DatagramSocketId bind(const IpAddress& address, const driver::DatagramOptions& options = {});
  driver::DatagramSocketId bind() { return bind(v4_); }
  // Overwritten as soon as the driver may not read it any more.
  void post(driver::DatagramSocketId socket, const Endpoint& to, std::string bytes);
  std::vector<Letter> letters;
  std::uint32_t letters_per_turn_max = 0;  // of one socket

  // Appends to the stream; sent from the next turn on, in random pieces, at most `chunk` bytes at once.
  void write(driver::ConnectionId id, std::string_view bytes);
  [[nodiscard]] bool all_written(driver::ConnectionId id) const;

  Story& story(driver::ConnectionId id) { return stories_[id]; }
  [[nodiscard]] std::uint32_t woken() const { return woken_; }
  std::vector<driver::ConnectionId> accepted;  // in order

  bool receive_accepted = true;   // start_receive() as soon as accepted
  bool receive_connected = true;  // ... or connected
  bool echo = false;              // writes back what arrives
  bool keep_slices = false;       // into `kept`, also of datagrams
  std::vector<Slice> kept;
  std::uint32_t chunk = 64 * 1024;
  std::uint32_t events_per_turn = UINT32_MAX;  // asked for by next()

 private:
  struct Stream {
    std::string queued;
    std::string flying;  // given to send() or send_rest()
    bool rest = false;   // send_rest() is in flight
  };

  void settle_sends();
  void flush();
  void on_event(driver::Event& event);
  void on_received(Story& story, driver::Event& event);
  void on_datagram(driver::Event& event);
  std::vector<ByteView> cut(std::string_view bytes);

  std::unique_ptr<driver::Driver> driver_;
  const IpAddress v4_;
  const IpAddress v6_;
  Prng prng_{7};
  std::map<driver::ConnectionId, Story> stories_;
  std::map<driver::ConnectionId, Stream> streams_;
  std::uint32_t woken_ = 0;
  std::deque<std::string> posted_;  // in this turn
  std::map<driver::DatagramSocketId, std::uint32_t> letters_of_turn_;
};

}  // namespace ringwire::contract
