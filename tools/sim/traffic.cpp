#include "tools/sim/traffic.hpp"

#include <algorithm>
#include <chrono>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/publish.hpp"

namespace ringwire::sim {
namespace {

constexpr std::string_view kTopic = "sim";

}  // namespace

Traffic::Traffic(World& world, Fleet& fleet, DeliveryWatch& watch, const TrafficOptions& options)
    : world_(world),
      fleet_(fleet),
      watch_(watch),
      options_(options),
      prng_(world.prng()),
      maker_(fleet.config().gossip.chain_id, 0, node::Entropy(world.prng())) {}

void Traffic::run(Duration length) {
  if (options_.per_second > 0) publish_next(world_.time() + length);
}

void Traffic::publish_next(Instant end) {
  const Duration pause = Duration(1s) / options_.per_second;
  if (world_.time() + pause > end) return;
  world_.after(pause, [this, end] {
    const auto node = static_cast<std::uint32_t>(prng_.below(fleet_.size()));
    if (fleet_.up(node)) publish(node);
    publish_next(end);
  });
}

std::optional<Hash32> Traffic::publish(std::uint32_t node) {
  const auto bytes = static_cast<std::uint32_t>(prng_.between(options_.bytes_min, options_.bytes_max));
  const bool topic = prng_.below(100) < options_.topics_per_hundred;
  return topic ? publish_topic(node, bytes) : publish_transaction(node, bytes);
}

std::optional<Hash32> Traffic::publish_transaction(std::uint32_t node, std::uint32_t bytes) {
  maker_.set_bytes(bytes);
  const std::vector<std::uint8_t> transaction = maker_.next();
  const Hash32 id = crypto::keccak256(transaction);
  if (fleet_.app(node)->publish_transaction(transaction) != PublishResult::accepted) return std::nullopt;
  watch_.on_published(node, id, transaction, fleet_.who_is_up(), world_.time());
  return id;
}

std::optional<Hash32> Traffic::publish_topic(std::uint32_t node, std::uint32_t bytes) {
  std::vector<std::uint8_t> payload(std::max<std::size_t>(bytes, sizeof topics_));
  store_be(payload.data(), ++topics_);
  for (std::size_t i = sizeof topics_; i < payload.size(); ++i)
    payload[i] = static_cast<std::uint8_t>(prng_.next());
  const Hash32 id = wire::publish_id(as_bytes(kTopic), payload);
  if (fleet_.app(node)->publish_topic(kTopic, payload, {}) != PublishResult::accepted) return std::nullopt;
  watch_.on_published(node, id, payload, fleet_.who_is_up(), world_.time());
  return id;
}

}  // namespace ringwire::sim
