// Acquisition functions of models that average over members.
#include <gtest/gtest.h>

#include <cmath>

#include "composite.h"
#include "foray/common/normal.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "foray/surrogate/mixture_model.h"
#include "models.h"

namespace foray::optimizer::averaged_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using surrogate::Gp;
using surrogate::Model;
using testing::difference;
using testing::gp_of;

constexpr std::size_t kMembers = 3;

Gp member_of_a(std::size_t s) {
  return gp_of(2, 20, 1, 0.15 + 0.15 * static_cast<double>(s), 1e-2,
               [](const VectorXd& x) { return std::sin(5 * x(0)) + x(1); });
}

Gp member_of_b(std::size_t s) {
  return gp_of(2, 20, 1, 0.5 - 0.1 * static_cast<double>(s), 1e-2,
               [](const VectorXd& x) { return std::cos(4 * x(1)); });
}

std::unique_ptr<Model> mixture(Gp (*member)(std::size_t)) {
  std::vector<std::shared_ptr<const Model>> members;
  for (std::size_t s = 0; s < kMembers; ++s) members.push_back(std::make_shared<Gp>(member(s)));
  return surrogate::mix_models(std::move(members));
}

// The same moments with nothing to be seen behind them.
class Opaque final : public Model {
 public:
  explicit Opaque(std::unique_ptr<Model> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] Index dimension() const override { return inner_->dimension(); }
  [[nodiscard]] surrogate::Posterior predict(const Eigen::Ref<const MatrixXd>& x) const override {
    return inner_->predict(x);
  }
  [[nodiscard]] surrogate::Posterior prior(const Eigen::Ref<const MatrixXd>& x) const override {
    return inner_->prior(x);
  }
  [[nodiscard]] surrogate::PosteriorGradient predict_with_gradient(
      const Eigen::Ref<const VectorXd>& x) const override {
    return inner_->predict_with_gradient(x);
  }
  [[nodiscard]] surrogate::JointPosterior joint(
      const Eigen::Ref<const MatrixXd>& x) const override {
    return inner_->joint(x);
  }
  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Eigen::Ref<const MatrixXd>& x, const Eigen::Ref<const VectorXd>& noise) const override {
    return std::make_unique<Opaque>(inner_->condition_on_pending(x, noise));
  }
  [[nodiscard]] std::unique_ptr<surrogate::SamplePath> draw_path(Rng& rng) const override {
    return inner_->draw_path(rng);
  }

 private:
  std::unique_ptr<Model> inner_;
};

Parameter axis(const std::string& name) {
  Parameter parameter;
  parameter.name = name;
  return parameter;
}

MatrixXd uniform_points(Index count, unsigned seed) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  MatrixXd points(2, count);
  for (double& value : points.reshaped()) value = uniform(rng);
  return points;
}

struct Question {
  SearchSpace space = SearchSpace({axis("x"), axis("y")}, {});
  ProposeState state;
  MatrixXd raw = uniform_points(60, 3);
  MatrixXd references = uniform_points(30, 4);

  Question() {
    state.measured = member_of_a(0).data_x();
    state.next_noise = {{"a", 1e-2}, {"b", 2e-2}};
  }

  [[nodiscard]] Composite build(const Objective& objective, AcquisitionKind kind, const Model& a,
                                const Model& b) const {
    AcquisitionSpec spec;
    spec.kind = kind;
    spec.xi = 0.01;
    spec.tolerance = 0.1;
    spec.expression = "mu + 2 * sigma * exp(-x)";
    const ModelMap models = {{"a", &a}, {"b", &b}};
    Rng rng(5);
    spec.function = "mine";
    const auto evaluate = [](const FunctionRequest& request) {
      return VectorXd(request.models.at(0).mean + request.models.at(0).sigma);
    };
    return build_composite({space, objective, models, spec, state, 1, raw, references, 1, evaluate},
                           rng);
  }
};

ObjectiveTerm any_term(ObjectiveKind kind) {
  ObjectiveTerm term;
  term.kind = kind;
  term.observables = {"a"};
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

// Those that draw from the generator, whose draws for each member are others.
bool is_random(AcquisitionKind kind) {
  return kind == AcquisitionKind::kNoisyExpectedImprovement ||
         kind == AcquisitionKind::kLogNoisyExpectedImprovement ||
         kind == AcquisitionKind::kNoisyExpectedHypervolumeImprovement ||
         kind == AcquisitionKind::kThompson;
}

bool is_averaged(AcquisitionKind kind) {
  return is_gain(kind) || kind == AcquisitionKind::kProbabilityOfImprovement ||
         kind == AcquisitionKind::kTargetProbability;
}

// What the term itself is at the raw points, its scale taken off.
VectorXd unscaled(const Composite& composite, const MatrixXd& x) {
  return composite.values(x).array() - composite.parts.at(0).log_weight;
}

TEST(Averaged, GainsAndProbabilitiesAreTheMeanOfThoseOfTheMembers) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const auto b = mixture(&member_of_b);
  int checked = 0;
  for (const auto& [kind, name] : acquisition_names())
    for (const ObjectiveKind objective : kObjectives) {
      if (!suits(kind, objective) || !is_averaged(kind) || is_random(kind)) continue;
      const Objective asked{{any_term(objective)}, {}};
      VectorXd sum = VectorXd::Zero(question.raw.cols());
      for (std::size_t s = 0; s < kMembers; ++s)
        sum += unscaled(question.build(asked, kind, member_of_a(s), member_of_b(s)), question.raw)
                   .array()
                   .exp()
                   .matrix();
      const Composite composite = question.build(asked, kind, *a, *b);
      const VectorXd found = unscaled(composite, question.raw);
      VectorXd expected = (sum / kMembers).array().log();
      expected = (expected.array() > -600).select(expected, found);
      // Beyond that the sum here underflows.
      EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 1e-6) << name;
      EXPECT_EQ(composite.parts.at(0).name, std::string(name));
      ++checked;
    }
  EXPECT_GE(checked, 12);
}

TEST(Averaged, AllElseIsAFunctionOfTheMomentsOfTheMixture) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const auto b = mixture(&member_of_b);
  const Opaque opaque_a(mixture(&member_of_a));
  const Opaque opaque_b(mixture(&member_of_b));
  int checked = 0;
  for (const auto& [kind, name] : acquisition_names())
    for (const ObjectiveKind objective : kObjectives) {
      if (!suits(kind, objective) || is_averaged(kind)) continue;
      if (kind == AcquisitionKind::kAutomatic) continue;
      const Objective asked{{any_term(objective)}, {}};
      const VectorXd found = question.build(asked, kind, *a, *b).values(question.raw);
      const VectorXd expected =
          question.build(asked, kind, opaque_a, opaque_b).values(question.raw);
      EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 1e-6) << name;
      ++checked;
    }
  EXPECT_GE(checked, 12);
}

TEST(Averaged, GradientMatchesCentralDifferenceForEveryAcquisition) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const auto b = mixture(&member_of_b);
  for (const auto& [kind, name] : acquisition_names())
    for (const ObjectiveKind objective : kObjectives) {
      if (!suits(kind, objective)) continue;
      ObjectiveTerm term = any_term(objective);
      term.where = {{"b", 0.1, std::nullopt}};
      const Composite composite = question.build({{term}, {{"b", -0.8, 0.9}}}, kind, *a, *b);
      const VectorXd at{{.41, .57}};
      if (!composite.has_gradient()) continue;
      VectorXd gradient;
      const auto f = [&](const VectorXd& x) { return composite.values(x)(0); };
      EXPECT_NEAR(composite.value(at, gradient), f(at), 1e-8) << name;
      const VectorXd expected = difference(f, at, 1e-5);
      EXPECT_LT((gradient - expected).norm(), 1e-4 * std::max(1.0, expected.norm())) << name;
    }
}

TEST(Averaged, AConstraintHoldsWithTheMeanProbabilityOfTheMembers) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const auto b = mixture(&member_of_b);
  Composite composite =
      question.build({{any_term(ObjectiveKind::kMaximise)}, {{"b", 0.0, std::nullopt}}},
                     AcquisitionKind::kLogExpectedImprovement, *a, *b);
  const VectorXd gated = composite.values(question.raw);
  composite.subject_to.clear();
  const VectorXd open = composite.values(question.raw);
  for (Index j = 0; j < question.raw.cols(); ++j) {
    double probability = 0;
    for (std::size_t s = 0; s < kMembers; ++s) {
      const surrogate::Posterior one = member_of_b(s).predict(question.raw.col(j));
      probability += normal_cdf(one.mean(0) / std::sqrt(one.variance(0))) / kMembers;
    }
    EXPECT_NEAR(gated(j) - open(j), std::log(probability), 1e-9);
  }
}

// One model averages, the other does not: each is what it is.
TEST(Averaged, AModelOfItsOwnStandsBesideOneThatAverages) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const Gp b = member_of_b(1);
  const Objective asked{{any_term(ObjectiveKind::kTradeOff)}, {}};
  const auto kind = AcquisitionKind::kExpectedHypervolumeImprovement;
  VectorXd sum = VectorXd::Zero(question.raw.cols());
  for (std::size_t s = 0; s < kMembers; ++s)
    sum += unscaled(question.build(asked, kind, member_of_a(s), b), question.raw)
               .array()
               .exp()
               .matrix();
  const VectorXd found = unscaled(question.build(asked, kind, *a, b), question.raw);
  EXPECT_LT((found - VectorXd((sum / kMembers).array().log())).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Averaged, PlacesWorthACloserLookAreNamedOnce) {
  const Question question;
  const auto a = mixture(&member_of_a);
  const Composite composite = question.build({{any_term(ObjectiveKind::kMaximise)}, {}},
                                             AcquisitionKind::kExpectedImprovement, *a, *a);
  for (std::size_t i = 0; i < composite.attractors.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(composite.attractors[i], composite.attractors[j]);
  EXPECT_FALSE(composite.attractors.empty());
}

}  // namespace
}  // namespace foray::optimizer::averaged_test
