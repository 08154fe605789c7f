// The names in one simulated folder: as they are, and as they are on the disk.
//
// Each change is one step that gives names to files or takes them away, all at once. Steps since the last
// sync are outstanding: after a power failure the first of them have happened, or any of them, each whole.
// That is less than ext4 keeps, whose journal has them in order, and all that POSIX says.
//
// Complexity: O(names) per sync. Thread: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::sim {

using NodeNumber = std::uint64_t;  // of a file or a folder; 0: none

class SimNames {
 public:
  // Who has each name from now on; 0: nobody.
  using Step = std::vector<std::pair<std::string, NodeNumber>>;

  [[nodiscard]] NodeNumber find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> list() const;
  [[nodiscard]] bool empty() const { return names_.empty(); }

  void take(Step step);
  // The first `steps` of the outstanding ones are on the disk.
  void put(std::size_t steps);
  void put_all() { put(outstanding_.size()); }
  [[nodiscard]] std::size_t outstanding() const { return outstanding_.size(); }
  // How many steps never happened.
  std::size_t lose_power(Prng& prng);

  // Each node that has a name here, or may have one again.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [name, node] : names_) visit(node);
    for (const auto& [name, node] : on_disk_) visit(node);
    for (const Step& step : outstanding_) {
      for (const auto& [name, node] : step) {
        if (node != 0) visit(node);
      }
    }
  }

 private:
  using Names = std::map<std::string, NodeNumber>;
  static void carry_out(const Step& step, Names& names);

  Names names_;
  Names on_disk_;
  std::vector<Step> outstanding_;
};

}  // namespace ringwire::sim
