#include "bench/compare/vote_behind_sync.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/compare/server_process.hpp"
#include "bench/compare/session_client.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/session_records.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint32_t kVoteBytes = wire::kPingBytesMax;
constexpr std::uint32_t kBlockBytes = 10 * 1024 * 1024;
constexpr Duration kVoteEvery = 1ms;
constexpr std::size_t kVotesMin = 1'000;  // below it a p99 would be one of the largest ten
constexpr double kGoal = 3;

class Voter {
 public:
  Voter(const Workload& workload, std::uint16_t port) : block_(blocks_.make(kBlockBytes)), vote_(kVoteBytes) {
    std::ranges::fill(HeapBuffers::writable(block_), std::uint8_t{7});
    block_sum_ = crypto::checksum(block_.view());
    node::Swarm::Handlers handlers;
    handlers.on_pong = [this](std::uint32_t, std::uint64_t number, Instant now) {
      trips_.push_back(now - sent_.at(number));
    };
    swarm_ = open_swarm(workload, port, std::move(handlers));
  }

  // One vote each millisecond, whatever became of the one before, for that long; with blocks beside them or
  // without.
  void run(bool blocks, Duration time) {
    const Instant begin = swarm_->now();
    Instant next = begin;
    while (swarm_->now() < begin + time || trips_.size() < kVotesMin) {
      if (swarm_->ended() > 0) throw std::runtime_error(swarm_->failures().begin()->first);
      if (blocks && say_block()) ++blocks_said_;
      if (swarm_->now() >= next) {
        vote();
        next = next + kVoteEvery;
      }
      swarm_->turn(std::max(Duration{0}, std::min(kVoteEvery, next - swarm_->now())));
    }
    seconds_ = std::chrono::duration<double>(swarm_->now() - begin).count();
  }

  [[nodiscard]] Sample sample() {
    std::ranges::sort(trips_);
    const double mib = static_cast<double>(blocks_said_) * kBlockBytes / (1024 * 1024);
    return {.value = microseconds(0.99),
            .also = {{"us, p50", microseconds(0.5)}, {"MiB/s of blocks", mib / seconds_}}};
  }

 private:
  bool say_block() { return swarm_->say(0, wire::MessageType::block_bodies, SliceChain(block_), block_sum_); }
  void vote() {
    wire::encode_ping(sent_.size(), vote_);
    if (!swarm_->say(0, wire::MessageType::ping, vote_)) return;
    sent_.push_back(swarm_->now());
  }
  [[nodiscard]] double microseconds(double quantile) const {
    const auto at = static_cast<std::size_t>(quantile * static_cast<double>(trips_.size() - 1));
    return std::chrono::duration<double, std::micro>(trips_[at]).count();
  }

  HeapBuffers blocks_{2 * kBlockBytes};
  Slice block_;
  std::uint32_t block_sum_ = 0;
  std::vector<std::uint8_t> vote_;
  std::vector<Instant> sent_;
  std::vector<Duration> trips_;
  std::uint64_t blocks_said_ = 0;
  double seconds_ = 0;
  std::unique_ptr<node::Swarm> swarm_;
};

Sample run(bool tls, bool blocks, double seconds) {
  const Placement placement = on_two_cores();
  const Placed here(placement.client_cpu, placement.batch);
  Workload workload{"vote-1KiB-behind-10MiB", Shape::echo, 1, kVoteBytes, 1, true};
  workload.tls = tls;
  const Subject& subject = *find_subject("ringwire-uring");
  const auto server =
      ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(server.error());
  Voter voter(workload, server->port());
  voter.run(blocks, std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
  return voter.sample();
}

Comparison vote_row(bool tls) {
  const auto side = [tls](bool blocks) {
    return [tls, blocks](double seconds) { return run(tls, blocks, seconds); };
  };
  const std::string name = tls ? "vote-behind-sync-tls" : "vote-behind-sync";
  return {name, "busy", "idle", {"p99_us"}, Goal::at_most(kGoal), side(true), side(false)};
}

}  // namespace

std::vector<Comparison> vote_rows() {
  return {vote_row(false), vote_row(true)};
}

}  // namespace ringwire::compare
