#include "base_samples.h"

#include <gtest/gtest.h>

#include <cmath>

namespace foray::optimizer::base_samples_test {
namespace {

TEST(NormalSamples, HaveTheMomentsOfTheNormalDistributionToFarBetterThanChance) {
  Rng rng(3);
  const Eigen::MatrixXd z = normal_samples(6, 256, rng);
  ASSERT_EQ(z.rows(), 6);
  ASSERT_EQ(z.cols(), 256);
  const Eigen::VectorXd mean = z.rowwise().mean();
  const Eigen::MatrixXd square = z * z.transpose() / 256;
  // Independent draws would be off by .06 and .09, one standard deviation.
  EXPECT_LT(mean.cwiseAbs().maxCoeff(), 0.02);
  EXPECT_LT((square - Eigen::MatrixXd::Identity(6, 6)).cwiseAbs().maxCoeff(), 0.09);
  EXPECT_LT((square.diagonal().array() - 1).abs().maxCoeff(), 0.05);
}

// Each sixty-fourth of the distribution holds four of 256 samples; the sequence begins with its
// second point, so that one of them may have one more and another one less.
TEST(NormalSamples, AreTheInverseOfTheDistribution) {
  Rng rng(8);
  const Eigen::MatrixXd z = normal_samples(3, 256, rng);
  for (Eigen::Index i = 0; i < 3; ++i) {
    Eigen::VectorXi count = Eigen::VectorXi::Zero(64);
    for (const double value : z.row(i))
      ++count(static_cast<Eigen::Index>(64 * 0.5 * std::erfc(-value / std::sqrt(2.0))));
    EXPECT_LE((count.array() - 4).abs().sum(), 2);
  }
}

TEST(NormalSamples, FollowFromTheGeneratorAndMayHaveNoDimension) {
  Rng one(5);
  Rng same(5);
  Rng other(6);
  const Eigen::MatrixXd z = normal_samples(2, 16, one);
  EXPECT_EQ(z, normal_samples(2, 16, same));
  EXPECT_NE(z, normal_samples(2, 16, other));
  EXPECT_EQ(normal_samples(0, 16, one).cols(), 16);
}

}  // namespace
}  // namespace foray::optimizer::base_samples_test
