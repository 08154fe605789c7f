// What stands beside every number: the machine, the kernel, the libraries, what was probed, and how quiet it
// was.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringwire::compare {

using Facts = std::vector<std::pair<std::string, std::string>>;  // name, value

Facts describe_machine();

// What else ran on the machine while something was measured: worthless runs should say so themselves.
class Disturbance {
 public:
  Disturbance();  // begins to watch

  struct Shares {       // of the CPU time of the whole machine, 0 to 1
    double others = 0;  // processes other than this one and its children that have ended
    double stolen = 0;  // by the hypervisor, for its other guests
    [[nodiscard]] bool matters() const { return others > 0.05 || stolen > 0.01; }
  };
  [[nodiscard]] Shares since() const;

 private:
  struct Seconds {
    double all = 0, busy = 0, stolen = 0, own = 0;
  };
  static Seconds read();
  Seconds start_;
};
std::string describe(const Disturbance::Shares& shares);

}  // namespace ringwire::compare
