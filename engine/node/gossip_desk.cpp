#include "engine/node/gossip_desk.hpp"

#include <algorithm>

#include "codec/wire/publish.hpp"
#include "codec/wire/transaction_list.hpp"

namespace ringwire::node {
namespace {

using gossip::Kind;

// Messages taken from one lane per turn: enough to fill a send, few enough that no lane starves another.
constexpr std::size_t kPerLaneAndTurn = 256;

// Of these, taken before the pace is looked at again.
constexpr std::size_t kPerRelayBatch = 16;

SliceChain without_first_byte(const SliceChain& bytes) {
  SliceChain rest;
  for (std::size_t i = 0; i < bytes.count(); ++i) {
    Slice piece = bytes[i];
    if (i == 0) piece.remove_prefix(1);
    rest.append(std::move(piece));
  }
  return rest;
}

// The policy's word, the signature's, or the application's. Bytes that are no transaction at all no correct
// peer sends.
security::Reason reason_of(Kind kind, gossip::Refusal refusal) {
  if (refusal == gossip::Refusal::malformed) return security::Reason::bad_frame;
  if (kind == Kind::transaction) return security::Reason::invalid_transaction;
  return refusal == gossip::Refusal::bad_signature ? security::Reason::forged_message
                                                   : security::Reason::rejected_message;
}

std::size_t index(Kind kind) {
  return static_cast<std::size_t>(kind);
}

}  // namespace

GossipDesk::GossipDesk(ShardContext& context, Outbox& outbox, const GossipKeys& keys,
                       gossip::TransactionPolicy* policy)
    : context_(context),
      outbox_(outbox),
      ownership_(keys.ownership, context.settings.shards),
      default_policy_(context.settings.transactions),
      intake_(context.settings.intake, keys.tables, policy != nullptr ? *policy : default_policy_),
      pool_(context.settings.pool, keys.tables),
      filter_(context.settings.filter, keys.tables),
      stalled_forwards_(context.settings.shards),
      paces_(context.settings.shards) {}

// --- to the owner

Submitted GossipDesk::hand_over(const ForwardMeta& message, SliceChain&& bytes) {
  const ShardId owner = ownership_.owner(message.id);
  if (owner == context_.id) return offer(message, std::move(bytes));
  if (!context_.links.forward_to(owner).send(message, std::move(bytes))) return Submitted::paused;
  context_.counters.forwarded.add();
  return Submitted::taken;
}

Submitted GossipDesk::offer(const ForwardMeta& message, SliceChain&& bytes) {
  const gossip::Offered offered = intake_.offer(message.id, message.kind, std::move(bytes), message.source,
                                                context_.time(), message.digest);
  if (must_pause(offered)) return Submitted::paused;
  if (offered == gossip::Offered::offending && message.source != gossip::kLocalSource) {
    gossip::Decision repeat;
    repeat.source = message.source;
    blame(repeat, reason_of(message.kind, gossip::Refusal::other));
  }
  return Submitted::taken;
}

Submitted GossipDesk::offer(const PublishMeta& message, SliceChain&& bytes) {
  return offer({message.id, message.kind, gossip::kLocalSource, context_.time(), message.digest},
               std::move(bytes));
}

void GossipDesk::receive() {
  for (RelayPace& pace : paces_) pace.begin_turn();
  for (ShardId other = 0; other < context_.settings.shards; ++other) {
    if (other == context_.id) continue;
    receive_relays(other);
    receive_forwards(other);
  }
  retry_published();
  for (const AttachedPort& port : ports_) receive_from(port);
}

void GossipDesk::receive_forwards(ShardId from) {
  auto& stalled = stalled_forwards_[from];
  const auto take = [&](const ForwardMeta& meta, SliceChain&& bytes) {
    if (offer(meta, std::move(bytes)) == Submitted::taken) {
      context_.latencies[Delay::crossing].record(context_.time() - meta.sent);
      return true;
    }
    // A refused message was not moved from (gossip/intake.hpp).
    stalled.emplace(meta, std::move(bytes));  // NOLINT(bugprone-use-after-move)
    return false;
  };
  if (stalled) {
    auto [meta, bytes] = std::move(*stalled);
    stalled.reset();
    if (!take(meta, std::move(bytes))) return;
  }
  ForwardLane& lane = context_.links.forward_from(from);
  for (std::size_t i = 0; i < kPerLaneAndTurn && !stalled; ++i) {
    if (lane.receive(take, 1) == 0) return;
  }
}

void GossipDesk::receive_relays(ShardId from) {
  const auto relay = [&](const RelayMeta& meta, SliceChain&& bytes) {
    paces_[from].on_relayed(bytes.bytes());
    relay_here(meta.kind, bytes, std::span(meta.sources).first(meta.source_count));
  };
  RelayLane& lane = context_.links.relay_from(from);
  for (std::size_t taken = 0; taken < kPerLaneAndTurn && paces_[from].may_relay();) {
    const std::size_t more = lane.receive(relay, kPerRelayBatch);
    if (more == 0) return;
    taken += more;
  }
}

void GossipDesk::receive_from(const AttachedPort& port) {
  PortLink& link = *port.rings->links[context_.id];
  VerdictMessage verdict;
  while (link.verdicts.pop(verdict)) {
    if (auto decision = intake_.verdict(verdict.id, verdict.verdict, context_.time()))
      decisions_.push_back(std::move(*decision));
  }
  settle(decisions_);
  const auto take = [&](const PublishMeta& meta, SliceChain&& bytes) {
    context_.counters.published.add();
    take_published(meta, own_copy(bytes));
  };
  while (may_take_published() && link.publish.receive(take, 1) > 0) continue;
  if (!port.detaching) return;
  // Its thread waits for that, and may be the one that is to read from another port.
  while (heap_has_room() && link.publish.receive(take, 1) > 0) continue;
  if (!held_up_by_port()) return;
  link.publish.receive([&](const PublishMeta&, SliceChain&&) { context_.counters.out_of_heap.add(); },
                       kPublishDepth);
}

void GossipDesk::take_published(const PublishMeta& meta, SliceChain&& bytes) {
  if (stalled_published_.empty() && offer(meta, std::move(bytes)) == Submitted::taken) return;
  // A refused message was not moved from (gossip/intake.hpp).
  stalled_published_.emplace_back(meta, std::move(bytes));  // NOLINT(bugprone-use-after-move)
}

void GossipDesk::retry_published() {
  while (!stalled_published_.empty()) {
    auto& [meta, bytes] = stalled_published_.front();
    if (offer(meta, std::move(bytes)) == Submitted::paused) return;
    stalled_published_.pop_front();
  }
}

// What ports publish waits in their lanes meanwhile; publish() then answers `full`.
bool GossipDesk::may_take_published() const {
  return stalled_published_.empty() && heap_has_room();
}

bool GossipDesk::heap_has_room() const {
  return context_.heap.used_bytes() + wire::kPublishDecodedBytesMax * 2 <= context_.heap.limit_bytes();
}

bool GossipDesk::held_up_by_port() const {
  if (undelivered_.empty()) return false;
  const Outgoing& first = undelivered_.front();
  return first.decision.deliver && !first.delivered;
}

bool GossipDesk::stalled_fits() const {
  const auto fits = [&](Kind kind, gossip::SourceId source, const SliceChain& bytes) {
    return intake_.has_room(kind, source, bytes.bytes());
  };
  if (!stalled_published_.empty()) {
    const auto& [meta, bytes] = stalled_published_.front();
    if (fits(meta.kind, gossip::kLocalSource, bytes)) return true;
  }
  return std::any_of(stalled_forwards_.begin(), stalled_forwards_.end(), [&](const auto& stalled) {
    return stalled && fits(stalled->first.kind, stalled->first.source, stalled->second);
  });
}

SliceChain GossipDesk::own_copy(const SliceChain& bytes) {
  Slice copy = context_.heap.make(static_cast<std::uint32_t>(bytes.bytes()));
  if (copy.empty()) return {};
  bytes.copy_to(HeapBuffers::writable(copy), CopyReason::cross_thread);
  return SliceChain(std::move(copy));
}

// --- decisions

void GossipDesk::work(shard::TurnBudget& budget) {
  while (!undelivered_.empty() && push_out(undelivered_.front())) {
    undelivered_.pop_front();
  }
  if (!undelivered_.empty() || !intake_.has_work()) return;
  budget.charge(intake_.work(budget.left(), context_.time(), decisions_));
  settle(decisions_);
}

void GossipDesk::on_deadline() {
  intake_.on_deadline(context_.time(), decisions_);
  settle(decisions_);
  pool_.on_deadline(context_.time());
}

void GossipDesk::settle(std::vector<gossip::Decision>& decisions) {
  for (gossip::Decision& decision : decisions) {
    if (decision.outcome != gossip::Outcome::awaiting)
      context_.latencies[Delay::decision].record(context_.time() - decision.offered);
    if (decision.penalise) blame(decision, reason_of(decision.kind, decision.refusal));
    if (decision.outcome == gossip::Outcome::accepted && decision.kind == Kind::transaction) store(decision);
    if (!decision.deliver && !decision.relay) continue;
    Outgoing outgoing{std::move(decision)};
    if (!undelivered_.empty() || !push_out(outgoing)) undelivered_.push_back(std::move(outgoing));
  }
  decisions.clear();
}

// Whoever brought it is on some shard.
void GossipDesk::blame(const gossip::Decision& decision, security::Reason reason) {
  ControlMessage message;
  message.kind = ControlKind::blame;
  message.charge.reason = reason;
  const auto send = [&](gossip::SourceId source) {
    if (source == gossip::kLocalSource) return;
    message.source = source;
    context_.links.send(context_.id, message);
    context_.links.send_to_others(message);
  };
  send(decision.source);
  for (std::size_t i = 0; i < decision.co_source_count; ++i) send(decision.co_sources[i]);
}

// The pool keeps for hours: its bytes are in this shard's own heap, one buffer each.
void GossipDesk::store(gossip::Decision& decision) {
  SliceChain own = decision.bytes;
  const bool is_own = own.count() == 1 && own[0].buffer()->recycler == &context_.heap;
  if (!is_own) own = own_copy(decision.bytes);
  if (own.empty()) return context_.counters.out_of_heap.add();
  pool_.add(decision.id, decision.facts, own[0], decision.source, context_.time());
}

bool GossipDesk::push_out(Outgoing& outgoing) {
  if (!deliver(outgoing)) return false;
  if (!outgoing.decision.relay) return true;
  return paces_[context_.id].may_relay() && relay_to_shards(outgoing);
}

bool GossipDesk::deliver(Outgoing& outgoing) {
  if (!outgoing.decision.deliver || outgoing.delivered) return true;
  PortRings* const port = subscriber_[index(outgoing.decision.kind)];
  if (port == nullptr) {
    context_.counters.undelivered.add();
  } else {
    SliceChain bytes = outgoing.decision.bytes;
    const DeliverMeta meta{outgoing.decision.id, outgoing.decision.kind, context_.time()};
    if (!port->links[context_.id]->deliver.send(meta, std::move(bytes))) return false;
    context_.counters.deliveries.add();
  }
  outgoing.delivered = true;
  return true;
}

bool GossipDesk::relay_to_shards(Outgoing& outgoing) {
  const gossip::Decision& decision = outgoing.decision;
  RelayMeta meta;
  meta.kind = decision.kind;
  meta.sources[0] = decision.source;
  std::copy_n(decision.co_sources.begin(), decision.co_source_count, meta.sources.begin() + 1);
  meta.source_count = static_cast<std::uint8_t>(1 + decision.co_source_count);
  for (; outgoing.next_shard < context_.settings.shards; ++outgoing.next_shard) {
    if (outgoing.next_shard == context_.id) {
      paces_[context_.id].on_relayed(decision.bytes.bytes());
      relay_here(decision.kind, decision.bytes, std::span(meta.sources).first(meta.source_count));
      continue;
    }
    SliceChain bytes = decision.bytes;
    if (!context_.links.relay_to(outgoing.next_shard).send(meta, std::move(bytes))) return false;
  }
  return true;
}

// What travels around the bytes: a list of one for a transaction; one hop less to live for a topic message.
void GossipDesk::relay_here(Kind kind, const SliceChain& bytes, std::span<const gossip::SourceId> sources) {
  std::array<std::uint8_t, wire::kTransactionPrefixMax> prefix;
  std::size_t prefix_bytes = 1;
  if (kind == Kind::transaction) {
    prefix_bytes = wire::encode_transaction_prefix(bytes[0].data()[0], bytes.bytes(), prefix);
  } else {
    const std::uint8_t ttl = bytes[0].data()[0];
    if (ttl == 0) return;
    prefix[0] = static_cast<std::uint8_t>(ttl - 1);
  }
  SliceChain rest = bytes;
  if (kind != Kind::transaction) rest = without_first_byte(bytes);
  const auto type = kind == Kind::transaction ? wire::MessageType::transactions : wire::MessageType::publish;
  outbox_.relay(type, ByteView(prefix).first(prefix_bytes), rest, sources);
}

// --- ports

void GossipDesk::subscribe(PortRings& port, Kind kind, Decider decider) {
  subscriber_[index(kind)] = &port;
  intake_.ask_application(kind, decider == Decider::application);
  if (kind == Kind::publish) subscribe(port, Kind::signed_publish, decider);
}

void GossipDesk::begin_detach(PortRings& port) {
  for (auto& subscriber : subscriber_) {
    if (subscriber == &port) subscriber = nullptr;
  }
  for (std::size_t kind = 0; kind < gossip::kKinds; ++kind) {
    if (subscriber_[kind] == nullptr) intake_.ask_application(static_cast<Kind>(kind), false);
  }
  for (AttachedPort& attached : ports_) {
    if (attached.rings != &port) continue;
    attached.detaching = true;
    port.links[context_.id]->deliver.close();
  }
}

void GossipDesk::discard_published(PortRings& port) {
  port.links[context_.id]->publish.receive([](const PublishMeta&, SliceChain&&) {}, kPublishDepth);
}

bool GossipDesk::try_detach(PortRings& port) {
  PortLink& link = *port.links[context_.id];
  if (!link.deliver.settled() || !link.publish.finished()) return false;
  std::erase_if(ports_, [&](const AttachedPort& attached) { return attached.rings == &port; });
  return true;
}

void GossipDesk::flush_ports() {
  for (const AttachedPort& port : ports_) {
    PortLink& link = *port.rings->links[context_.id];
    link.deliver.collect_returns();
    bool news = !port.detaching && link.deliver.publish();
    news |= link.publish.sender_waits();
    if (news) port.rings->sleeper.notify();
  }
}

bool GossipDesk::port_waits() {
  for (const AttachedPort& port : ports_) {
    PortLink& link = *port.rings->links[context_.id];
    if (!link.verdicts.empty()) return true;
    if (link.publish.ready() && may_take_published()) return true;
    if (link.deliver.may_go_on()) return true;
  }
  return false;
}

bool GossipDesk::short_of_heap() {
  return !heap_has_room() && std::ranges::any_of(ports_, [&](const AttachedPort& port) {
    return port.rings->links[context_.id]->publish.ready();
  });
}

void GossipDesk::clear() {
  undelivered_.clear();
  for (auto& stalled : stalled_forwards_) stalled.reset();
  stalled_published_.clear();
  intake_.clear();
  pool_.clear();
}

}  // namespace ringwire::node
