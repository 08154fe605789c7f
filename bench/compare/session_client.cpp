#include "bench/compare/session_client.hpp"

#include <algorithm>
#include <stdexcept>

#include "codec/wire/publish.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/transport/tls_certificate.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint64_t kNetworkId = 1337;
constexpr Duration kPatience = 10s;  // of loopback, where nothing is lost
constexpr std::string_view kTopic = "bench";

}  // namespace

std::unique_ptr<node::Swarm> open_swarm(const Workload& workload, std::uint16_t port,
                                        node::Swarm::Handlers handlers) {
  const auto credentials = transport::make_certificate();
  if (!credentials.ok()) throw std::runtime_error(credentials.error().message);
  const node::Swarm::Target target{
      {*IpAddress::parse("127.0.0.1"), port}, {}, kNetworkId, workload.tls ? &*credentials : nullptr};
  auto swarm = node::Swarm::open(target, workload.connections, std::move(handlers));
  if (!swarm.ok()) throw std::runtime_error(swarm.error());
  const Instant end = (*swarm)->now() + kPatience;
  while ((*swarm)->established() < workload.connections && (*swarm)->now() < end) (*swarm)->turn(10ms);
  if ((*swarm)->established() == workload.connections) return std::move(*swarm);
  const auto& failures = (*swarm)->failures();
  throw std::runtime_error(failures.empty() ? "not all became sessions" : failures.begin()->first);
}

SessionClient::SessionClient(const Workload& workload, std::uint16_t port)
    : workload_(workload), payload_(std::min(workload.payload_bytes, wire::kPingBytesMax)) {
  if (workload.shape == Shape::fan_out) throw std::logic_error("sessions echo or form a mesh");
  node::Swarm::Handlers handlers;
  handlers.on_pong = [this](std::uint32_t, std::uint64_t, Instant) { on_message(workload_.payload_bytes); };
  handlers.on_message = [this](std::uint32_t, wire::MessageType type, const SliceChain& payload, Instant) {
    if (type == wire::MessageType::publish) on_message(payload.bytes());
  };
  swarm_ = open_swarm(workload, port, std::move(handlers));
  meet();
  payload_.resize(workload.payload_bytes);
}

void SessionClient::on_message(std::uint64_t payload_bytes) {
  ++arrived_;
  if (payload_bytes != workload_.payload_bytes) ++wrong_length_;
}

void SessionClient::ping(std::uint32_t connection) {
  wire::encode_ping(++number_, payload_);
  say(connection, wire::MessageType::ping);
}

void SessionClient::publish(std::uint32_t connection) {
  const wire::PublishView head{wire::kPublishTtlMax, as_bytes(kTopic), wire::PublishEncoding::plain, {}};
  wire::encode_publish_head(head, payload_);
  store_be(payload_.data() + head.head_bytes(), ++number_);
  say(connection, wire::MessageType::publish);
}

void SessionClient::say(std::uint32_t connection, wire::MessageType type) {
  while (!swarm_->say(connection, type, payload_)) swarm_->turn(1ms);
}

void SessionClient::await(std::uint64_t deliveries) {
  const Instant end = swarm_->now() + kPatience;
  while (arrived_ < deliveries && swarm_->now() < end) swarm_->turn(10ms);
  if (arrived_ != deliveries) throw std::runtime_error("messages were lost or came twice");
}

// Who answers a ping has established its end, too: it is told what others say.
void SessionClient::meet() {
  for (std::uint32_t connection = 0; connection < workload_.connections; ++connection) ping(connection);
  await(workload_.connections);
}

void SessionClient::run_round() {
  const std::uint64_t due = arrived_ + workload_.deliveries_per_round();
  for (std::uint32_t burst = 0; burst < workload_.burst; ++burst) {
    for (std::uint32_t connection = 0; connection < workload_.connections; ++connection)
      workload_.shape == Shape::echo ? ping(connection) : publish(connection);
  }
  await(due);
}

void SessionClient::check_one_round() {
  run_round();
  if (wrong_length_ > 0) throw std::runtime_error("messages of a wrong length");
}

}  // namespace ringwire::compare
