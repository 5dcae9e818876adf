#include "composite.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/normal.h"
#include "models.h"

namespace foray::optimizer {
namespace {

using surrogate::Gp;
using testing::difference;
using testing::gp_of;

Eigen::MatrixXd uniform_points(Eigen::Index count, unsigned seed) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  Eigen::MatrixXd points(2, count);
  for (double& value : points.reshaped()) value = uniform(rng);
  return points;
}

ObjectiveTerm term_of(ObjectiveKind kind, std::vector<std::string> observables) {
  ObjectiveTerm term;
  term.kind = kind;
  term.observables = std::move(observables);
  return term;
}

struct Case {
  Gp a = gp_of(2, 20, 1, 0.3, 1e-2,
               [](const Eigen::VectorXd& x) { return std::sin(5 * x(0)) + x(1); });
  Gp b = gp_of(2, 20, 2, 0.3, 1e-2, [](const Eigen::VectorXd& x) { return std::cos(4 * x(1)); });
  ModelMap models = {{"a", &a}, {"b", &b}};
  ProposeState state;
  Eigen::MatrixXd raw = uniform_points(60, 3);
  Eigen::MatrixXd references = uniform_points(30, 4);

  Case() { state.measured = a.data_x(); }

  [[nodiscard]] Composite build(const Objective& objective, AcquisitionKind kind,
                                double beta = 2) const {
    Rng rng(5);
    return build_composite(objective, models, {kind, beta}, state, raw, references, rng);
  }
};

TEST(Composite, GradientMatchesCentralDifferenceForEveryObjectiveAndAcquisition) {
  const Case c;
  using enum ObjectiveKind;
  const std::pair<ObjectiveKind, AcquisitionKind> all[] = {
      {kExplore, AcquisitionKind::kAutomatic},
      {kExplore, AcquisitionKind::kVariance},
      {kMaximise, AcquisitionKind::kAutomatic},
      {kMaximise, AcquisitionKind::kLogExpectedImprovement},
      {kMinimise, AcquisitionKind::kLogNoisyExpectedImprovement},
      {kMinimise, AcquisitionKind::kUpperConfidenceBound},
      {kTarget, AcquisitionKind::kAutomatic},
      {kLevelSet, AcquisitionKind::kStraddle},
  };
  for (const auto& [objective_kind, acquisition] : all) {
    ObjectiveTerm term = term_of(objective_kind, {"a"});
    term.level = 0.7;
    term.where = {{"b", 0.1, std::nullopt}};
    ObjectiveTerm second = term_of(kBoundary, {"a", "b"});
    second.weight = 0.5;
    const Composite composite = c.build({{term, second}, {{"b", -0.8, 0.9}}}, acquisition);
    const Eigen::VectorXd point{{.41, .57}};
    Eigen::VectorXd gradient;
    const double value = composite.value(point, gradient);
    const auto f = [&](const Eigen::VectorXd& x) { return composite.values(x)(0); };
    EXPECT_NEAR(value, f(point), 1e-9);
    const Eigen::VectorXd expected = difference(f, point);
    EXPECT_LT((gradient - expected).norm(), 1e-3 * std::max(1.0, expected.norm()))
        << composite.parts[0].name;
  }
}

TEST(Composite, TermsAreScaledToOneAtTheirBestRawPoint) {
  const Case c;
  ObjectiveTerm a = term_of(ObjectiveKind::kExplore, {"a"});
  a.weight = 3;
  const Composite one = c.build({{a}, {}}, AcquisitionKind::kVariance);
  EXPECT_NEAR(one.values(c.raw).maxCoeff(), std::log(3), 1e-9);
  const Composite both =
      c.build({{a, term_of(ObjectiveKind::kExplore, {"b"})}, {}}, AcquisitionKind::kVariance);
  const surrogate::Posterior b = c.b.predict(c.raw);
  const Eigen::ArrayXd expected =
      one.values(c.raw).array().exp() + b.variance.array() / b.variance.maxCoeff();
  EXPECT_LT((both.values(c.raw).array().exp() - expected).abs().maxCoeff(), 1e-9);
}

TEST(Composite, GatesMultiplyByTheProbabilityThatTheyHold) {
  const Case c;
  const ObjectiveTerm plain = term_of(ObjectiveKind::kMaximise, {"a"});
  const auto spec = AcquisitionKind::kLogExpectedImprovement;
  const Composite without = c.build({{plain}, {}}, spec);
  Composite with = c.build({{plain}, {{"b", 0.0, std::nullopt}}}, spec);
  const surrogate::Posterior b = c.b.predict(c.raw);
  // The incumbent may differ, the gate is exact: compare with its own function without the gate.
  Eigen::VectorXd gated = with.values(c.raw);
  with.subject_to.clear();
  const Eigen::VectorXd open = with.values(c.raw);
  for (Eigen::Index j = 0; j < c.raw.cols(); ++j)
    EXPECT_NEAR(gated(j) - open(j), log_normal_cdf(b.mean(j) / std::sqrt(b.variance(j))), 1e-9);
  EXPECT_TRUE(without.subject_to.empty());
}

TEST(Composite, PendingPointsTakeTheirVarianceAway) {
  Case c;
  const Eigen::MatrixXd pending{{.5}, {.5}};
  const Objective objective{{term_of(ObjectiveKind::kExplore, {"a"})}, {}};
  const Composite before = c.build(objective, AcquisitionKind::kVariance);
  c.state.pending = pending;
  const Composite after = c.build(objective, AcquisitionKind::kVariance);
  EXPECT_LT(after.marginals(pending).of[0].variance(0),
            1e-6 * before.marginals(pending).of[0].variance(0));
  c.state.pending_noise["a"] = Eigen::VectorXd::Constant(1, 0.05);
  const Composite noisy = c.build(objective, AcquisitionKind::kVariance);
  EXPECT_GT(noisy.marginals(pending).of[0].variance(0),
            10 * after.marginals(pending).of[0].variance(0));
}

// Matern-3/2 case with five points: converged Monte Carlo (2e6 joint draws of the incumbent) of an
// independent NumPy 1.24 implementation. 512 draws here: about 2 % of each value; ratios, because a
// composite is scaled.
TEST(Composite, NoisyExpectedImprovementAgreesWithConvergedDraws) {
  const Eigen::MatrixXd x{{0, 1, 0, .5, .9}, {0, 0, 1, .5, .8}};
  const Eigen::VectorXd y{{.3, -.2, .9, 1.4, .1}};
  const Eigen::VectorXd noise{{.01, .02, .01, .04, .01}};
  surrogate::GpOptions options;
  options.kernel = surrogate::KernelKind::kMatern32;
  options.mean = surrogate::MeanKind::kSampleMean;
  const Gp gp = surrogate::make_gp(x, y, noise, {1.3, Eigen::VectorXd{{.6, .8}}, 0}, options);
  Case c;
  c.models = {{"a", &gp}};
  c.state.measured = x;
  const Composite composite = c.build({{term_of(ObjectiveKind::kMaximise, {"a"})}, {}},
                                      AcquisitionKind::kLogNoisyExpectedImprovement);
  const Eigen::MatrixXd points{{.25, .7, .95}, {.25, .2, .95}};
  const Eigen::VectorXd values = composite.values(points);
  EXPECT_NEAR(values(0) - values(1), std::log(.0713640 / .0225837), 0.05);
  EXPECT_NEAR(values(0) - values(2), std::log(.0713640 / 6.3016e-5), 0.35);
}

TEST(Composite, WithNothingFeasibleLooksForFeasibilityFirst) {
  const Case c;
  const Composite composite =
      c.build({{term_of(ObjectiveKind::kMaximise, {"a"})}, {{"b", 50.0, std::nullopt}}},
              AcquisitionKind::kAutomatic);
  EXPECT_EQ(composite.parts.at(0).name, "probability_of_feasibility");
  EXPECT_TRUE(composite.values(c.raw).allFinite());
}

}  // namespace
}  // namespace foray::optimizer
