#include "incumbents.h"

#include <gtest/gtest.h>

#include "golden_case.h"

namespace foray::optimizer::incumbents_test {
namespace {

using testing::GoldenCase;

TEST(LikelyBest, KeepsWhatMayBeTheBestAndNothingElse) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  Rng rng(1);
  const Eigen::MatrixXd draws = gp.sample(c.x, 20'000, rng);
  Eigen::VectorXd shares = Eigen::VectorXd::Zero(5);
  for (Eigen::Index s = 0; s < draws.cols(); ++s) {
    Eigen::Index best = 0;
    draws.col(s).maxCoeff(&best);
    shares(best) += 1.0 / 20'000;
  }
  const Eigen::MatrixXd kept = likely_best(gp, c.x, true, rng);
  for (Eigen::Index j = 0; j < 5; ++j) {
    bool found = false;
    for (Eigen::Index k = 0; k < kept.cols(); ++k) found = found || kept.col(k) == c.x.col(j);
    // Of 256 draws each that holds a fiftieth of them is found with a chance of 1 - .98^256.
    EXPECT_TRUE(found || shares(j) < 0.02) << j;
    EXPECT_TRUE(!found || shares(j) > 1e-4) << j;
  }
  EXPECT_EQ(kept.col(0), c.x.col(3)) << "the most promising comes first";
}

TEST(LikelyBest, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  Rng one(4);
  Rng two(4);
  EXPECT_EQ(likely_best(c.model(), c.x, true, one), likely_best(c.model(-1), c.x, false, two));
}

TEST(MostPromising, TakesTheBestUpperBoundsInOrder) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const Eigen::MatrixXd two = most_promising(gp, c.x, 2, true);
  EXPECT_EQ(two.cols(), 2);
  EXPECT_EQ(two.col(0), c.x.col(3));
  EXPECT_EQ(most_promising(gp, c.x, 9, true).cols(), 5);
  EXPECT_EQ(most_promising(gp, c.x, 1, false).col(0), c.x.col(1));
}

}  // namespace
}  // namespace foray::optimizer::incumbents_test
