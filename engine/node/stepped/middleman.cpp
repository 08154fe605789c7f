#include "engine/node/stepped/middleman.hpp"

#include <algorithm>
#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::stepped {

using driver::CloseMode;
using driver::EventKind;
using wire::Role;

Middleman::Middleman(World& world, Options options)
    : options_(std::move(options)),
      ends_(options_.connections_max),
      world_(world),
      actor_(world, [this] { turn(); }) {
  driver_ = make_driver(world, host(options_.address), small_driver(options_.connections_max));
  if (options_.ends_tls) {
    RW_ASSERT(options_.connections_max <= transport::kTlsHandshakesMax);
    tls_random_.emplace(world.prng());
    const auto credentials = transport::make_certificate(&*tls_random_);
    tls_ = std::move(transport::TlsContext::make(*credentials, &*tls_random_)).value();
  }
  const auto listener = driver_->listen(endpoint(), {});
  RW_ASSERT(listener.ok());
  actor_.listen_to(*driver_);
  actor_.call();
}

bool Middleman::passes_on() const {
  return options_.trick == Trick::relay || options_.trick == Trick::splice;
}

const Middleman::Bytes& Middleman::lines_of(Role role) const {
  return role == Role::initiator ? options_.lines.initiator : options_.lines.responder;
}

bool Middleman::dial(const Endpoint& victim) {
  RW_ASSERT(!passes_on());
  const auto id = driver_->connect(victim, {});
  if (id.ok()) open(*id, Role::initiator);
  return id.ok();
}

// --- the turn

void Middleman::turn() {
  driver::WaitPlan plan;
  plan.timeout = 1h;
  driver_->wait(plan);
  for (const driver::Unsent& cut : driver_->unsent()) on_unsent(cut);
  for_each([](End& end) {
    if (!end.rest_in_flight) end.flying.clear();
  });
  driver::Event event;
  while (driver_->next(event)) {
    on_event(event);
    event.data.reset();
  }
  for_each([this](End& end) { commit(end); });
  for_each([this](End& end) { hold_back(end); });
}

void Middleman::on_unsent(const driver::Unsent& cut) {
  End* end = find(cut.connection);
  if (end == nullptr) return;
  if (cut.error != 0) return give_up(*end);
  end->rest_in_flight = true;
  const ByteView rest = ByteView(end->flying).subspan(cut.taken);
  driver_->send_rest(end->id, std::span(&rest, 1));
}

void Middleman::on_event(driver::Event& event) {
  if (event.kind == EventKind::closed) return ends_[event.connection.slot].reset();
  if (event.kind == EventKind::accepted) return on_accepted(event.connection);
  End* end = find(event.connection);
  if (end == nullptr) return;
  if (event.kind == EventKind::received) {
    hear(*end, event.data.view());
    return hold_back(*end);
  }
  if (event.kind == EventKind::ended) {
    ++ended;
    end->receiving = false;
    if (event.error == 0) return finish(*end);
  }
  if (event.kind == EventKind::rest_sent) end->rest_in_flight = false;
  if (event.error != 0) return give_up(*end);
  if (event.kind == EventKind::rest_sent) return end->flying.clear();
  if (event.kind == EventKind::connected) on_connected(*end);
}

// --- who is connected

Middleman::End* Middleman::find(driver::ConnectionId id) {
  if (id.slot >= ends_.size()) return nullptr;
  End* end = ends_[id.slot].get();
  return end != nullptr && end->id == id && !end->closed ? end : nullptr;
}

Middleman::End& Middleman::open(driver::ConnectionId id, Role role) {
  auto& place = ends_[id.slot];
  place = std::make_unique<End>();
  place->id = id;
  place->role = role;
  if (tls_ != nullptr) place->channel = std::make_unique<node::Channel>(*tls_, role, world_.time());
  if (options_.trick == Trick::replay) place->waiting = lines_of(role);
  if (options_.trick == Trick::masquerade) {
    const ByteView frame = first_frame(lines_of(role));
    place->waiting.assign(frame.begin(), frame.end());
  }
  return *place;
}

void Middleman::on_accepted(driver::ConnectionId id) {
  ++accepted;
  End& end = open(id, Role::responder);
  if (passes_on()) {
    const auto onward = driver_->connect(options_.target, {});
    if (!onward.ok()) return close(end, CloseMode::reset);
    end.other = *onward;
    open(*onward, Role::initiator).other = id;
  }
  if (options_.trick == Trick::splice) find_mate(end);
  // From its first word on, or not at all.
  if (!overheard_.both() && find(overheard_of_) == nullptr) {
    overheard_of_ = id;
    overheard_ = {};
  }
  end.connected = true;
  start_receive(end);
}

void Middleman::find_mate(End& end) {
  End* mate = find(unmated_);
  unmated_ = mate == nullptr ? end.id : driver::ConnectionId{};
  if (mate == nullptr) return;
  const auto pair = [](End* one, End* other) {
    if (one == nullptr || other == nullptr) return;
    one->mate = other->id;
    other->mate = one->id;
  };
  pair(mate, &end);
  pair(find(mate->other), find(end.other));
}

void Middleman::on_connected(End& end) {
  ++connected;
  end.connected = true;
  start_receive(end);
  if (end.channel != nullptr) secure(end, {});
}

void Middleman::start_receive(End& end) {
  end.receiving = true;
  driver_->start_receive(end.id);
}

void Middleman::finish(End& end) {
  end.closing = true;
  End* other = find(end.other);
  if (other == nullptr) return;
  other->closing = true;
  if (!other->connected) close(*other, CloseMode::reset);  // nobody is there to tell
}

void Middleman::give_up(End& end) {
  if (End* other = find(end.other)) close(*other, CloseMode::reset);
  close(end, CloseMode::reset);
}

void Middleman::close(End& end, CloseMode mode) {
  end.closed = true;
  driver_->close(end.id, mode);
}

// --- what it says

void Middleman::commit(End& end) {
  if (!end.connected || end.rest_in_flight) return;
  end.flying = next_send(end);
  if (!end.flying.empty()) {
    const ByteView bytes = end.flying;
    driver_->send(end.id, std::span(&bytes, 1));
  }
  if (!end.closing) return;
  if (end.flying.empty()) return close(end, CloseMode::graceful);
  actor_.call();  // whether the kernel took it all is known then
}

Middleman::Bytes Middleman::next_send(End& end) {
  if (end.channel == nullptr) return std::exchange(end.waiting, {});
  const bool inside = end.channel->secured() && !end.waiting.empty();
  if (!inside && !end.channel->has_unsealed()) return {};
  const ByteView words = end.waiting;
  const auto pieces = inside ? session::Pieces(&words, 1) : session::Pieces{};
  const auto sealed = end.channel->make_send(round_, pieces, false);
  RW_ASSERT(sealed.ok());
  Bytes bytes(sealed->begin(), sealed->end());
  round_.end_round();
  if (inside) end.waiting.clear();
  return bytes;
}

void Middleman::hold_back(End& end) {
  if (!end.receiving || end.closed) return;
  const End* listener = passes_on() ? find(end.other) : &end;
  const std::size_t waits = end.heard.size() + (listener != nullptr ? listener->waiting.size() : 0);
  if ((waits > kWaitingMax) == end.paused) return;
  end.paused = !end.paused;
  if (end.paused) {
    driver_->pause_receive(end.id);
  } else {
    driver_->resume_receive(end.id);
  }
}

}  // namespace ringwire::stepped
