#include "engine/node/inbox.hpp"

#include "codec/wire/session_records.hpp"
#include "engine/node/receiving.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using session::Reading;
using wire::DisconnectReason;
using wire::Malformed;
using wire::MessageType;

namespace {

// A parser that is owed this much is worth a bulk buffer, until it is owed nothing.
constexpr std::uint32_t kBulkOwedBytes = 256 * 1024;

DisconnectReason reason_of(wire::FrameError error) {
  if (error == wire::FrameError::bad_checksum) return DisconnectReason::bad_checksum;
  if (error == wire::FrameError::no_memory) return DisconnectReason::out_of_memory;
  return DisconnectReason::bad_protocol;
}

// What a refused frame or fragment says about who sent it; nothing where it is our own shortage or slowness.
std::optional<security::Reason> offence_of(DisconnectReason reason) {
  if (reason == DisconnectReason::bad_protocol) return security::Reason::bad_frame;
  if (reason == DisconnectReason::bad_checksum) return security::Reason::bad_checksum;
  return std::nullopt;
}

}  // namespace

Inbox::Inbox(ShardContext& context, Connections& connections, ClaimsDesk& claims, GossipDesk& gossip,
             AppDesk& app, Outbox& outbox, Relief& relief, Securing& securing, RateDesk& rates,
             CreditDesk& credits, Unfinished& unfinished)
    : context_(context),
      connections_(connections),
      claims_(claims),
      gossip_(gossip),
      app_(app),
      outbox_(outbox),
      relief_(relief),
      securing_(securing),
      rates_(rates),
      credits_(credits),
      unfinished_(unfinished) {}

// --- bytes

void Inbox::on_received(Session& session, Slice data) {
  connections_.metrics(session).bytes_received += data.size();
  if (data.size() > wire::kUnpinBytesMax) relief_.look();
  if (session.liveness) session.liveness->on_received(context_.time());
  switch (session::reading(session.state)) {
    case Reading::nothing:
    case Reading::discard:
      return;
    case Reading::secure:
      return securing_.on_received(session, std::move(data));
    case Reading::hold:
      return hold(session, std::move(data));
    case Reading::parse:
      break;
  }
  if (session.waiting()) return hold(session, std::move(data));
  if (read(session, std::move(data)) == Progress::interrupted) pause(session);
}

void Inbox::on_ended(Session& session, std::int32_t error) {
  session.error = error;
  const Reading reading = session::reading(session.state);
  if (reading == Reading::secure && session.channel != nullptr) context_.counters.tls_ended.add();
  // What has not been read says nothing about how it would have ended.
  if (reading == Reading::parse && !session.waiting()) {
    if (session.parser.owed() > 0) context_.counters.frames_cut.add();
    if (session.channel != nullptr) static_cast<void>(session.channel->opener().on_end());
  }
  connections_.on(session, ConnectionEvent::socket_ended);
}

// The one door to the parser.
Inbox::Progress Inbox::read(Session& session, Slice data) {
  if (session.channel != nullptr) {
    session.channel->opener().input(std::move(data));
    return open_records(session);
  }
  session.frame.on_input(data.size());
  session.parser.input(std::move(data));
  return pump(session);
}

Inbox::Progress Inbox::open_records(Session& session) {
  Slice plain;
  for (;;) {
    switch (session.channel->opener().next(plain)) {
      case session::Opened::need_more:
        return Progress::done;
      case session::Opened::ended:
        connections_.on(session, ConnectionEvent::socket_ended);
        return Progress::ended;
      case session::Opened::refused:
        return refuse_record(session);
      case session::Opened::plain:
        break;
    }
    session.frame.on_input(plain.size());
    session.parser.input(std::move(plain));
    if (const Progress progress = pump(session); progress != Progress::done) return progress;
  }
}

void Inbox::hold(Session& session, Slice data) {
  pause(session);
  if (!node::hold(context_, session, std::move(data)))
    refuse(session, DisconnectReason::out_of_memory, context_.counters.out_of_heap);
}

void Inbox::pause(Session& session) {
  pause_receiving(context_, session);
  auto& node = static_cast<ListNode<PausedTag>&>(session);
  // A claim's owner wakes the connection; room at the next hop is looked for every time something moved.
  if (session.established() && !node.linked()) {
    connections_.readable().push_back(session);
    context_.counters.pauses.add();
  }
}

void Inbox::continue_receiving(Session& session) {
  if (session.receiving || session::reading(session.state) != Reading::parse) return;
  resume_receiving(context_, session);
  const Duration paused = context_.time() - session.paused_at;
  session.assembler.put_off(paused);
  session.frame_begun = session.frame_begun + paused;
  session.frame_due = session.frame_due + paused;
  if (!session.assembler.idle()) connections_.rearm(session);
}

void Inbox::read_on() {
  short_of_heap_ = false;
  // One pass: who is interrupted again goes to the end of the line.
  std::size_t waiting = 0;
  for (Session* s = connections_.readable().front(); s != nullptr; s = connections_.readable().next(*s))
    ++waiting;
  context_.counters.paused.set(waiting);
  for (; waiting > 0; --waiting) {
    Session* session = connections_.readable().pop_front();
    if (session == nullptr) return;
    const Progress progress = resume(*session);
    if (progress == Progress::interrupted) put_off(*session);
    if (progress == Progress::done) continue_receiving(*session);
  }
}

// Until something moved; or until its claim is settled, where it was in line for the first time only.
void Inbox::put_off(Session& session) {
  if (session.established()) return connections_.readable().push_back(session);
  pause(session);
}

Inbox::Progress Inbox::resume(Session& session) {
  if (session::reading(session.state) != Reading::parse) return Progress::ended;
  if (session.interrupted) {
    if (rates_.holds_back(session)) return Progress::interrupted;
    const auto at = std::move(session.interrupted);
    const Progress progress = take_message(session, *at);
    if (progress != Progress::done) return progress;
    if (session::reading(session.state) != Reading::parse) return Progress::ended;
  }
  Progress progress = pump(session);
  if (progress == Progress::done && session.channel != nullptr) progress = open_records(session);
  while (progress == Progress::done && !session.held.empty()) {
    Slice next = std::move(session.held.front());
    session.held.erase(session.held.begin());
    progress = read(session, std::move(next));
  }
  return progress;
}

// --- frames

Inbox::Progress Inbox::pump(Session& session) {
  wire::Frame frame;
  for (;;) {
    switch (session.parser.next(frame)) {
      case wire::Pull::need_more:
        choose_pool(session);
        watch_frame(session);
        if (unfinished_.hold_frame(session)) return Progress::done;
        return refuse(session, DisconnectReason::out_of_memory,
                      context_.counters.sessions.frame_errors[wire::FrameError::no_memory]);
      case wire::Pull::refused:
        return refuse_frame(session);
      case wire::Pull::frame:
        break;
    }
    session.frame.on_frame(frame.header);
    ++connections_.metrics(session).frames_received;
    const Progress progress = take(session, frame);
    if (progress != Progress::done) return progress;
    if (session::reading(session.state) == Reading::hold) return Progress::interrupted;
    if (session::reading(session.state) != Reading::parse) return Progress::ended;
  }
}

void Inbox::choose_pool(Session& session) {
  const std::uint32_t owed = session.parser.owed();
  const bool bulk = session.bulk ? owed > 0 : owed >= kBulkOwedBytes && !context_.assembly.pool_low;
  if (bulk == session.bulk) return;
  session.bulk = bulk;
  context_.driver.use_pool(session.id, bulk ? driver::PoolClass::bulk : driver::PoolClass::small);
}

// What a message in fragments has, one in a frame has too. The session's timer looks at it when it fires: a
// frame that is cut here is the usual case, and almost always whole a moment later.
void Inbox::watch_frame(Session& session) {
  const std::uint64_t frames = connections_.metrics(session).frames_received;
  const std::uint32_t owed = session.parser.owed();
  if (owed == 0) {
    session.frame_begun = session.frame_due = kNever;
  } else if (session.frame_due == kNever || session.frames_before != frames) {
    session.frame_begun = context_.time();
    session.frame_due = session.frame_begun + session::assembly_time(owed);
  }
  session.frames_before = frames;
}

Inbox::Progress Inbox::take(Session& session, wire::Frame& frame) {
  if (!session.parser.verify(frame)) return refuse_frame(session);
  if (!session.established()) return take_handshake(session, frame);
  return dispatch(session, frame);
}

Inbox::Progress Inbox::take_handshake(Session& session, const wire::Frame& frame) {
  if (frame.header.type == MessageType::disconnect) {
    const auto goodbye = wire::decode_disconnect(frame.payload);
    if (goodbye) hear(session, goodbye->code);
    connections_.on(session, ConnectionEvent::peer_disconnect);
    return Progress::ended;
  }
  const ConnectionEvent event = session.handshake->input(frame.header.type, frame.payload);
  if (session.handshake->failure()) {
    connections_.refuse_handshake(session, event);
    return Progress::ended;
  }
  connections_.on(session, event);
  return Progress::done;
}

Inbox::Progress Inbox::dispatch(Session& session, wire::Frame& frame) {
  Interrupted at{frame, {}, frame.header.type};
  return take_message(session, at);
}

// --- refusing

Inbox::Progress Inbox::refuse_malformed(Session& session, Malformed what) {
  context_.counters.malformed[what].add();
  return refuse(session, DisconnectReason::bad_protocol, context_.counters.malformed_messages);
}

Inbox::Progress Inbox::refuse(Session& session, DisconnectReason reason, Counter& counter) {
  counter.add();
  refuse(session, reason);
  return Progress::ended;
}

void Inbox::refuse(Session& session, DisconnectReason reason) {
  if (const auto offence = offence_of(reason)) connections_.offence(session, *offence);
  connections_.refuse(session, ConnectionEvent::frame_refused, reason);
}

Inbox::Progress Inbox::refuse_record(Session& session) {
  const session::RecordError error = session.channel->opener().error();
  session.channel->set_last_word(session::alert_for(error));
  if (const auto offence = offence_of(error)) connections_.offence(session, *offence);
  const bool ours = error == session::RecordError::no_memory;
  connections_.refuse(session, ConnectionEvent::frame_refused,
                      ours ? DisconnectReason::out_of_memory : DisconnectReason::bad_protocol);
  return Progress::ended;
}

Inbox::Progress Inbox::refuse_frame(Session& session) {
  const wire::FrameError error = session.parser.error();
  return refuse(session, reason_of(error), context_.counters.sessions.frame_errors[error]);
}

}  // namespace ringwire::node
