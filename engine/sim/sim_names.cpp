#include "engine/sim/sim_names.hpp"

#include <algorithm>

namespace ringwire::sim {

NodeNumber SimNames::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? 0 : found->second;
}

std::vector<std::string> SimNames::list() const {
  std::vector<std::string> list;
  for (const auto& [name, node] : names_) list.push_back(name);
  return list;
}

void SimNames::carry_out(const Step& step, Names& names) {
  for (const auto& [name, node] : step) {
    if (node == 0) {
      names.erase(name);
    } else {
      names[name] = node;
    }
  }
}

void SimNames::take(Step step) {
  carry_out(step, names_);
  outstanding_.push_back(std::move(step));
}

void SimNames::put(std::size_t steps) {
  const auto end = outstanding_.begin() + static_cast<std::ptrdiff_t>(steps);
  std::for_each(outstanding_.begin(), end, [this](const Step& step) { carry_out(step, on_disk_); });
  outstanding_.erase(outstanding_.begin(), end);
}

std::size_t SimNames::lose_power(Prng& prng) {
  const bool in_order = prng.below(2) == 0;
  const std::size_t first = prng.below(outstanding_.size() + 1);
  std::size_t lost = 0;
  for (std::size_t i = 0; i < outstanding_.size(); ++i) {
    const bool happened = in_order ? i < first : prng.below(2) == 0;
    if (happened) carry_out(outstanding_[i], on_disk_);
    lost += happened ? 0 : 1;
  }
  outstanding_.clear();
  names_ = on_disk_;
  return lost;
}

}  // namespace ringwire::sim
