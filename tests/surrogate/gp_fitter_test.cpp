#include "foray/surrogate/gp_fitter.h"

#include <gtest/gtest.h>

#include "gp_cases.h"

namespace foray::surrogate::gp_fitter_test {
namespace {

using testing::Data;
using testing::smooth_data;

TEST(GpFitter, RebuildIsTheFittedModelBitForBit) {
  const Data data = smooth_data(2, 40, 51);
  const Data points = smooth_data(2, 30, 52);
  const GpFitter fitter;
  Rng rng(1);
  const FitOutcome outcome = fitter.fit(data, std::nullopt, {}, rng);
  ASSERT_NE(outcome.model, nullptr);
  EXPECT_EQ(outcome.hyperparameters.size(), 4);
  EXPECT_GT(outcome.evaluations, 0);
  const std::unique_ptr<Model> again = fitter.rebuild(data, outcome.hyperparameters);
  EXPECT_EQ(again->predict(points.x).mean, outcome.model->predict(points.x).mean);
  EXPECT_EQ(again->predict(points.x).variance, outcome.model->predict(points.x).variance);
}

TEST(GpFitter, GoesOnFromItsOwnHyperparameters) {
  const Data data = smooth_data(2, 40, 53);
  const GpFitter fitter;
  Rng rng(1);
  const FitOutcome first = fitter.fit(data, std::nullopt, {}, rng);
  const FitOutcome second = fitter.fit(data, first.hyperparameters, {}, rng);
  EXPECT_LT(second.evaluations, first.evaluations);
  EXPECT_EQ(second.status, FitStatus::kConverged);
}

TEST(GpFitter, UsesTheKernelThatTheDataName) {
  Data data = smooth_data(2, 20, 56);
  const Eigen::MatrixXd at = smooth_data(2, 5, 57).x;
  const Eigen::VectorXd h = pack(testing::some_hyperparameters(2));
  FitOptions rough;
  rough.gp.kernel = KernelKind::kMatern12;
  const Eigen::VectorXd expected = GpFitter(rough).rebuild(data, h)->predict(at).mean;
  EXPECT_NE(GpFitter().rebuild(data, h)->predict(at).mean, expected);
  data.kernel = KernelKind::kMatern12;
  EXPECT_EQ(GpFitter().rebuild(data, h)->predict(at).mean, expected);
}

TEST(GpFitter, PassesTheBudgetOn) {
  const Data data = smooth_data(2, 40, 54);
  const GpFitter fitter;
  Rng rng(1);
  FitBudget budget;
  budget.max_evaluations = 2;
  const FitOutcome outcome = fitter.fit(data, std::nullopt, budget, rng);
  EXPECT_TRUE(outcome.cut);
  EXPECT_EQ(outcome.evaluations, 2);
}

FitBudget with_draws(int draws) {
  FitBudget budget;
  budget.draws = draws;
  return budget;
}

TEST(GpFitter, AveragesOverDrawsOfItsHyperparametersAndRebuildsThemBitForBit) {
  const Data data = smooth_data(2, 15, 58);
  const Data points = smooth_data(2, 30, 52);
  const GpFitter fitter;
  Rng rng(1);
  const FitOutcome outcome = fitter.fit(data, std::nullopt, with_draws(8), rng);
  EXPECT_EQ(outcome.status, FitStatus::kConverged);
  EXPECT_FALSE(outcome.cut);
  EXPECT_EQ(outcome.hyperparameters.size(), 9 * 4);
  EXPECT_EQ(outcome.model->members().size(), 8U);
  const auto again = fitter.rebuild(data, outcome.hyperparameters);
  EXPECT_EQ(again->predict(points.x).mean, outcome.model->predict(points.x).mean);
  EXPECT_EQ(again->predict(points.x).variance, outcome.model->predict(points.x).variance);
  Rng same(1);
  EXPECT_EQ(fitter.fit(data, std::nullopt, with_draws(8), same).hyperparameters,
            outcome.hyperparameters);
  // The first set is that of a training without draws.
  Rng without(1);
  EXPECT_EQ(fitter.fit(data, std::nullopt, {}, without).hyperparameters,
            outcome.hyperparameters.head(4));
}

TEST(GpFitter, GoesOnFromTheBestOfHyperparametersWithDraws) {
  const Data data = smooth_data(2, 30, 59);
  const GpFitter fitter;
  Rng rng(1);
  const FitOutcome first = fitter.fit(data, std::nullopt, with_draws(4), rng);
  const FitOutcome one = fitter.fit(data, first.hyperparameters, {}, rng);
  const FitOutcome two = fitter.fit(data, first.hyperparameters.head(4).eval(), {}, rng);
  EXPECT_EQ(one.hyperparameters, two.hyperparameters);
  EXPECT_EQ(one.hyperparameters.size(), 4);
}

// A search that ends at its number of steps leaves time for draws.
TEST(GpFitter, DrawsAroundWhatASearchHasReached) {
  const Data data = smooth_data(2, 30, 59);
  FitOptions hasty;
  hasty.warm_evaluations = 2;
  const GpFitter fitter(hasty);
  Rng rng(1);
  const FitOutcome outcome =
      fitter.fit(data, pack(testing::some_hyperparameters(2)), with_draws(5), rng);
  EXPECT_EQ(outcome.status, FitStatus::kCut);
  EXPECT_EQ(outcome.model->members().size(), 5U);
}

TEST(GpFitter, DrawsNothingWithoutTimeOrData) {
  const Data data = smooth_data(2, 30, 59);
  const GpFitter fitter;
  Rng rng(1);
  FitBudget budget = with_draws(8);
  budget.max_evaluations = 200;  // Enough to converge, too few for eight draws.
  const FitOutcome few = fitter.fit(data, std::nullopt, budget, rng);
  EXPECT_TRUE(few.cut);
  EXPECT_EQ(few.evaluations, 200);
  EXPECT_EQ(few.hyperparameters.size() % 4, 0);
  EXPECT_LT(few.hyperparameters.size(), 9 * 4);
  const FitOutcome two =
      fitter.fit({data.x.leftCols(2), data.y.head(2), data.noise.head(2)}, {}, with_draws(8), rng);
  EXPECT_EQ(two.status, FitStatus::kUntrained);
  EXPECT_EQ(two.hyperparameters.size(), 4);
  EXPECT_TRUE(two.model->members().empty());
}

TEST(GpFitter, RefusesInvalidOptionsAndHyperparameters) {
  FitOptions options;
  options.starts = 0;
  EXPECT_THROW(GpFitter{options}, std::invalid_argument);
  const Data data = smooth_data(2, 5, 55);
  EXPECT_THROW((void)GpFitter().rebuild(data, Eigen::VectorXd::Ones(3)), std::invalid_argument);
  EXPECT_THROW((void)GpFitter().rebuild(data, Eigen::VectorXd::Ones(7)), std::invalid_argument);
  EXPECT_THROW((void)GpFitter().rebuild(data, Eigen::VectorXd(0)), std::invalid_argument);
  Rng rng(1);
  EXPECT_THROW((void)GpFitter().fit(data, {}, with_draws(-1), rng), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::gp_fitter_test
