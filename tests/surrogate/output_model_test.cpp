#include "foray/surrogate/output_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "foray/surrogate/gp_training.h"
#include "gp_cases.h"
#include "kernel_cases.h"

namespace foray::surrogate::output_model_test {
namespace {

using testing::compound;
using testing::on;

KernelSpec mixed(Eigen::Index d, const Eigen::VectorXd& levels, int rank) {
  KernelSpec outputs(KernelKind::kCoregionalisation);
  outputs.axes = {d};
  outputs.levels = levels;
  outputs.rank = rank;
  KernelSpec places(KernelKind::kMatern52);
  for (Eigen::Index i = 0; i < d; ++i) places.axes.push_back(i);
  return compound(KernelKind::kProduct, {places, outputs});
}

double shape(const Eigen::Vector2d& x) { return std::sin(6 * x(0)) + x(1) * std::cos(5 * x(1)); }

// A quantity measured at 40 places and another, 5 - 100 times it, measured at 6 of its own.
std::vector<Observations> dense_and_sparse() {
  std::vector<Observations> outputs(2);
  for (std::size_t t = 0; t < 2; ++t) {
    outputs[t] = testing::smooth_data(2, t == 0 ? 40 : 6, t == 0 ? 81 : 82);
    for (Eigen::Index j = 0; j < outputs[t].y.size(); ++j) {
      const double value = shape(outputs[t].x.col(j));
      outputs[t].y(j) = t == 0 ? value : 5 - 100 * value;
    }
    outputs[t].noise.setConstant(t == 0 ? 1e-6 : 1e-2);
  }
  return outputs;
}

const Eigen::Vector2d kLevels(0, 1);

Stacked stacked_pair() {
  Stacked stacked = stack_outputs(dense_and_sparse(), kLevels);
  stacked.points.kernel = mixed(2, kLevels, 1);
  stacked.points.mean = MeanKind::kFixed;
  return stacked;
}

std::unique_ptr<Model> second_output(const Stacked& stacked) {
  Rng rng(1);
  return output_of(std::make_shared<Gp>(fit_gp(stacked.points, {}, rng).model), 1, stacked.mean(1),
                   stacked.scale(1));
}

TEST(OutputModel, WhatIsKnownOfOneOutputTellsOfTheOther) {
  const auto together = second_output(stacked_pair());
  Rng rng(1);
  const Gp alone = fit_gp(dense_and_sparse()[1], {}, rng).model;
  const Eigen::MatrixXd at = testing::smooth_data(2, 200, 83).x;
  double squares = 0;
  double alone_squares = 0;
  double within = 0;
  const Posterior posterior = together->predict(at);
  const Eigen::VectorXd alone_mean = alone.predict_mean(at);
  for (Eigen::Index j = 0; j < at.cols(); ++j) {
    const double truth = 5 - 100 * shape(at.col(j));
    squares += std::pow(posterior.mean(j) - truth, 2) / 200;
    alone_squares += std::pow(alone_mean(j) - truth, 2) / 200;
    within += std::abs(posterior.mean(j) - truth) < 3 * std::sqrt(posterior.variance(j)) ? 1 : 0;
  }
  EXPECT_LT(squares, 0.05 * alone_squares);
  EXPECT_GT(within, 180);
}

// The posterior written out: K = B(t, t') Matern-5/2(x, x').
TEST(OutputModel, IsTheIntrinsicModelOfCoregionalisation) {
  const Stacked stacked = stacked_pair();
  const Eigen::VectorXd w = Eigen::Vector2d(0.9, -1.3);
  const Eigen::VectorXd v = Eigen::Vector2d(0.2, 0.05);
  const Eigen::Vector2d l(0.4, 0.7);
  const Eigen::VectorXd theta{{l(0), l(1), w(0), v(0), w(1), v(1)}};
  const double nugget = 1e-3;
  const auto covariance = [&](const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
    const auto s = static_cast<Eigen::Index>(a(2));
    const auto t = static_cast<Eigen::Index>(b(2));
    const double r = ((a - b).head(2).array() / l.array()).matrix().norm() * std::sqrt(5.0);
    return (w(s) * w(t) + (s == t ? v(s) : 0)) * (1 + r + r * r / 3) * std::exp(-r);
  };
  const Observations& data = stacked.points;
  const Eigen::Index n = data.y.size();
  const Eigen::Vector3d at(0.3, 0.6, 1);
  Eigen::MatrixXd k(n, n);
  Eigen::VectorXd to(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    to(i) = covariance(data.x.col(i), at);
    for (Eigen::Index j = 0; j < n; ++j) k(i, j) = covariance(data.x.col(i), data.x.col(j));
    k(i, i) += data.noise(i) + nugget;
  }
  const Eigen::LDLT<Eigen::MatrixXd> factor(k);
  const auto model = output_of(std::make_shared<Gp>(make_gp(data, {theta, nugget})), 1,
                               stacked.mean(1), stacked.scale(1));
  const Posterior posterior = model->predict(at.head(2));
  EXPECT_NEAR(posterior.mean(0), stacked.mean(1) + stacked.scale(1) * to.dot(factor.solve(data.y)),
              1e-8 * stacked.scale(1));
  EXPECT_NEAR(posterior.variance(0),
              stacked.scale(1) * stacked.scale(1) * (covariance(at, at) - to.dot(factor.solve(to))),
              1e-8 * stacked.scale(1) * stacked.scale(1));
}

TEST(OutputModel, GradientsMatchCentralDifferences) {
  const auto model = second_output(stacked_pair());
  const Eigen::MatrixXd references = testing::smooth_data(2, 4, 84).x;
  const auto covariance = model->covariance_to(references);
  Rng rng(3);
  const auto path = model->draw_path(rng);
  const Eigen::Vector2d at(0.52, 0.4);
  const PosteriorGradient gradient = model->predict_with_gradient(at);
  const Eigen::MatrixXd both = covariance->with_gradient(at);
  Eigen::VectorXd slope;
  EXPECT_NEAR(path->evaluate_with_gradient(at, slope), path->evaluate(at)(0), 1e-8);
  EXPECT_NEAR(gradient.mean, model->predict(at).mean(0), 1e-8);
  EXPECT_NEAR(gradient.variance, model->predict(at).variance(0), 1e-7);
  EXPECT_TRUE(both.row(0).isApprox(covariance->values(at), 1e-8));
  constexpr double kStep = 1e-5;
  for (int i = 0; i < 2; ++i) {
    Eigen::MatrixXd around = at.replicate(1, 2);
    around(i, 0) += kStep;
    around(i, 1) -= kStep;
    const Posterior posterior = model->predict(around);
    const Eigen::VectorXd values = path->evaluate(around);
    const Eigen::MatrixXd covariances = covariance->values(around);
    const auto expected = [](double up, double down) { return (up - down) / (2 * kStep); };
    EXPECT_NEAR(gradient.mean_gradient(i), expected(posterior.mean(0), posterior.mean(1)), 1e-3);
    EXPECT_NEAR(gradient.variance_gradient(i),
                expected(posterior.variance(0), posterior.variance(1)), 1e-2);
    EXPECT_NEAR(slope(i), expected(values(0), values(1)), 1e-3);
    for (Eigen::Index m = 0; m < references.cols(); ++m)
      EXPECT_NEAR(both(1 + i, m), expected(covariances(0, m), covariances(1, m)), 1e-2);
  }
}

TEST(OutputModel, IsConsistentBetweenItsPredictions) {
  const auto model = second_output(stacked_pair());
  const Eigen::MatrixXd at = testing::smooth_data(2, 6, 85).x;
  const Posterior marginal = model->predict(at);
  const JointPosterior joint = model->joint(at);
  EXPECT_EQ(model->dimension(), 2);
  EXPECT_TRUE(model->predict_mean(at).isApprox(marginal.mean, 1e-12));
  EXPECT_TRUE(joint.mean.isApprox(marginal.mean, 1e-10));
  EXPECT_TRUE(joint.covariance.diagonal().isApprox(marginal.variance, 1e-6));
  EXPECT_TRUE(model->cross_covariance(at, at).isApprox(joint.covariance, 1e-6));
  const Posterior prior = model->prior(at);
  EXPECT_TRUE((prior.variance.array() > marginal.variance.array()).all());
  const auto later = model->condition_on_pending(at.col(0), Eigen::VectorXd::Constant(1, 1e-2));
  EXPECT_LT(later->predict(at).variance(0), marginal.variance(0));
  EXPECT_TRUE(later->predict_mean(at).isApprox(marginal.mean, 1e-6));
}

TEST(OutputModel, PathsHaveThePosteriorsMoments) {
  const auto model = second_output(stacked_pair());
  const Eigen::MatrixXd at = testing::smooth_data(2, 3, 86).x;
  const JointPosterior joint = model->joint(at);
  Rng rng(5);
  constexpr int kPaths = 400;
  Eigen::MatrixXd values(3, kPaths);
  for (int p = 0; p < kPaths; ++p) values.col(p) = model->draw_path(rng)->evaluate(at);
  const Eigen::VectorXd mean = values.rowwise().mean();
  for (Eigen::Index i = 0; i < 3; ++i) {
    const double variance = (values.row(i).array() - mean(i)).square().mean();
    const double sd = std::sqrt(joint.covariance(i, i));
    EXPECT_NEAR(mean(i), joint.mean(i), 5 * sd / std::sqrt(kPaths));
    EXPECT_NEAR(variance / (sd * sd), 1, 0.35);
  }
}

TEST(OutputModel, AnOutputOnAnotherScaleChangesNothingElse) {
  std::vector<Observations> outputs = dense_and_sparse();
  outputs[1].y *= 1024;
  outputs[1].noise *= 1024.0 * 1024.0;
  Stacked scaled = stack_outputs(outputs, kLevels);
  const Stacked plain = stacked_pair();
  EXPECT_EQ(scaled.points.x, plain.points.x);
  EXPECT_EQ(scaled.points.y, plain.points.y);
  EXPECT_EQ(scaled.points.noise, plain.points.noise);
  EXPECT_EQ(scaled.scale(1), 1024 * plain.scale(1));
}

TEST(OutputModel, KeepsOutputsWithoutDataAndBounds) {
  std::vector<Observations> outputs = dense_and_sparse();
  outputs[1] = {Eigen::MatrixXd(2, 0), Eigen::VectorXd(0), Eigen::VectorXd(0)};
  outputs[0].bounds.assign(40, Bound::kNone);
  outputs[0].bounds[3] = Bound::kAtMost;
  const Stacked stacked = stack_outputs(outputs, kLevels);
  EXPECT_EQ(stacked.points.y.size(), 40);
  EXPECT_EQ(stacked.points.bounds[3], Bound::kAtMost);
  EXPECT_EQ(stacked.scale(1), 1);
  EXPECT_NEAR(stacked.points.y.mean(), 0, 1e-14);
}

TEST(OutputModel, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)stack_outputs({}, Eigen::VectorXd(0)), std::invalid_argument);
  EXPECT_THROW((void)stack_outputs(dense_and_sparse(), Eigen::VectorXd::Zero(3)),
               std::invalid_argument);
  std::vector<Observations> outputs = dense_and_sparse();
  outputs[1].x.conservativeResize(1, Eigen::NoChange);
  EXPECT_THROW((void)stack_outputs(outputs, kLevels), std::invalid_argument);
  EXPECT_THROW((void)output_of(nullptr, 0, 0, 1), std::invalid_argument);
  const auto line = std::make_shared<Gp>(
      make_gp(testing::smooth_data(1, 4, 1), testing::some_hyperparameters(1)));
  EXPECT_THROW((void)output_of(line, 0, 0, 1), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::output_model_test
