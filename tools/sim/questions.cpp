#include "tools/sim/questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::sim {
namespace {

constexpr std::size_t kKindAt = DatagramWatch::kNumberBytes;
constexpr std::size_t kQuestionAt = kKindAt + 1;
static_assert(kQuestionBytesMin == kQuestionAt + sizeof(std::uint64_t));

driver::DriverConfig config() {
  driver::DriverConfig config = stepped::small_driver(1);
  config.datagram_sockets_max = 1;
  config.datagram_buffers = driver::kDatagramsPerTurn;
  return config;
}

}  // namespace

struct Questions::Host {
  Host(World& world, const Endpoint& endpoint, std::function<void()> turn)
      : driver(stepped::make_driver(world, endpoint.address, config())), actor(world, std::move(turn)) {
    const auto opened = driver->open_datagrams(endpoint, {});
    RW_ASSERT(opened.ok());
    socket = *opened;
    actor.listen_to(*driver);
    actor.call();
  }

  std::unique_ptr<SimDriver> driver;
  driver::DatagramSocketId socket;
  stepped::Actor actor;
  std::vector<Segment> said;  // since the last turn: it must stay until the next one
};

Questions::Questions(World& world, std::uint32_t hosts, const DatagramOptions& options)
    : world_(world), options_(options), prng_(world.prng()), watch_(options.corrupted_per_million > 0) {
  for (std::uint32_t number = 0; number < hosts; ++number) {
    hosts_.push_back(std::make_unique<Host>(world, endpoint_of(number), [this, number] { turn(number); }));
  }
}

Questions::~Questions() = default;

void Questions::run(Duration length) {
  if (hosts_.size() > 1) ask_next(world_.time() + length);
}

void Questions::ask_next(Instant end) {
  const Duration pause = Duration(1s) / options_.per_second;
  if (world_.time() + pause > end) return;
  world_.after(pause, [this, end] {
    const auto from = static_cast<std::uint32_t>(prng_.below(hosts_.size()));
    ask(from, static_cast<std::uint32_t>((from + prng_.between(1, hosts_.size() - 1)) % hosts_.size()));
    ask_next(end);
  });
}

void Questions::ask_neighbours() {
  const auto hosts = static_cast<std::uint32_t>(hosts_.size());
  for (std::uint32_t from = 0; from < hosts; ++from) {
    for (std::uint32_t step = 1; step <= std::min(kNeighboursMax, hosts - 1); ++step)
      ask(from, (from + step) % hosts);
  }
}

void Questions::ask(std::uint32_t from, std::uint32_t to) {
  const std::uint64_t number = asked_++;
  open_[number] = {from, to, 0};
  attempt(number);
}

void Questions::attempt(std::uint64_t number) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  Question& question = found->second;
  if (question.attempts == kAttemptsMax) {
    open_.erase(found);
    return;
  }
  ++question.attempts;
  say(question.from, endpoint_of(question.to), Kind::question, number);
  world_.after(kRetry, [this, number] { attempt(number); });
}

std::string Questions::describe_open() const {
  const Question& question = open_.begin()->second;
  return fmt::format("host {} has asked host {} {} times", question.from, question.to, question.attempts);
}

DatagramFigures Questions::figures() const {
  DatagramFigures figures = watch_.figures();
  figures.asked = asked_;
  figures.answered = answered_;
  return figures;
}

void Questions::say(std::uint32_t from, const Endpoint& to, Kind kind, std::uint64_t question) {
  Host& host = *hosts_[from];
  Segment& bytes = host.said.emplace_back(prng_.between(kQuestionBytesMin, options_.bytes_max));
  bytes[kKindAt] = static_cast<std::uint8_t>(kind);
  store_be(bytes.data() + kQuestionAt, question);
  for (std::size_t at = kQuestionBytesMin; at < bytes.size(); ++at)
    bytes[at] = static_cast<std::uint8_t>(prng_.next());
  watch_.on_sent(endpoint_of(from), to, bytes);
  host.driver->send_datagram(host.socket, to, bytes);
  host.actor.call();
}

void Questions::turn(std::uint32_t number) {
  Host& host = *hosts_[number];
  driver::WaitPlan plan;
  plan.timeout = 1h;
  host.driver->wait(plan);
  host.said.clear();
  driver::Event event;
  while (host.driver->next(event)) {
    if (event.kind == driver::EventKind::datagram) hear(number, event.from, event.data.view());
    event.data.reset();
  }
}

void Questions::hear(std::uint32_t host, const Endpoint& from, ByteView bytes) {
  if (!watch_.on_arrived(from, endpoint_of(host), bytes, world_.time())) return;
  const auto question = load_be<std::uint64_t>(bytes.data() + kQuestionAt);
  if (bytes[kKindAt] == static_cast<std::uint8_t>(Kind::question))
    return say(host, from, Kind::answer, question);
  answered_ += open_.erase(question);
}

}  // namespace ringwire::sim
