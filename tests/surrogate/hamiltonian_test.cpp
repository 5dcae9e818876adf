#include "hamiltonian.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <numbers>

namespace foray::surrogate::detail::hamiltonian_test {
namespace {

using Eigen::Matrix3d;
using Eigen::MatrixXd;
using Eigen::Vector3d;
using Eigen::VectorXd;

Matrix3d covariance() {
  Matrix3d c;
  c << 4, 1.8, 0.1, 1.8, 1, 0, 0.1, 0, 0.25;
  return c;
}

const Vector3d kMean(2, -1, 0.5);

LogDensity gaussian() {
  return [precision = Matrix3d(covariance().inverse())](const VectorXd& z, VectorXd& gradient) {
    gradient = -precision * (z - kMean);
    return 0.5 * gradient.dot(z - kMean);
  };
}

MatrixXd columns(const HamiltonianDraws& draws) {
  MatrixXd all(draws.points.front().size(), static_cast<Eigen::Index>(draws.points.size()));
  for (std::size_t i = 0; i < draws.points.size(); ++i)
    all.col(static_cast<Eigen::Index>(i)) = draws.points[i];
  return all;
}

HamiltonianDraws draw(const LogDensity& density, const VectorXd& start, const MatrixXd& root,
                      HamiltonianOptions options, unsigned seed) {
  Rng rng(seed);
  return hamiltonian_draws(density, start, root, options, rng);
}

HamiltonianOptions many() {
  HamiltonianOptions options;
  options.draws = 4000;
  options.warmup = 100;
  return options;
}

// Errors of means are about 1 / sqrt(4000) deviations, those of variances 1.4 times that where the
// draws are independent; allowed are eight times as much: they are not quite.
void expect_gaussian(const HamiltonianDraws& draws) {
  ASSERT_EQ(draws.points.size(), 4000U);
  EXPECT_FALSE(draws.cut);
  const MatrixXd all = columns(draws);
  const VectorXd mean = all.rowwise().mean();
  const MatrixXd apart = all.colwise() - mean;
  const MatrixXd found = apart * apart.transpose() / 4000;
  const Matrix3d expected = covariance();
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(mean(i), kMean(i), 0.13 * std::sqrt(expected(i, i)));
    for (int j = 0; j < 3; ++j)
      EXPECT_NEAR(found(i, j), expected(i, j), 0.18 * std::sqrt(expected(i, i) * expected(j, j)));
  }
}

TEST(Hamiltonian, DrawsFromACorrelatedGaussian) {
  const MatrixXd root = covariance().llt().matrixL();
  const HamiltonianDraws draws = draw(gaussian(), kMean, root, many(), 1);
  expect_gaussian(draws);
  EXPECT_NEAR(draws.acceptance, 0.8, 0.15);
  EXPECT_GT(draws.step, 0.5);  // About 1 suits what is whitened.
}

TEST(Hamiltonian, DrawsFromTheSameWhereItsWidthsAreGuessedWrongly) {
  const HamiltonianDraws draws =
      draw(gaussian(), Vector3d::Zero(), MatrixXd::Identity(3, 3), many(), 2);
  expect_gaussian(draws);
  EXPECT_LT(draws.step, 0.9);  // The least width is 0.37.
}

// The logarithm of what follows a Gamma distribution of shape 2: mean 1 - Euler's constant,
// variance pi^2 / 6 - 1; skewed.
TEST(Hamiltonian, DrawsFromASkewedDensity) {
  const LogDensity density = [](const VectorXd& z, VectorXd& gradient) {
    gradient = VectorXd::Constant(1, 2 - std::exp(z(0)));
    return 2 * z(0) - std::exp(z(0));
  };
  const HamiltonianDraws draws =
      draw(density, VectorXd::Constant(1, 3.0), MatrixXd::Identity(1, 1), many(), 3);
  const MatrixXd all = columns(draws);
  const double variance = std::numbers::pi * std::numbers::pi / 6 - 1;
  EXPECT_NEAR(all.mean(), 1 - std::numbers::egamma, 0.13 * std::sqrt(variance));
  EXPECT_NEAR((all.array() - all.mean()).square().mean(), variance, 0.25 * variance);
}

// exp(-z) from 0 on: mean and variance 1. Trajectories that leave are refused, not those that end.
TEST(Hamiltonian, StaysWhereTheDensityIsNotZero) {
  const LogDensity density = [](const VectorXd& z, VectorXd& gradient) {
    gradient = VectorXd::Constant(1, -1);
    return z(0) < 0 ? -std::numeric_limits<double>::infinity() : -z(0);
  };
  const HamiltonianDraws draws =
      draw(density, VectorXd::Constant(1, 1.0), MatrixXd::Identity(1, 1), many(), 4);
  const MatrixXd all = columns(draws);
  EXPECT_GE(all.minCoeff(), 0);
  EXPECT_NEAR(all.mean(), 1, 0.2);
  EXPECT_NEAR((all.array() - 1).square().mean(), 1, 0.4);
}

TEST(Hamiltonian, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto points = [](unsigned seed) {
    return columns(draw(gaussian(), kMean, MatrixXd::Identity(3, 3), {}, seed));
  };
  EXPECT_EQ(points(5), points(5));
  EXPECT_NE(points(5), points(6));
  EXPECT_EQ(points(5).cols(), 8);
}

TEST(Hamiltonian, EndsWithWhatItHasWhenItsTimeIsUp) {
  HamiltonianOptions options;
  options.most_evaluations = 3;
  HamiltonianDraws draws = draw(gaussian(), kMean, MatrixXd::Identity(3, 3), options, 7);
  EXPECT_TRUE(draws.cut);
  EXPECT_EQ(draws.evaluations, 3);
  EXPECT_TRUE(draws.points.empty());
  options = {};
  options.draws = 1000;
  int asked = 0;
  options.expired = [&asked] { return ++asked > 600; };
  draws = draw(gaussian(), kMean, MatrixXd::Identity(3, 3), options, 7);
  EXPECT_TRUE(draws.cut);
  EXPECT_EQ(draws.evaluations, 600);
  EXPECT_GT(draws.points.size(), 1U);
  EXPECT_LT(draws.points.size(), 1000U);
}

TEST(Hamiltonian, HasNoDrawsFromWhereTheDensityIsZero) {
  const LogDensity nowhere = [](const VectorXd& /*z*/, VectorXd& gradient) {
    gradient = Vector3d::Zero();
    return std::nan("");
  };
  const HamiltonianDraws draws = draw(nowhere, kMean, MatrixXd::Identity(3, 3), {}, 8);
  EXPECT_TRUE(draws.cut);
  EXPECT_TRUE(draws.points.empty());
}

}  // namespace
}  // namespace foray::surrogate::detail::hamiltonian_test
