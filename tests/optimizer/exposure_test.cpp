#include "exposure.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models.h"

namespace foray::optimizer::exposure_test {
namespace {

using testing::gp_of;

Parameter counting(double lower, double upper) {
  Parameter p;
  p.name = "exposure";
  p.lower = lower;
  p.upper = upper;
  p.role = ParameterRole::kExposure;
  return p;
}

double of_one(const Parameter& p, double variance, double noise, double overhead) {
  return best_exposure(p, Eigen::VectorXd::Constant(1, variance),
                       Eigen::VectorXd::Constant(1, noise), overhead);
}

// Of the grid of equal ratios.
constexpr double kGrid = 0.02;

TEST(BestExposure, OfOneObservableIsTheRootOfOverheadTimesNoiseOverVariance) {
  const Parameter p = counting(0.01, 1000);
  for (const double variance : {0.1, 1.0, 30.0})
    for (const double noise : {0.5, 8.0})
      for (const double overhead : {0.2, 5.0}) {
        const double expected = std::sqrt(overhead * noise / variance);
        EXPECT_NEAR(of_one(p, variance, noise, overhead), expected, kGrid * expected);
      }
}

TEST(BestExposure, IsShortWithoutOverheadOrNoiseAndLongWhereLittleIsLeftToKnow) {
  const Parameter p = counting(0.1, 10);
  EXPECT_EQ(of_one(p, 1, 1, 0), 0.1);
  EXPECT_EQ(of_one(p, 1, 0, 5), 0.1);
  EXPECT_EQ(of_one(p, 1e-9, 1, 5), 10);
  EXPECT_GT(of_one(counting(0, 10), 1, 1, 0), 0);  // Never nothing.
}

TEST(BestExposure, KeepsTheStepsOfTheParameter) {
  Parameter p = counting(0.5, 10);
  p.step = 0.5;
  const double e = of_one(p, 1, 8, 2);
  EXPECT_EQ(e, 4);
}

TEST(BestExposure, OfSeveralIsBestOfAFineGrid) {
  const Parameter p = counting(0.01, 100);
  const Eigen::Vector2d variances(1, 1e-3);
  const Eigen::Vector2d noise(0.1, 1);
  const auto rate = [&](double e) {
    double sum = 0;
    for (int k = 0; k < 2; ++k) sum += variances(k) / (variances(k) + noise(k) / e);
    return sum / (3 + e);
  };
  double best = 0;
  for (double e = 0.01; e <= 100; e *= 1.001) best = std::max(best, rate(e));
  EXPECT_NEAR(rate(best_exposure(p, variances, noise, 3)), best, 1e-3 * best);
}

TEST(ProposeWithExposure, CountsLongerWhereMovingTakesLongAndShorterWhereMoreIsUnknown) {
  const surrogate::Gp gp =
      gp_of(1, 8, 3, 0.2, 1e-2, [](const Eigen::VectorXd& x) { return std::sin(9 * x(0)); });
  const ModelMap models = {{"f", &gp}};
  Parameter x;
  x.name = "x";
  x.settle_s = 4;
  Objective objective;
  ObjectiveTerm term;
  term.observables = {"f"};
  objective.terms = {term};
  ProposeState state;
  state.measured = gp.data_x();
  state.counting_noise = {{"f", 0.5}};
  state.from = Eigen::Vector2d(0.123, 1);
  ProposeOptions options;
  options.exposure_s = 2;
  const auto ask = [&](bool decide) {
    Rng rng(4);
    AcquisitionSpec acquisition;
    acquisition.decide_exposure = decide;
    return propose(SearchSpace({x, counting(0.05, 50)}, {}), objective, models, acquisition, state,
                   options, rng);
  };
  const Proposal fixed = ask(false);
  EXPECT_EQ(fixed.physical(1), 2);
  const Proposal decided = ask(true);
  const double variance = gp.predict(decided.unit).variance(0);
  const double expected = std::sqrt(4 * 0.5 / variance);
  EXPECT_NEAR(decided.physical(1), expected, kGrid * expected);
  EXPECT_NEAR(decided.seconds, 4 + decided.physical(1), 1e-12);
  x.settle_s = 400;
  EXPECT_GT(ask(true).physical(1), 5 * decided.physical(1));
  state.counting_noise.clear();
  EXPECT_EQ(ask(true).physical(1), 2);  // Nothing to decide from.
}

// What a second of counting leaves is noise too, where nothing else is said of it.
TEST(ProposeWithExposure, CountingNoiseLeavesNoDefaultTrustRegion) {
  const surrogate::Gp gp =
      gp_of(1, 12, 5, 0.3, 1e-4, [](const Eigen::VectorXd& x) { return std::sin(7 * x(0)); });
  Parameter x;
  x.name = "x";
  Objective objective;
  objective.terms.emplace_back();
  objective.terms[0].kind = ObjectiveKind::kMaximise;
  objective.terms[0].observables = {"f"};
  ProposeState state;
  state.measured = gp.data_x();
  state.values["f"] = gp.data_y();
  state.counting_noise = {{"f", 0.5}};
  AcquisitionSpec acquisition;
  acquisition.decide_exposure = true;
  Rng rng(4);
  const Proposal proposal = propose(SearchSpace({x, counting(0.05, 50)}, {}), objective,
                                    {{"f", &gp}}, acquisition, state, {}, rng);
  EXPECT_EQ(proposal.acquisition, "log_noisy_expected_improvement");
}

TEST(ProposeWithExposure, NeedsAnExposure) {
  Parameter x;
  x.name = "x";
  Objective objective;
  ObjectiveTerm term;
  term.observables = {"f"};
  objective.terms = {term};
  Rng rng(4);
  AcquisitionSpec acquisition;
  acquisition.decide_exposure = true;
  EXPECT_THROW((void)propose(SearchSpace({x}, {}), objective, {}, acquisition, {}, {}, rng),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::exposure_test
