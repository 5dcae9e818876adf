#include <gtest/gtest.h>

#include <cmath>

#include "foray/surrogate/gp.h"
#include "gp_cases.h"

namespace foray::surrogate::gp_sampling_test {
namespace {

using testing::Data;
using testing::kKernels;
using testing::smooth_data;
using testing::some_hyperparameters;

struct Moments {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

Moments moments(const Eigen::MatrixXd& draws) {
  const double count = static_cast<double>(draws.cols());
  Moments m;
  m.mean = draws.rowwise().mean();
  const Eigen::MatrixXd centred = draws.colwise() - m.mean;
  m.covariance = centred * centred.transpose() / (count - 1);
  return m;
}

Gp small_gp(KernelKind kernel, int features) {
  const Data data = smooth_data(2, 12, 21);
  GpOptions options;
  options.kernel = kernel;
  options.path_features = features;
  Hyperparameters h = some_hyperparameters(2);
  h.kernel.tail(2) *= 0.5;
  return make_gp(data.x, data.y, data.noise, h, options);
}

// 4000 draws: standard errors are sqrt(v / 4000) and at most v sqrt(2 / 4000) with v <= 1.7; the
// bounds are five of them, so that about one seed in a million would fail.
TEST(Gp, JointSamplesHaveThePosteriorsMoments) {
  const Gp gp = small_gp(KernelKind::kMatern52, 64);
  const Eigen::MatrixXd points = smooth_data(2, 6, 22).x;
  Rng rng(1);
  const Moments m = moments(gp.sample(points, 4000, rng));
  const JointPosterior joint = gp.joint(points);
  for (Eigen::Index i = 0; i < 6; ++i) {
    const double v = joint.covariance(i, i);
    EXPECT_NEAR(m.mean(i), joint.mean(i), 5 * std::sqrt(v / 4000));
    for (Eigen::Index j = 0; j < 6; ++j)
      EXPECT_NEAR(m.covariance(i, j), joint.covariance(i, j),
                  5 * std::sqrt(2.0 / 4000) * std::sqrt(v * joint.covariance(j, j)) + 1e-9);
  }
}

// New features for every path: the feature error averages out, and only the sampling error is left.
TEST(SamplePath, HasThePosteriorsMomentsForEveryKernel) {
  const Eigen::MatrixXd points = smooth_data(2, 5, 23).x;
  for (const KernelKind kernel : kKernels) {
    const Gp gp = small_gp(kernel, 64);
    Rng rng(2);
    Eigen::MatrixXd draws(5, 3000);
    for (Eigen::Index i = 0; i < draws.cols(); ++i)
      draws.col(i) = gp.draw_path(rng)->evaluate(points);
    const Moments m = moments(draws);
    const JointPosterior joint = gp.joint(points);
    for (Eigen::Index i = 0; i < 5; ++i) {
      const double v = joint.covariance(i, i);
      EXPECT_NEAR(m.mean(i), joint.mean(i), 5 * std::sqrt(v / 3000));
      EXPECT_NEAR(m.covariance(i, i), v, 6 * std::sqrt(2.0 / 3000) * v);
    }
  }
}

TEST(SamplePath, PassesThroughPreciseDataAndIsOneFunction) {
  Data data = smooth_data(2, 15, 24);
  data.noise.setConstant(1e-10);
  const Gp gp =
      make_gp(data.x, data.y, data.noise, hyperparameters(1.0, Eigen::Vector2d(.3, .3), 0));
  Rng rng(3);
  const std::unique_ptr<SamplePath> path = gp.draw_path(rng);
  EXPECT_LT((path->evaluate(data.x) - data.y).cwiseAbs().maxCoeff(), 1e-4);
  const Eigen::MatrixXd points = smooth_data(2, 30, 25).x;
  const Eigen::VectorXd together = path->evaluate(points);
  for (Eigen::Index i = 0; i < 30; ++i)
    EXPECT_NEAR(path->evaluate(points.col(i))(0), together(i), 1e-12);
  EXPECT_THROW((void)path->evaluate(Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
}

TEST(SamplePath, OfAModelWithPendingPointsStaysNearTheMeanThere) {
  const Gp gp = small_gp(KernelKind::kMatern52, 256);
  const Eigen::Vector2d pending(.9, .1);
  const std::unique_ptr<Model> model =
      gp.condition_on_pending(pending, Eigen::VectorXd::Constant(1, 1e-12));
  const Posterior expected = model->predict(pending);
  Rng rng(4);
  for (int i = 0; i < 20; ++i)
    EXPECT_NEAR(model->draw_path(rng)->evaluate(pending)(0), expected.mean(0),
                6 * std::sqrt(expected.variance(0)) + 1e-6);
}

TEST(SamplePath, HasItsGradient) {
  const Data data = smooth_data(2, 12, 5);
  const Gp gp = make_gp(data, some_hyperparameters(2));
  Rng rng(3);
  const auto path = gp.draw_path(rng);
  const Eigen::Vector2d x(.31, .77);
  Eigen::VectorXd gradient;
  EXPECT_NEAR(path->evaluate_with_gradient(x, gradient), path->evaluate(x)(0), 1e-10);
  for (Eigen::Index i = 0; i < 2; ++i) {
    const Eigen::Vector2d step = 1e-4 * Eigen::Vector2d::Unit(i);
    EXPECT_NEAR(gradient(i), (path->evaluate(x + step)(0) - path->evaluate(x - step)(0)) / 2e-4,
                1e-5 * std::max(1.0, gradient.norm()));
  }
}

TEST(SamplePath, SameSeedGivesTheSamePath) {
  const Gp gp = small_gp(KernelKind::kMatern32, 64);
  const Eigen::MatrixXd points = smooth_data(2, 5, 23).x;
  Rng one(9);
  Rng two(9);
  EXPECT_EQ(gp.draw_path(one)->evaluate(points), gp.draw_path(two)->evaluate(points));
}

}  // namespace
}  // namespace foray::surrogate::gp_sampling_test
