#include "experiment.h"

#include <algorithm>
#include <random>

#include "foray/optimizer/hypervolume.h"

namespace foray::bench {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

MatrixXd side_by_side(const std::vector<VectorXd>& columns) {
  MatrixXd all(columns.front().size(), static_cast<Index>(columns.size()));
  for (std::size_t j = 0; j < columns.size(); ++j) all.col(static_cast<Index>(j)) = columns[j];
  return all;
}

bool holds(const Problem& problem, const VectorXd& values) {
  return problem.constraints == 0 || values.tail(problem.constraints).maxCoeff() <= 0;
}

}  // namespace

Experiment::Experiment(const Problem& problem, double noise, std::uint64_t seed)
    : problem_(problem),
      noise_(noise),
      sd_(noise * problem.range),
      rng_(derive_seed(seed, "noise")) {}

MatrixXd Experiment::places() const { return side_by_side(x_); }

MatrixXd Experiment::seen() const { return side_by_side(y_); }

double Experiment::regret_of(const VectorXd& truth) const {
  return holds(problem_, truth) ? truth(0) - problem_.answer : problem_.range(0);
}

double Experiment::missing_area() const {
  return problem_.answer -
         optimizer::hypervolume(-side_by_side(truth_).topRows(2), -problem_.reference);
}

const VectorXd& Experiment::measure(const Eigen::Ref<const VectorXd>& unit) {
  std::normal_distribution<double> normal;
  x_.emplace_back(unit);
  truth_.push_back(problem_.values(unit));
  y_.push_back(truth_.back());
  for (Index i = 0; i < sd_.size(); ++i) y_.back()(i) += sd_(i) * normal(rng_);
  if (problem_.objectives == 2) {
    regret_.push_back(missing_area());
    return y_.back();
  }
  // The lowest value that was seen where the constraints were seen to hold.
  const auto better = [&](std::size_t i, std::size_t j) {
    const bool first = holds(problem_, y_[i]);
    if (first != holds(problem_, y_[j])) return first;
    return y_[i](0) < y_[j](0);
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < y_.size(); ++i)
    if (better(i, best)) best = i;
  regret_.push_back(regret_of(truth_[best]));
  return y_.back();
}

void Experiment::recommend(const Eigen::Ref<const VectorXd>& unit) {
  if (problem_.objectives == 1) regret_.back() = regret_of(problem_.values(unit));
}

}  // namespace foray::bench
