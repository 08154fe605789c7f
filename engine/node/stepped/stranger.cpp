#include "engine/node/stepped/stranger.hpp"

#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::stepped {
Stranger::Stranger(World& world, std::uint32_t address, std::uint32_t connections_max)
    : driver_(make_driver(world, host(address), small_driver(connections_max))),
      actor_(world, [this] { turn(); }) {
  actor_.listen_to(*driver_);
  actor_.call();
}

driver::ConnectionId Stranger::dial(const Endpoint& endpoint, std::string words) {
  const auto id = driver_->connect(endpoint, {});
  RW_ASSERT(id.ok());
  if (!words.empty()) words_[*id] = std::move(words);
  return *id;
}

void Stranger::say(driver::ConnectionId id, std::string_view text) {
  said_ = text;
  const ByteView bytes = as_bytes(said_);
  driver_->send(id, std::span(&bytes, 1));
  turn();
}

void Stranger::turn() {
  driver::WaitPlan plan;
  plan.timeout = 1h;
  driver_->wait(plan);
  driver::Event event;
  while (driver_->next(event)) {
    if (event.kind == driver::EventKind::connected && event.error == 0) {
      ++connected;
      driver_->start_receive(event.connection);
      if (const auto words = words_.find(event.connection); words != words_.end()) {
        const ByteView bytes = as_bytes(words->second);
        driver_->send(event.connection, std::span(&bytes, 1));
      }
    } else if (event.kind == driver::EventKind::received) {
      heard.append(event.data.view().begin(), event.data.view().end());
    } else if (event.kind == driver::EventKind::ended) {
      ++ended;
    }
    event.data.reset();
  }
}

}  // namespace ringwire::stepped
