#include "joint_probability.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

#include "base_samples.h"
#include "fixed_draws.h"
#include "foray/common/normal.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr Index kPathSamples = 256;

// z with ln Phi(z) = log_p. Below the smallest number nothing that is drawn from there counts: the
// point surely passes the bound, and so little is left for those after it.
double quantile(double log_p) {
  const double p = std::exp(std::max(log_p, -690.0));
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * std::min(p, 1 - 1e-16));
}

}  // namespace

JointProbability::JointProbability(const surrogate::Model& model, double bound, bool maximise,
                                   Index batch, double floor, Rng& rng)
    : model_(model),
      bound_(maximise ? bound : -bound),
      sign_(maximise ? 1 : -1),
      floor_(floor),
      base_(normal_samples(batch - 1, kPathSamples, rng).unaryExpr(&log_normal_cdf)) {}

struct JointProbability::Pass {
  MatrixXd short_of;  // q x s: by how many deviations the mean, given those before, is short of it.
  MatrixXd drawn;     // q x s: the draw from below the bound.
  MatrixXd slope;     // q x s: its derivative by `short_of`.
  MatrixXd logs;      // q x s: ln of the probability that it passes the bound and none before does.
};

JointProbability::Pass JointProbability::pass(const JointMarginals& at, Index points) const {
  const Index samples = points > 1 ? kPathSamples : 1;
  Pass made{MatrixXd(points, samples), MatrixXd::Zero(points, samples),
            MatrixXd::Zero(points, samples), MatrixXd(points, samples)};
  const MatrixXd& factor = at.factor();
  for (Index s = 0; s < samples; ++s) {
    double none = 0;  // ln of the probability that none so far passes.
    for (Index i = 0; i < points; ++i) {
      const double given = factor.row(i).head(i).dot(made.drawn.col(s).head(i));
      const double a = (bound_ - sign_ * at.mean(i) - given) / factor(i, i);
      made.short_of(i, s) = a;
      made.logs(i, s) = none + log_normal_cdf(-a);
      if (i + 1 == points) continue;
      const double log_below = log_normal_cdf(a);
      const double e = quantile(base_(i, s) + log_below);
      made.drawn(i, s) = e;
      // d e / d a = w phi(a) / phi(e), w the share of Phi(a) that lies below e.
      if (base_(i, s) + log_below > -690)
        made.slope(i, s) = std::exp(base_(i, s) + (e * e - a * a) / 2);
      none += log_below;
    }
  }
  return made;
}

JointFunction::Together JointProbability::together(const MatrixXd& x,
                                                   const VectorXd& log_weights) const {
  const Index q = x.cols();
  const JointMarginals at(model_, x, floor_);
  const Pass made = pass(at, q);
  const Index samples = made.logs.cols();
  const MatrixXd weighted = made.logs.colwise() + log_weights;
  const double sum = log_sum(weighted);
  const MatrixXd share = (weighted.array() - sum).exp();
  const MatrixXd& factor = at.factor();
  VectorXd by_mean = VectorXd::Zero(q);
  MatrixXd by_factor = MatrixXd::Zero(q, q);
  VectorXd by_drawn(q);
  for (Index s = 0; s < samples; ++s) {
    by_drawn.setZero();
    double after = 0;  // Share of those after it.
    for (Index i = q - 1; i >= 0; --i) {
      const double a = made.short_of(i, s);
      double by_a = -share(i, s) * log_normal_cdf_slope(-a) + by_drawn(i) * made.slope(i, s);
      if (after > 0) by_a += after * log_normal_cdf_slope(a);
      const double by_given = -by_a / factor(i, i);
      by_mean(i) += by_given;
      by_factor(i, i) += by_given * a;
      by_factor.row(i).head(i) += by_given * made.drawn.col(s).head(i).transpose();
      by_drawn.head(i) += by_given * factor.row(i).head(i).transpose();
      after += share(i, s);
    }
  }
  Together result;
  const double log_samples = std::log(static_cast<double>(samples));
  result.value = sum - log_samples;
  result.shares = share.rowwise().sum();
  result.log_gains.resize(q);
  for (Index i = 0; i < q; ++i) result.log_gains(i) = log_sum(made.logs.row(i)) - log_samples;
  result.gradient = at.gradient(sign_ * by_mean, by_factor);
  return result;
}

}  // namespace foray::optimizer
