// Campaigns whose parameters are no ranges of numbers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes.h"

namespace foray::campaign::testing::levels_test {
namespace {

using surrogate::KernelKind;
using surrogate::KernelSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

optimizer::Parameter solvent() {
  optimizer::Parameter p;
  p.name = "solvent";
  p.categories = {"water", "toluene", "hexane"};
  p.lower = 0;
  p.upper = 2;
  return p;
}

// x in [0, 4], a whole y in [-1, 2] and a solvent.
CampaignSpec mixed_spec() {
  CampaignSpec spec = small_spec();
  spec.parameters[1].integer = true;
  spec.parameters.push_back(solvent());
  return spec;
}

Candidate candidate(double x, double y) { return {point(x, y), {}}; }

CampaignSpec list_spec() {
  CampaignSpec spec = small_spec();
  spec.candidates = {candidate(0.5, 0), candidate(1.5, 1),  candidate(3.5, -0.5),
                     candidate(2.5, 2), candidate(3, 0.25), candidate(1, -1)};
  return spec;
}

KernelSpec kernel_of(const CampaignSpec& spec) {
  return unit_kernel(spec, spec.observables.front(), spec.parameters);
}

std::string refusal_of(std::future<std::int64_t>& asked) {
  try {
    asked.get();
  } catch (const CommandRefused& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CategoricalKernel, IsAFactorWhereTheKernelNamesNoAxes) {
  CampaignSpec spec = mixed_spec();
  spec.surrogate.kernel = KernelSpec(KernelKind::kSum);
  spec.surrogate.kernel.terms = {KernelKind::kMatern32, KernelKind::kWhite};
  const KernelSpec kernel = kernel_of(spec);
  ASSERT_EQ(kernel.kind, KernelKind::kProduct);
  ASSERT_EQ(kernel.terms.size(), 2U);
  EXPECT_EQ(kernel.terms[0].kind, KernelKind::kSum);
  EXPECT_THAT(kernel.terms[0].terms[0].axes, ElementsAre(0, 1));
  EXPECT_TRUE(kernel.terms[0].terms[1].axes.empty());
  EXPECT_EQ(kernel.terms[1].kind, KernelKind::kCategorical);
  EXPECT_THAT(kernel.terms[1].axes, ElementsAre(2));
  EXPECT_NO_THROW(validate(spec));
}

TEST(CategoricalKernel, IsNotAddedWhereAxesAreNamedOrNoneIsCategorical) {
  CampaignSpec spec = mixed_spec();
  spec.surrogate.kernel.axes = {0};
  EXPECT_EQ(kernel_of(spec).kind, KernelKind::kMatern52);
  EXPECT_EQ(kernel_of(small_spec()).kind, KernelKind::kMatern52);
}

TEST(CategoricalKernel, KeepsTheClassesThatAnObservableIsGiven) {
  CampaignSpec spec = mixed_spec();
  spec.observables.push_back({{"p", "value:p", ""}, Transform::kLogit});
  spec.observables[0].given = {"p"};
  const KernelSpec kernel = kernel_of(spec);
  EXPECT_THAT(kernel.terms.at(0).axes, ElementsAre(0, 1, 3));
  EXPECT_THAT(kernel.terms.at(1).axes, ElementsAre(2));
  EXPECT_NO_THROW(validate(spec));
  spec.parameters = {solvent()};
  EXPECT_THAT(kernel_of(spec).terms.at(0).axes, ElementsAre(1));
  EXPECT_NO_THROW(validate(spec));
}

TEST(Levels, AnOperatorsPointIsOnThem) {
  Bench bench;
  Campaign& campaign = bench.create(mixed_spec());
  campaign.start("alice");
  auto between = campaign.queue_point(Eigen::Vector3d(1, 0.5, 0), "bob");
  auto unknown = campaign.queue_point(Eigen::Vector3d(1, 0, 1.5), "bob");
  auto good = campaign.queue_point(Eigen::Vector3d(1, -1, 2), "bob");
  campaign.run();
  EXPECT_THAT(refusal_of(between), HasSubstr("position.y: expected a whole number of \"y\""));
  EXPECT_THAT(refusal_of(unknown), HasSubstr("position.solvent: expected one of its values"));
  EXPECT_GT(good.get(), 0);
  std::set<double> seen;
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_EQ(request.position(1), std::round(request.position(1)));
    seen.insert(request.position(2));
  }
  EXPECT_EQ(seen, (std::set<double>{0, 1, 2}));
}

TEST(Levels, ARangeThatHoldsNoneIsRefused) {
  Bench bench;
  Campaign& campaign = bench.create(mixed_spec());
  campaign.start("alice");
  auto none = campaign.set_range("y", 0.2, 0.8, "bob");
  auto some = campaign.set_range("y", 0.2, 1.8, "bob");
  campaign.run();
  EXPECT_THAT(refusal_of(none), HasSubstr("a range that holds one of its values"));
  EXPECT_GT(some.get(), 0);
  for (const MeasureRequest& request : bench.instrument.submitted)
    EXPECT_EQ(request.position(1), 1);
}

TEST(FixedParameter, IsAlwaysSetAndCannotBeMoved) {
  Bench bench;
  CampaignSpec spec = small_spec();
  optimizer::Parameter z;
  z.name = "z";
  z.lower = z.upper = 3;
  z.role = optimizer::ParameterRole::kFixed;
  spec.parameters.push_back(z);
  spec.limits = {{"z", 2, 4}};
  spec.constraints = {"x <= z"};
  Campaign& campaign = bench.create(spec);
  campaign.start("alice");
  auto moved = campaign.set_range("z", 2.5, 3.5, "bob");
  campaign.run();
  EXPECT_THAT(refusal_of(moved), HasSubstr("one value of a fixed parameter"));
  EXPECT_EQ(campaign.view().scored().size(), 12U);
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_EQ(request.position(2), 3);
    EXPECT_LE(request.position(0), 3);
  }
}

TEST(CandidateList, NothingElseIsMeasured) {
  Bench bench;
  Campaign& campaign = bench.create(list_spec());
  campaign.start("alice");
  auto other = campaign.queue_point(point(0.5, 0.1), "bob");
  auto listed = campaign.queue_point(point(2.5, 2), "bob");
  campaign.run();
  EXPECT_THAT(refusal_of(other),
              HasSubstr("expected one of the 6 candidates, got x = 0.5 y = 0.1"));
  EXPECT_GT(listed.get(), 0);
  std::set<double> seen;
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_THAT((std::set<double>{0.5, 1.5, 3.5, 2.5, 3, 1}),
                ::testing::Contains(request.position(0)));
    seen.insert(request.position(0));
  }
  EXPECT_GE(seen.size(), 5U) << "the initial design repeats none";
}

TEST(CandidateList, OutsideTheRangesIsRefusedByName) {
  CampaignSpec spec = list_spec();
  spec.candidates[2].position(0) = 9;
  try {
    validate(spec);
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("campaign.candidates[2]: expected a value in [0, 4] of "
                                        "\"x\", got 9"));
  }
}

TEST(CandidateList, TheInitialDesignHasNoMorePointsThanIt) {
  CampaignSpec spec = list_spec();
  spec.initial_design = 0;
  EXPECT_EQ(initial_design_size(spec), 6);
  spec.candidates.resize(3);
  EXPECT_EQ(initial_design_size(spec), 3);
}

}  // namespace
}  // namespace foray::campaign::testing::levels_test
