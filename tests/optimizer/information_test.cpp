#include "foray/optimizer/information.h"

#include <gtest/gtest.h>

#include <cmath>

#include "golden_case.h"

namespace foray::optimizer::information_test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kRounding = 1e-11;  // Of condition numbers up to 1e4.

TEST(Entropy, AgreesWithTheGoldenCaseAloneAndJoint) {
  const testing::GoldenCase c;
  EXPECT_NEAR(entropy(c.prior().bottomRightCorner(3, 3)), 4.27732427701113, kRounding);
  EXPECT_NEAR(entropy(c.prior()), 8.780509347483441, kRounding);
}

TEST(Divergence, AgreesWithTheGoldenCaseInBothDirections) {
  const testing::GoldenCase c;
  const MatrixXd prior = c.prior().bottomRightCorner(3, 3);
  const VectorXd prior_mean = VectorXd::Constant(3, 0.5);
  const surrogate::JointPosterior posterior = c.model().joint(c.places);
  EXPECT_NEAR(divergence(prior_mean, prior, posterior.mean, posterior.covariance),
              7.851889636353431, kRounding);
  EXPECT_NEAR(divergence(posterior.mean, posterior.covariance, prior_mean, prior),
              1.5691190254159073, kRounding);
}

TEST(Divergence, IsZeroOfADistributionFromItselfAndInvariantUnderScaling) {
  const testing::GoldenCase c;
  const MatrixXd p = c.prior();
  const MatrixXd q = p + MatrixXd::Identity(8, 8);
  const VectorXd mean = VectorXd::LinSpaced(8, 0, 1);
  EXPECT_NEAR(divergence(mean, p, mean, p), 0, 1e-12);
  EXPECT_NEAR(divergence(1e6 * mean, 1e12 * p, 2e6 * mean, 1e12 * q),
              divergence(mean, p, 2 * mean, q), 1e-10);
}

// The reference adds a jitter of 1e-9 to the covariance: 1.5e-8 here.
TEST(MutualInformation, AgreesWithTheGoldenCaseAndIsSymmetric) {
  const testing::GoldenCase c;
  EXPECT_NEAR(mutual_information(c.prior(), 5), 2.5706381649897945, 3e-8);
  EXPECT_NEAR(mutual_information(c.prior().reverse(), 3), mutual_information(c.prior(), 5), 1e-12);
}

TEST(MutualInformation, WithNoisyDataIsTheFallOfTheEntropyOfWhatTheyTellOf) {
  const testing::GoldenCase c;
  MatrixXd noisy = c.prior();
  noisy.diagonal().head(5) += c.noise;
  EXPECT_NEAR(mutual_information(noisy, 5), 2.461509061081984, kRounding);
  EXPECT_NEAR(
      entropy(c.prior().bottomRightCorner(3, 3)) - entropy(c.model().joint(c.places).covariance),
      2.461509061081984, kRounding);
}

TEST(TotalCorrelation, AgreesWithTheGoldenCaseWithAndWithoutNoise) {
  const testing::GoldenCase c;
  MatrixXd covariance = c.prior();
  EXPECT_NEAR(total_correlation(covariance, 5), 2.94367588429392, kRounding);
  covariance.diagonal().head(5) += c.noise;
  EXPECT_NEAR(total_correlation(covariance, 5), 2.83454678038611, kRounding);
}

TEST(TotalCorrelation, IsTheDivergenceFromWhatIsUncorrelated) {
  const testing::GoldenCase c;
  const MatrixXd joint = c.prior();
  MatrixXd apart = joint.diagonal().asDiagonal();
  apart.topLeftCorner(5, 5) = joint.topLeftCorner(5, 5);
  const VectorXd mean = VectorXd::Zero(8);
  EXPECT_NEAR(total_correlation(joint, 5), divergence(mean, joint, mean, apart), kRounding);
}

TEST(Information, RefusesWhatIsNoCovariance) {
  const MatrixXd flat = MatrixXd::Ones(2, 2);
  EXPECT_THROW((void)entropy(MatrixXd::Ones(2, 3)), std::invalid_argument);
  EXPECT_THROW((void)entropy(-flat), std::invalid_argument);
  EXPECT_THROW((void)mutual_information(MatrixXd::Identity(2, 2), 2), std::invalid_argument);
  EXPECT_THROW((void)total_correlation(MatrixXd::Identity(2, 2), 3), std::invalid_argument);
  EXPECT_THROW((void)divergence(VectorXd::Zero(1), MatrixXd::Identity(2, 2), VectorXd::Zero(2),
                                MatrixXd::Identity(2, 2)),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::information_test
