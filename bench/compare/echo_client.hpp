// The client of the echo workload.
//
// Blocking sockets. A round sends `burst` pings on every connection and then reads every connection's pongs;
// the bytes are discarded in the kernel.
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
  void run_paced_round();
  void wait_for_arrival();  // of the next message, spinning
  void take_answer(std::size_t i);

  const Workload workload_;
  std::vector<std::uint8_t> request_;
  std::vector<int> sockets_;
  std::vector<bool> asked_;  // and not yet answered, in a paced round
  std::mt19937_64 random_{1};
  Clock::time_point next_arrival_;
};

}  // namespace ringwire::compare
