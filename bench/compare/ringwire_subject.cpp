#include "bench/compare/ringwire_subject.hpp"

#include <stdexcept>

#include "engine/api/ringwire.hpp"

namespace ringwire::compare {

void serve_ringwire(const Workload& workload, DriverChoice driver, const Ready& ready) {
  Config config;
  config.listen = {*Endpoint::parse("127.0.0.1:0")};
  config.insecure_plaintext = !workload.tls;
  config.shards.count = 1;
  config.shards.driver = driver;
  config.shards.busy_poll = workload.busy_poll;
  config.limits.connections_max = workload.connections + 64;
  config.limits.inbound_max = workload.connections + 64;
  config.limits.outbound_max = 0;
  // No ping of the server's own among the answers.
  config.limits.ping_interval_ms = 600'000;
  config.limits.idle_timeout_ms = 1'200'000;
  config.log.level = LogLevel::error;
  auto node = Node::start(config);
  if (!node.ok()) throw std::runtime_error(node.error().findings.front());
  ready((*node)->listening().front().port);
  ready.answer([&] {
    Counters counters;
    for (const ringwire::Sample& sample : (*node)->stats())
      counters[sample.labels.empty() ? sample.name : sample.name + "{" + sample.labels + "}"] =
          static_cast<double>(sample.value);
    return counters;
  });
}

}  // namespace ringwire::compare
