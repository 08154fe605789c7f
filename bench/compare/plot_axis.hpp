// The horizontal axis of a panel: what range it shows, where a value lies on it, where its ticks are.
// Logarithmic where the values are more than a factor of three apart.
#pragma once

#include <vector>

namespace ringwire::compare {

class PlotAxis {
 public:
  // Shows all of `values` (at least one, all positive) with a margin, on pixels from `left` to `right`.
  PlotAxis(const std::vector<double>& values, double left, double right);

  [[nodiscard]] double x(double value) const;
  [[nodiscard]] std::vector<double> ticks() const;

 private:
  double low_, high_, left_, right_;
  bool logarithmic_;
};

}  // namespace ringwire::compare
