// Two nodes in one process, and what an embedder does with them: start, connect, publish, judge what others
// publish, look, stop.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "engine/api/ringwire.hpp"

using namespace ringwire;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Node> start(const char* who) {
  Config config;
  config.listen = {*Endpoint::parse("127.0.0.1:0")};  // a free port
  config.shards.count = 2;
  config.log.level = LogLevel::warn;
  auto node = Node::start(config);
  if (node.ok()) return std::move(*node);
  for (const std::string& finding : node.error().findings)
    std::fprintf(stderr, "%s: %s\n", who, finding.c_str());
  std::exit(1);
}

}  // namespace

int main() {
  const auto alice = start("alice"), bob = start("bob");
  const auto to_alice = alice->open_port(), to_bob = bob->open_port();

  // Bob's application judges what it is given; only what it accepts is relayed to others.
  if (!to_bob->subscribe(MessageKind::topic, Decider::application)) return 1;

  // A peer that is kept: dialled now, and again whenever the connection is lost.
  if (const auto kept = bob->connect(alice->enode()); !kept.ok()) return 1;
  while (alice->peers().empty()) std::this_thread::sleep_for(1ms);
  const PeerInfo peer = alice->peers().at(0);
  std::printf("alice has %s as a peer, running %s\n", peer.id == bob->id() ? "bob" : "?",
              peer.client.c_str());

  for (const char* text : {"hello", "spam", "goodbye"}) {
    while (to_alice->publish_topic("greetings", as_bytes(text)) == PublishResult::full) to_alice->wait(10ms);
  }

  // Each message comes once, in no particular order.
  for (int heard = 0; heard < 3; to_bob->wait(100ms)) {
    for (; const auto delivery = to_bob->next_delivery(); ++heard) {
      const std::string text(as_text(delivery->copy_bytes()));
      const Verdict verdict = text == "spam" ? Verdict::ignore : Verdict::accept;
      to_bob->decide(delivery->id, verdict);
      std::printf("bob hears on %s: %s (%s)\n", delivery->topic.c_str(), text.c_str(), name(verdict));
    }
  }

  double delivered = 0;
  for (const Sample& sample : bob->stats()) {  // one for each shard
    if (sample.name == "ringwire_deliveries_total") delivered += sample.value;
  }
  std::printf("bob counted %.0f deliveries\n", delivered);

  bob->stop();  // says goodbye, so alice need not find out
  while (!alice->peers().empty()) std::this_thread::sleep_for(1ms);
  std::printf("bob has left\n");
}  // Ports go before their nodes.
