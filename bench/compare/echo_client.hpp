// The client of the echo workload: cheaper than any server, so that the server is what is measured.
//
// Blocking sockets. A round sends `burst` pings on every connection and then reads every connection's pongs;
// the bytes are discarded in the kernel. The first round is read and checked: a server that does not answer
// in order ends the measurement.
#pragma once

#include <vector>

#include "bench/compare/workload.hpp"
#include "codec/base/ids.hpp"

namespace ringwire::compare {

class EchoClient {
 public:
  // Connects and, for Dialect::authenticated, proves an identity of its own on each connection. Throws.
  EchoClient(const Workload& workload, const Subject& subject, std::uint16_t port);
  EchoClient(const EchoClient&) = delete;
  EchoClient& operator=(const EchoClient&) = delete;
  ~EchoClient();

  // Throws where the server closed a connection or answered something else.
  void check_one_round();
  void run_round();

 private:
  void send_all();

  const Workload workload_;
  std::vector<std::uint8_t> request_;
  std::vector<int> sockets_;
};

}  // namespace ringwire::compare
