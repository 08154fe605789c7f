#include "codec/base/copy.hpp"

#include <cstring>

#include "codec/base/check.hpp"

namespace ringwire {
namespace {

thread_local CopyLedger own_ledger;
thread_local CopyLedger* installed_ledger = nullptr;

}  // namespace

const char* name(CopyReason reason) {
  switch (reason) {
    case CopyReason::straddle:
      return "straddle";
    case CopyReason::unpin:
      return "unpin";
    case CopyReason::outbound_log:
      return "outbound_log";
    case CopyReason::gather_limit:
      return "gather_limit";
    case CopyReason::backlog:
      return "backlog";
    case CopyReason::relay_heap:
      return "relay_heap";
    case CopyReason::cross_thread:
      return "cross_thread";
    case CopyReason::compression:
      return "compression";
    case CopyReason::count_:
      break;
  }
  return "unknown";
}

std::uint64_t CopyLedger::total() const {
  std::uint64_t sum = 0;
  for (const Counter& counter : bytes) sum += counter.value();
  return sum;
}

CopyLedger* install_copy_ledger(CopyLedger* ledger) {
  CopyLedger* previous = installed_ledger;
  installed_ledger = ledger;
  return previous;
}

CopyLedger& copy_ledger() {
  return installed_ledger != nullptr ? *installed_ledger : own_ledger;
}

std::size_t copy_counted(ByteSpan to, ByteView from, CopyReason reason) {
  RW_ASSERT(to.size() >= from.size());
  if (from.empty()) return 0;
  std::memcpy(to.data(), from.data(), from.size());
  count_copy(from.size(), reason);
  return from.size();
}

void count_copy(std::size_t bytes, CopyReason reason) {
  copy_ledger()[reason].add(bytes);
}

}  // namespace ringwire
