#include "foray/campaign/predictability.h"

#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::predictability_test {
namespace {

std::vector<Predictability> of_run(Bench& bench, const CampaignSpec& spec) {
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  const CampaignView view(bench.journal.read(1));
  return predictability(view, Models::at(view, bench.fitter));
}

// Every point left out in earnest, with the hyperparameters of all. The mean is known: a learned
// one would follow the point that is left out.
TEST(Predictability, IsThatOfSurrogatesOfAllOtherResults) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.observables[0].mean = {MeanChoice::Kind::kFixed, 0.4};
  spec.budget.measurements = 15;
  const auto found = of_run(bench, spec);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].observable, "f");
  const CampaignView view(bench.journal.read(1));
  const Models models = Models::at(view, bench.fitter);
  const surrogate::Observations all = view.data(0, *models.space()).points;
  const Eigen::VectorXd h = view.trainings().back().record.models.at(0).hyperparameters;
  Eigen::VectorXd mean(15);
  Eigen::VectorXd variance(15);
  for (Eigen::Index i = 0; i < 15; ++i) {
    std::vector<Eigen::Index> others;
    for (Eigen::Index j = 0; j < 15; ++j)
      if (j != i) others.push_back(j);
    surrogate::Observations rest = all;
    rest.x = all.x(Eigen::all, others).eval();
    rest.y = all.y(others).eval();
    rest.noise = all.noise(others).eval();
    rest.bounds.pop_back();
    const auto posterior = bench.fitter.rebuild(rest, h)->predict(all.x.col(i));
    mean(i) = posterior.mean(0);
    variance(i) = posterior.variance(0) + all.noise(i) + h(h.size() - 1);
  }
  const surrogate::Calibration expected = surrogate::calibration_of(all.y, mean, variance);
  EXPECT_EQ(found[0].calibration.points, 15);
  EXPECT_EQ(found[0].calibration.coverage, expected.coverage);
  EXPECT_NEAR(found[0].calibration.ranked_score, expected.ranked_score, 1e-6);
  EXPECT_NEAR(found[0].calibration.negative_density, expected.negative_density, 1e-5);
  EXPECT_NEAR(found[0].calibration.expected_ranked_score, expected.expected_ranked_score, 1e-6);
}

TEST(Predictability, LeavesBoundsOut) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.observables[0].transform = Transform::kLogit;
  bench.instrument.function = [](const Eigen::VectorXd& x) { return x(0) / 4; };
  bench.instrument.noise_sd = 0;
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  const auto found = of_run(bench, spec);
  ASSERT_EQ(found.size(), 1u);
  const CampaignView view(bench.journal.read(1));
  int values = 0;
  for (const MeasurementId id : view.scored()) {
    const double p = view.measurement(id).observables.at(0).value;
    values += p >= 0.1 && p <= 0.9 ? 1 : 0;
  }
  EXPECT_EQ(found[0].calibration.points, values);
  EXPECT_LT(values, 12);
}

TEST(Predictability, IsThereForSurrogatesThatAverageAndThoseAboutAFormula) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.surrogate.hyperparameter_draws = 4;
  spec.observables[0].mean = {MeanChoice::Kind::kExpression, 0, "x + y"};
  const auto found = of_run(bench, spec);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].calibration.points, 12);
  EXPECT_EQ(records<Trained>(bench.journal).back().models.at(0).hyperparameters.size(), 5 * 4);
}

TEST(Predictability, HasNothingToSayBeforeThereIsASurrogate) {
  EXPECT_TRUE(predictability(CampaignView(), Models()).empty());
}

}  // namespace
}  // namespace foray::campaign::testing::predictability_test
