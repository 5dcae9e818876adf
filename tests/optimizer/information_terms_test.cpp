#include "information_terms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/optimizer/information.h"
#include "golden_case.h"
#include "marginals.h"

namespace foray::optimizer::information_terms_test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::expect_consistent;
using testing::GoldenCase;
using testing::kPoints;
using testing::marginals;

TEST(RelativeInformationEntropy, AgreesWithTheGoldenCasePointByPoint) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const PriorTerm term(0, gp, relative_entropy);
  const double expected[] = {1.741090216572, 1.186359380129, 4.429358581160};
  const VectorXd values = term.log_values(marginals(gp, c.places));
  for (Eigen::Index i = 0; i < 3; ++i) EXPECT_NEAR(values(i), -expected[i], 1e-11);
}

TEST(RelativeInformationEntropy, IsMinusTheDivergenceOfThePosteriorSeenFromThePrior) {
  const MatrixXd prior{{1.7}};
  const MatrixXd posterior{{0.4}};
  EXPECT_NEAR(relative_entropy(0.3, 0.4, -0.2, 1.7).value,
              -divergence(VectorXd{{-0.2}}, prior, VectorXd{{0.3}}, posterior), 1e-14);
  EXPECT_EQ(relative_entropy(0.3, 1.7, 0.3, 1.7).value, 0);
  EXPECT_TRUE(std::isfinite(relative_entropy(40, 1e-12, 0, 1).value));
}

// Points one after the other, each in flight for the next, add up to the set of three.
TEST(TotalCorrelation, OfPointsOneAfterTheOtherAddsUpToTheGoldenCase) {
  const GoldenCase c;
  std::unique_ptr<surrogate::Model> model = std::make_unique<surrogate::Gp>(c.model());
  double sum = 0;
  for (Eigen::Index i = 0; i < 3; ++i) {
    const MatrixXd place = c.places.col(i);
    sum += PriorTerm(0, *model, uncorrelatedness).log_values(marginals(*model, place))(0);
    model = model->condition_on_pending(place, VectorXd::Zero(1));
  }
  EXPECT_NEAR(sum, -2.83454678038611, 1e-8);
}

TEST(PriorTerm, HasItsGradientAndIsTheSameUpsideDown) {
  const GoldenCase c;
  const surrogate::Gp up = c.model();
  const surrogate::Gp down = c.model(-1);
  for (const PriorTerm::Function function : {uncorrelatedness, relative_entropy}) {
    const PriorTerm term(0, up, function);
    for (const Eigen::Vector2d& point : kPoints) expect_consistent(term, up, point, 1e-5);
    EXPECT_EQ(term.log_values(marginals(up, c.places)),
              PriorTerm(0, down, function).log_values(marginals(down, c.places)));
  }
}

TEST(PriorScored, HasItsDerivatives) {
  constexpr double kStep = 1e-6;
  for (const PriorTerm::Function f : {uncorrelatedness, relative_entropy}) {
    const PriorScored at = f(0.3, 0.4, -0.2, 1.7);
    EXPECT_NEAR(
        at.by_mean,
        (f(.3 + kStep, .4, -.2, 1.7).value - f(.3 - kStep, .4, -.2, 1.7).value) / (2 * kStep),
        1e-8);
    EXPECT_NEAR(
        at.by_variance,
        (f(.3, .4 + kStep, -.2, 1.7).value - f(.3, .4 - kStep, -.2, 1.7).value) / (2 * kStep),
        1e-8);
    EXPECT_NEAR(
        at.by_prior_mean,
        (f(.3, .4, -.2 + kStep, 1.7).value - f(.3, .4, -.2 - kStep, 1.7).value) / (2 * kStep),
        1e-8);
    EXPECT_NEAR(
        at.by_prior_variance,
        (f(.3, .4, -.2, 1.7 + kStep).value - f(.3, .4, -.2, 1.7 - kStep).value) / (2 * kStep),
        1e-8);
  }
}

// The joint covariance of both sides, with their noise, and the definition.
TEST(InformationTerm, IsTheMutualInformationWithTheReferences) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  MatrixXd references(2, 6);
  references << .1, .3, .5, .7, .8, .2, .9, .2, .4, .6, .1, .6;
  const InformationTerm term(0, gp, references, 0.02, 0.05);
  for (const Eigen::Vector2d& point : kPoints) {
    MatrixXd all(2, 7);
    all << point, references;
    MatrixXd covariance = gp.joint(all).covariance;
    covariance(0, 0) += 0.02;
    covariance.diagonal().tail(6).array() += 0.05;
    EXPECT_NEAR(std::exp(term.log_values(marginals(gp, point))(0)),
                mutual_information(covariance, 1), 1e-12);
    expect_consistent(term, gp, point);
  }
}

TEST(InformationTerm, OfADistantPlaceIsNextToNothingAndFinite) {
  const GoldenCase c;
  const surrogate::Gp gp = c.model();
  const InformationTerm term(0, gp, c.places, 1e-9, 1e-2);
  const VectorXd far = VectorXd::Constant(2, 500);
  const double value = term.log_values(marginals(gp, far))(0);
  EXPECT_TRUE(std::isfinite(value));
  EXPECT_LT(value, -100);
}

}  // namespace
}  // namespace foray::optimizer::information_terms_test
