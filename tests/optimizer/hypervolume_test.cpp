#include "foray/optimizer/hypervolume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "foray/common/random.h"
#include "foray/optimizer/acquisition.h"

namespace foray::optimizer::hypervolume_test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::ElementsAre;

MatrixXd random_values(Eigen::Index n, unsigned seed) {
  Rng rng(seed);
  std::normal_distribution<double> normal;
  MatrixXd values(2, n);
  for (double& value : values.reshaped()) value = normal(rng);
  return values;
}

// Minimised: (1, .5), (2, .1), (0, 1.5) against (10, 1.5), by hand 9 + 3.2 + 0; (1, 0), (0, 2)
// against (10, 1), the same numbers as Xopt's test_mobo.py::test_hypervolume_calculation.
TEST(Hypervolume, AgreesWithWhatIsCountedByHand) {
  const MatrixXd three{{1, 2, 0}, {.5, .1, 1.5}};
  EXPECT_THAT(pareto_front(-three), ElementsAre(0, 1, 2));
  EXPECT_NEAR(hypervolume(-three, VectorXd{{-10, -1.5}}), 12.2, 1e-14);
  const MatrixXd two{{1, 0}, {0, 2}};
  EXPECT_NEAR(hypervolume(-two, VectorXd{{-10, -1}}), 9, 1e-14);
  MatrixXd first_up = two;
  first_up.row(1) *= -1;
  EXPECT_EQ(hypervolume(first_up, VectorXd{{10, -1}}), 0);
}

// The history of the front of (1, .5), (2, .1), (1, 1), (0, 1.5), minimised.
TEST(ParetoFront, GrowsByWhatNothingBeats) {
  const MatrixXd values = -MatrixXd{{1, 2, 1, 0}, {.5, .1, 1, 1.5}};
  const std::size_t expected[] = {1, 2, 2, 3};
  for (Eigen::Index n = 1; n <= 4; ++n)
    EXPECT_EQ(pareto_front(values.leftCols(n)).size(), expected[n - 1]);
}

TEST(ParetoFront, TakesOneOfEqualsAndAnyNumberOfObjectives) {
  EXPECT_THAT(pareto_front(MatrixXd{{1, 1, 0}, {2, 2, 3}}), ElementsAre(0, 2));
  EXPECT_THAT(pareto_front(MatrixXd{{1, 2, 3}}), ElementsAre(2));
  EXPECT_THAT(pareto_front(MatrixXd{{1, 0, 0}, {0, 1, 0}, {0, 0, 0}}), ElementsAre(0, 1));
  EXPECT_THAT(pareto_front(MatrixXd(2, 0)), ElementsAre());
}

// The volume of a union of boxes from the reference, by inclusion and exclusion.
double union_volume(const MatrixXd& values, const VectorXd& reference) {
  double sum = 0;
  for (int set = 1; set < 1 << values.cols(); ++set) {
    VectorXd corner = VectorXd::Constant(values.rows(), 1e300);
    int count = 0;
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      if ((set >> j & 1) == 0) continue;
      corner = corner.cwiseMin(values.col(j));
      ++count;
    }
    sum += (count % 2 == 1 ? 1 : -1) * (corner - reference).cwiseMax(0.0).prod();
  }
  return sum;
}

// Of any point, the parts of the boxes that it dominates are what it adds to the volume.
TEST(BoxesAbove, HoldWhatAPointAddsToTheFront) {
  for (Eigen::Index m = 1; m <= 4; ++m)
    for (unsigned seed = 0; seed < 4; ++seed) {
      Rng rng(seed);
      std::normal_distribution<double> normal;
      MatrixXd values(m, 7);
      for (double& value : values.reshaped()) value = normal(rng);
      values.col(6) = values.col(5);  // Twice the same.
      const VectorXd reference = VectorXd::Constant(m, -0.8);
      const FrontBoxes boxes = boxes_above(values, reference);
      const double before = union_volume(values, reference);
      for (int trial = 0; trial < 20; ++trial) {
        MatrixXd all(m, 8);
        all.leftCols(7) = values;
        for (double& value : all.col(7)) value = 1.5 * normal(rng);
        double added = 0;
        for (Eigen::Index b = 0; b < boxes.lower.cols(); ++b) {
          double part = 1;
          for (Eigen::Index k = 0; k < m; ++k) {
            const auto& edges = boxes.edges[static_cast<std::size_t>(k)];
            const auto upper = static_cast<std::size_t>(boxes.upper(k, b));
            const double top =
                upper == edges.size() ? all(k, 7) : std::min(all(k, 7), edges[upper]);
            part *= std::max(top - edges[static_cast<std::size_t>(boxes.lower(k, b))], 0.0);
          }
          added += part;
        }
        EXPECT_NEAR(added, union_volume(all, reference) - before, 1e-12) << m << " " << seed;
      }
    }
  EXPECT_EQ(boxes_above(MatrixXd(3, 0), VectorXd::Zero(3)).lower.cols(), 1);
  EXPECT_THROW((void)boxes_above(MatrixXd(2, 1), VectorXd::Zero(3)), std::invalid_argument);
}

TEST(HypervolumeImprovement, IsTheMeanOfWhatRandomPointsAdd) {
  const MatrixXd values = random_values(12, 3);
  const VectorXd reference{{-1, -1.5}};
  const HypervolumeImprovement improvement(values, reference);
  const std::array<double, 2> mean = {0.9, 0.8};
  const std::array<double, 2> variance = {0.3, 0.5};
  const double before = hypervolume(values, reference);
  Rng rng(5);
  std::normal_distribution<double> normal;
  MatrixXd with(2, 13);
  with.leftCols(12) = values;
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    with.col(12) << mean[0] + std::sqrt(variance[0]) * normal(rng),
        mean[1] + std::sqrt(variance[1]) * normal(rng);
    const double gain = hypervolume(with, reference) - before;
    sum += gain;
    squares += gain * gain;
  }
  const double expected = sum / kDraws;
  const double error = std::sqrt((squares / kDraws - expected * expected) / kDraws);
  EXPECT_NEAR(std::exp(improvement.log_expected(mean, variance).value), expected, 4 * error);
}

TEST(HypervolumeImprovement, OfAnEmptyFrontIsAProductOfImprovements) {
  const HypervolumeImprovement improvement(MatrixXd(2, 0), VectorXd{{1, 2}});
  EXPECT_NEAR(improvement.log_expected({.5, .7}, {.3, .4}).value,
              log_expected_improvement(.5, .3, 1, true).value +
                  log_expected_improvement(.7, .4, 2, true).value,
              1e-14);
}

TEST(HypervolumeImprovement, DoesNotDependOnWhichObjectiveComesFirst) {
  const MatrixXd values = random_values(9, 4);
  const HypervolumeImprovement one(values, VectorXd{{-1, -2}});
  const HypervolumeImprovement two(values.colwise().reverse(), VectorXd{{-2, -1}});
  for (const double mean : {-30.0, -1.0, 0.5, 3.0})
    EXPECT_NEAR(one.log_expected({mean, .2}, {.3, .6}).value,
                two.log_expected({.2, mean}, {.6, .3}).value, 1e-9);
}

TEST(HypervolumeImprovement, HasItsDerivativesAndStaysFiniteFortySigmaAway) {
  const HypervolumeImprovement improvement(random_values(9, 4), VectorXd{{-1, -2}});
  constexpr double kStep = 1e-5;
  for (const double mean : {-40.0, -1.0, 0.4, 2.0}) {
    const std::array<double, 2> means = {mean, 0.3};
    const std::array<double, 2> variances = {0.5, 0.7};
    const TradeOffScored at = improvement.log_expected(means, variances);
    EXPECT_TRUE(std::isfinite(at.value));
    for (std::size_t k = 0; k < 2; ++k) {
      const auto shifted = [&](double by_mean, double by_variance) {
        auto m = means;
        auto v = variances;
        m[k] += by_mean;
        v[k] += by_variance;
        return improvement.log_expected(m, v).value;
      };
      const double by_mean = (shifted(kStep, 0) - shifted(-kStep, 0)) / (2 * kStep);
      const double by_variance = (shifted(0, kStep) - shifted(0, -kStep)) / (2 * kStep);
      EXPECT_NEAR(at.by_mean[k], by_mean, 1e-5 * std::max(1.0, std::abs(by_mean)));
      EXPECT_NEAR(at.by_variance[k], by_variance, 1e-5 * std::max(1.0, std::abs(by_variance)));
    }
  }
  EXPECT_TRUE(std::isfinite(improvement.log_expected({-1e6, -1e6}, {1e-12, 1e-12}).value));
}

TEST(Hypervolume, RefusesOtherThanTwoObjectives) {
  EXPECT_THROW((void)hypervolume(MatrixXd(3, 2), VectorXd(3)), std::invalid_argument);
  EXPECT_THROW((void)hypervolume(MatrixXd(2, 2), VectorXd(1)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::hypervolume_test
