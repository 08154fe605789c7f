// Ways between hosts that are cut, and hosts that say nothing any more.
//
// A cut way loses every packet in one direction. Streams survive that: what is sent waits, as TCP sends it
// again and again, and goes on when the cut is healed; resets and refusals are sent once and are lost. A
// silent host is one without power: what comes from it or goes to it is lost for good.
//
// Complexity: O(log n) in cuts and silent hosts; nothing where there are none.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "engine/sim/schedule.hpp"

namespace ringwire::sim {

class Paths {
 public:
  using Way = std::pair<IpAddress, IpAddress>;  // from, to

  void cut(const Way& way, Instant now) { cuts_.try_emplace(way, Cut{now, {}}); }
  [[nodiscard]] bool is_cut(const Way& way) const { return !cuts_.empty() && cuts_.contains(way); }
  // At a way that is cut.
  void hold(const Way& way, Happening happening) { cuts_.at(way).waiting.push_back(std::move(happening)); }

  struct Healed {
    Duration lasted{0};
    std::vector<Happening> waiting;  // in the order of sending
  };
  // Of a way that is not cut: nothing.
  Healed heal(const Way& way, Instant now);

  void silence(const IpAddress& host) { silent_.insert(host); }
  void wake(const IpAddress& host) { silent_.erase(host); }
  [[nodiscard]] bool is_silent(const IpAddress& host) const {
    return !silent_.empty() && silent_.contains(host);
  }

 private:
  struct Cut {
    Instant since;
    std::vector<Happening> waiting;
  };

  std::map<Way, Cut> cuts_;
  std::set<IpAddress> silent_;
};

inline Paths::Healed Paths::heal(const Way& way, Instant now) {
  const auto found = cuts_.find(way);
  if (found == cuts_.end()) return {};
  Healed healed{now - found->second.since, std::move(found->second.waiting)};
  cuts_.erase(found);
  return healed;
}

}  // namespace ringwire::sim
