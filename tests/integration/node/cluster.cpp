#include "tests/integration/node/cluster.hpp"

#include <stdexcept>
#include <thread>

#include "codec/wire/transaction.hpp"

namespace ringwire::test {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::string driver_name(const testing::TestParamInfo<DriverChoice>& driver) {
  return driver.param == DriverChoice::uring ? "uring" : "epoll";
}

Config node_config(DriverChoice driver, std::uint32_t shards) {
  Config config;
  config.listen = {*Endpoint::parse("127.0.0.1:0")};
  config.insecure_plaintext = true;
  config.shards.count = shards;
  config.shards.driver = driver;
  config.memory.receive_buffers = 256;
  config.gossip.seen_messages = 1U << 17;
  config.limits.redial_min_ms = 100;
  config.log.level = LogLevel::error;
  return config;
}

void Member::collect() {
  while (auto delivery = port->next_delivery()) ++delivered[delivery->id];
}

std::vector<Member> start_mesh(const Config& config, std::size_t count) {
  std::vector<Member> mesh(count);
  for (Member& member : mesh) {
    auto node = Node::start(config);
    if (!node.ok()) throw std::runtime_error("node did not start: " + node.error().findings.front());
    member.node = std::move(*node);
    member.port = member.node->open_port();
    if (!member.port->subscribe(MessageKind::transaction)) throw std::runtime_error("not subscribed");
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (auto added = mesh[i].node->connect(mesh[j].node->enode()); !added.ok())
        throw std::runtime_error(added.error());
    }
  }
  const bool connected = eventually([&] {
    for (Member& member : mesh) {
      if (member.node->peers().size() != count - 1) return false;
    }
    return true;
  });
  if (!connected) throw std::runtime_error("the mesh did not form");
  return mesh;
}

void stop_mesh(std::vector<Member>& mesh) {
  for (Member& member : mesh) {
    member.port.reset();
    if (member.node) member.node->stop();
    member.node.reset();
  }
}

std::uint64_t sum_of(const Node& node, const std::string& metric, const std::string& label) {
  double sum = 0;
  for (const Sample& sample : node.stats()) {
    if (sample.name == metric && sample.labels.find(label) != std::string::npos) sum += sample.value;
  }
  return static_cast<std::uint64_t>(sum);
}

TransactionSource::TransactionSource()
    : signer_(std::array<std::uint8_t, 32>{1}),
      key_(*crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7})) {}

std::vector<std::uint8_t> TransactionSource::next() {
  wire::Transaction fields;
  fields.type = nonce_ % 2 == 0 ? wire::TransactionType::dynamic_fee : wire::TransactionType::legacy;
  fields.chain_id = 1337;
  fields.nonce = nonce_++;
  fields.gas_price = fields.max_priority_fee = fields.max_fee = 1'000'000'000;
  fields.gas_limit = 21'000;
  fields.to = Address20{};
  return wire::sign_transaction(fields, signer_, key_);
}

}  // namespace ringwire::test
