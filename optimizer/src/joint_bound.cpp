#include "joint_bound.h"

#include <cmath>
#include <numbers>

#include "base_samples.h"
#include "foray/common/normal.h"
#include "foray/optimizer/acquisition.h"
#include "terms.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr Index kBoundSamples = 256;

// s (phi(z) + z Phi(z)) for z = a / s: the mean of what is left above 0 of a normal value.
double above(double a, double s) { return s * std::exp(log_h(a / s)); }

// What a point adds to the largest before it, and its derivatives.
struct Added {
  double value = 0;
  double by_mean = 0;       // of the surrogate
  double by_given = 0;      // mean of g given those before it
  double by_deviation = 0;  // of g given those before it
  double by_largest = 0;
};

// c |g| + u - largest where that is positive, g ~ N(m, s^2).
Added added_to(double largest, double u, double c, double m, double s) {
  const double t = c > 0 ? (largest - u) / c : 0;
  Added result;
  if (c > 0 && t > 0) {
    // Either side of |g| passes t by itself.
    const double up = (m - t) / s;
    const double down = (-m - t) / s;
    result.value = c * (above(m - t, s) + above(-m - t, s));
    result.by_mean = normal_cdf(up) + normal_cdf(down);
    result.by_given = c * (normal_cdf(up) - normal_cdf(down));
    result.by_deviation = c * (normal_density(up) + normal_density(down));
    result.by_largest = -result.by_mean;
    return result;
  }
  if (c == 0 && u <= largest) return result;
  result.value = u - largest + c * (above(m, s) + above(-m, s));
  result.by_mean = 1;
  result.by_given = c * (normal_cdf(m / s) - normal_cdf(-m / s));
  result.by_deviation = 2 * c * normal_density(m / s);
  result.by_largest = -1;
  return result;
}

}  // namespace

JointBound::JointBound(const surrogate::Model& model, double beta, bool maximise, Scale scale,
                       Index batch, double floor, Rng& rng)
    : model_(model),
      slope_(beta * std::sqrt(std::numbers::pi / 2)),
      sign_(maximise ? 1 : -1),
      scale_(scale),
      floor_(floor),
      base_(normal_samples(batch - 1, kBoundSamples, rng)) {}

// All draws, from the first point to the last.
struct JointBound::Pass {
  VectorXd sums;             // q: of what each adds, over the samples.
  std::vector<Added> added;  // q x s, a sample after the other.
  MatrixXd sides;            // q x s: sign of g.
  Eigen::MatrixXi holder;    // q x s: which of those before it is the largest.
  Index samples = 1;         // One point has no draws.
};

JointBound::Pass JointBound::pass(const JointMarginals& at, Index points) const {
  Pass made;
  made.samples = points > 1 ? kBoundSamples : 1;
  made.sums = VectorXd::Zero(points);
  made.added.resize(static_cast<std::size_t>(points * made.samples));
  made.sides = MatrixXd::Zero(points, made.samples);
  made.holder.resize(points, made.samples);
  const MatrixXd& factor = at.factor();
  for (Index s = 0; s < made.samples; ++s) {
    // The first adds its bound to nothing.
    double largest = 0;
    int holder = -1;
    for (Index i = 0; i < points; ++i) {
      const double u = sign_ * at.mean(i);
      const double m = i > 0 ? factor.row(i).head(i).dot(base_.col(s).head(i)) : 0;
      Added& added = made.added[static_cast<std::size_t>(s * points + i)];
      // Below its mean it cannot be.
      added = added_to(i > 0 ? largest : u, u, slope_, m, factor(i, i));
      if (i == 0) {
        added.value += u;
        added.by_mean = 1;
        added.by_largest = 0;
      }
      made.sums(i) += added.value;
      made.holder(i, s) = holder;
      if (i + 1 == points) continue;
      const double g = m + factor(i, i) * base_(i, s);
      made.sides(i, s) = g < 0 ? -1 : 1;
      const double value = u + slope_ * std::abs(g);
      if (i > 0 && value <= largest) continue;
      largest = value;
      holder = static_cast<int>(i);
    }
  }
  return made;
}

VectorXd JointBound::bounds(const MatrixXd& x) const {
  const Pass made = pass(JointMarginals(model_, x, floor_), x.cols());
  VectorXd result = made.sums / static_cast<double>(made.samples);
  for (Index i = 1; i < result.size(); ++i) result(i) += result(i - 1);
  return result;
}

JointFunction::Together JointBound::together(const MatrixXd& x, const VectorXd& log_weights) const {
  const Index q = x.cols();
  const JointMarginals at(model_, x, floor_);
  const Pass made = pass(at, q);
  const auto count = static_cast<double>(made.samples);
  VectorXd by_mean = VectorXd::Zero(q);
  MatrixXd by_factor = MatrixXd::Zero(q, q);
  VectorXd by_value(q);
  for (Index s = 0; s < made.samples; ++s) {
    by_value.setZero();  // What those after it lose where it is the largest before them.
    for (Index i = q - 1; i >= 0; --i) {
      const Added& added = made.added[static_cast<std::size_t>(s * q + i)];
      const double by_g = by_value(i) * slope_ * made.sides(i, s);
      by_mean(i) += by_value(i) + added.by_mean;
      by_factor(i, i) += added.by_deviation;
      if (i + 1 < q) by_factor(i, i) += by_g * base_(i, s);
      if (i > 0)
        by_factor.row(i).head(i) += (added.by_given + by_g) * base_.col(s).head(i).transpose();
      if (const int held = made.holder(i, s); held >= 0) by_value(held) += added.by_largest;
    }
  }
  Together result;
  result.log_gains.resize(q);
  double bound = 0;
  LogSoftplus softened;
  for (Index i = 0; i < q; ++i) {
    bound += made.sums(i) / count;
    softened = log_softplus((bound - scale_.reference) / scale_.width);
    result.log_gains(i) = softened.value;
  }
  result.value = softened.value + log_weights(0);
  result.shares = VectorXd::Constant(q, 1 / static_cast<double>(q));
  result.gradient = softened.slope / scale_.width / count * at.gradient(sign_ * by_mean, by_factor);
  return result;
}

}  // namespace foray::optimizer
