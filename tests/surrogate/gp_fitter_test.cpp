#include "foray/surrogate/gp_fitter.h"

#include <gtest/gtest.h>

#include "gp_cases.h"

namespace foray::surrogate {
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

TEST(GpFitter, RefusesInvalidOptionsAndHyperparameters) {
  FitOptions options;
  options.starts = 0;
  EXPECT_THROW(GpFitter{options}, std::invalid_argument);
  const Data data = smooth_data(2, 5, 55);
  EXPECT_THROW((void)GpFitter().rebuild(data, Eigen::VectorXd::Ones(3)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate
