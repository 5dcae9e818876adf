#include "lookahead_terms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::lookahead_terms_test {
namespace {

using Eigen::VectorXd;
using testing::expect_consistent;
using testing::GoldenCase;
using testing::kPoints;
using testing::marginals;

TEST(GainTerm, AgreesWithTheGoldenCase) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const GainTerm term(0, gp, c.x, c.mean_noise, true);
  const double expected[] = {4.431467074850e-2, 1.043110746949e-2, 6.545190601e-6};
  const VectorXd values = term.log_values(marginals(gp, c.places));
  for (Eigen::Index i = 0; i < 3; ++i)
    EXPECT_NEAR(std::exp(values(i)), expected[i], 1e-9 * expected[i] + 1e-14);
}

TEST(GainTerm, MinimisingMirrorsMaximisingExactly) {
  const GoldenCase c;
  const surrogate::Gp up = c.model();
  const surrogate::Gp down = c.model(-1);
  EXPECT_EQ(GainTerm(0, up, c.x, 0.018, true).log_values(marginals(up, c.places)),
            GainTerm(0, down, c.x, 0.018, false).log_values(marginals(down, c.places)));
}

TEST(GainTerm, HasItsGradient) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  for (const bool maximise : {true, false})
    for (const double noise : {0.0, 0.018}) {
      const GainTerm term(0, gp, c.x, noise, maximise);
      for (const Eigen::Vector2d& point : kPoints) expect_consistent(term, gp, point, 1e-5);
    }
}

// Measure a fantasy at the place, take the best mean of the new model, average.
TEST(GainTerm, IsTheExpectedRiseOfTheBestMean) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const Eigen::Vector2d place = c.places.col(0);
  Eigen::MatrixXd points(2, 6);
  points << c.x, place;
  const double before = gp.predict(points).mean.maxCoeff();
  const surrogate::Posterior at = gp.predict(place);
  const double deviation = std::sqrt(at.variance(0) + 0.018);
  constexpr int kSteps = 2000;
  double sum = 0;
  double weights = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double z = -7 + 14 * (i + 0.5) / kSteps;
    surrogate::GpOptions fixed = gp.options();
    fixed.mean = surrogate::MeanKind::kFixed;  // The sample mean would move with the fantasy.
    fixed.fixed_mean = gp.prior_mean();
    Eigen::MatrixXd x(2, 6);
    x << c.x, place;
    VectorXd y(6);
    y << c.y, at.mean(0) + deviation * z;
    VectorXd noise(6);
    noise << c.noise, 0.018;
    const surrogate::Gp after = surrogate::make_gp(x, y, noise, c.hyperparameters, fixed);
    const double weight = std::exp(-0.5 * z * z);
    sum += weight * (after.predict(points).mean.maxCoeff() - before);
    weights += weight;
  }
  const GainTerm term(0, gp, c.x, 0.018, true);
  EXPECT_NEAR(std::exp(term.log_values(marginals(gp, place))(0)), sum / weights, 1e-6);
}

}  // namespace
}  // namespace foray::optimizer::lookahead_terms_test
