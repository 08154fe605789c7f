#include "bench/compare/plot_axis.hpp"

#include <algorithm>
#include <cmath>

namespace ringwire::compare {
namespace {

constexpr double kLogarithmicFrom = 3;  // largest value / smallest value
constexpr double kMargin = 0.06;        // of the range, on both sides
constexpr double kTicksMax = 7;

// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
double round_up(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

PlotAxis::PlotAxis(const std::vector<double>& values, double left, double right)
    : left_(left), right_(right) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  logarithmic_ = *high / *low > kLogarithmicFrom;
  if (logarithmic_) {
    const double margin = std::pow(*high / *low, kMargin);
    low_ = *low / margin;
    high_ = *high * margin;
  } else {
    // Equal values still need a range to lie in.
    const double margin = std::max((*high - *low) * kMargin, *high * 0.02);
    low_ = *low - margin;
    high_ = *high + margin;
  }
}

double PlotAxis::x(double value) const {
  const double part =
      logarithmic_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return left_ + std::clamp(part, 0.0, 1.0) * (right_ - left_);
}

std::vector<double> PlotAxis::ticks() const {
  std::vector<double> ticks;
  if (!logarithmic_) {
    const double step = round_up((high_ - low_) / kTicksMax);
    const auto last = static_cast<int>(std::floor(high_ / step));
    for (auto i = static_cast<int>(std::ceil(low_ / step)); i <= last; ++i) ticks.push_back(i * step);
    return ticks;
  }
  const auto last = static_cast<int>(std::floor(std::log10(high_)));
  for (auto exponent = static_cast<int>(std::floor(std::log10(low_))); exponent <= last; ++exponent) {
    const double power = std::pow(10, exponent);
    for (const double factor : {1.0, 2.0, 3.0, 5.0}) {
      if (factor * power >= low_ && factor * power <= high_) ticks.push_back(factor * power);
    }
  }
  return ticks;
}

}  // namespace ringwire::compare
