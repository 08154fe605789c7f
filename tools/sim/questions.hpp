// Questions that the hosts of a world ask each other in datagrams, as discovery does: each is sent again
// until it is answered, and whoever is asked answers whatever reaches him, however often.
//
// It is the host that speaks, over a driver of its own, whether its node runs or not; one without power says
// and hears nothing.
//
//   datagram = number u64 (datagram_watch.hpp) | 0: question, 1: answer u8 | question u64 | filling
//
// Timer: kRetry, per question, until it is answered or was sent kAttemptsMax times.
// Thread: its world's. Dies before its world. Complexity: O(log n) in open questions per datagram.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tools/sim/datagram_watch.hpp"
#include "tools/sim/fleet.hpp"

namespace ringwire::sim {

class Questions {
 public:
  Questions(World& world, std::uint32_t hosts, const DatagramOptions& options);
  ~Questions();
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;

  // At a steady rate, from now on, for so long.
  void run(Duration length);
  // Each host asks its next ones, at most kNeighboursMax of them.
  void ask_neighbours();
  // Neither answered nor given up.
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  // One of them, for people; there is one.
  [[nodiscard]] std::string describe_open() const;

  [[nodiscard]] DatagramFigures figures() const;
  std::vector<Violation> take_violations() { return watch_.take_violations(); }

  static constexpr Duration kRetry = 250ms;
  static constexpr std::uint32_t kAttemptsMax = 60;  // 15 s: beyond what a world has to recover
  static constexpr std::uint32_t kNeighboursMax = 8;

 private:
  struct Host;
  struct Question {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t attempts = 0;
  };
  enum class Kind : std::uint8_t { question, answer };

  void ask_next(Instant end);
  void ask(std::uint32_t from, std::uint32_t to);
  void attempt(std::uint64_t number);
  void say(std::uint32_t from, const Endpoint& to, Kind kind, std::uint64_t question);
  void turn(std::uint32_t number);
  void hear(std::uint32_t host, const Endpoint& from, ByteView bytes);
  [[nodiscard]] static Endpoint endpoint_of(std::uint32_t host) {
    return {Fleet::address_of(host), SimNode::kPort};
  }

  World& world_;
  const DatagramOptions options_;
  Prng prng_;
  DatagramWatch watch_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<std::uint64_t, Question> open_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace ringwire::sim
