#include "joint_improvement.h"

#include <algorithm>
#include <cmath>

#include "base_samples.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Of one point all but what is fixed is known in closed form; the first of a sequence are as good
// as one of their own.
constexpr Index kAlone = 64;
constexpr Index kTogether = 256;

Index samples_for(const Standing& standing, Index batch) {
  if (batch > 1) return kTogether;
  return standing.points.cols() > 0 ? kAlone : 1;
}

}  // namespace

JointImprovement::JointImprovement(const surrogate::Model& model, const Standing& standing,
                                   bool maximise, Index batch, double floor, Rng& rng)
    : JointImprovement(
          model, standing, maximise, floor,
          normal_samples(standing.points.cols() + batch - 1, samples_for(standing, batch), rng)) {}

JointImprovement::JointImprovement(const surrogate::Model& model, const Standing& standing,
                                   bool maximise, double floor, const MatrixXd& samples)
    : model_(model),
      floor_(floor),
      fixed_(model, standing.points, maximise, samples.topRows(standing.points.cols()), floor),
      more_(samples.bottomRows(samples.rows() - standing.points.cols())),
      best_(VectorXd::Constant(samples.cols(), standing.bound)) {
  for (Index k = 0; k < standing.points.cols(); ++k)
    if (standing.counts[static_cast<std::size_t>(k)])
      best_ = best_.cwiseMax(fixed_.values().row(k).transpose());
}

VectorXd JointImprovement::log_values(const MatrixXd& x, const surrogate::Posterior& at) const {
  const Index samples = samples_of(1);
  const FixedDraws::Given given = fixed_.given(x, at, samples);
  VectorXd result(x.cols());
  VectorXd logs(samples);
  for (Index j = 0; j < x.cols(); ++j) {
    const double deviation = std::sqrt(given.variance(j));
    for (Index s = 0; s < samples; ++s) logs(s) = log_h((given.mean(s, j) - best_(s)) / deviation);
    result(j) = std::log(deviation) + log_sum(logs) - std::log(static_cast<double>(samples));
  }
  return result;
}

Index JointImprovement::samples_of(Index points) const {
  if (points > 1) return best_.size();
  return !fixed_.empty() ? std::min(best_.size(), kAlone) : 1;  // They differ by what is fixed.
}

// All that leads from the points to what each adds in each of the draws.
struct JointImprovement::Forward {
  std::vector<MatrixXd>
      fixed;  // One a point: (1 + d) x f, covariances to what is fixed, gradients.
  std::vector<MatrixXd> among;  // One a point: (1 + d) x q, the same to the others.
  MatrixXd half;                // f x q: lower^-1 of the covariances to what is fixed.
  MatrixXd factor;              // q x q of the covariance that remains.
  MatrixXd logs;                // q x s: ln of what each adds to those before it.
  MatrixXd slopes;              // q x s: derivative of log_h there.
  MatrixXd scores;              // q x s: by how many deviations its mean passes those before it.
  Eigen::MatrixXi holder;       // q x s: which of those before it is the best; -1: none.
  bool floored = false;         // Of one point: nothing is known of its slope.
};

JointImprovement::Forward JointImprovement::forward(
    const MatrixXd& x, const std::vector<surrogate::PosteriorGradient>& at) const {
  const Index q = x.cols();
  const Index samples = samples_of(q);
  Forward made;
  made.half.resize(fixed_.lower().rows(), q);
  MatrixXd remaining(q, q);
  const auto others = q > 1 ? model_.covariance_to(x) : nullptr;
  for (Index i = 0; i < q; ++i) {
    if (!fixed_.empty()) {
      made.fixed.push_back(fixed_.covariance()->with_gradient(x.col(i)));
      made.half.col(i) = made.fixed.back().row(0).transpose();
    }
    if (others) {
      made.among.push_back(others->with_gradient(x.col(i)));
      remaining.row(i) = made.among.back().row(0);
    }
    remaining(i, i) = at[static_cast<std::size_t>(i)].variance;
  }
  fixed_.lower().triangularView<Eigen::Lower>().solveInPlace(made.half);
  remaining = MatrixXd((remaining + remaining.transpose()) / 2 - made.half.transpose() * made.half);
  if (q > 1) {
    made.factor = factor_of(remaining, floor_);
  } else {
    made.floored = remaining(0, 0) <= floor_;
    made.factor = remaining.cwiseMax(floor_).cwiseSqrt();
  }
  MatrixXd means = made.half.transpose() * fixed_.base().leftCols(samples);
  for (Index i = 0; i < q; ++i)
    means.row(i).array() += fixed_.sign() * at[static_cast<std::size_t>(i)].mean;
  made.logs.resize(q, samples);
  made.slopes.resize(q, samples);
  made.scores.resize(q, samples);
  made.holder.resize(q, samples);
  VectorXd best = best_.head(samples);
  Eigen::VectorXi holder = Eigen::VectorXi::Constant(samples, -1);
  for (Index i = 0; i < q; ++i) {
    const double deviation = made.factor(i, i);
    made.holder.row(i) = holder.transpose();
    means.row(i).noalias() += made.factor.row(i).head(i) * more_.topLeftCorner(i, samples);
    for (Index s = 0; s < samples; ++s) {
      const double score = (means(i, s) - best(s)) / deviation;
      made.scores(i, s) = score;
      made.logs(i, s) = std::log(deviation) + log_h(score);
      made.slopes(i, s) = log_h_slope(score);
      if (i + 1 == q) continue;
      const double value = means(i, s) + deviation * more_(i, s);
      if (value <= best(s)) continue;
      best(s) = value;
      holder(s) = static_cast<int>(i);
    }
  }
  return made;
}

// From the share of each draw and point in the sum, its gradient in the points: d x q. A bar over a
// quantity, here `by_`, is the derivative by it.
MatrixXd JointImprovement::backward(const std::vector<surrogate::PosteriorGradient>& at,
                                    const Forward& made, const MatrixXd& share) const {
  const Index q = share.rows();
  const Index samples = share.cols();
  MatrixXd by_mean = MatrixXd::Zero(q, samples);
  MatrixXd by_factor = MatrixXd::Zero(q, q);
  for (Index i = q - 1; i >= 0; --i) {
    const double deviation = made.factor(i, i);
    for (Index s = 0; s < samples; ++s) {
      // So far by_mean holds what those after it lose where it is the best before them.
      if (i + 1 < q) by_factor(i, i) += by_mean(i, s) * more_(i, s);
      const double by_score = share(i, s) * made.slopes(i, s) / deviation;
      by_factor(i, i) += share(i, s) / deviation - by_score * made.scores(i, s);
      by_mean(i, s) += by_score;
      if (const int held = made.holder(i, s); held >= 0) by_mean(held, s) -= by_score;
    }
    by_factor.row(i).head(i) = by_mean.row(i) * more_.topLeftCorner(i, samples).transpose();
  }
  MatrixXd covariance = by_covariance(made.factor, by_factor);
  if (made.floored) covariance.setZero();
  MatrixXd by_fixed =
      fixed_.base().leftCols(samples) * by_mean.transpose() - 2 * made.half * covariance;
  fixed_.lower().triangularView<Eigen::Lower>().transpose().solveInPlace(by_fixed);
  const Index d = at.front().mean_gradient.size();
  MatrixXd gradient(d, q);
  for (Index i = 0; i < q; ++i) {
    const auto k = static_cast<std::size_t>(i);
    gradient.col(i) = fixed_.sign() * by_mean.row(i).sum() * at[k].mean_gradient +
                      covariance(i, i) * at[k].variance_gradient;
    if (!fixed_.empty()) gradient.col(i) += made.fixed[k].bottomRows(d) * by_fixed.col(i);
    for (Index j = 0; j < q; ++j)
      if (j != i) gradient.col(i) += 2 * covariance(i, j) * made.among[k].col(j).tail(d);
  }
  return gradient;
}

JointImprovement::Together JointImprovement::together(
    const MatrixXd& x, const std::vector<surrogate::PosteriorGradient>& at,
    const VectorXd& log_weights) const {
  const Forward made = forward(x, at);
  const double log_samples = std::log(static_cast<double>(made.logs.cols()));
  const MatrixXd weighted = made.logs.colwise() + log_weights;
  Together result;
  const double sum = log_sum(weighted);
  result.value = sum - log_samples;
  const MatrixXd share = (weighted.array() - sum).exp();
  result.shares = share.rowwise().sum();
  result.log_gains.resize(x.cols());
  for (Index i = 0; i < x.cols(); ++i)
    result.log_gains(i) = log_sum(made.logs.row(i)) - log_samples;
  result.gradient = backward(at, made, share);
  return result;
}

JointImprovement::Together JointImprovement::together(const MatrixXd& x,
                                                      const VectorXd& log_weights) const {
  std::vector<surrogate::PosteriorGradient> at;
  for (Index i = 0; i < x.cols(); ++i) at.push_back(model_.predict_with_gradient(x.col(i)));
  return together(x, at, log_weights);
}

VectorXd ImprovementTerm::log_values(const Marginals& at) const {
  return improvement_->log_values(at.x, at.of[model_]);
}

double ImprovementTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  const JointImprovement::Together result =
      improvement_->together(at.x, {at.of[model_]}, VectorXd::Zero(1));
  gradient = result.gradient.col(0);
  return result.value;
}

}  // namespace foray::optimizer
