#include "foray/surrogate/extended_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/surrogate/gp_training.h"
#include "gp_cases.h"

namespace foray::surrogate::extended_model_test {
namespace {

using testing::some_hyperparameters;

// The logit of being right of a line, and a property that doubles there.
struct Jump {
  std::shared_ptr<const Features> features;
  Observations property;
};

double truth(const Eigen::Vector2d& x) { return (x(0) > 0.5 ? 2.0 : 1.0) + 0.3 * x(1); }

Jump make_jump() {
  Observations side;
  side.x = testing::smooth_data(2, 60, 71).x;
  side.y = 200 * (side.x.row(0).transpose().array() - 0.5);
  side.noise = Eigen::VectorXd::Constant(60, 1e-4);
  Rng rng(1);
  const GpFit fit = fit_gp(side, {}, rng);
  Jump jump;
  jump.features = std::make_shared<const Features>(
      std::vector<std::shared_ptr<const Model>>{std::make_shared<const Gp>(fit.model)});
  jump.property.x = testing::smooth_data(2, 40, 72).x;
  jump.property.y.resize(40);
  for (Eigen::Index i = 0; i < 40; ++i) jump.property.y(i) = truth(jump.property.x.col(i));
  jump.property.noise = Eigen::VectorXd::Constant(40, 1e-4);
  return jump;
}

std::unique_ptr<Model> extended(const Jump& jump) {
  Observations data = jump.property;
  data.x = jump.features->extend(data.x);
  data.features = 1;
  Rng rng(1);
  return extend_model(std::make_unique<Gp>(fit_gp(data, {}, rng).model), jump.features);
}

TEST(ExtendedModel, FollowsAJumpThatAPlainModelSmears) {
  const Jump jump = make_jump();
  Rng rng(1);
  const Gp plain = fit_gp(jump.property, {}, rng).model;
  const auto model = extended(jump);
  const Eigen::MatrixXd at = testing::smooth_data(2, 200, 73).x;
  double squares = 0;
  double plain_squares = 0;
  const Eigen::VectorXd mean = model->predict_mean(at);
  const Eigen::VectorXd plain_mean = plain.predict_mean(at);
  for (Eigen::Index i = 0; i < at.cols(); ++i) {
    squares += std::pow(mean(i) - truth(at.col(i)), 2);
    plain_squares += std::pow(plain_mean(i) - truth(at.col(i)), 2);
  }
  // What remains is where the logistic function takes a fiftieth of the square to rise.
  EXPECT_LT(std::sqrt(squares / 200), 0.1);
  EXPECT_LT(squares, 0.25 * plain_squares);
}

TEST(ExtendedModel, GradientsMatchCentralDifferences) {
  const auto model = extended(make_jump());
  const Eigen::MatrixXd references = testing::smooth_data(2, 5, 74).x;
  const auto covariance = model->covariance_to(references);
  const Eigen::Vector2d at(0.52, 0.4);
  const PosteriorGradient gradient = model->predict_with_gradient(at);
  const Eigen::MatrixXd both = covariance->with_gradient(at);
  EXPECT_NEAR(gradient.mean, model->predict(at).mean(0), 1e-10);
  EXPECT_TRUE(both.row(0).isApprox(covariance->values(at), 1e-8));
  // Differences of fourth order: the property is steep where the logit is, and rounding of the
  // logit, which reaches 100, forbids short steps.
  constexpr double kStep = 1e-4;
  const Eigen::Vector4d weights(1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12);
  for (int i = 0; i < 2; ++i) {
    Eigen::MatrixXd around = at.replicate(1, 4);
    around.row(i) += kStep * Eigen::RowVector4d(-2, -1, 1, 2);
    const Posterior posterior = model->predict(around);
    const Eigen::MatrixXd values = covariance->values(around);
    EXPECT_NEAR(gradient.mean_gradient(i), posterior.mean.dot(weights) / kStep, 1e-5);
    EXPECT_NEAR(gradient.variance_gradient(i), posterior.variance.dot(weights) / kStep, 1e-5);
    for (Eigen::Index m = 0; m < 5; ++m)
      EXPECT_NEAR(both(1 + i, m), values.col(m).dot(weights) / kStep, 1e-5);
  }
}

TEST(ExtendedModel, PathsHaveTheirGradientsAndThePriorIsThatOfTheModelInside) {
  const Jump jump = make_jump();
  const auto model = extended(jump);
  Rng rng(4);
  const auto path = model->draw_path(rng);
  const Eigen::Vector2d x(.52, .4);
  Eigen::VectorXd gradient;
  EXPECT_NEAR(path->evaluate_with_gradient(x, gradient), path->evaluate(x)(0), 1e-10);
  for (Eigen::Index i = 0; i < 2; ++i) {
    const Eigen::Vector2d step = 1e-5 * Eigen::Vector2d::Unit(i);
    const double expected = (path->evaluate(x + step)(0) - path->evaluate(x - step)(0)) / 2e-5;
    EXPECT_NEAR(gradient(i), expected, 1e-4 * std::max(1.0, std::abs(expected)));
  }
  const Posterior prior = model->prior(Eigen::MatrixXd::Random(2, 3));
  EXPECT_GE(prior.variance.minCoeff(), model->predict(x).variance(0));
  EXPECT_EQ(prior.mean.size(), 3);
}

TEST(ExtendedModel, IsConsistentBetweenItsPredictions) {
  const auto model = extended(make_jump());
  const Eigen::MatrixXd at = testing::smooth_data(2, 6, 75).x;
  const Posterior marginal = model->predict(at);
  const JointPosterior joint = model->joint(at);
  EXPECT_EQ(model->dimension(), 2);
  EXPECT_EQ(model->predict_mean(at), marginal.mean);
  EXPECT_TRUE(joint.mean.isApprox(marginal.mean, 1e-10));
  EXPECT_TRUE(joint.covariance.diagonal().isApprox(marginal.variance, 1e-6));
  EXPECT_TRUE(model->cross_covariance(at, at).isApprox(joint.covariance, 1e-6));
  const auto pending = model->condition_on_pending(at.leftCols(1), Eigen::VectorXd::Zero(1));
  EXPECT_LT(pending->predict(at).variance(0), marginal.variance(0));
  Rng rng(3);
  const auto path = model->draw_path(rng);
  const Eigen::VectorXd all = path->evaluate(at);
  EXPECT_NEAR(path->evaluate(at.col(2))(0), all(2), 1e-10);
}

TEST(ExtendedModel, RefusesModelsThatDoNotFit) {
  EXPECT_THROW(Features({}), std::invalid_argument);
  EXPECT_THROW(Features({nullptr}), std::invalid_argument);
  const Jump jump = make_jump();
  const auto message = [](auto&& call) {
    try {
      call();
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  const testing::Data two = testing::smooth_data(2, 10, 76);
  EXPECT_THAT(message([&] {
                (void)extend_model(std::make_unique<Gp>(make_gp(two, some_hyperparameters(2))),
                                   jump.features);
              }),
              ::testing::HasSubstr("expected a model of 3 coordinates, got 2"));
  EXPECT_THAT(message([&] { (void)jump.features->extend(Eigen::MatrixXd::Zero(3, 1)); }),
              ::testing::HasSubstr("expected 2 coordinates, got 3"));
}

}  // namespace
}  // namespace foray::surrogate::extended_model_test
