#include "foray/campaign/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "fakes.h"

namespace foray::campaign::testing::spec_test {
namespace {

using ::testing::HasSubstr;

struct Mistake {
  const char* name;
  std::function<void(CampaignSpec&)> make;
  const char* message;
};

class EveryMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(EveryMistake, IsRefusedWithItsPlace) {
  CampaignSpec spec = small_spec();
  validate(spec);
  GetParam().make(spec);
  try {
    validate(spec);
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Spec, EveryMistake,
    ::testing::Values(
        Mistake{"NoParameters", [](CampaignSpec& s) { s.parameters.clear(); }, "at least one"},
        Mistake{"RangeUpsideDown",
                [](CampaignSpec& s) { std::swap(s.parameters[0].lower, s.parameters[0].upper); },
                "campaign.parameters.x.range: expected [lower, upper] with lower < upper, got "
                "[4, 0]"},
        Mistake{"NameTwice", [](CampaignSpec& s) { s.parameters[1].name = "x"; }, "got two"},
        Mistake{"NoObservables", [](CampaignSpec& s) { s.observables.clear(); }, "observables"},
        Mistake{"UnknownObservable",
                [](CampaignSpec& s) { s.objective.terms[0].observables = {"h"}; },
                "expected one of \"f\", got \"h\""},
        Mistake{"OneDrawOfHyperparameters",
                [](CampaignSpec& s) { s.surrogate.hyperparameter_draws = 1; },
                "campaign.surrogate.hyperparameter_draws: expected 0 or 2 to 64, got 1"},
        Mistake{"SharedNoiseWithoutASize",
                [](CampaignSpec& s) {
                  s.observables[0].shared_noise = {0, 5, ""};
                },
                "campaign.observables.f: shared_noise.sd: expected a number above 0"},
        Mistake{"SharedNoiseOfNoGroups",
                [](CampaignSpec& s) {
                  s.observables[0].shared_noise = {1, 0, ""};
                },
                "shared_noise: expected \"every\" or \"by\", and not both"},
        Mistake{"SharedNoiseOfTwoKindsOfGroups",
                [](CampaignSpec& s) {
                  s.observables[0].shared_noise = {1, 5, "x"};
                },
                "shared_noise: expected \"every\" or \"by\", and not both"},
        Mistake{"SharedNoiseByAContinuousParameter",
                [](CampaignSpec& s) {
                  s.observables[0].shared_noise = {1, 0, "x"};
                },
                "shared_noise.by: expected the name of a parameter that takes separate values, got "
                "\"x\""},
        Mistake{"NoTerms", [](CampaignSpec& s) { s.objective.terms.clear(); }, "objective.terms"},
        Mistake{"LogOfALevelBelowZero",
                [](CampaignSpec& s) {
                  s.observables[0].transform = Transform::kLog;
                  s.objective = single(optimizer::ObjectiveKind::kTarget, "f", -1);
                },
                "above 0"},
        Mistake{
            "BoundaryOfOne",
            [](CampaignSpec& s) { s.objective = single(optimizer::ObjectiveKind::kBoundary, "f"); },
            "two or more"},
        Mistake{"AcquisitionOfAnotherObjective",
                [](CampaignSpec& s) {
                  s.acquisition.kind = optimizer::AcquisitionKind::kMutualInformation;
                },
                "suits the objective"},
        Mistake{"TargetProbabilityWithoutTolerance",
                [](CampaignSpec& s) {
                  s.objective = single(optimizer::ObjectiveKind::kTarget, "f", 1);
                  s.acquisition.kind = optimizer::AcquisitionKind::kTargetProbability;
                },
                "tolerance > 0"},
        Mistake{"ExpressionOfNothing",
                [](CampaignSpec& s) {
                  s.acquisition.kind = optimizer::AcquisitionKind::kExpression;
                  s.acquisition.expression = "mu + z";
                },
                "known names: mu, sigma, x, y"},
        Mistake{
            "TradeOffOfOne",
            [](CampaignSpec& s) { s.objective = single(optimizer::ObjectiveKind::kTradeOff, "f"); },
            "two to four different"},
        Mistake{"TradeOffWithoutDirections",
                [](CampaignSpec& s) {
                  s.observables.push_back({{"g", "value:g", ""}, Transform::kLog});
                  s.objective = single(optimizer::ObjectiveKind::kTradeOff, "f");
                  s.objective.terms[0].observables.emplace_back("g");
                },
                "directions: expected 2, got 0"},
        Mistake{"ReferenceThatHasNoLogarithm",
                [](CampaignSpec& s) {
                  s.observables.push_back({{"g", "value:g", ""}, Transform::kLog});
                  s.objective = single(optimizer::ObjectiveKind::kTradeOff, "f");
                  s.objective.terms[0].observables.emplace_back("g");
                  s.objective.terms[0].directions.resize(2);
                  s.objective.terms[0].reference = {0, -1};
                },
                "reference: expected a value above 0"},
        Mistake{"LimitsInsideTheRange",
                [](CampaignSpec& s) {
                  s.limits = {{"x", 1, 3}};
                },
                "hold the parameter's range"},
        Mistake{"LimitOfNothing",
                [](CampaignSpec& s) {
                  s.limits = {{"z", 1, 3}};
                },
                "name of a parameter"},
        Mistake{"GivenWhatIsNoClass",
                [](CampaignSpec& s) {
                  s.observables.push_back({{"g", "value:g", ""}, Transform::kNone, {"f"}});
                },
                "campaign.observables.g.given: expected class probabilities with the transform "
                "\"logit\" that are given nothing themselves, got \"f\""},
        Mistake{"GivenWhatIsNotKnown", [](CampaignSpec& s) { s.observables[0].given = {"h"}; },
                "campaign.observables.f.given: expected one of \"f\", got \"h\""},
        Mistake{"NegativeBudget", [](CampaignSpec& s) { s.budget.hours = -1; }, "budget.hours"},
        Mistake{"NoPatience", [](CampaignSpec& s) { s.patience.consecutive_faults = 0; },
                "consecutive_faults"},
        Mistake{"StopRuleOfNothing",
                [](CampaignSpec& s) {
                  s.stop = {{StopKind::kUncertaintyBelow, 0, 1, "h", 1, 0}};
                },
                "campaign.stop[0].observable"},
        Mistake{"StagnationOfAMap",
                [](CampaignSpec& s) {
                  s.objective = single(optimizer::ObjectiveKind::kExplore, "f");
                  s.stop = {{StopKind::kStagnated, 0, 1, "", 1, 0}};
                },
                "campaign.stop[0].kind: expected a rule that suits the objective, got "
                "\"stagnated\""},
        Mistake{"TargetOfAnotherObservable",
                [](CampaignSpec& s) {
                  s.observables.push_back({{"g", "value:g", ""}, Transform::kNone});
                  s.stop = {{StopKind::kTargetReached, 0, 1, "g", 1, 0}};
                },
                "campaign.stop[0].observable: expected an observable of the objective, got \"g\""},
        Mistake{"RuleInARuleOutOfRange",
                [](CampaignSpec& s) {
                  StopRule all{StopKind::kAll, 0, 1, "", 0, 0};
                  all.rules = {{StopKind::kStagnated, 0, 3, "", -1, 0}};
                  s.stop = {all};
                },
                "campaign.stop[0].all[0].amount: expected a finite number >= 0, got -1"},
        Mistake{"GainRateOfNoGain",
                [](CampaignSpec& s) {
                  s.acquisition.kind = optimizer::AcquisitionKind::kThompson;
                  s.stop = {{StopKind::kGainRateBelow, 0, 1, "", 1, 0}};
                },
                "campaign.stop[0].kind: \"gain_rate_below\": expected an objective of one term"},
        Mistake{"NoGainPerSecond",
                [](CampaignSpec& s) {
                  s.acquisition.kind = optimizer::AcquisitionKind::kThompson;
                  s.acquisition.per_second = true;
                },
                "campaign.acquisition.per_second: expected an acquisition function that is a gain"},
        Mistake{"NegativeSettling", [](CampaignSpec& s) { s.parameters[0].settle_s = -1; },
                "campaign.parameters.x.settle_s"},
        Mistake{"SpeedThatIsNoNumber",
                [](CampaignSpec& s) { s.parameters[1].speed = std::nan(""); },
                "campaign.parameters.y.speed"},
        Mistake{"NothingSpent",
                [](CampaignSpec& s) {
                  s.stop = {StopRule{StopKind::kSpent, 0, 1, "", 0, 0}};
                },
                "campaign.stop[0].measurements: expected measurements or hours above 0"},
        Mistake{"AnyOfNothing",
                [](CampaignSpec& s) {
                  s.stop = {StopRule{StopKind::kAny, 0, 1, "", 0, 0}};
                },
                "campaign.stop[0].any: expected one rule or more, got none"},
        Mistake{"ReactionBeyondTheRange",
                [](CampaignSpec& s) {
                  ReactRule rule;
                  rule.observable = "f";
                  rule.at_least = 0;
                  rule.range_of = "x";
                  rule.lower = -5;
                  rule.upper = 1;
                  s.react = {rule};
                },
                "campaign.react[0]"}),
    [](const auto& tested) { return tested.param.name; });

TEST(CampaignSpec, TheInitialDesignGrowsWithTheNumberOfAxes) {
  CampaignSpec spec = small_spec();
  EXPECT_EQ(initial_design_size(spec), 5);
  spec.initial_design = 0;
  EXPECT_EQ(initial_design_size(spec), 6);
  spec.parameters.resize(1);
  EXPECT_EQ(initial_design_size(spec), 5);
}

}  // namespace
}  // namespace foray::campaign::testing::spec_test
