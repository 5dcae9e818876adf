#include "foray/surrogate/shifted_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gp_cases.h"

namespace foray::surrogate::shifted_model_test {
namespace {

Eigen::VectorXd wave(const Eigen::Ref<const Eigen::MatrixXd>& x) {
  return (4 * x.row(0).array()).sin() + 10 * x.row(1).array().square();
}

struct Shifted {
  testing::Data data = testing::smooth_data(2, 20, 3);
  Gp inner = make_gp(data, testing::some_hyperparameters(2));
  std::unique_ptr<Model> model =
      shift_model(std::make_unique<Gp>(inner), std::make_shared<const KnownMean>(&wave));
  Eigen::MatrixXd points = testing::smooth_data(2, 7, 4).x;
};

TEST(ShiftedModel, AddsTheFunctionToEveryMeanAndToNoVariance) {
  const Shifted s;
  const Posterior inner = s.inner.predict(s.points);
  const Eigen::VectorXd shift = wave(s.points);
  EXPECT_EQ(s.model->predict(s.points).mean, inner.mean + shift);
  EXPECT_EQ(s.model->predict(s.points).variance, inner.variance);
  EXPECT_LT((s.model->predict_mean(s.points) - inner.mean - shift).norm(), 1e-12);
  EXPECT_LT((s.model->joint(s.points).mean - inner.mean - shift).norm(), 1e-12);
  EXPECT_EQ(s.model->joint(s.points).covariance, s.inner.joint(s.points).covariance);
  EXPECT_EQ(s.model->covariance_to(s.points)->values(s.points),
            s.inner.covariance_to(s.points)->values(s.points));
  Rng one(5);
  Rng two(5);
  EXPECT_LT((s.model->draw_path(one)->evaluate(s.points) -
             s.inner.draw_path(two)->evaluate(s.points) - shift)
                .norm(),
            1e-12);
}

TEST(ShiftedModel, StaysShiftedWithPendingPointsAndHasItsGradient) {
  const Shifted s;
  const auto pending = s.model->condition_on_pending(s.points.leftCols(2), Eigen::Vector2d(.1, .1));
  EXPECT_LT((pending->predict(s.points).mean - s.model->predict(s.points).mean).norm(), 1e-9);
  EXPECT_LT(pending->predict(s.points).variance(0), s.model->predict(s.points).variance(0));
  const Eigen::Vector2d at(.3, .6);
  const PosteriorGradient gradient = s.model->predict_with_gradient(at);
  for (int i = 0; i < 2; ++i) {
    const Eigen::Vector2d step = 1e-5 * Eigen::Vector2d::Unit(i);
    EXPECT_NEAR(gradient.mean_gradient(i),
                (s.model->predict_mean(at + step) - s.model->predict_mean(at - step))(0) / 2e-5,
                1e-6);
  }
}

TEST(ShiftedModel, ShiftsThePriorAndTheGradientsOfPaths) {
  const Shifted s;
  EXPECT_EQ(s.model->prior(s.points).mean, s.inner.prior(s.points).mean + wave(s.points));
  EXPECT_EQ(s.model->prior(s.points).variance, s.inner.prior(s.points).variance);
  Rng rng(6);
  const auto path = s.model->draw_path(rng);
  const Eigen::Vector2d at(.3, .6);
  Eigen::VectorXd gradient;
  EXPECT_NEAR(path->evaluate_with_gradient(at, gradient), path->evaluate(at)(0), 1e-12);
  for (int i = 0; i < 2; ++i) {
    const Eigen::Vector2d step = 1e-4 * Eigen::Vector2d::Unit(i);
    EXPECT_NEAR(gradient(i), (path->evaluate(at + step) - path->evaluate(at - step))(0) / 2e-4,
                1e-4);
  }
}

TEST(ShiftedModel, RefusesNothing) {
  EXPECT_THROW((void)shift_model(nullptr, std::make_shared<const KnownMean>(&wave)),
               std::invalid_argument);
  const Shifted s;
  EXPECT_THROW(
      (void)shift_model(std::make_unique<Gp>(s.inner), std::make_shared<const KnownMean>()),
      std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::shifted_model_test
