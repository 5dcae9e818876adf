#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "foray/common/normal.h"
#include "foray/surrogate/gp_fitter.h"
#include "gp_cases.h"

namespace foray::surrogate::bounds_test {
namespace {

using testing::smooth_data;
using testing::some_hyperparameters;

GpOptions zero_mean() {
  GpOptions options;
  options.mean = MeanKind::kFixed;
  return options;
}

// Values and bounds of the smooth function: every second datum is known only to lie beyond a
// number that it does lie beyond.
Observations mixed_data(Eigen::Index n, unsigned seed) {
  Observations data = smooth_data(2, n, seed);
  for (Eigen::Index i = 0; i < n; ++i) {
    data.bounds.push_back(i % 2 == 0   ? Bound::kNone
                          : i % 4 == 1 ? Bound::kAtLeast
                                       : Bound::kAtMost);
    if (i % 2 == 1) data.y(i) += i % 4 == 1 ? -0.1 : 0.2;
  }
  return data;
}

// Posterior moments of the latent values at two points given that y_i <= or >= hold, by summing
// the prior over a fine grid of noisy values.
struct Moments {
  double probability = 0;
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  Eigen::Vector2d variance = Eigen::Vector2d::Zero();
};

Moments integrate(const Eigen::Matrix2d& latent, const Eigen::Vector2d& noise,
                  const Eigen::Vector2d& bound, const Eigen::Vector2d& sign) {
  const Eigen::Matrix2d noisy = latent + Eigen::Matrix2d(noise.asDiagonal());
  const Eigen::Matrix2d inverse = noisy.inverse();
  const Eigen::Matrix2d gain = latent * inverse;
  const Eigen::Matrix2d left = latent - gain * latent;
  const double front = 1 / (2 * 3.14159265358979323846 * std::sqrt(noisy.determinant()));
  constexpr int kSteps = 1200;
  const Eigen::Vector2d reach = 8 * noisy.diagonal().cwiseSqrt();
  Moments sum;
  Eigen::Vector2d second = Eigen::Vector2d::Zero();
  for (int i = 0; i < kSteps; ++i) {
    for (int j = 0; j < kSteps; ++j) {
      // From the bound outwards, so that its edge falls between cells.
      const Eigen::Vector2d g =
          bound + sign.cwiseProduct(Eigen::Vector2d(i + 0.5, j + 0.5).cwiseProduct(reach) / kSteps);
      const double weight =
          front * std::exp(-0.5 * g.dot(inverse * g)) * reach.prod() / (double{kSteps} * kSteps);
      const Eigen::Vector2d f = gain * g;
      sum.probability += weight;
      sum.mean += weight * f;
      second += weight * (f.cwiseProduct(f) + left.diagonal());
    }
  }
  sum.mean /= sum.probability;
  sum.variance = second / sum.probability - sum.mean.cwiseProduct(sum.mean);
  return sum;
}

TEST(Bounds, OneBoundGivesTheMomentsOfATruncatedNormal) {
  Hyperparameters h = some_hyperparameters(1);
  h.nugget = 0;
  const double noise = 0.04;
  for (const double bound : {-3.0, 0.0, 0.5, 4.0}) {
    const Observations data{Eigen::MatrixXd::Constant(1, 1, 0.5),
                            Eigen::VectorXd::Constant(1, bound),
                            Eigen::VectorXd::Constant(1, noise),
                            {Bound::kAtLeast}};
    const Gp gp = make_gp(data, h, zero_mean());
    const Posterior posterior = gp.predict(data.x);
    // f given f + e >= bound: Rasmussen & Williams (2006) eq. 3.85 and 3.87.
    const double v = h.kernel(0);
    const double total = v + noise;
    const double z = -bound / std::sqrt(total);
    const double slope = log_normal_cdf_slope(z);
    EXPECT_NEAR(posterior.mean(0), v * slope / std::sqrt(total), 2e-6) << bound;
    EXPECT_NEAR(posterior.variance(0), v - v * v * slope * (z + slope) / total, 2e-6) << bound;
    EXPECT_NEAR(log_marginal_likelihood(data, h, zero_mean(), false).value, log_normal_cdf(z),
                2e-6);
  }
}

TEST(Bounds, TwoBoundsAgreeWithNumericalIntegration) {
  Hyperparameters h = some_hyperparameters(1);
  h.nugget = 0.01;
  const Eigen::Vector2d bound(0.8, 0.3);
  for (const double second : {1.0, -1.0}) {
    const Observations data{(Eigen::MatrixXd(1, 2) << 0.3, 0.6).finished(),
                            bound,
                            Eigen::Vector2d(0.02, 0.05),
                            {Bound::kAtLeast, second > 0 ? Bound::kAtLeast : Bound::kAtMost}};
    const Eigen::Matrix2d latent = Kernel({}, 1).covariance(h.kernel, data.x, data.x);
    const Moments exact = integrate(latent, data.noise.array() + h.nugget, bound, {1.0, second});
    const Posterior posterior = make_gp(data, h, zero_mean()).predict(data.x);
    // Expectation propagation is approximate: a pair of correlated truncations to the same side
    // leaves an error of an eighth in the variance. An implementation with soft sites on the latent
    // values gives the same 0.402 and 0.494.
    for (const int i : {0, 1}) {
      EXPECT_NEAR(posterior.mean(i), exact.mean(i), 0.02);
      EXPECT_NEAR(posterior.variance(i), exact.variance(i), 0.125 * exact.variance(i));
    }
    EXPECT_NEAR(log_marginal_likelihood(data, h, zero_mean(), false).value,
                std::log(exact.probability), 0.025);
  }
}

TEST(Bounds, GradientOfTheEvidenceMatchesCentralDifferences) {
  const Observations data = mixed_data(24, 61);
  for (const MeanKind mean : {MeanKind::kGeneralisedLeastSquares, MeanKind::kSampleMean}) {
    GpOptions options;
    options.mean = mean;
    const Eigen::VectorXd at = pack(some_hyperparameters(2));
    const Likelihood likelihood = log_marginal_likelihood(data, unpack(at), options, true);
    for (Eigen::Index i = 0; i < at.size(); ++i) {
      const double step = 1e-4 * at(i);
      const auto value = [&](double moved) {
        Eigen::VectorXd there = at;
        there(i) += moved;
        return log_marginal_likelihood(data, unpack(there), options, false).value;
      };
      const double slope = (value(step) - value(-step)) / (2 * step);
      // Sites converged to 1e-6 leave so much.
      EXPECT_NEAR(likelihood.gradient(i), slope, 1e-4 * std::abs(slope) + 1e-3) << i;
    }
  }
}

TEST(Bounds, ABoundThatIsMetByFarChangesNothing) {
  const Observations values = smooth_data(2, 20, 62);
  Observations more = values;
  more.x.conservativeResize(Eigen::NoChange, 21);
  more.x.col(20) = values.x.col(3) + Eigen::Vector2d(0.01, 0.01);
  more.y.conservativeResize(21);
  more.y(20) = -20;
  more.noise.conservativeResize(21);
  more.noise(20) = 1e-3;
  more.bounds.assign(21, Bound::kNone);
  more.bounds[20] = Bound::kAtLeast;
  const Hyperparameters h = some_hyperparameters(2);
  const Eigen::MatrixXd at = smooth_data(2, 30, 63).x;
  const Posterior with = make_gp(more, h, zero_mean()).predict(at);
  const Posterior without = make_gp(values, h, zero_mean()).predict(at);
  EXPECT_TRUE(with.mean.isApprox(without.mean, 1e-5));
  EXPECT_TRUE(with.variance.isApprox(without.variance, 1e-5));
  EXPECT_NEAR(log_marginal_likelihood(more, h, zero_mean(), false).value,
              log_marginal_likelihood(values, h, zero_mean(), false).value, 1e-5);
}

TEST(Bounds, CertainSidesOfABoundaryPlaceItWhereASmoothFunctionCrosses) {
  // A step seen as values keeps its ringing; seen as bounds, the crossing is between the sides.
  Observations data{Eigen::RowVectorXd::LinSpaced(10, 0, 1), Eigen::VectorXd(10),
                    Eigen::VectorXd::Constant(10, 0.1), std::vector<Bound>(10)};
  for (Eigen::Index i = 0; i < 10; ++i) {
    data.y(i) = i < 4 ? -3.9 : 3.9;
    data.bounds[static_cast<std::size_t>(i)] = i < 4 ? Bound::kAtMost : Bound::kAtLeast;
  }
  data.least_scale = 1;
  Rng rng(1);
  const GpFit fit = fit_gp(data, {}, rng);
  const Eigen::MatrixXd at = Eigen::RowVectorXd::LinSpaced(101, 0, 1);
  const Eigen::VectorXd mean = fit.model.predict(at).mean;
  // Monotone through the crossing, which lies between the two sides, and beyond the bounds on both.
  for (Eigen::Index i = 34; i <= 44; ++i) EXPECT_GT(mean(i), mean(i - 1)) << at(i);
  EXPECT_LT(mean(34), 0);
  EXPECT_GT(mean(44), 0);
  EXPECT_LT(mean.head(30).maxCoeff(), -3.9);
  EXPECT_GT(mean.tail(50).minCoeff(), 3.9);
}

TEST(Bounds, RebuildIsTheFittedModelBitForBit) {
  const Observations data = mixed_data(24, 64);
  const Eigen::MatrixXd at = smooth_data(2, 30, 65).x;
  const GpFitter fitter;
  Rng rng(1);
  const FitOutcome outcome = fitter.fit(data, std::nullopt, {}, rng);
  const auto again = fitter.rebuild(data, outcome.hyperparameters);
  EXPECT_EQ(again->predict(at).mean, outcome.model->predict(at).mean);
  EXPECT_EQ(again->predict(at).variance, outcome.model->predict(at).variance);
}

TEST(Bounds, AreScaledWithTheValues) {
  const Observations data = mixed_data(24, 66);
  Observations scaled = data;
  scaled.y *= 1024;
  scaled.noise *= 1024 * 1024;
  Rng one(1);
  Rng two(1);
  const Eigen::MatrixXd at = smooth_data(2, 30, 67).x;
  const Eigen::VectorXd plain = fit_gp(data, {}, one).model.predict(at).mean;
  EXPECT_EQ(fit_gp(scaled, {}, two).model.predict(at).mean, 1024 * plain);
}

TEST(Bounds, SayWhetherTheySettled) {
  EXPECT_TRUE(make_gp(mixed_data(24, 66), some_hyperparameters(2)).settled());
  // Bounds that exclude each other at one place: what satisfies one cannot settle beside the other.
  Observations torn{Eigen::MatrixXd::Constant(1, 6, 0.5), Eigen::VectorXd(6),
                    Eigen::VectorXd::Constant(6, 1e-8)};
  torn.y << 2, -2, 2, -2, 2, -2;
  torn.bounds = {Bound::kAtLeast, Bound::kAtMost,  Bound::kAtLeast,
                 Bound::kAtMost,  Bound::kAtLeast, Bound::kAtMost};
  Hyperparameters h = some_hyperparameters(1);
  h.nugget = 0;
  const Gp gp = make_gp(torn, h);
  EXPECT_FALSE(gp.settled());
  EXPECT_FALSE(gp.append(Eigen::MatrixXd::Constant(1, 1, 0.2), Eigen::VectorXd::Zero(1),
                         Eigen::VectorXd::Ones(1))
                   .settled());
  EXPECT_TRUE(std::isfinite(gp.predict(Eigen::VectorXd::Constant(1, 0.3)).mean(0)));
}

TEST(Bounds, RefusesAWrongNumberOfThem) {
  Observations data = smooth_data(2, 5, 68);
  data.bounds.assign(4, Bound::kAtMost);
  try {
    (void)make_gp(data, some_hyperparameters(2));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("expected no bounds or 5, got 4"));
  }
}

}  // namespace
}  // namespace foray::surrogate::bounds_test
