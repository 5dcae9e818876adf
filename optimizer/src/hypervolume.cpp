#include "foray/optimizer/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "foray/common/check.h"
#include "foray/optimizer/acquisition.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

bool beats(const Ref<const VectorXd>& one, const Ref<const VectorXd>& other) {
  return (one.array() >= other.array()).all() && (one.array() > other.array()).any();
}

// The front above the reference from left to right: first coordinates rise, second ones fall.
std::vector<std::pair<double, double>> front_above(const Ref<const MatrixXd>& values,
                                                   const Ref<const VectorXd>& reference) {
  require(values.rows() == 2 && reference.size() == 2,
          "hypervolume: expected two objectives and a reference of two values");
  require_finite("hypervolume: values", values);
  require_finite("hypervolume: reference", reference);
  std::vector<std::pair<double, double>> front;
  for (const Index j : pareto_front(values))
    if (values(0, j) > reference(0) && values(1, j) > reference(1))
      front.emplace_back(values(0, j), values(1, j));
  std::sort(front.begin(), front.end());
  return front;
}

// ln(psi(left) - psi(right)), psi(c) = E max(Y - c, 0); right may be infinite.
Scored log_between(double mean, double variance, double left, double right) {
  const Scored at_left = log_expected_improvement(mean, variance, left, true);
  if (std::isinf(right)) return at_left;
  const Scored at_right = log_expected_improvement(mean, variance, right, true);
  const double ratio = std::exp(at_right.value - at_left.value);
  const double rest =
      std::max(-std::expm1(at_right.value - at_left.value), std::numeric_limits<double>::min());
  return {at_left.value + std::log(rest), (at_left.by_mean - ratio * at_right.by_mean) / rest,
          (at_left.by_variance - ratio * at_right.by_variance) / rest};
}

}  // namespace

std::vector<Index> pareto_front(const Ref<const MatrixXd>& values) {
  std::vector<Index> front;
  for (Index j = 0; j < values.cols(); ++j) {
    bool beaten = false;
    for (Index i = 0; i < values.cols() && !beaten; ++i)
      beaten = beats(values.col(i), values.col(j)) || (i < j && values.col(i) == values.col(j));
    if (!beaten) front.push_back(j);
  }
  return front;
}

double hypervolume(const Ref<const MatrixXd>& values, const Ref<const VectorXd>& reference) {
  double area = 0;
  double left = reference(0);
  for (const auto& [first, second] : front_above(values, reference)) {
    area += (first - left) * (second - reference(1));
    left = first;
  }
  return area;
}

HypervolumeImprovement::HypervolumeImprovement(const Ref<const MatrixXd>& values,
                                               const Ref<const VectorXd>& reference) {
  left_.push_back(reference(0));
  for (const auto& [first, second] : front_above(values, reference)) {
    left_.push_back(first);
    bottom_.push_back(second);
  }
  bottom_.push_back(reference(1));
}

TradeOffScored HypervolumeImprovement::log_expected(const std::array<double, 2>& mean,
                                                    const std::array<double, 2>& variance) const {
  std::vector<Scored> across;
  std::vector<Scored> up;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < left_.size(); ++i) {
    const double right =
        i + 1 < left_.size() ? left_[i + 1] : std::numeric_limits<double>::infinity();
    across.push_back(log_between(mean[0], variance[0], left_[i], right));
    up.push_back(log_expected_improvement(mean[1], variance[1], bottom_[i], true));
    largest = std::max(largest, across[i].value + up[i].value);
  }
  TradeOffScored result;
  double sum = 0;
  for (std::size_t i = 0; i < left_.size(); ++i) {
    const double share = std::exp(across[i].value + up[i].value - largest);
    sum += share;
    result.by_mean[0] += share * across[i].by_mean;
    result.by_mean[1] += share * up[i].by_mean;
    result.by_variance[0] += share * across[i].by_variance;
    result.by_variance[1] += share * up[i].by_variance;
  }
  result.value = largest + std::log(sum);
  for (double& slope : result.by_mean) slope /= sum;
  for (double& slope : result.by_variance) slope /= sum;
  return result;
}

}  // namespace foray::optimizer
