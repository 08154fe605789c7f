// What an established session's messages do: the part of the inbox behind the frames.
#include "codec/crypto/keccak.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/publish.hpp"
#include "codec/wire/session_records.hpp"
#include "codec/wire/transaction_list.hpp"
#include "engine/node/inbox.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using wire::DisconnectReason;
using wire::Malformed;
using wire::MessageType;

namespace {

// Small payloads are copied out of the receive buffer, large ones keep it (DESIGN: nobody holds the pool
// hostage).
constexpr std::size_t kKeepBytesMin = session::kByReferenceBytes;

DisconnectReason reason_of(session::FragmentError error) {
  if (error == session::FragmentError::bad_checksum) return DisconnectReason::bad_checksum;
  if (error == session::FragmentError::no_memory) return DisconnectReason::out_of_memory;
  if (error == session::FragmentError::too_slow) return DisconnectReason::too_slow;
  return DisconnectReason::bad_protocol;
}

enum class NoId : std::uint8_t {
  malformed,  // the payload does not decode
  no_room,    // the heap has no room to decode it now: not the peer's fault
};

Malformed malformed_by(wire::PublishError error) {
  if (error == wire::PublishError::truncated) return Malformed::truncated;
  return error == wire::PublishError::bad_topic ? Malformed::wrong_size : Malformed::bad_value;
}

// The content hash of a topic message, over its decoded payload.
Result<Hash32, NoId> content_of(const wire::PublishView& head, const SliceChain& whole, HeapBuffers& heap) {
  if (head.encoding == wire::PublishEncoding::plain)
    return wire::publish_id(head.topic, whole, head.head_bytes());
  const auto packed_bytes = static_cast<std::uint32_t>(whole.bytes() - head.head_bytes());
  const Slice message = whole.count() == 1 ? whole[0] : heap.make(static_cast<std::uint32_t>(whole.bytes()));
  if (message.empty()) return Failure{NoId::no_room};
  if (whole.count() > 1) whole.copy_to(HeapBuffers::writable(message), CopyReason::straddle);
  const ByteView packed = message.view().last(packed_bytes);
  const auto size = crypto::lz4_measure(packed, wire::kPublishDecodedBytesMax);
  if (!size.ok() || *size == 0) return Failure{NoId::malformed};
  const Slice plain = heap.make(*size);
  if (plain.empty()) return Failure{NoId::no_room};
  if (!crypto::lz4_unpack(packed, HeapBuffers::writable(plain)).ok()) return Failure{NoId::malformed};
  count_copy(*size, CopyReason::compression);
  return wire::publish_id(head.topic, plain.view());
}

}  // namespace

Inbox::Progress Inbox::take_message(Session& session, Interrupted& at) {
  const bool whole = !at.message.empty();
  const std::uint64_t bytes = whole ? at.message.bytes() : at.frame.payload_bytes();
  if (!at.admitted && !rates_.admits(session, at.type, bytes)) return interrupt(session, at);
  at.admitted = true;
  if (at.type == MessageType::transactions) return take_transactions(session, at);
  if (at.type == MessageType::publish) return take_publish(session, at);
  if (is_app(at.type)) return take_app(session, at);
  if (!whole) return take_record(session, at.frame);
  context_.counters.unhandled_frames.add();
  return Progress::done;
}

// What comes as one frame.
Inbox::Progress Inbox::take_record(Session& session, const wire::Frame& frame) {
  const MessageType type = frame.header.type;
  if (type == MessageType::fragment) return take_fragment(session, frame);
  if (type == MessageType::ping) {
    on_ping(session, frame.payload);
    return Progress::done;
  }
  if (type == MessageType::pong) {
    on_pong(session, frame.payload);
    return Progress::done;
  }
  if (type == MessageType::window_update) return take_window_update(session, frame.payload);
  if (type == MessageType::disconnect) return take_goodbye(session, frame);
  if (type == MessageType::handshake || type == MessageType::handshake_ack)
    return refuse_malformed(session, Malformed::wrong_field);
  context_.counters.unhandled_frames.add();
  return Progress::done;
}

Inbox::Progress Inbox::take_goodbye(Session& session, const wire::Frame& frame) {
  const auto goodbye = wire::decode_disconnect(frame.payload);
  if (!goodbye) return refuse_malformed(session, Malformed::wrong_size);
  hear(session, goodbye->code);
  connections_.on(session, ConnectionEvent::peer_disconnect);
  return Progress::ended;
}

// --- session records

void Inbox::hear(Session& session, std::uint8_t code) {
  context_.counters.sessions.count_received_disconnect(code);
  session.heard = static_cast<DisconnectReason>(code);
}

void Inbox::on_ping(Session& session, ByteView payload) {
  if (!wire::decode_ping(payload)) {
    refuse_malformed(session, Malformed::wrong_size);
    return;
  }
  const wire::TrafficClass beside = wire::rules_of(MessageType::pong).traffic_class;
  const std::uint64_t bytes = payload.size() + wire::kFrameHeaderBytes + session::kPieceOverhead;
  if (session.liveness->owes_pong(bytes, session.egress.queued_bytes(beside) == 0))
    outbox_.tell(session, MessageType::pong, payload);
}

void Inbox::on_pong(Session& session, ByteView payload) {
  const auto nonce = wire::decode_ping(payload);
  if (!nonce) {
    refuse_malformed(session, Malformed::wrong_size);
    return;
  }
  const auto round_trip = session.liveness->on_pong(*nonce, context_.time());
  if (!round_trip) return;
  context_.latencies[Delay::ping].record(*round_trip);
  connections_.metrics(session).round_trip = session.liveness->round_trip().smoothed;
  claims_.on_pong(session, *nonce);
}

// Credit that overflows is none; that of consensus changes nothing.
Inbox::Progress Inbox::take_window_update(Session& session, ByteView payload) {
  const auto update = wire::decode_window_update(payload);
  if (!update) return refuse_malformed(session, Malformed::bad_value);
  if (!outbox_.grant(session, *update)) return refuse_malformed(session, Malformed::bad_value);
  return Progress::done;
}

Inbox::Progress Inbox::take_fragment(Session& session, const wire::Frame& frame) {
  const SliceChain fragment = session.parser.keep(frame);
  const std::uint8_t slot = fragment.bytes() > 0 ? fragment[0].view()[0] : 0;
  if (!credits_.take(session, slot, static_cast<std::uint32_t>(fragment.bytes()))) {
    refuse(session, DisconnectReason::bad_protocol);
    return Progress::ended;
  }
  unfinished_.make_room(session, session::FragmentAssembler::room_for(fragment));
  auto assembled = session.assembler.input(fragment, context_.time());
  if (!assembled.ok()) {
    refuse(session, reason_of(assembled.error()));
    return Progress::ended;
  }
  credits_.grant(session, slot);
  if (!assembled.value()) {
    connections_.rearm(session);
    return Progress::done;
  }
  Interrupted at{{}, std::move(assembled.value()->payload), assembled.value()->header.type};
  return take_message(session, at);
}

// --- gossip

Inbox::Progress Inbox::take_transactions(Session& session, Interrupted& at) {
  // A list of small records is walked in one piece.
  if (at.message.empty() && at.frame.pieces != nullptr && !session.parser.linearise(at.frame)) {
    return refuse(session, DisconnectReason::out_of_memory, context_.counters.out_of_heap);
  }
  if (at.message.count() > 1) {
    Slice whole = context_.heap.make(static_cast<std::uint32_t>(at.message.bytes()));
    if (whole.empty()) return refuse(session, DisconnectReason::out_of_memory, context_.counters.out_of_heap);
    at.message.copy_to(HeapBuffers::writable(whole), CopyReason::straddle);
    at.message = SliceChain(std::move(whole));
  }
  const ByteView payload = at.message.empty() ? at.frame.payload : at.message.contiguous();
  wire::TransactionList list(payload);
  std::uint32_t at_element = 0;
  while (const auto bytes = list.next()) {
    if (at_element++ < at.done) continue;
    const Hash32 id = crypto::keccak256(*bytes);
    const auto keep = [&] { return SliceChain(copy_of(*bytes)); };
    if (!rates_.admits_transaction(session)) return interrupt(session, at);
    const Submitted submitted = gossip_.submit(gossip::Kind::transaction, id, session.node, keep);
    if (submitted == Submitted::paused) return interrupt(session, at);
    if (submitted == Submitted::taken) RateDesk::spend_transaction(session);
    ++at.done;
  }
  if (list.error() == Malformed::none) return Progress::done;
  return refuse_malformed(session, list.error());
}

Inbox::Progress Inbox::take_publish(Session& session, Interrupted& at) {
  const SliceChain whole = at.message.empty() ? session.parser.keep(at.frame) : at.message;
  if (!at.name) {
    std::array<std::uint8_t, wire::kPublishHeadBytesMax> scratch;
    const auto head = wire::decode_publish(whole, scratch);
    if (!head.ok()) return refuse_malformed(session, malformed_by(head.error()));
    const auto content = content_of(*head, whole, context_.heap);
    if (!content.ok() && content.error() == NoId::no_room) {
      short_of_heap_ = true;
      return interrupt(session, at);
    }
    if (!content.ok()) return refuse_malformed(session, Malformed::bad_value);
    at.name = wire::publish_name(head->author, *content);
  }
  const auto kind = at.name->digest ? gossip::Kind::signed_publish : gossip::Kind::publish;
  const auto keep = [&] { return kept(whole); };
  const Hash32 digest = at.name->digest.value_or(Hash32{});
  if (gossip_.submit(kind, at.name->id, session.node, keep, digest) == Submitted::paused)
    return interrupt(session, at);
  return Progress::done;
}

Inbox::Progress Inbox::take_app(Session& session, Interrupted& at) {
  const SliceChain whole = at.message.empty() ? session.parser.keep(at.frame) : at.message;
  switch (app_.submit(session, at.type, whole, [&] { return kept(whole); })) {
    case AppSubmitted::taken:
      return Progress::done;
    case AppSubmitted::paused:
      return interrupt(session, at);
    case AppSubmitted::malformed:
      break;
  }
  return refuse_malformed(session, Malformed::wrong_size);
}

Inbox::Progress Inbox::interrupt(Session& session, Interrupted& at) {
  session.interrupted = std::make_unique<Interrupted>(std::move(at));
  return Progress::interrupted;
}

// What gossip may hold for as long as its slowest reader takes.
SliceChain Inbox::kept(const SliceChain& whole) {
  const bool large = whole.bytes() >= kKeepBytesMin;
  if (large && !context_.assembly.pool_low) return whole;
  Slice copy = context_.heap.make(static_cast<std::uint32_t>(whole.bytes()));
  short_of_heap_ |= copy.empty();
  if (copy.empty()) return {};
  whole.copy_to(HeapBuffers::writable(copy), large ? CopyReason::relay_heap : CopyReason::unpin);
  return SliceChain(std::move(copy));
}

Slice Inbox::copy_of(ByteView bytes) {
  Slice copy = context_.heap.make(static_cast<std::uint32_t>(bytes.size()));
  short_of_heap_ |= copy.empty();
  if (!copy.empty()) copy_counted(HeapBuffers::writable(copy), bytes, CopyReason::unpin);
  return copy;
}

}  // namespace ringwire::node
