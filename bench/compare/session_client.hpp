// A client whose connections are sessions of the engine's own parts (engine/node/swarm.hpp): what TLS needs.
//
// It costs more than the raw clients, so both sides of a row have it or none: what is compared is the
// server's CPU time, and the client takes no part in that.
#pragma once

#include <memory>
#include <vector>

#include "bench/compare/client.hpp"
#include "engine/node/swarm.hpp"

namespace ringwire::compare {

class SessionClient : public Client {
 public:
  // Connects all, and returns when all are sessions.
  SessionClient(const Workload& workload, std::uint16_t port);

  // Every message is parsed and its checksum verified in every round; here its length too.
  void check_one_round() override;
  void run_round() override;

 private:
  void on_message(std::uint64_t payload_bytes);
  void meet();
  void ping(std::uint32_t connection);
  void publish(std::uint32_t connection);
  void say(std::uint32_t connection, wire::MessageType type);
  void await(std::uint64_t deliveries);

  const Workload workload_;
  std::vector<std::uint8_t> payload_;
  std::uint64_t number_ = 0;  // of the message said last
  std::uint64_t arrived_ = 0;
  std::uint64_t wrong_length_ = 0;
  std::unique_ptr<node::Swarm> swarm_;
};

// Of a node on loopback that runs in the way the workload says.
std::unique_ptr<node::Swarm> open_swarm(const Workload& workload, std::uint16_t port,
                                        node::Swarm::Handlers handlers);

}  // namespace ringwire::compare
