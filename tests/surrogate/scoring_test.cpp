#include "scoring.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <random>

#include "gp_cases.h"
#include "gp_state.h"

namespace foray::surrogate::detail::scoring_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Target target_of(const Observations& data, const FitOptions& options = {}) {
  Observations scaled = data;
  scaled.y.array() -= scaled.y.mean();
  const double variance = scaled.y.squaredNorm() / static_cast<double>(scaled.y.size());
  scaled.y /= std::sqrt(variance);
  scaled.noise /= variance;
  const Kernel kernel(options.gp.kernel, data.x.rows());
  return Target(scaled, sought(kernel, options, scaled, variance), options.gp);
}

// Karush, Kuhn, Tucker: nothing pulls what is free, and what is held is pulled outwards.
TEST(BestWithin, NothingWithinTheLimitsIsBetter) {
  Rng rng(1);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 200; ++trial) {
    const Index size = 1 + trial % 7;
    const auto draw = [&](Index rows, Index columns) {
      MatrixXd values(rows, columns);
      for (double& value : values.reshaped()) value = normal(rng);
      return values;
    };
    const MatrixXd root = draw(size, size);
    const MatrixXd curvature = root * root.transpose() + 0.01 * MatrixXd::Identity(size, size);
    const VectorXd slope = 3 * draw(size, 1);
    // Some have no room on one side.
    const VectorXd lower = -draw(size, 1).cwiseMax(0);
    const VectorXd upper = draw(size, 1).cwiseAbs();
    const VectorXd s = best_within(slope, curvature, lower, upper);
    const VectorXd pull = slope - curvature * s;
    const double rounding = 1e-9 * (1 + slope.cwiseAbs().maxCoeff());
    for (Index i = 0; i < size; ++i) {
      EXPECT_GE(s(i), lower(i));
      EXPECT_LE(s(i), upper(i));
      EXPECT_TRUE(s(i) == upper(i) || pull(i) < rounding) << trial;
      EXPECT_TRUE(s(i) == lower(i) || pull(i) > -rounding) << trial;
    }
  }
}

// Gilmour, Thompson & Cullis (1995), eq. 7, with derivatives of the covariance by differences and
// every matrix written out.
TEST(Evidence, InformationIsThatOfTheFormula) {
  const Observations data = testing::smooth_data(2, 30, 5);
  const Hyperparameters h = testing::some_hyperparameters(2);
  for (const MeanKind mean :
       {MeanKind::kGeneralisedLeastSquares, MeanKind::kLinear, MeanKind::kSampleMean}) {
    GpOptions options;
    options.mean = mean;
    const Evidence found =
        evidence(data.x, data.y, data.noise, {}, h, options, {true, {0, 1, 2, 3}});
    const Kernel kernel(options.kernel, 2);
    MatrixXd k = kernel.covariance(h.kernel, data.x, data.x);
    k.diagonal() += data.noise;
    k.diagonal().array() += h.nugget;
    const MatrixXd inverse = k.inverse();
    MatrixXd p = inverse;
    VectorXd explained = inverse * (data.y.array() - data.y.mean()).matrix();
    if (mean != MeanKind::kSampleMean) {
      const MatrixXd basis = mean_basis(mean, data.x);
      p -= inverse * basis * (basis.transpose() * inverse * basis).inverse() * basis.transpose() *
           inverse;
      explained = p * data.y;
    }
    MatrixXd moved(30, 4);
    for (Index a = 0; a < 3; ++a) {
      constexpr double kStep = 1e-5;
      VectorXd up = h.kernel;
      VectorXd down = h.kernel;
      up(a) += kStep;
      down(a) -= kStep;
      moved.col(a) =
          (kernel.covariance(up, data.x, data.x) - kernel.covariance(down, data.x, data.x)) /
          (2 * kStep) * explained;
    }
    moved.col(3) = explained;
    const MatrixXd expected = 0.5 * moved.transpose() * p * moved;
    // Differences of covariances have errors of about 1e-9, which K^-1 amplifies.
    EXPECT_TRUE(found.information.isApprox(expected, 1e-5));
    const Evidence plain = evidence(data.x, data.y, data.noise, {}, h, options, {true});
    EXPECT_EQ(found.gradient, plain.gradient);
    const Evidence two = evidence(data.x, data.y, data.noise, {}, h, options, {true, {3, 1}});
    ASSERT_EQ(two.information.rows(), 2);
    EXPECT_NEAR(two.information(0, 1), found.information(3, 1),
                1e-12 * found.information.cwiseAbs().maxCoeff());
    EXPECT_EQ(plain.information.size(), 0);
  }
}

TEST(Evidence, WhatIsNotAboveCostsTheValueAlone) {
  const Observations data = testing::smooth_data(2, 30, 5);
  const Hyperparameters h = testing::some_hyperparameters(2);
  const double value = log_marginal_likelihood(data, h, {}, false).value;
  for (const double above : {value - 1e-6, value}) {
    const Evidence found = evidence(data.x, data.y, data.noise, {}, h, {}, {true, {0, 3}, above});
    EXPECT_EQ(found.value, value);
    EXPECT_EQ(found.gradient.size() > 0, above < value);
    EXPECT_EQ(found.information.size() > 0, above < value);
  }
}

// A variance that scales all: minus the second derivative is half the square of the whitened
// values, as is the information.
TEST(Target, InformationAlongAVarianceThatScalesAllIsTheSecondDerivative) {
  Observations data = testing::smooth_data(2, 40, 6);
  data.noise.setZero();
  FitOptions options;
  options.gp.mean = MeanKind::kFixed;
  options.min_nugget = options.max_nugget = 1e-10;
  Target target = target_of(data, options);
  VectorXd theta = target.initial();
  const Evidence here = target.look(theta, -1e300);
  constexpr double kStep = 1e-4;
  VectorXd up;
  VectorXd down;
  const auto shifted = [&](double by) {
    VectorXd moved = theta;
    moved(0) += by;
    return moved;
  };
  target(shifted(kStep), up);
  target(shifted(-kStep), down);
  const double prior = 1 / (options.signal_log_scale * options.signal_log_scale);
  // d^2 / dt^2 of -Q e^-t / 2 - n t / 2 is -Q e^-t / 2, which is also the average information.
  EXPECT_NEAR(here.information(0, 0), -(up(0) - down(0)) / (2 * kStep),
              1e-4 * here.information(0, 0));
  EXPECT_GT(here.information(0, 0), prior);
}

TEST(ClimbByInformation, EndsWhereTheOtherClimbEndsAfterFewerEvaluations) {
  int quicker = 0;
  for (unsigned seed = 0; seed < 8; ++seed) {
    const Target target = target_of(testing::smooth_data(2 + seed % 3, 60, seed));
    const Climb plain = climb(target, target.initial(), 300, 1e-9, {});
    const Climb informed = climb_by_information(target, target.initial(), 300, 1e-9, {});
    EXPECT_TRUE(informed.converged) << seed;
    EXPECT_NEAR(informed.value, plain.value, 1e-5) << seed;
    quicker += 2 * informed.evaluations < plain.evaluations ? 1 : 0;
  }
  EXPECT_GE(quicker, 6);
}

TEST(ClimbByInformation, KeepsWithinTheLimitsAndTheEvaluationsAllowed) {
  const Observations data = testing::smooth_data(3, 40, 9);
  FitOptions options;
  options.max_lengthscale = 0.3;
  const Target target = target_of(data, options);
  const Climb climb = climb_by_information(target, target.initial(), 100, 1e-6, {});
  EXPECT_TRUE(climb.converged);
  EXPECT_TRUE((climb.best.array() <= target.upper().array()).all());
  EXPECT_TRUE((climb.best.array() >= target.lower().array()).all());
  // The data want longer ones: at least one is held.
  EXPECT_GT((climb.best.array() == target.upper().array()).count(), 0);
  for (const int most : {0, 1, 3}) {
    const Climb short_one = climb_by_information(target, target.initial(), most, 1e-6, {});
    EXPECT_EQ(short_one.evaluations, most);
    EXPECT_FALSE(short_one.converged);
    EXPECT_EQ(short_one.best.size() > 0, most > 0);
  }
}

TEST(ClimbByInformation, EndsWhereTimeIsUp) {
  const Target target = target_of(testing::smooth_data(2, 40, 9));
  int asked = 0;
  const std::function<bool()> expired = [&] { return ++asked > 2; };
  const Climb climb = climb_by_information(target, target.initial(), 100, 1e-6, expired);
  EXPECT_TRUE(climb.cut);
  EXPECT_FALSE(climb.converged);
  EXPECT_EQ(climb.evaluations, 2);
  EXPECT_GT(climb.best.size(), 0);
}

}  // namespace
}  // namespace foray::surrogate::detail::scoring_test
