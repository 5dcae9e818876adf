#include "acquisition_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace foray::optimizer::acquisition_table_test {
namespace {

using ::testing::HasSubstr;

constexpr ObjectiveKind kObjectives[] = {ObjectiveKind::kExplore,  ObjectiveKind::kMaximise,
                                         ObjectiveKind::kMinimise, ObjectiveKind::kTarget,
                                         ObjectiveKind::kLevelSet, ObjectiveKind::kBoundary,
                                         ObjectiveKind::kTradeOff};

Parameter named(const std::string& name) {
  Parameter parameter;
  parameter.name = name;
  return parameter;
}

TEST(AcquisitionTable, HasEveryKindOnceWithANameOfItsOwn) {
  std::set<AcquisitionKind> kinds;
  std::set<std::string> names;
  for (const auto& [kind, name] : acquisition_names()) {
    EXPECT_TRUE(kinds.insert(kind).second) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(AcquisitionKind::kRemote) + 1);
}

ObjectiveTerm term_of(ObjectiveKind kind, std::vector<std::string> observables = {"f"}) {
  ObjectiveTerm term;
  term.kind = kind;
  term.observables = std::move(observables);
  return term;
}

TEST(AcquisitionTable, EveryKindSuitsSomeObjectiveAndTheAutomaticOneSuitsItsOwn) {
  for (const auto& [kind, name] : acquisition_names()) {
    bool any = false;
    for (const ObjectiveKind objective : kObjectives) any = any || suits(kind, objective);
    EXPECT_TRUE(any) << name;
  }
  for (const ObjectiveKind objective : kObjectives) {
    EXPECT_TRUE(suits(automatic_for(objective), objective));
    EXPECT_EQ(row_for(AcquisitionKind::kAutomatic, term_of(objective)).kind,
              automatic_for(objective));
  }
}

TEST(AcquisitionTable, ATermThatTheAskedOneDoesNotSuitGetsTheAutomaticOne) {
  EXPECT_EQ(row_for(AcquisitionKind::kThompson, term_of(ObjectiveKind::kExplore)).kind,
            AcquisitionKind::kCrossValidatedVariance);
  EXPECT_EQ(row_for(AcquisitionKind::kThompson, term_of(ObjectiveKind::kMinimise)).kind,
            AcquisitionKind::kThompson);
}

TEST(AcquisitionTable, MoreThanTwoAreTradedOffByTheNoisyImprovement) {
  const ObjectiveTerm two = term_of(ObjectiveKind::kTradeOff, {"f", "g"});
  const ObjectiveTerm three = term_of(ObjectiveKind::kTradeOff, {"f", "g", "h"});
  constexpr auto kExact = AcquisitionKind::kExpectedHypervolumeImprovement;
  constexpr auto kNoisy = AcquisitionKind::kNoisyExpectedHypervolumeImprovement;
  EXPECT_EQ(row_for(AcquisitionKind::kAutomatic, two).kind, kExact);
  EXPECT_EQ(row_for(kNoisy, two).kind, kNoisy);
  EXPECT_EQ(row_for(AcquisitionKind::kAutomatic, three).kind, kNoisy);
  EXPECT_EQ(row_for(kExact, three).kind, kNoisy);
}

TEST(AcquisitionSpec, IsRefusedByTheNameOfTheFieldThatIsWrong) {
  const std::vector<Parameter> parameters = {named("x"), named("temperature")};
  const auto message = [&](const std::function<void(AcquisitionSpec&)>& spoil) {
    AcquisitionSpec spec;
    spec.kind = AcquisitionKind::kExpression;
    spec.expression = "mu + 2 * sigma * exp(-temperature / 100)";
    spoil(spec);
    try {
      validate(spec, parameters);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message([](AcquisitionSpec&) {}), "accepted");
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.beta = -1; }), HasSubstr("beta"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.xi = -1; }), HasSubstr("xi"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.tolerance = -1; }), HasSubstr("tolerance"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.kind = AcquisitionKind::kTargetProbability; }),
              HasSubstr("tolerance > 0"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.expression = "mu + pressure"; }),
              HasSubstr("known names: mu, sigma, x, temperature"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.expression = "mu = 3"; }),
              HasSubstr("assignment"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.expression = "mu +"; }), HasSubstr("mu +"));
  EXPECT_THAT(message([](AcquisitionSpec& s) { s.expression = ""; }), HasSubstr("expression"));
  EXPECT_THROW(validate({.kind = AcquisitionKind::kExpression, .expression = "mu"}, {named("mu")}),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::acquisition_table_test
