// The client of the echo workload.
//
// Blocking sockets. A round sends `burst` pings on every connection and then reads every connection's pongs;
// the bytes are discarded in the kernel. The first round is read and checked: a server that does not answer
// in order ends the measurement.
#pragma once

#include <vector>

#include "bench/compare/client.hpp"

namespace ringwire::compare {

class EchoClient final : public Client {
 public:
  EchoClient(const Workload& workload, const Subject& subject, std::uint16_t port);
  ~EchoClient() override;

  void check_one_round() override;
  void run_round() override;

 private:
  void send_all();

  const Workload workload_;
  std::vector<std::uint8_t> request_;
  std::vector<int> sockets_;
};

}  // namespace ringwire::compare
