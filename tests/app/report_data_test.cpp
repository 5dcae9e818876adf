#include "report_data.h"

#include <gtest/gtest.h>

#include <cmath>

#include "campaign/fakes.h"
#include "report_transition.h"

namespace foray::app::report_data_test {
namespace {

using campaign::testing::Bench;
using campaign::testing::small_spec;

// Two axes of unlike ranges, one logarithmic, a constraint and an exposure between them.
campaign::CampaignSpec awkward_spec() {
  campaign::CampaignSpec spec = small_spec();
  optimizer::Parameter exposure;
  exposure.name = "t";
  exposure.role = optimizer::ParameterRole::kExposure;
  exposure.lower = 0.5;
  exposure.upper = 5;
  spec.parameters.insert(spec.parameters.begin() + 1, exposure);
  spec.parameters[0].lower = 0.1;
  spec.parameters[0].upper = 10;
  spec.parameters[0].scale = optimizer::ParameterScale::kLog;
  spec.constraints = {"y <= 1.5"};
  return spec;
}

TEST(MapOf, IsWhatTheSurrogatePredictsAtThePlacesOfTheMap) {
  Bench bench;
  bench.run(awkward_spec());
  const campaign::CampaignView view = bench.campaign->view();
  const campaign::Models models = bench.campaign->models();
  constexpr int kSide = 6;
  const auto grid = make_map_grid(view, kSide);
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->x_parameter, 0U);
  EXPECT_EQ(grid->y_parameter, 2U);
  const ObservableMap map = map_of(models, *grid, "f");
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const double y = -1 + 3 * (row + 0.5) / kSide;
      if (y > 1.5) {
        EXPECT_TRUE(std::isnan(map.mean(row, column)));
        continue;
      }
      const Eigen::Vector3d place(0.1 * std::pow(100, (column + 0.5) / kSide), 1, y);
      const campaign::Prediction expected = models.predict("f", place);
      EXPECT_NEAR(map.mean(row, column), expected.mean(0), 1e-9) << row << " " << column;
      EXPECT_NEAR(map.sd(row, column), expected.sd(0), 1e-9) << row << " " << column;
    }
  }
}

TEST(MapOf, FollowsWhatWasMeasured) {
  Bench bench;
  campaign::CampaignSpec spec = small_spec();
  spec.budget.measurements = 30;
  bench.run(spec);
  const campaign::CampaignView view = bench.campaign->view();
  constexpr int kSide = 40;
  const auto grid = make_map_grid(view, kSide);
  const ObservableMap map = map_of(bench.campaign->models(), *grid, "f");
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    const auto cell = [&](double value, double lower, double upper) {
      return std::min(kSide - 1, static_cast<int>(kSide * (value - lower) / (upper - lower)));
    };
    // Half a cell, with slopes of f up to 1.4, and noise of 0.025 at most.
    EXPECT_NEAR(map.mean(cell(one.position(1), -1, 2), cell(one.position(0), 0, 4)),
                one.observables.at(0).value, 0.2);
  }
}

TEST(ProfileOf, IsThereForOneAxisOnly) {
  Bench two;
  two.run(small_spec());
  EXPECT_FALSE(profile_of(two.campaign->view(), two.campaign->models(), "f"));

  Bench one;
  campaign::CampaignSpec spec = small_spec();
  spec.parameters.pop_back();
  one.run(spec);
  EXPECT_FALSE(make_map_grid(one.campaign->view(), 4));
  const campaign::Models models = one.campaign->models();
  const auto profile = profile_of(one.campaign->view(), models, "f");
  ASSERT_TRUE(profile);
  EXPECT_DOUBLE_EQ(profile->x.front(), 0);
  EXPECT_DOUBLE_EQ(profile->x.back(), 4);
  for (std::size_t i = 0; i < profile->x.size(); i += 20) {
    const Eigen::VectorXd place = Eigen::VectorXd::Constant(1, profile->x[i]);
    EXPECT_NEAR(profile->mean[i], models.predict("f", place).mean(0), 1e-9);
    EXPECT_NEAR(profile->sd[i], models.predict("f", place).sd(0), 1e-9);
  }
}

TEST(KnownOf, IsWhatTheFileSaysOfTheCandidateWhateverTheExposure) {
  campaign::CampaignSpec spec = awkward_spec();
  for (int i = 0; i < 8; ++i) {
    spec.candidates.push_back({Eigen::Vector3d(1 + i, 0.5, 0.1 * i), {}});
    if (i > 0) spec.candidates.back().about["hole"] = "A" + std::to_string(i);
  }
  spec.budget.measurements = 8;
  Bench bench;
  bench.run(spec);
  const campaign::CampaignView view = bench.campaign->view();
  ASSERT_EQ(view.scored().size(), 8U);
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    const auto known = known_of(view, one);
    const auto i = static_cast<int>(std::lround(one.requested(0))) - 1;
    ASSERT_EQ(known.size(), i > 0 ? 1U : 0U) << i;
    if (i > 0) {
      EXPECT_EQ(std::get<std::string>(known.at("hole")), "A" + std::to_string(i));
    }
  }
}

// On a logarithmic axis candidates may be closer than rounding is to the whole range.
TEST(KnownOf, TellsCandidatesOfALogarithmicAxisApart) {
  campaign::CampaignSpec spec = small_spec();
  spec.parameters.pop_back();
  spec.parameters[0].scale = optimizer::ParameterScale::kLog;
  spec.parameters[0].lower = 1e-6;
  spec.parameters[0].upper = 1e6;
  for (const double value : {1e-6, 2e-6, 3e-6, 3e-6 * (1 + 1e-12), 1e5}) {
    spec.candidates.push_back({Eigen::VectorXd::Constant(1, value), {}});
    spec.candidates.back().about["value"] = value;
  }
  campaign::CampaignCreated created;
  created.spec = spec;
  const campaign::CampaignView view({{1, 0, created, "test"}});
  const auto known = [&](double value) {
    campaign::MeasurementView one;
    one.requested = Eigen::VectorXd::Constant(1, value);
    const auto found = known_of(view, one);
    return found.empty() ? 0.0 : std::get<double>(found.at("value"));
  };
  for (const campaign::Candidate& one : spec.candidates)
    EXPECT_EQ(known(one.position(0)), one.position(0));
  EXPECT_EQ(known(2e-6 * (1 + 1e-11)), 2e-6);
  EXPECT_EQ(known(2.1e-6), 0);
}

TEST(ProbableClasses, AreFeaturesAndKindsOfTheProbableGeometry) {
  const std::string root = "transmission_small_angle";
  const std::vector<scattering::ClassProbability> classes = {{root, 0.97, 0},
                                                             {root + "/ring", 0.95, 0},
                                                             {root + "/halo", 0.2, 0},
                                                             {root + "/many_rings", 0.8, 0},
                                                             {root + "/ring/lamellar", 0.9, 0},
                                                             {root + "/ring/hexagonal", 0.05, 0},
                                                             {root + "/ring/isotropic", 0.9, 0},
                                                             {root + "/ring/sharp", 0.9, 0},
                                                             {"grazing_small_angle", 0.03, 0},
                                                             {"instrument/gaps", 0.99, 0},
                                                             {"problem/weak", 0.8, 0}};
  EXPECT_EQ(probable_classes(classes), "many_rings, lamellar");
}

TEST(ProbableClasses, AreAsDetailedAsIsProbable) {
  const std::string root = "grazing_small_angle";
  EXPECT_EQ(probable_classes({{root, 0.9, 0}, {root + "/ring", 0.8, 0}}), "ring");
  EXPECT_EQ(probable_classes(
                {{root, 0.9, 0}, {root + "/halo", 0.8, 0}, {root + "/halo/oriented", 0.7, 0}}),
            "halo");
  EXPECT_EQ(probable_classes({{root, 0.9, 0}, {root + "/ring", 0.4, 0}}), root);
  EXPECT_EQ(probable_classes({{root, 0.4, 0}, {"instrument/gaps", 0.9, 0}}), "");
  EXPECT_EQ(probable_classes({}), "");
}

// Frames are looked through, and the instrument answers with values.
TEST(TransitionTrouble, SaysThatThereWasNothingToLookIn) {
  const auto trouble_of = [](const std::vector<std::string>& observables) {
    campaign::CampaignSpec spec = small_spec();
    spec.transitions = campaign::TransitionWatch{"x", observables};
    Bench bench;
    bench.run(spec);
    const campaign::CampaignView view = bench.campaign->view();
    const std::string trouble = transition_trouble(view);
    const bool told = transition_section(view).find("nothing to look in") != std::string::npos;
    EXPECT_EQ(told, !trouble.empty());
    return trouble;
  };
  EXPECT_EQ(trouble_of({}), "there was nothing to look in: no measurement was a frame");
  EXPECT_EQ(trouble_of({"f"}), "");
}

TEST(Progression, UncertaintyAndErrorFallAndTheBestNeverGetsWorse) {
  Bench bench;
  campaign::CampaignSpec spec = small_spec();
  spec.budget.measurements = 30;
  bench.run(spec);
  const campaign::CampaignView view = bench.campaign->view();
  const Progression run = progression(view, bench.fitter);
  ASSERT_EQ(run.count.size(), 30U);
  for (std::size_t i = 1; i < run.best.size(); ++i) EXPECT_GE(run.best[i], run.best[i - 1]);
  const auto& uncertainty = run.uncertainty.at("f");
  const auto first = std::find_if(uncertainty.begin(), uncertainty.end(),
                                  [](double value) { return std::isfinite(value); });
  ASSERT_NE(first, uncertainty.end());
  EXPECT_LT(uncertainty.back(), *first);
  EXPECT_TRUE(std::isnan(run.error.at("f").front())) << "nothing was predicted yet";
  EXPECT_LT(run.error.at("f").back(), 0.5) << "a smooth function is known after 30 measurements";
}

}  // namespace
}  // namespace foray::app::report_data_test
