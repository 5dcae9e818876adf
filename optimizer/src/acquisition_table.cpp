#include "acquisition_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "foray/common/check.h"
#include "trust_region.h"

namespace foray::optimizer {

namespace {

constexpr unsigned bit(ObjectiveKind kind) { return 1U << static_cast<unsigned>(kind); }

using enum ObjectiveKind;
constexpr unsigned kOptimum = bit(kMaximise) | bit(kMinimise);
constexpr unsigned kLevel = bit(kTarget) | bit(kLevelSet);
constexpr unsigned kOne = bit(kExplore) | kOptimum | kLevel;  // Of one observable.
constexpr unsigned kAll = kOne | bit(kBoundary);

using Kind = AcquisitionKind;

constexpr std::array kRows = {
    AcquisitionRow{Kind::kVariance, "variance", kAll, build_variance},
    AcquisitionRow{Kind::kUpperConfidenceBound, "upper_confidence_bound", kOptimum, build_bound},
    AcquisitionRow{Kind::kProbabilityOfImprovement, "probability_of_improvement", kOptimum,
                   build_improvement_probability, false, true},
    AcquisitionRow{Kind::kExpectedImprovement, "expected_improvement", kOptimum, build_improvement,
                   true},
    AcquisitionRow{Kind::kLogExpectedImprovement, "log_expected_improvement", kOptimum,
                   build_improvement, true},
    AcquisitionRow{Kind::kNoisyExpectedImprovement, "noisy_expected_improvement", kOptimum,
                   build_noisy_improvement, true},
    AcquisitionRow{Kind::kLogNoisyExpectedImprovement, "log_noisy_expected_improvement", kOptimum,
                   build_noisy_improvement, true},
    AcquisitionRow{Kind::kKnowledgeGradient, "knowledge_gradient", kOptimum,
                   build_knowledge_gradient, true},
    AcquisitionRow{Kind::kThompson, "thompson", kOptimum, build_thompson},
    AcquisitionRow{Kind::kLogTargetImprovement, "log_target_improvement", bit(kTarget),
                   build_target_improvement, true},
    AcquisitionRow{Kind::kTargetProbability, "target_probability", kLevel, build_target_probability,
                   false, true},
    AcquisitionRow{Kind::kStraddle, "straddle", kLevel | bit(kBoundary), build_straddle},
    AcquisitionRow{Kind::kLevelSetEntropy, "level_set_entropy", kLevel, build_level_set_entropy},
    AcquisitionRow{Kind::kBoundary, "boundary", bit(kBoundary), build_boundary, true},
    AcquisitionRow{Kind::kClassEntropy, "class_entropy", bit(kBoundary), build_class_entropy},
    AcquisitionRow{Kind::kExpectedHypervolumeImprovement, "expected_hypervolume_improvement",
                   bit(kTradeOff), build_hypervolume_improvement, true},
    AcquisitionRow{Kind::kNoisyExpectedHypervolumeImprovement,
                   "noisy_expected_hypervolume_improvement", bit(kTradeOff),
                   build_noisy_hypervolume_improvement, true},
    AcquisitionRow{Kind::kGradientWeighted, "gradient_weighted", bit(kExplore),
                   build_gradient_weighted},
    AcquisitionRow{Kind::kIntegratedVariance, "integrated_variance", bit(kExplore),
                   build_integrated_variance, true},
    AcquisitionRow{Kind::kCrossValidatedVariance, "cross_validated_variance", bit(kExplore),
                   build_cross_validated_variance, true},
    AcquisitionRow{Kind::kMutualInformation, "mutual_information", bit(kExplore),
                   build_mutual_information, true},
    AcquisitionRow{Kind::kTotalCorrelation, "total_correlation", bit(kExplore),
                   build_total_correlation},
    AcquisitionRow{Kind::kRelativeInformationEntropy, "relative_information_entropy", bit(kExplore),
                   build_relative_information_entropy},
    AcquisitionRow{Kind::kExpression, "expression", kOne, build_expression},
    AcquisitionRow{Kind::kRemote, "remote", kAll | bit(kTradeOff), build_remote},
};

const AcquisitionRow& row_of(AcquisitionKind kind) {
  const auto* const found = std::find_if(
      kRows.begin(), kRows.end(), [&](const AcquisitionRow& row) { return row.kind == kind; });
  ensure(found != kRows.end(), "acquisition table: a kind has no row");
  return *found;
}

}  // namespace

const std::vector<std::pair<AcquisitionKind, const char*>>& acquisition_names() {
  static const auto kNames = [] {
    std::vector<std::pair<AcquisitionKind, const char*>> names = {{Kind::kAutomatic, "automatic"}};
    for (const AcquisitionRow& row : kRows) names.emplace_back(row.kind, row.name);
    return names;
  }();
  return kNames;
}

AcquisitionKind automatic_for(ObjectiveKind objective) {
  switch (objective) {
    case kExplore:
      return Kind::kCrossValidatedVariance;
    case kMaximise:
    case kMinimise:
      return Kind::kLogNoisyExpectedImprovement;
    case kTarget:
      return Kind::kLogTargetImprovement;
    case kLevelSet:
      return Kind::kStraddle;
    case kBoundary:
      return Kind::kBoundary;
    case kTradeOff:
      return Kind::kExpectedHypervolumeImprovement;
  }
  return Kind::kVariance;
}

bool suits(AcquisitionKind acquisition, ObjectiveKind objective) {
  return acquisition == Kind::kAutomatic || (row_of(acquisition).suited & bit(objective)) != 0;
}

bool suits(AcquisitionKind acquisition, const Objective& objective) {
  return std::any_of(objective.terms.begin(), objective.terms.end(),
                     [&](const ObjectiveTerm& term) { return suits(acquisition, term.kind); });
}

bool is_gain(AcquisitionKind acquisition) {
  return acquisition != Kind::kAutomatic && row_of(acquisition).gain;
}

bool is_gain(AcquisitionKind acquisition, const Objective& objective) {
  return std::all_of(objective.terms.begin(), objective.terms.end(),
                     [&](const ObjectiveTerm& term) { return row_for(acquisition, term).gain; });
}

bool suits_trust_region(const Objective& objective) {
  return objective.terms.size() == 1 &&
         (objective.terms[0].kind == kMaximise || objective.terms[0].kind == kMinimise);
}

bool asks_for_safety(const Objective& objective) {
  return std::any_of(objective.subject_to.begin(), objective.subject_to.end(),
                     [](const OutcomeConstraint& c) { return c.probability > 0; });
}

std::string gain_names() {
  std::string names;
  for (const AcquisitionRow& row : kRows) {
    if (row.gain) names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

const AcquisitionRow& row_for(AcquisitionKind asked, const ObjectiveTerm& term) {
  const bool automatic = asked == Kind::kAutomatic || !suits(asked, term.kind);
  const AcquisitionKind kind = automatic ? automatic_for(term.kind) : asked;
  const bool exact = kind == Kind::kExpectedHypervolumeImprovement && term.observables.size() > 2;
  return row_of(exact ? Kind::kNoisyExpectedHypervolumeImprovement : kind);
}

std::unique_ptr<Formula> formula_of(const std::string& expression,
                                    const std::vector<Parameter>& parameters) {
  std::vector<std::string> names = {"mu", "sigma"};
  for (const Parameter& parameter : parameters) {
    require(parameter.name != "mu" && parameter.name != "sigma",
            "expression \"" + expression + "\": a parameter is called \"" + parameter.name +
                "\" as the surrogate's mean or deviation are");
    names.push_back(parameter.name);
  }
  return std::make_unique<Formula>(std::move(names), expression);
}

void validate(const AcquisitionSpec& acquisition, const std::vector<Parameter>& parameters) {
  require_in_range("acquisition: beta", acquisition.beta, 0, 1e300);
  require_in_range("acquisition: xi", acquisition.xi, 0, 1e300);
  require_in_range("acquisition: tolerance", acquisition.tolerance, 0, 1e300);
  require(acquisition.kind != Kind::kTargetProbability || acquisition.tolerance > 0,
          "acquisition: target_probability needs a tolerance > 0");
  if (acquisition.trust_region) validate(*acquisition.trust_region);
  const bool counts = std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) {
    return p.role == ParameterRole::kExposure;
  });
  require(!acquisition.decide_exposure || counts,
          "acquisition: decide_exposure needs a parameter with the role exposure");
  require(acquisition.kind != Kind::kRemote || !acquisition.function.empty(),
          "acquisition: remote needs the name of a function");
  require_in_range("acquisition: timeout_s", acquisition.timeout_s, 1e-3, 1e6);
  if (acquisition.kind == Kind::kExpression) (void)formula_of(acquisition.expression, parameters);
}

}  // namespace foray::optimizer
