#include "foray/surrogate/sparse_gp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "foray/surrogate/conditioned_model.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/gp_fitter.h"
#include "gp_cases.h"

namespace foray::surrogate::sparse_gp_test {
namespace {

using testing::smooth_data;

GpOptions wendland(int smoothness = 2) {
  GpOptions options;
  options.kernel = KernelKind::kWendland;
  options.kernel.smoothness = smoothness;
  return options;
}

// A point has about n pi l^2 neighbours.
Hyperparameters local(double l) { return hyperparameters(1.7, Eigen::Vector2d(l, 1.4 * l), 1e-3); }

TEST(SparseGp, AgreesWithTheDenseModel) {
  const Observations data = smooth_data(2, 2000, 91);
  const Hyperparameters h = local(0.09);
  const SparseGp sparse = make_sparse_gp(data, h, wendland());
  const Gp dense = make_gp(data, h, wendland());
  EXPECT_NEAR(sparse.log_marginal_likelihood(), dense.log_marginal_likelihood(),
              1e-8 * std::abs(dense.log_marginal_likelihood()));
  const Eigen::MatrixXd at = smooth_data(2, 50, 92).x;
  const Posterior ours = sparse.predict(at);
  const Posterior theirs = dense.predict(at);
  EXPECT_LT((ours.mean - theirs.mean).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT((ours.variance - theirs.variance).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT((sparse.predict_mean(at) - theirs.mean).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT((sparse.joint(at).covariance - dense.joint(at).covariance).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT(
      (sparse.cross_covariance(at.leftCols(5), at) - dense.cross_covariance(at.leftCols(5), at))
          .cwiseAbs()
          .maxCoeff(),
      1e-8);
  const Eigen::MatrixXd references = smooth_data(2, 4, 93).x;
  const auto ours_to = sparse.covariance_to(references);
  const auto theirs_to = dense.covariance_to(references);
  EXPECT_LT((ours_to->values(at) - theirs_to->values(at)).cwiseAbs().maxCoeff(), 1e-8);
  for (Eigen::Index j = 0; j < 3; ++j) {
    const PosteriorGradient here = sparse.predict_with_gradient(at.col(j));
    const PosteriorGradient there = dense.predict_with_gradient(at.col(j));
    EXPECT_NEAR(here.mean, there.mean, 1e-8);
    EXPECT_NEAR(here.variance, there.variance, 1e-8);
    EXPECT_LT((here.mean_gradient - there.mean_gradient).norm(), 1e-6);
    EXPECT_LT((here.variance_gradient - there.variance_gradient).norm(), 1e-6);
    EXPECT_LT((ours_to->with_gradient(at.col(j)) - theirs_to->with_gradient(at.col(j)))
                  .cwiseAbs()
                  .maxCoeff(),
              1e-6);
  }
  const Posterior prior = sparse.prior(at);
  EXPECT_NEAR(prior.mean(0), dense.prior(at).mean(0), 1e-8);
  EXPECT_NEAR(prior.variance(0), 1.7, 1e-12);
}

TEST(SparseGp, LeavesOneOutAsTheDenseModelDoes) {
  for (const MeanKind mean : {MeanKind::kGeneralisedLeastSquares, MeanKind::kFixed}) {
    const Observations data = smooth_data(2, 2000, 96);
    GpOptions options = wendland();
    options.mean = mean;
    options.fixed_mean = 0.4;
    const auto ours = make_sparse_gp(data, local(0.09), options).left_out();
    const LeaveOneOut theirs = make_gp(data, local(0.09), options).leave_one_out();
    ASSERT_TRUE(ours);
    EXPECT_LT((ours->mean - theirs.mean).cwiseAbs().maxCoeff(), 1e-8);
    EXPECT_LT((ours->variance - theirs.variance).cwiseAbs().maxCoeff(), 1e-8);
    EXPECT_LT((ours->error - theirs.error).cwiseAbs().maxCoeff(), 1e-8);
  }
}

// A column of the factor without rows below it, and points that nothing is near to.
TEST(SparseGp, LeavesOneOutWhereNothingIsNear) {
  Observations data{Eigen::MatrixXd{{0.1, 0.12, 0.5, 0.9}, {0.1, 0.1, 0.5, 0.9}},
                    Eigen::VectorXd{{1, 2, 3, 4}}, Eigen::VectorXd::Constant(4, 0.01)};
  GpOptions options = wendland();
  options.mean = MeanKind::kFixed;
  const auto out = make_sparse_gp(data, local(0.05), options).left_out();
  ASSERT_TRUE(out);
  EXPECT_NEAR(out->mean(2), 0, 1e-15);
  EXPECT_NEAR(out->variance(3), 1.7 + 0.01 + 1e-3, 1e-14);
  EXPECT_NEAR(out->mean(0),
              make_sparse_gp({data.x.col(1), data.y.segment(1, 1), data.noise.segment(1, 1)},
                             local(0.05), options)
                  .predict(data.x.col(0))
                  .mean(0),
              1e-12);
}

TEST(SparseGp, AgreesInOneDimensionAndInFour) {
  for (const Eigen::Index d : {1, 4}) {
    const Observations data = smooth_data(d, 300, 94);
    const Hyperparameters h =
        hyperparameters(0.8, Eigen::VectorXd::Constant(d, d == 1 ? 0.03 : 0.4), 1e-3);
    const Eigen::MatrixXd at = smooth_data(d, 20, 95).x;
    const Posterior ours = make_sparse_gp(data, h, wendland(1)).predict(at);
    const Posterior theirs = make_gp(data, h, wendland(1)).predict(at);
    EXPECT_LT((ours.mean - theirs.mean).cwiseAbs().maxCoeff(), 1e-9) << d;
    EXPECT_LT((ours.variance - theirs.variance).cwiseAbs().maxCoeff(), 1e-9) << d;
  }
}

TEST(SparseGp, PointsInFlightTakeTheirShareAsInTheDenseModel) {
  const Observations data = smooth_data(2, 400, 96);
  const Hyperparameters h = local(0.15);
  const Eigen::MatrixXd pending = smooth_data(2, 3, 97).x;
  const Eigen::VectorXd noise = Eigen::Vector3d(1e-3, 2e-3, 0);
  const Eigen::MatrixXd at = smooth_data(2, 30, 98).x;
  const auto ours = make_sparse_gp(data, h, wendland()).condition_on_pending(pending, noise);
  const auto theirs = make_gp(data, h, wendland()).condition_on_pending(pending, noise);
  EXPECT_LT((ours->predict(at).mean - theirs->predict(at).mean).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT((ours->predict(at).variance - theirs->predict(at).variance).cwiseAbs().maxCoeff(),
            1e-8);
  EXPECT_LT((ours->joint(at).covariance - theirs->joint(at).covariance).cwiseAbs().maxCoeff(),
            1e-8);
  const PosteriorGradient here = ours->predict_with_gradient(at.col(0));
  EXPECT_LT(
      (here.variance_gradient - theirs->predict_with_gradient(at.col(0)).variance_gradient).norm(),
      1e-6);
  const Eigen::MatrixXd references = at.leftCols(4);
  EXPECT_LT((ours->covariance_to(references)->with_gradient(at.col(7)) -
             theirs->covariance_to(references)->with_gradient(at.col(7)))
                .cwiseAbs()
                .maxCoeff(),
            1e-6);
  // More of them at once, or one after another.
  const auto again = ours->condition_on_pending(at.leftCols(1), Eigen::VectorXd::Constant(1, 1e-3));
  Eigen::MatrixXd all(2, 4);
  all << pending, at.leftCols(1);
  Eigen::VectorXd variances(4);
  variances << noise, 1e-3;
  const auto at_once = make_sparse_gp(data, h, wendland()).condition_on_pending(all, variances);
  EXPECT_NEAR(again->predict(at.col(9)).variance(0), at_once->predict(at.col(9)).variance(0),
              1e-12);
}

TEST(SparseGp, PathsHaveThePosteriorsMoments) {
  const Observations data = smooth_data(2, 60, 99);
  GpOptions options = wendland();
  options.path_features = 512;
  const SparseGp model = make_sparse_gp(data, local(0.3), options);
  const Eigen::MatrixXd at = smooth_data(2, 4, 100).x;
  const Posterior posterior = model.predict(at);
  const Eigen::VectorXd noise = Eigen::VectorXd::Constant(1, 0.01);
  const auto later = model.condition_on_pending(at.leftCols(1), noise);
  const Posterior less = later->predict(at);
  Rng rng(3);
  constexpr int kPaths = 600;
  Eigen::MatrixXd values(4, kPaths);
  Eigen::MatrixXd later_values(4, kPaths);
  for (int p = 0; p < kPaths; ++p) {
    values.col(p) = model.draw_path(rng)->evaluate(at);
    later_values.col(p) = later->draw_path(rng)->evaluate(at);
  }
  const auto check = [&](const Eigen::MatrixXd& drawn, const Posterior& expected) {
    for (Eigen::Index i = 0; i < 4; ++i) {
      const double mean = drawn.row(i).mean();
      const double variance = (drawn.row(i).array() - mean).square().mean();
      // Five standard errors; that of a variance is sqrt(2 / n) of it, features add theirs.
      EXPECT_NEAR(mean, expected.mean(i), 5 * std::sqrt(expected.variance(i) / kPaths));
      EXPECT_NEAR(variance, expected.variance(i), 0.4 * expected.variance(i) + 0.02);
    }
  };
  check(values, posterior);
  check(later_values, less);
}

TEST(SparseGp, ThreadsChangeNoBit) {
  const Observations data = smooth_data(2, 3000, 101);
  GpOptions options = wendland();
  options.block = 16;
  const Posterior one = make_sparse_gp(data, local(0.05), options).predict(data.x.leftCols(64));
  options.threads = 3;
  const Posterior three = make_sparse_gp(data, local(0.05), options).predict(data.x.leftCols(64));
  EXPECT_EQ(one.mean, three.mean);
  EXPECT_EQ(one.variance, three.variance);
}

// The fitter's rule: from so many points on, with a compact kernel.
TEST(SparseGp, IsMadeOfManyPointsAndRebuiltBitForBit) {
  FitOptions options;
  options.gp = wendland();
  options.sparse_above = 900;
  options.patch_points = 300;
  options.starts = 2;
  const GpFitter fitter(options);
  Rng rng(1);
  const Observations data = smooth_data(2, 1500, 102);
  const FitOutcome outcome = fitter.fit(data, std::nullopt, {}, rng);
  EXPECT_NE(dynamic_cast<const SparseGp*>(outcome.model.get()), nullptr);
  const Eigen::MatrixXd at = smooth_data(2, 40, 103).x;
  const auto again = fitter.rebuild(data, outcome.hyperparameters);
  EXPECT_EQ(again->predict(at).mean, outcome.model->predict(at).mean);
  EXPECT_EQ(again->predict(at).variance, outcome.model->predict(at).variance);
  const Eigen::VectorXd mean = outcome.model->predict_mean(at);
  double squares = 0;
  for (Eigen::Index j = 0; j < at.cols(); ++j)
    squares += std::pow(mean(j) - std::sin(5 * at(0, j)) - at.col(j).squaredNorm(), 2) / 40;
  EXPECT_LT(std::sqrt(squares), 0.1);  // Of values that span 3, with noise of up to 0.03.
  options.sparse_above = 1500;
  const FitOutcome few = GpFitter(options).fit(smooth_data(2, 60, 104), std::nullopt, {}, rng);
  EXPECT_NE(dynamic_cast<const Gp*>(few.model.get()), nullptr);
}

TEST(SparseGp, RefusesWhatItCannotHold) {
  const Observations data = smooth_data(2, 20, 105);
  EXPECT_THROW((void)make_sparse_gp(data, local(0.2), {}), std::invalid_argument);
  GpOptions linear = wendland();
  linear.mean = MeanKind::kLinear;
  EXPECT_THROW((void)make_sparse_gp(data, local(0.2), linear), std::invalid_argument);
  Observations bounded = data;
  bounded.bounds.assign(20, Bound::kAtLeast);
  EXPECT_THROW((void)make_sparse_gp(bounded, local(0.2), wendland()), std::invalid_argument);
  const SparseGp model = make_sparse_gp(data, local(0.2), wendland());
  EXPECT_THROW((void)model.predict(Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
  EXPECT_THROW((void)condition_model(nullptr, data.x, data.noise), std::invalid_argument);
}

// The same place twice, without noise: definite only by jitter, which is told.
TEST(SparseGp, RepeatedPointsWithoutNoiseTakeJitter) {
  Observations data = smooth_data(2, 50, 106);
  data.x.col(1) = data.x.col(0);
  data.y(1) = data.y(0);
  data.noise.setZero();
  Hyperparameters h = local(0.2);
  h.nugget = 0;
  const SparseGp model = make_sparse_gp(data, h, wendland());
  EXPECT_GT(model.jitter(), 0);
  EXPECT_LT(model.jitter(), 1e-8);
  EXPECT_NEAR(model.predict(data.x.leftCols(1)).mean(0), data.y(0), 1e-4);
}

}  // namespace
}  // namespace foray::surrogate::sparse_gp_test
