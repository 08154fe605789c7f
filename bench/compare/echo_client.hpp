// The client of the echo workload.
//
// Blocking sockets. A round sends `burst` pings on every connection and then reads every connection's pongs;
// the bytes are discarded in the kernel.
//
// On cores of their own (Workload::two_cores) each connection asks again as soon as it is answered, whatever
// the others do, and a round is as many answers as there are connections. In step, they would come as one
// wave after the other and be idle between: what the server finds would be the client's doing.
//
// With Workload::messages_per_second it never sleeps: the pings of a round leave at times of a Poisson
// process from a fixed seed, and the pongs are read half a round later.
#pragma once

#include <chrono>
#include <random>
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
  using Clock = std::chrono::steady_clock;

  void send_all();
  void ask(std::size_t i);
  void run_paced_round();
  void run_independent_round();
  void wait_for_arrival();  // of the next message, spinning
  void take_answer(std::size_t i);

  const Workload workload_;
  std::vector<std::uint8_t> request_;
  std::vector<int> sockets_;
  const int poll_;
  std::vector<bool> asked_;  // and not yet answered, where a round does not end with all answers
  std::mt19937_64 random_{1};
  Clock::time_point next_arrival_;
};

}  // namespace ringwire::compare
