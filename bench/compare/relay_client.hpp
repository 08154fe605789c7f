// The client of the fan-out and mesh workloads.
//
// Blocking sockets. A round of fan_out sends one burst on the publisher's connection, a round of mesh one
// message on every connection; then every receiver's messages are read, their bytes discarded in the kernel.
// A checked round reads them instead: each receiver gets each message of the round once, none of its own, and
// nothing else.
#pragma once

#include <vector>

#include "bench/compare/client.hpp"
#include "bench/compare/message_stream.hpp"
#include "bench/compare/publish_frames.hpp"

namespace ringwire::compare {

// The sockets of a relay workload, connected, and known to the server: whoever connected last gets what is
// sent next.
class RelayPeers {
 public:
  RelayPeers(const Workload& workload, const Subject& subject, std::uint16_t port, PublishFrames& frames);
  RelayPeers(const RelayPeers&) = delete;
  RelayPeers& operator=(const RelayPeers&) = delete;
  ~RelayPeers();

  // In a mesh the same sockets, in the same order.
  [[nodiscard]] const std::vector<int>& senders() const { return senders_; }
  [[nodiscard]] const std::vector<int>& receivers() const { return receivers_; }
  [[nodiscard]] std::vector<MessageStream>& streams() { return streams_; }  // of the receivers
  [[nodiscard]] std::uint64_t next_number() { return number_++; }

 private:
  void connect(const Workload& workload, const Subject& subject, std::uint16_t port);
  void wait_until_all_receive(std::size_t sender);
  [[nodiscard]] bool all_receive(std::size_t sender);

  PublishFrames& frames_;
  std::vector<int> sockets_;
  std::vector<int> senders_;
  std::vector<int> receivers_;
  std::vector<MessageStream> streams_;
  bool mesh_;
  std::uint64_t number_ = 0;
};

class RelayClient final : public Client {
 public:
  RelayClient(const Workload& workload, const Subject& subject, std::uint16_t port);

  void check_one_round() override;
  void run_round() override;

 private:
  struct Sent {
    std::uint64_t number;
    std::size_t sender;
  };
  std::vector<Sent> send_round();
  void check_receiver(std::size_t receiver, const std::vector<Sent>& sent);

  const Workload workload_;
  PublishFrames frames_;
  RelayPeers peers_;
  std::size_t bytes_per_receiver_;  // of one round
  std::vector<std::uint8_t> out_;
};

// A message as the receivers of that dialect get it.
std::size_t relayed_bytes(const PublishFrames& frames, Dialect dialect);

}  // namespace ringwire::compare
