#include "engine/node/channel.hpp"

#include <algorithm>
#include <utility>

namespace ringwire::node {

using session::RecordError;
using session::RecordSealer;
using transport::ClientHelloReader;
using transport::TlsFailure;
using transport::TlsState;
using transport::TlsWork;

Channel::Channel(transport::TlsContext& context, wire::Role role, Instant begun)
    : context_(context), making_(std::make_unique<Making>()), begun_(begun), role_(role) {}

// --- until there are keys

std::size_t Channel::input(ByteView bytes, session::RecordShard& records) {
  if (making_ == nullptr || wants_place()) return 0;
  if (making_->handshake == nullptr) {
    const std::size_t taken = making_->hello.input(bytes);
    if (making_->hello.state() == ClientHelloReader::State::refused) refuse_hello();
    return taken;
  }
  const std::size_t taken = making_->handshake->input(bytes);
  collect(records);
  return taken;
}

bool Channel::wants_place() const {
  if (making_ == nullptr || making_->handshake != nullptr) return false;
  return role_ == wire::Role::initiator || making_->hello.state() == ClientHelloReader::State::whole;
}

void Channel::begin() {
  RW_ASSERT(wants_place());
  making_->handshake = role_ == wire::Role::initiator
                           ? std::make_unique<transport::TlsHandshake>(context_)
                           : std::make_unique<transport::TlsHandshake>(context_, making_->hello.take());
}

TlsWork Channel::pending_work() const {
  if (making_ == nullptr || making_->handshake == nullptr) return TlsWork::none;
  return making_->handshake->pending_work();
}

void Channel::work(session::RecordShard& records, Instant now) {
  const std::size_t said = unsealed_.size();
  making_->handshake->work();
  collect(records);
  // Whatever else came, a flight in crumbs or ChangeCipherSpec, the peer's is not there.
  if (making_ != nullptr && unsealed_.size() > said) making_->spoke = now;
}

Instant Channel::waits_since() const {
  const bool ours = making_ == nullptr || pending_work() != TlsWork::none;
  return ours ? kNever : making_->spoke;
}

// What the handshake has come to.
void Channel::collect(session::RecordShard& records) {
  transport::TlsHandshake& handshake = *making_->handshake;
  const std::vector<std::uint8_t> output = handshake.take_output();
  unsealed_.insert(unsealed_.end(), output.begin(), output.end());
  if (handshake.state() == TlsState::want_more) return;
  if (handshake.state() == TlsState::failed) {
    failure_ = handshake.failure();
  } else {
    transport::TlsOutcome outcome = handshake.take();
    binding_ = outcome.binding;
    sealer_.emplace(std::move(outcome.keys.sending));
    opener_.emplace(records, std::move(outcome.keys.receiving),
                    role_ == wire::Role::initiator ? session::Sender::server : session::Sender::client);
  }
  making_.reset();
}

void Channel::refuse_hello() {
  failure_ = making_->hello.failure();
  context_.counters().failed[*failure_].add();
  making_.reset();
  // Who gave up is not told anything.
  if (*failure_ == TlsFailure::peer_alert) return;
  const transport::TlsAlert alert = transport::alert_of(*failure_);
  unsealed_.insert(unsealed_.end(), alert.begin(), alert.end());
}

// --- bytes out

Result<ByteView, RecordError> Channel::make_send(session::SealedRound& round, session::Pieces pieces,
                                                 bool is_last) {
  std::uint64_t content_bytes = 0;
  for (const ByteView piece : pieces) content_bytes += piece.size();
  const std::size_t unsealed_bytes = unsealed_.size();
  const std::uint64_t sealed_bytes = RecordSealer::sealed_bytes(content_bytes);
  const std::size_t alert_bytes = is_last ? session::kAlertRecordBytes : 0;
  ByteSpan out = round.make(rest_, static_cast<std::uint32_t>(unsealed_bytes + sealed_bytes + alert_bytes));
  if (out.empty()) return Failure{RecordError::no_memory};
  std::copy(unsealed_.begin(), unsealed_.end(), out.begin());
  unsealed_ = {};
  const ByteSpan sealed = out.subspan(unsealed_bytes, sealed_bytes);
  if (!pieces.empty() && !sealer_->seal(pieces, sealed)) return Failure{RecordError::exhausted};
  if (is_last && !sealer_->seal_alert(last_word_, out.last<session::kAlertRecordBytes>()))
    return Failure{RecordError::exhausted};
  return ByteView(out);
}

}  // namespace ringwire::node
