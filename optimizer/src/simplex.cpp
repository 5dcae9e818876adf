#include "simplex.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <string>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

// Of numbers of steps: that a width is one of them is known to rounding only.
constexpr double kSumRounding = 1e-9;

void check_part(const Parameter& part, const Parameter& first) {
  const auto refuse_unless = [&](bool condition, const std::string& reason) {
    require(condition, "SearchSpace: simplex \"" + first.simplex + "\": part \"" + part.name +
                           "\": " + reason);
  };
  refuse_unless(part.role == ParameterRole::kAxis, "expected the role axis");
  refuse_unless(part.scale == ParameterScale::kLinear && !is_discrete(part),
                "expected a linear range, without levels");
  refuse_unless(part.total == first.total, "expected the same total as of the other parts");
  refuse_unless(part.step == first.step, "expected the same step as of the other parts");
}

}  // namespace

Simplex::Simplex(const std::vector<Parameter>& parameters, std::size_t first) {
  const Parameter& head = parameters[first];
  std::vector<double> widths;
  double lowest = 0;
  for (std::size_t i = first; i < parameters.size() && parameters[i].simplex == head.simplex; ++i) {
    check_part(parameters[i], head);
    lowest += parameters[i].lower;
    widths.push_back(parameters[i].upper - parameters[i].lower);
  }
  width_ = Eigen::Map<const VectorXd>(widths.data(), static_cast<Index>(widths.size()));
  total_ = head.total;
  step_ = head.step;
  sum_ = total_ - lowest;
  const std::string where = "SearchSpace: simplex \"" + head.simplex + "\": ";
  require(width_.size() >= 2, where + "expected two parts or more that follow one another");
  require(std::isfinite(total_) && total_ > 0, where + "expected a total above 0");
  std::ostringstream got;
  got << "the lower ends add up to " << lowest << ", the upper ones to " << lowest + width_.sum();
  require(sum_ > 0 && width_.sum() > sum_,
          where + "expected ranges within which parts can add up to the total; " + got.str());
  if (step_ == 0) return;
  const double steps = sum_ / step_;
  require(std::abs(steps - std::round(steps)) <= kSumRounding * steps,
          where + "expected a whole number of steps between the lower ends and the total");
  double most = 0;
  for (const double width : width_) most += std::floor(width / step_ + kSumRounding);
  require(most >= std::round(steps), where + "expected ranges in which the steps reach the total");
}

bool Simplex::holds(const Ref<const VectorXd>& excess) const {
  return std::abs(excess.sum() - sum_) <= kSumRounding * total_;
}

// The projection takes the same from every part that is left between its ends: the excess less tau,
// cut to the range, falls with tau, and tau is found where it adds up. Held, Wolfe & Crowder
// (1974), doi:10.1007/BF01580223.
VectorXd Simplex::nearest(const Ref<const VectorXd>& excess) const {
  constexpr double kExact = 1e-13;
  const auto cut = [&](double tau) {
    return VectorXd((excess.array() - tau).max(0.0).min(width_.array()));
  };
  if (cut(0) == excess && std::abs(excess.sum() - sum_) <= kExact * total_) return excess;
  double low = (excess - width_).minCoeff();
  double high = excess.maxCoeff();
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + 0.5 * (high - low);
    if (middle == low || middle == high) break;
    (cut(middle).sum() > sum_ ? low : high) = middle;
  }
  // What rounding leaves goes to the part farthest from its ends.
  VectorXd result = cut(high);
  for (int i = 0; i < 3; ++i) {
    const double lacking = sum_ - result.sum();
    Index roomiest = 0;
    result.cwiseMin(width_ - result).maxCoeff(&roomiest);
    result(roomiest) = std::clamp(result(roomiest) + lacking, 0.0, width_(roomiest));
  }
  return result;
}

VectorXd Simplex::on_steps(const Ref<const VectorXd>& excess) const {
  VectorXd result = nearest(excess);
  if (step_ == 0) return result;
  const VectorXd steps = result / step_;
  VectorXd counts(steps.size());
  VectorXd most(steps.size());
  for (Index i = 0; i < steps.size(); ++i) {
    most(i) = std::floor(width_(i) / step_ + kSumRounding);
    counts(i) = std::min(std::floor(steps(i) + kSumRounding), most(i));
  }
  std::vector<Index> order(static_cast<std::size_t>(steps.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return steps(a) - counts(a) > steps(b) - counts(b); });
  double left = std::round(sum_ / step_) - counts.sum();
  while (left > 0.5) {
    for (const Index i : order) {
      if (left < 0.5 || counts(i) >= most(i)) continue;
      counts(i) += 1;
      left -= 1;
    }
  }
  return counts * step_;
}

// Exponential variates, divided by their sum. Devroye (1986), "Non-Uniform Random Variate
// Generation", V.2.
VectorXd Simplex::spread(const Ref<const VectorXd>& cube) const {
  VectorXd result(cube.size());
  for (Index i = 0; i < cube.size(); ++i) result(i) = -std::log1p(-std::min(cube(i), 1 - 1e-15));
  const double total = result.sum();
  if (!(total > 0)) return VectorXd::Constant(cube.size(), sum_ / static_cast<double>(cube.size()));
  return result * (sum_ / total);
}

}  // namespace foray::optimizer
