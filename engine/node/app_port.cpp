#include "engine/node/app_port.hpp"

#include <algorithm>
#include <utility>

#include "codec/base/copy.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/open_requests.hpp"

namespace ringwire::node {
namespace {

using session::ConnectionRef;
using wire::MessageType;

static_assert(Port::kRequestTimeMax == session::kRequestTimeMax);
static_assert(Port::kOpenRequestsMax == session::kOpenRequestsMax);

// A request's number is its place and how many there were before: no place says the same number twice.
constexpr unsigned kPlaceBits = 14;
static_assert(Port::kPortRequestsMax == 1U << kPlaceBits);

// What lies in front of the bytes.
std::uint32_t head_bytes(OrderKind kind) {
  return kind == OrderKind::data ? 0 : wire::kAppHeaderBytes;
}

std::uint32_t bytes_max(MessageType type) {
  return wire::rules_of(type).bytes_max;
}

}  // namespace

AppPort::AppPort(const std::vector<std::uint32_t>& slots, std::uint64_t peer_queue_bytes,
                 shard::Sleeper& sleeper, PortDoor door)
    : window_(window_of(peer_queue_bytes)), door_(std::move(door)), rings_(slots, sleeper) {}

// --- receiving

std::optional<PeerEvent> AppPort::next() {
  send_cancels();
  for (std::size_t tried = 0; !has_ready() && tried < rings_.links.size();) {
    EventLane& events = rings_.links[next_shard_]->events;
    const auto one = [&](const PeerEventMeta& meta, SliceChain&& bytes) { take(meta, std::move(bytes)); };
    const bool received = events.receive(one, 1) > 0;
    if (events.sender_waits()) door_.notify(next_shard_);
    // What was of no use is not the end of that lane.
    if (received && !has_ready()) continue;
    next_shard_ = static_cast<ShardId>((next_shard_ + 1U) % rings_.links.size());
    ++tried;
  }
  if (!has_ready()) return std::nullopt;
  PeerEvent event = std::move(ready_[next_ready_++]);
  if (has_ready()) return event;
  ready_.clear();
  next_ready_ = 0;
  return event;
}

bool AppPort::anything_waits() {
  return has_ready() ||
         std::ranges::any_of(rings_.links, [](const auto& link) { return link->events.ready(); });
}

void AppPort::take(const PeerEventMeta& meta, SliceChain&& bytes) {
  PeerEvent event{meta.kind, meta.node, 0, {}, std::move(bytes), meta.at};
  switch (meta.kind) {
    case PeerEventKind::began:
      return begin(meta);
    case PeerEventKind::ended:
      return end(meta.node, meta.from, meta.at);
    case PeerEventKind::data:
      break;
    case PeerEventKind::request:
      event.token = {meta.node, meta.from.shard, meta.from.slot, meta.from.generation, meta.number};
      break;
    case PeerEventKind::answered:
    case PeerEventKind::timed_out:
    case PeerEventKind::cancelled:
    case PeerEventKind::gone:
    case PeerEventKind::count_: {
      Request* const request = find(meta.number);
      if (request == nullptr) return;  // its session had ended
      event.request = meta.number;
      close(*request);
      break;
    }
  }
  ready_.push_back(std::move(event));
}

void AppPort::begin(const PeerEventMeta& meta) {
  if (const auto before = peers_.find(meta.node); before != peers_.end())
    end(meta.node, before->second.session, meta.at);
  peers_[meta.node] = {meta.from, meta.number, 0};
  ready_.push_back({PeerEventKind::began, meta.node, 0, {}, {}, meta.at});
}

void AppPort::end(const NodeId& node, const ConnectionRef& session, Instant at) {
  Peer* const peer = find(node, session);
  if (peer == nullptr) return;  // another session had taken its place
  for (Request& request : requests_) {
    if (peer->requests == 0) break;
    if (request.number == 0 || request.session != session) continue;
    ready_.push_back({PeerEventKind::gone, node, request.number, {}, {}, at});
    close(request);
  }
  peers_.erase(node);
  ready_.push_back({PeerEventKind::ended, node, 0, {}, {}, at});
}

AppPort::Peer* AppPort::find(const NodeId& node, const ConnectionRef& session) {
  const auto found = peers_.find(node);
  return found != peers_.end() && found->second.session == session ? &found->second : nullptr;
}

// --- requests

AppPort::Request* AppPort::find(RequestNumber number) {
  const std::size_t place = number & (Port::kPortRequestsMax - 1);
  if (number == 0 || place >= requests_.size() || requests_[place].number != number) return nullptr;
  return &requests_[place];
}

RequestNumber AppPort::open(Peer& peer, const NodeId& node) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(requests_.size()));
    requests_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  const RequestNumber number = ++requests_made_ << kPlaceBits | place;
  requests_[place] = {number, node, peer.session, false};
  ++peer.requests;
  return number;
}

void AppPort::close(Request& request) {
  if (Peer* const peer = find(request.peer, request.session)) --peer->requests;
  free_.push_back(static_cast<std::uint32_t>(&request - requests_.data()));
  request = {};
}

// --- sending

SendResult AppPort::send_data(const NodeId& node, ByteView bytes) {
  const auto found = peers_.find(node);
  return send(found == peers_.end() ? nullptr : &found->second, {OrderKind::data, {}, 0, {}}, bytes,
              bytes_max(MessageType::app_data));
}

SendResult AppPort::answer(const AnswerToken& token, ByteView bytes) {
  Peer* const peer = find(token.peer, {token.shard, token.slot, token.generation});
  return send(peer, {OrderKind::answer, {}, token.id, {}}, bytes, bytes_max(MessageType::app_response));
}

Result<RequestNumber, SendResult> AppPort::send_request(const NodeId& node, ByteView bytes,
                                                        Duration deadline) {
  const auto found = peers_.find(node);
  Peer* const peer = found == peers_.end() ? nullptr : &found->second;
  OrderMeta order{
      OrderKind::request, {}, 0, door_.now() + std::clamp(deadline, Duration{0}, Port::kRequestTimeMax)};
  if (peer != nullptr && (peer->requests == Port::kOpenRequestsMax ||
                          (free_.empty() && requests_.size() == Port::kPortRequestsMax)))
    return Failure{door_.stopping() ? SendResult::stopped : SendResult::full};
  if (peer != nullptr) order.number = open(*peer, node);
  const SendResult result = send(peer, order, bytes, bytes_max(MessageType::app_request));
  if (result == SendResult::accepted) return order.number;
  if (Request* const request = find(order.number)) close(*request);
  return Failure{result};
}

bool AppPort::cancel(RequestNumber number) {
  Request* const request = find(number);
  if (request == nullptr) return false;
  if (!std::exchange(request->cancelling, true))
    cancels_.push_back({OrderKind::cancel, request->session, number, {}});
  send_cancels();
  return true;
}

void AppPort::send_cancels() {
  while (!cancels_.empty() && (find(cancels_.front().number) == nullptr || push(cancels_.front(), {})))
    cancels_.pop_front();
}

SendResult AppPort::send(Peer* peer, OrderMeta order, ByteView bytes, std::uint32_t bytes_max) {
  if (door_.stopping()) return SendResult::stopped;
  if (peer == nullptr) return SendResult::no_such_peer;
  const std::uint64_t cost = bytes.size() + kMessageCost;
  if (bytes.size() + head_bytes(order.kind) > bytes_max || cost > window_) return SendResult::too_large;
  send_cancels();
  if (!window_has_room(*peer, cost)) return SendResult::full;
  Slice copy;
  if (!bytes.empty()) {
    copy = room_for(bytes.size());
    if (copy.empty()) return SendResult::full;
    copy_counted(HeapBuffers::writable(copy), bytes, CopyReason::cross_thread);
  }
  order.to = peer->session;
  if (!push(order, SliceChain(std::move(copy)))) return SendResult::full;
  peer->sent += cost;
  return SendResult::accepted;
}

bool AppPort::window_has_room(const Peer& peer, std::uint64_t cost) {
  AppLink& link = *rings_.links[peer.session.shard];
  // Below nothing where the session is over and another has its slot: the order is dropped.
  const auto fits = [&] {
    const std::uint64_t used = peer.sent + cost - link.left[peer.session.slot].value();
    return static_cast<std::int64_t>(used) <= static_cast<std::int64_t>(window_);
  };
  if (fits()) return true;
  link.wants_room.exchange(true, std::memory_order_acq_rel);
  if (fits()) return true;
  // It may sleep, and not have looked since all has left.
  door_.notify(peer.session.shard);
  return false;
}

Slice AppPort::room_for(std::size_t bytes) {
  const auto size = static_cast<std::uint32_t>(bytes);
  Slice room = heap_.make(size);
  for (const bool flagged : {false, true}) {
    if (!room.empty()) break;
    for (auto& link : rings_.links) {
      if (flagged) link->wants_room.exchange(true, std::memory_order_acq_rel);
      link->orders.collect_returns();
    }
    room = heap_.make(size);
  }
  return room;
}

bool AppPort::push(const OrderMeta& order, SliceChain&& bytes) {
  OrderLane& orders = rings_.links[order.to.shard]->orders;
  orders.collect_returns();
  if (!orders.send(order, std::move(bytes))) return false;
  if (orders.publish()) door_.notify(order.to.shard);
  return true;
}

// --- the end

void AppPort::close() {
  for (auto& link : rings_.links) link->orders.close();
}

void AppPort::drain() {
  const auto drop = [](const PeerEventMeta&, SliceChain&&) {};
  ready_.clear();
  next_ready_ = 0;
  for (auto& link : rings_.links) {
    link->events.receive(drop, kEventDepth);
    (void)link->orders.settled();
  }
}

bool AppPort::settled() {
  return std::ranges::all_of(rings_.links, [](const auto& link) { return link->orders.settled(); });
}

Footprint AppPort::footprint() {
  return {{"ports: requests", Port::kPortRequestsMax,
           sizeof(Request) + sizeof(std::uint32_t) + sizeof(OrderMeta)},
          {"ports: orders not yet taken", 1, kOrderBytesMax}};
}

}  // namespace ringwire::node
