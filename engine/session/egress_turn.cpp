#include "engine/session/egress_turn.hpp"

#include <utility>

namespace ringwire::session {
namespace {

template <std::size_t... kIndex>
std::array<OutboundLog, sizeof...(kIndex)> make_logs(ChunkPool& chunks, HeapBuffers& heap,
                                                     std::index_sequence<kIndex...>) {
  return {OutboundLog(static_cast<wire::TrafficClass>(kIndex), chunks, heap)...};
}

}  // namespace

EgressTurn::EgressTurn(const EgressLimits& egress_limits, HeapBuffers& heap_buffers)
    : limits(egress_limits),
      heap(heap_buffers),
      chunks(limits.turn_bytes),
      logs(make_logs(chunks, heap, std::make_index_sequence<wire::kTrafficClasses>{})),
      scratch(chunks) {}

std::unique_ptr<Backlog> EgressTurn::take_backlog() {
  if (spare.empty()) return std::make_unique<Backlog>();
  std::unique_ptr<Backlog> backlog = std::move(spare.back());
  spare.pop_back();
  return backlog;
}

void EgressTurn::give_back(std::unique_ptr<Backlog> backlog) {
  RW_ASSUME(backlog->empty());
  if (spare.size() < kSpareBacklogs) spare.push_back(std::move(backlog));
}

void EgressTurn::reset() {
  for (OutboundLog& log : logs) log.reset();
  deviations.reset();
  scratch.reset();
  committed.clear();
  committed_pieces.clear();
  remaining.clear();
  ++number;
}

}  // namespace ringwire::session
