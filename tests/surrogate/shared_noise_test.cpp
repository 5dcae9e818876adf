// Errors that values share: a noise matrix with entries off its diagonal.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "foray/surrogate/gp_training.h"
#include "foray/surrogate/output_model.h"
#include "gp_cases.h"

namespace foray::surrogate::shared_noise_test {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using testing::smooth_data;
using testing::some_hyperparameters;

// Ten points with two errors that five of them share each and one that all share unevenly.
Observations sessions() {
  Observations data = smooth_data(2, 10, 71);
  data.shared = MatrixXd::Zero(10, 3);
  data.shared.col(0).head(5).setConstant(0.3);
  data.shared.col(1).tail(5).setConstant(0.5);
  data.shared.col(2) = VectorXd::LinSpaced(10, -0.2, 0.4);
  return data;
}

// Everything written out with inverses.
struct ByHand {
  MatrixXd inverse;
  double log_determinant = 0;
  double mean = 0;
  VectorXd alpha;

  ByHand(const Observations& data, const MatrixXd& noise, const Hyperparameters& h) {
    const Kernel kernel(KernelKind::kMatern52, data.x.rows());
    MatrixXd c = kernel.covariance(h.kernel, data.x, data.x) + noise;
    c.diagonal().array() += h.nugget;
    inverse = c.inverse();
    log_determinant = std::log(c.determinant());
    mean = inverse.rowwise().sum().dot(data.y) / inverse.sum();
    alpha = inverse * (data.y.array() - mean).matrix();
  }
};

MatrixXd noise_matrix(const Observations& data) {
  return MatrixXd(data.noise.asDiagonal()) + data.shared * data.shared.transpose();
}

TEST(SharedNoise, IsThatOfTheNoiseMatrixWrittenOut) {
  const Observations data = sessions();
  const Hyperparameters h = some_hyperparameters(2);
  const ByHand expected(data, noise_matrix(data), h);
  const Gp gp = make_gp(data, h);
  const MatrixXd at = smooth_data(2, 6, 72).x;
  const Kernel kernel(KernelKind::kMatern52, 2);
  const MatrixXd k = kernel.covariance(h.kernel, data.x, at);
  const Posterior posterior = gp.predict(at);
  for (Eigen::Index j = 0; j < at.cols(); ++j) {
    EXPECT_NEAR(posterior.mean(j), expected.mean + k.col(j).dot(expected.alpha), 1e-10);
    EXPECT_NEAR(posterior.variance(j),
                h.kernel(0) - k.col(j).dot(VectorXd(expected.inverse * k.col(j))), 1e-10);
  }
  const double likelihood = -0.5 * (data.y.array() - expected.mean).matrix().dot(expected.alpha) -
                            0.5 * expected.log_determinant - 5 * std::log(2 * std::numbers::pi);
  EXPECT_NEAR(gp.log_marginal_likelihood(), likelihood, 1e-9);
  EXPECT_NEAR(log_marginal_likelihood(data, h, {}, false).value, likelihood, 1e-9);
  const LeaveOneOut out = gp.leave_one_out();
  for (Eigen::Index i = 0; i < 10; ++i) {
    EXPECT_NEAR(out.variance(i), 1 / expected.inverse(i, i), 1e-9);
    EXPECT_NEAR(out.mean(i), data.y(i) - expected.alpha(i) / expected.inverse(i, i), 1e-9);
  }
}

TEST(SharedNoise, ARootOfAnyNoiseMatrixSaysAllOfIt) {
  Observations data = sessions();
  const Hyperparameters h = some_hyperparameters(2);
  const MatrixXd matrix = noise_matrix(data);
  const MatrixXd at = smooth_data(2, 6, 72).x;
  const Posterior expected = make_gp(data, h).predict(at);
  data.noise.setZero();
  data.shared = matrix.llt().matrixL();
  const Posterior found = make_gp(data, h).predict(at);
  EXPECT_LT((found.mean - expected.mean).norm(), 1e-9);
  EXPECT_LT((found.variance - expected.variance).norm(), 1e-9);
}

TEST(SharedNoise, GradientOfTheLikelihoodMatchesCentralDifferences) {
  for (const bool bounded : {false, true}) {
    Observations data = sessions();
    if (bounded) {
      data.bounds.assign(10, Bound::kNone);
      data.bounds[3] = Bound::kAtLeast;
      data.bounds[7] = Bound::kAtMost;
    }
    const VectorXd packed = pack(some_hyperparameters(2));
    const Likelihood at = log_marginal_likelihood(data, unpack(packed), {}, true);
    for (Eigen::Index p = 0; p < packed.size(); ++p) {
      VectorXd up = packed;
      VectorXd down = packed;
      const double step = 1e-5 * packed(p);
      up(p) += step;
      down(p) -= step;
      const double slope = (log_marginal_likelihood(data, unpack(up), {}, false).value -
                            log_marginal_likelihood(data, unpack(down), {}, false).value) /
                           (2 * step);
      EXPECT_NEAR(at.gradient(p) * packed(p), slope * packed(p), 1e-4) << p << bounded;
    }
  }
}

TEST(SharedNoise, OfNoneIsNoneBitForBit) {
  Observations data = smooth_data(2, 10, 71);
  const MatrixXd at = smooth_data(2, 6, 72).x;
  const Hyperparameters h = some_hyperparameters(2);
  const VectorXd expected = make_gp(data, h).predict(at).mean;
  data.shared = MatrixXd(10, 0);
  EXPECT_EQ(make_gp(data, h).predict(at).mean, expected);
}

// Two sessions of which the second is off: what is shared takes the step, not the function.
TEST(SharedNoise, TakesTheStepBetweenTwoSessions) {
  Observations data;
  data.x = Eigen::RowVectorXd::LinSpaced(20, 0, 1);
  data.noise = VectorXd::Constant(20, 1e-4);
  data.y = (6 * data.x.row(0).array()).sin().transpose();
  data.shared = MatrixXd::Zero(20, 2);
  for (Eigen::Index i = 0; i < 20; ++i) {
    data.y(i) += i % 2 == 0 ? 0.0 : 0.4;
    data.shared(i, i % 2) = 0.4;
  }
  const Eigen::RowVectorXd at = Eigen::RowVectorXd::LinSpaced(50, 0, 1);
  const Hyperparameters h = hyperparameters(1, VectorXd::Constant(1, 0.3), 0);
  // How far the shape, whatever its height, is from the truth.
  const auto off = [&](const Observations& from) {
    const VectorXd apart =
        make_gp(from, h).predict_mean(at) - VectorXd((6 * at.array()).sin().transpose());
    return std::sqrt((apart.array() - apart.mean()).square().mean());
  };
  EXPECT_LT(off(data), 0.02);
  data.shared.resize(0, 0);
  EXPECT_GT(off(data), 0.05);
}

TEST(SharedNoise, PathsFollowThePosterior) {
  const Observations data = sessions();
  const Gp gp = make_gp(data, some_hyperparameters(2));
  const MatrixXd at = smooth_data(2, 3, 73).x;
  constexpr int kPaths = 600;
  Rng rng(4);
  MatrixXd values(3, kPaths);
  for (Eigen::Index i = 0; i < kPaths; ++i) values.col(i) = gp.draw_path(rng)->evaluate(at);
  const Posterior expected = gp.predict(at);
  for (Eigen::Index j = 0; j < 3; ++j) {
    const double sd = std::sqrt(expected.variance(j));
    // Four standard errors of the mean; six of the variance, 1 / 17, and that of the features.
    EXPECT_NEAR(values.row(j).mean(), expected.mean(j), 4 * sd / std::sqrt(kPaths));
    EXPECT_NEAR((values.row(j).array() - values.row(j).mean()).square().mean() / (sd * sd), 1, 0.4);
  }
}

TEST(SharedNoise, PendingAndAppendedPointsHaveErrorsOfTheirOwn) {
  Observations data = sessions();
  const Hyperparameters h = some_hyperparameters(2);
  const testing::Data more = smooth_data(2, 2, 74);
  const MatrixXd at = smooth_data(2, 6, 72).x;
  const Gp appended = make_gp(data, h).append(more.x, more.y, more.noise);
  const auto pending = make_gp(data, h).condition_on_pending(more.x, more.noise);
  Observations all = data;
  all.x.resize(2, 12);
  all.x << data.x, more.x;
  all.y.resize(12);
  all.y << data.y, more.y;
  all.noise.resize(12);
  all.noise << data.noise, more.noise;
  all.shared = MatrixXd::Zero(12, 3);
  all.shared.topRows(10) = data.shared;
  const Posterior expected = make_gp(all, h).predict(at);
  EXPECT_LT((appended.predict(at).mean - expected.mean).norm(), 1e-9);
  EXPECT_LT((appended.predict(at).variance - expected.variance).norm(), 1e-9);
  EXPECT_LT((pending->predict(at).variance - expected.variance).norm(), 1e-9);
  Rng rng(5);
  EXPECT_TRUE(appended.draw_path(rng)->evaluate(at).allFinite());
}

TEST(SharedNoise, TrainsTheSameWhateverTheUnit) {
  Observations data = sessions();
  Rng one(1);
  const GpFit plain = fit_gp(data, {}, one);
  data.y *= 0x1p-30;
  data.noise *= 0x1p-60;
  data.shared *= 0x1p-30;
  Rng two(1);
  const GpFit small = fit_gp(data, {}, two);
  EXPECT_EQ(small.hyperparameters.kernel(0), plain.hyperparameters.kernel(0) * 0x1p-60);
  EXPECT_EQ(small.hyperparameters.kernel.tail(2), plain.hyperparameters.kernel.tail(2));
}

TEST(SharedNoise, OfSeveralOutputsStaysThatOfEach) {
  const Observations one = sessions();
  Observations two = smooth_data(2, 4, 75);
  two.shared = MatrixXd::Constant(4, 1, 0.7);
  const Observations none = smooth_data(2, 3, 76);
  const Stacked stacked = stack_outputs({one, none, two}, Eigen::Vector3d(0, 1, 2));
  MatrixXd expected = MatrixXd::Zero(17, 4);
  expected.topLeftCorner(10, 3) = one.shared / stacked.scale(0);
  expected.bottomRightCorner(4, 1) = two.shared / stacked.scale(2);
  EXPECT_EQ(stacked.points.shared, expected);
  EXPECT_EQ(stack_outputs({none, none}, Vector2d(0, 1)).points.shared.size(), 0);
}

TEST(SharedNoise, IsRefusedWhereItDoesNotFit) {
  Observations data = sessions();
  data.shared = MatrixXd::Ones(9, 1);
  EXPECT_THROW((void)make_gp(data, some_hyperparameters(2)), std::invalid_argument);
  data.shared = MatrixXd::Constant(10, 1, std::nan(""));
  EXPECT_THROW((void)make_gp(data, some_hyperparameters(2)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::shared_noise_test
