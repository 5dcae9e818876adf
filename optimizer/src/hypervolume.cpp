#include "foray/optimizer/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "foray/common/check.h"
#include "foray/optimizer/acquisition.h"
#include "terms.h"

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
  return log_difference(at_left, log_expected_improvement(mean, variance, right, true));
}

// Adds the boxes above the front of the first objectives, one in each range of the others.
void split(const MatrixXd& front, const VectorXd& reference, Index objectives, VectorXd& lower,
           VectorXd& upper, std::vector<std::pair<VectorXd, VectorXd>>& boxes) {
  const Index k = objectives - 1;
  const double infinity = std::numeric_limits<double>::infinity();
  if (objectives == 1) {
    lower(0) = front.cols() > 0 ? std::max(reference(0), front.row(0).maxCoeff()) : reference(0);
    upper(0) = infinity;
    boxes.emplace_back(lower, upper);
    return;
  }
  // From above: where the last objective is at least that of the first j, no others are as good.
  std::vector<Index> order(static_cast<std::size_t>(front.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(),
            [&](Index a, Index b) { return front(k, a) > front(k, b); });
  MatrixXd reached(k, front.cols());
  upper(k) = infinity;
  for (Index j = 0; j <= front.cols(); ++j) {
    lower(k) = j < front.cols() ? front(k, order[static_cast<std::size_t>(j)]) : reference(k);
    if (lower(k) < upper(k)) {
      const MatrixXd all = reached.leftCols(j);
      const std::vector<Index> best = pareto_front(all);
      VectorXd below = lower;
      VectorXd above = upper;
      split(all(Eigen::all, best), reference, k, below, above, boxes);
    }
    upper(k) = lower(k);
    if (j < front.cols()) reached.col(j) = front.col(order[static_cast<std::size_t>(j)]).head(k);
  }
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

FrontBoxes boxes_above(const Ref<const MatrixXd>& values, const Ref<const VectorXd>& reference) {
  const Index m = reference.size();
  require(m >= 1 && values.rows() == m,
          "boxes_above: expected values and a reference of the same objectives, one or more");
  require_finite("boxes_above: values", values);
  require_finite("boxes_above: reference", reference);
  std::vector<Index> inside;
  for (const Index j : pareto_front(values))
    if ((values.col(j).array() > reference.array()).all()) inside.push_back(j);
  const MatrixXd front = values(Eigen::all, inside);
  std::vector<std::pair<VectorXd, VectorXd>> boxes;
  VectorXd lower(m);
  VectorXd upper(m);
  split(front, reference, m, lower, upper, boxes);
  FrontBoxes result;
  const auto count = static_cast<Index>(boxes.size());
  result.lower.resize(m, count);
  result.upper.resize(m, count);
  for (Index k = 0; k < m; ++k) {
    std::vector<double> edges = {reference(k)};
    for (Index j = 0; j < front.cols(); ++j) edges.push_back(front(k, j));
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    const auto place = [&](double edge) {
      return static_cast<int>(std::lower_bound(edges.begin(), edges.end(), edge) - edges.begin());
    };
    for (Index b = 0; b < count; ++b) {
      result.lower(k, b) = place(boxes[static_cast<std::size_t>(b)].first(k));
      result.upper(k, b) = place(boxes[static_cast<std::size_t>(b)].second(k));
    }
    result.edges.push_back(std::move(edges));
  }
  return result;
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
