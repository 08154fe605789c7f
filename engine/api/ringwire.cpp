#include "engine/api/ringwire.hpp"

#include "engine/node/memory_plan.hpp"
#include "engine/node/runtime.hpp"
#include "engine/node/version.hpp"

namespace ringwire {

Result<std::unique_ptr<Node>, StartError> Node::start(const Config& config) {
  return node::Runtime::start(config);
}

std::string explain_memory(const Config& config) {
  return node::to_table(node::memory_plan(config));
}

const char* version() {
  return node::version();
}

std::vector<std::uint8_t> Delivery::copy_bytes() const {
  std::vector<std::uint8_t> copy(bytes.bytes());
  bytes.copy_to(copy, CopyReason::cross_thread);
  return copy;
}

std::vector<std::uint8_t> PeerEvent::copy_bytes() const {
  std::vector<std::uint8_t> copy(bytes.bytes());
  bytes.copy_to(copy, CopyReason::cross_thread);
  return copy;
}

const char* name(PeerEventKind kind) {
  switch (kind) {
    case PeerEventKind::began:
      return "began";
    case PeerEventKind::ended:
      return "ended";
    case PeerEventKind::data:
      return "data";
    case PeerEventKind::request:
      return "request";
    case PeerEventKind::answered:
      return "answered";
    case PeerEventKind::timed_out:
      return "timed_out";
    case PeerEventKind::cancelled:
      return "cancelled";
    case PeerEventKind::gone:
      return "gone";
    case PeerEventKind::count_:
      break;
  }
  return "unknown";
}

const char* name(SendResult result) {
  switch (result) {
    case SendResult::accepted:
      return "accepted";
    case SendResult::full:
      return "full";
    case SendResult::no_such_peer:
      return "no_such_peer";
    case SendResult::too_large:
      return "too_large";
    case SendResult::stopped:
      return "stopped";
  }
  return "unknown";
}

const char* name(MessageKind kind) {
  switch (kind) {
    case MessageKind::transaction:
      return "transaction";
    case MessageKind::topic:
      return "topic";
    case MessageKind::count_:
      break;
  }
  return "unknown";
}

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::accept:
      return "accept";
    case Verdict::ignore:
      return "ignore";
    case Verdict::reject:
      return "reject";
  }
  return "unknown";
}

const char* name(PublishResult result) {
  switch (result) {
    case PublishResult::accepted:
      return "accepted";
    case PublishResult::full:
      return "full";
    case PublishResult::too_large:
      return "too_large";
    case PublishResult::malformed:
      return "malformed";
    case PublishResult::stopped:
      return "stopped";
  }
  return "unknown";
}

}  // namespace ringwire
