#include "fixed_draws.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base_samples.h"
#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::fixed_draws_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::difference;
using testing::GoldenCase;

FixedDraws draws_of(const surrogate::Gp& gp, const MatrixXd& points, bool maximise, Index samples) {
  Rng rng(4);
  return FixedDraws(gp, points, maximise, normal_samples(points.cols(), samples, rng), 1e-14);
}

TEST(FixedDraws, HaveTheJointDistributionOfThePoints) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const FixedDraws draws = draws_of(gp, c.x, false, 1024);
  const surrogate::JointPosterior joint = gp.joint(c.x);
  const VectorXd mean = draws.values().rowwise().mean();
  const MatrixXd apart = draws.values().colwise() - mean;
  EXPECT_LT((mean + joint.mean).norm(), 1e-3) << "negative: it is to be made small";
  EXPECT_LT((apart * apart.transpose() / 1024 - joint.covariance).norm(),
            0.05 * joint.covariance.norm());
}

TEST(FixedDraws, GivenADrawAPointOfItsOwnHoldsWhatWasDrawn) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const FixedDraws draws = draws_of(gp, c.x, true, 8);
  const FixedDraws::Given given = draws.given(c.x, gp.predict(c.x), 8);
  EXPECT_LT((given.mean - draws.values().transpose()).norm(), 1e-9);
  EXPECT_LT(given.variance.maxCoeff(), 1e-9);
}

// The law of total variance, over the draws.
TEST(FixedDraws, GivenAllDrawsThereIsTheMarginalAgain) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const FixedDraws draws = draws_of(gp, c.x, true, 1024);
  const surrogate::Posterior at = gp.predict(c.places);
  const FixedDraws::Given given = draws.given(c.places, at, 1024);
  for (Index j = 0; j < 3; ++j) {
    const double mean = given.mean.col(j).mean();
    EXPECT_NEAR(mean, at.mean(j), 1e-3);
    EXPECT_NEAR((given.mean.col(j).array() - mean).square().mean() + given.variance(j),
                at.variance(j), 1e-3);
  }
}

TEST(FixedDraws, HaveTheirGradient) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const FixedDraws draws = draws_of(gp, c.x, false, 4);
  const VectorXd by_mean{{0.3, -1, 2, 0.5}};
  const auto value = [&](const VectorXd& x) {
    const FixedDraws::Given given = draws.given(MatrixXd(x), gp.predict(x), 4);
    return by_mean.dot(given.mean.col(0)) + 1.7 * given.variance(0);
  };
  for (const Eigen::Vector2d& point : testing::kPoints) {
    const surrogate::PosteriorGradient at = gp.predict_with_gradient(point);
    const FixedDraws::Slope here = draws.given(VectorXd(point), at);
    const VectorXd expected = difference(value, point);
    EXPECT_LT((draws.gradient(here, at, by_mean, 1.7) - expected).norm(), 1e-6 * expected.norm());
    EXPECT_NEAR(by_mean.dot(here.mean) + 1.7 * here.variance, value(point), 1e-12);
  }
}

TEST(FactorOf, TakesWhatIsSingularAndKeepsWhatIsNot) {
  const Eigen::Matrix2d good{{2, 0.5}, {0.5, 1}};
  const MatrixXd lower = factor_of(good, 1e-14);
  EXPECT_LT((lower * lower.transpose() - good).norm(), 1e-11);
  const MatrixXd ones = MatrixXd::Ones(4, 4);
  const MatrixXd singular = factor_of(ones, 1e-14);
  EXPECT_LT((singular * singular.transpose() - ones).norm(), 1e-6);
  EXPECT_TRUE(factor_of(MatrixXd::Zero(3, 3), 1e-14).allFinite());
}

}  // namespace
}  // namespace foray::optimizer::fixed_draws_test
