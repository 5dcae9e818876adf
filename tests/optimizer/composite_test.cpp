#include "composite.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/normal.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "models.h"

namespace foray::optimizer::composite_test {
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

Parameter axis(const std::string& name) {
  Parameter parameter;
  parameter.name = name;
  return parameter;
}

struct Case {
  Gp a = gp_of(2, 20, 1, 0.3, 1e-2,
               [](const Eigen::VectorXd& x) { return std::sin(5 * x(0)) + x(1); });
  Gp b = gp_of(2, 20, 2, 0.3, 1e-2, [](const Eigen::VectorXd& x) { return std::cos(4 * x(1)); });
  ModelMap models = {{"a", &a}, {"b", &b}};
  SearchSpace space = SearchSpace({axis("x"), axis("y")}, {});
  ProposeState state;
  Eigen::MatrixXd raw = uniform_points(60, 3);
  Eigen::MatrixXd references = uniform_points(30, 4);

  Case() { state.measured = a.data_x(); }

  [[nodiscard]] Composite build(const Objective& objective, const AcquisitionSpec& spec) const {
    Rng rng(5);
    const auto evaluate = [](const FunctionRequest& request) {
      return Eigen::VectorXd(request.models.at(0).mean + request.models.at(0).sigma);
    };
    return build_composite({space, objective, models, spec, state, 1, raw, references, 1, evaluate},
                           rng);
  }
  [[nodiscard]] Composite build(const Objective& objective, AcquisitionKind kind) const {
    AcquisitionSpec spec;
    spec.kind = kind;
    return build(objective, spec);
  }
};

// A spec of the kind whose coefficients are all set.
AcquisitionSpec full_spec(AcquisitionKind kind) {
  AcquisitionSpec spec;
  spec.kind = kind;
  spec.xi = 0.01;
  spec.tolerance = 0.1;
  spec.expression = "mu + 2 * sigma * exp(-x)";
  spec.function = "mine";
  return spec;
}

ObjectiveTerm any_term(ObjectiveKind kind) {
  ObjectiveTerm term = term_of(kind, {"a"});
  if (kind == ObjectiveKind::kBoundary || kind == ObjectiveKind::kTradeOff)
    term.observables.emplace_back("b");
  if (kind == ObjectiveKind::kTradeOff)
    term.directions = {Direction::kMaximise, Direction::kMinimise};
  term.level = 0.7;
  return term;
}

constexpr ObjectiveKind kObjectives[] = {ObjectiveKind::kExplore,  ObjectiveKind::kMaximise,
                                         ObjectiveKind::kMinimise, ObjectiveKind::kTarget,
                                         ObjectiveKind::kLevelSet, ObjectiveKind::kBoundary,
                                         ObjectiveKind::kTradeOff};

void expect_gradient(const Composite& composite, const std::string& what) {
  for (const Eigen::VectorXd& point : {Eigen::VectorXd{{.41, .57}}, Eigen::VectorXd{{.78, .2}}}) {
    Eigen::VectorXd gradient;
    const double value = composite.value(point, gradient);
    const auto f = [&](const Eigen::VectorXd& x) { return composite.values(x)(0); };
    EXPECT_NEAR(value, f(point), 1e-8) << what;
    const Eigen::VectorXd expected = difference(f, point, 1e-5);
    EXPECT_LT((gradient - expected).norm(), 1e-4 * std::max(1.0, expected.norm())) << what;
  }
}

TEST(Composite, GradientMatchesCentralDifferenceForEveryAcquisitionAndObjectiveItSuits) {
  Case c;
  c.state.next_noise = {{"a", 1e-2}, {"b", 1e-2}};
  for (const auto& [kind, name] : acquisition_names())
    for (const ObjectiveKind objective : kObjectives) {
      if (!suits(kind, objective)) continue;
      ObjectiveTerm term = any_term(objective);
      term.where = {{"b", 0.1, std::nullopt}};
      ObjectiveTerm second = any_term(ObjectiveKind::kBoundary);
      second.weight = 0.5;
      const Composite composite = c.build({{term, second}, {{"b", -0.8, 0.9}}}, full_spec(kind));
      EXPECT_EQ(composite.has_gradient(), kind != AcquisitionKind::kRemote) << name;
      if (!composite.has_gradient()) continue;
      expect_gradient(composite, name + std::string(" ") + composite.parts[0].name);
      EXPECT_FALSE(composite.seeks_feasibility()) << name;
    }
}

// f and -f, maximised and minimised: the same acquisition at every point.
TEST(Composite, MinimisingMirrorsMaximisingForEveryAcquisitionThatSeeksAnOptimum) {
  Case up;
  Case down;
  down.a = gp_of(2, 20, 1, 0.3, 1e-2,
                 [](const Eigen::VectorXd& x) { return -(std::sin(5 * x(0)) + x(1)); });
  for (const auto& [kind, name] : acquisition_names()) {
    if (!suits(kind, ObjectiveKind::kMaximise) || kind == AcquisitionKind::kExpression ||
        kind == AcquisitionKind::kRemote)
      continue;  // Those do what they are told.
    const Composite one = up.build({{any_term(ObjectiveKind::kMaximise)}, {}}, full_spec(kind));
    const Composite two = down.build({{any_term(ObjectiveKind::kMinimise)}, {}}, full_spec(kind));
    EXPECT_LT((one.values(up.raw) - two.values(up.raw)).cwiseAbs().maxCoeff(), 1e-8) << name;
  }
}

// Trading off -a against b the other way round is trading off a.
TEST(Composite, DirectionsOfATradeOffMirrorEachOther) {
  Case up;
  Case down;
  down.a = gp_of(2, 20, 1, 0.3, 1e-2,
                 [](const Eigen::VectorXd& x) { return -(std::sin(5 * x(0)) + x(1)); });
  ObjectiveTerm term = any_term(ObjectiveKind::kTradeOff);
  term.reference = {0.2, 0.9};
  const Composite one = up.build({{term}, {}}, AcquisitionKind::kAutomatic);
  EXPECT_EQ(one.parts.at(0).name, "expected_hypervolume_improvement");
  term.directions[0] = Direction::kMinimise;
  term.reference[0] = -0.2;
  const Composite two = down.build({{term}, {}}, AcquisitionKind::kAutomatic);
  EXPECT_LT((one.values(up.raw) - two.values(up.raw)).cwiseAbs().maxCoeff(), 1e-9);
}

// Data of a range of 1e-9 and 1e9 change no acquisition by more than rounding.
TEST(Composite, UnitsOfTheObservableChangeNothing) {
  const auto scaled = [](double unit) {
    Case c;
    c.a = gp_of(2, 20, 1, 0.3, 1e-2 * unit * unit,
                [unit](const Eigen::VectorXd& x) { return unit * (std::sin(5 * x(0)) + x(1)); });
    c.state.next_noise = {{"a", 1e-2 * unit * unit}};
    return c;
  };
  Case plain = scaled(1);
  plain.models = {{"a", &plain.a}, {"b", &plain.b}};
  for (const double unit : {1e-9, 1e9}) {
    Case other = scaled(unit);
    other.models = {{"a", &other.a}, {"b", &other.b}};
    for (const auto& [kind, name] : acquisition_names())
      for (const ObjectiveKind objective : kObjectives) {
        if (!suits(kind, objective) || objective == ObjectiveKind::kBoundary ||
            objective == ObjectiveKind::kTradeOff)
          continue;
        ObjectiveTerm term = any_term(objective);
        const Composite one = plain.build({{term}, {}}, full_spec(kind));
        AcquisitionSpec spec = full_spec(kind);
        spec.xi *= unit;
        spec.tolerance *= unit;
        term.level *= unit;
        const Composite two = other.build({{term}, {}}, spec);
        EXPECT_LT((one.values(plain.raw) - two.values(plain.raw)).cwiseAbs().maxCoeff(), 1e-6)
            << name << " " << unit;
      }
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

// For every acquisition: the learned constraint holds nowhere that was measured.
TEST(Composite, WithNothingFeasibleLooksForFeasibilityFirst) {
  const Case c;
  for (const auto& [kind, name] : acquisition_names())
    for (const ObjectiveKind objective : kObjectives) {
      if (!suits(kind, objective)) continue;
      const Composite composite =
          c.build({{any_term(objective)}, {{"b", 50.0, std::nullopt}}}, full_spec(kind));
      EXPECT_EQ(composite.parts.at(0).name, "probability_of_feasibility") << name;
      EXPECT_TRUE(composite.seeks_feasibility());
      const Eigen::VectorXd values = composite.values(c.raw);
      EXPECT_TRUE(values.allFinite()) << name;
      // The best point is the likeliest to be feasible.
      const surrogate::Posterior b = c.b.predict(c.raw);
      Eigen::Index best = 0;
      Eigen::Index likeliest = 0;
      values.maxCoeff(&best);
      ((b.mean.array() - 50) / b.variance.array().sqrt()).maxCoeff(&likeliest);
      EXPECT_EQ(best, likeliest) << name;
    }
}

TEST(Composite, OnlyTheTermWhoseConstraintsNothingMeetsLooksForThem) {
  const Case c;
  ObjectiveTerm hidden = any_term(ObjectiveKind::kExplore);
  hidden.where = {{"b", 50.0, std::nullopt}};
  const Composite composite =
      c.build({{any_term(ObjectiveKind::kMaximise), hidden}, {}}, AcquisitionKind::kAutomatic);
  EXPECT_EQ(composite.parts.at(0).name, "log_noisy_expected_improvement");
  EXPECT_EQ(composite.parts.at(1).name, "probability_of_feasibility");
}

}  // namespace
}  // namespace foray::optimizer::composite_test
