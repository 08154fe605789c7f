#include "engine/node/credit_desk.hpp"

#include "codec/wire/session_records.hpp"

namespace ringwire::node {
namespace {

// Of the heap, while this part is in use nobody is granted more: what is under way already has the rest.
constexpr std::uint64_t kPlentyNumerator = 3;
constexpr std::uint64_t kPlentyDenominator = 4;

constexpr bool is_limited(std::uint8_t slot) {
  return slot < wire::kTrafficClasses && wire::kInitialCredit[slot] != wire::kCreditUnlimited;
}

}  // namespace

bool CreditDesk::short_of_memory() const {
  return context_.assembly.pool_low ||
         context_.heap.used_bytes() > context_.heap.limit_bytes() / kPlentyDenominator * kPlentyNumerator;
}

bool CreditDesk::take(Session& session, std::uint8_t slot, std::uint32_t bytes) {
  if (!is_limited(slot)) return true;
  if (session.windows == nullptr) session.windows = std::make_unique<ReceiveWindows>();
  if (session.windows->of(slot).take(bytes)) return true;
  counters_.exceeded.add();
  return false;
}

void CreditDesk::grant(Session& session, std::uint8_t slot) {
  if (!is_limited(slot)) return;
  auto& waiting = static_cast<ListNode<CreditTag>&>(session);
  if (short_of_memory()) {
    if (waiting.linked()) return;
    counters_.withheld.add();
    session.withheld_since = context_.time();
    withheld_.push_back(session);
    return;
  }
  const std::uint32_t credit =
      session.windows->of(slot).grant(session.liveness->round_trip().min, context_.time());
  if (credit > 0) tell(session, slot, credit);
}

void CreditDesk::run() {
  while (!withheld_.empty() && !short_of_memory()) release(*withheld_.pop_front());
}

void CreditDesk::release(Session& session) {
  session.assembler.put_off(context_.time() - session.withheld_since);
  for (std::uint8_t slot = 0; slot < wire::kTrafficClasses; ++slot) grant(session, slot);
  if (!session.assembler.idle()) connections_.rearm(session);
}

void CreditDesk::tell(Session& session, std::size_t index, std::uint32_t credit) {
  counters_.granted_bytes.add(credit);
  std::array<std::uint8_t, wire::kWindowUpdateBytes> update;
  wire::encode(wire::WindowUpdate{static_cast<wire::TrafficClass>(index), credit}, update);
  outbox_.tell(session, wire::MessageType::window_update, update);
}

}  // namespace ringwire::node
