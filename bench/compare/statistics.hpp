// What is reported of repeated measurements: the median and how far they lay apart. A mean would let one
// disturbed run decide.
#pragma once

#include <algorithm>
#include <vector>

namespace ringwire::compare {

struct Summary {
  double median = 0;
  double low = 0;   // smallest
  double high = 0;  // largest

  // Half the distance between the extremes, relative to the median: 0.02 = +-2 %.
  [[nodiscard]] double spread() const { return median == 0 ? 0 : (high - low) / 2 / median; }
};

// Summary{} for no values.
inline Summary summarise(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

// Ratios of runs that followed each other, so that a slow drift of the machine cancels out.
// `larger_is_better` tells whether subject / baseline or baseline / subject is above 1 when the subject wins.
// Sizes must be equal.
inline std::vector<double> paired_ratios(const std::vector<double>& subject,
                                         const std::vector<double>& baseline, bool larger_is_better) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < subject.size(); ++i) {
    ratios.push_back(larger_is_better ? subject[i] / baseline[i] : baseline[i] / subject[i]);
  }
  return ratios;
}

}  // namespace ringwire::compare
