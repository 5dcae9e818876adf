// Five points in two dimensions, Matern-3/2. Values: an independent NumPy 1.24 implementation of
// Rasmussen & Williams (2006) Algorithm 2.1 and eq. 5.8, 5.9, 5.12; those that fvGP 4.8.8 also
// prints agree with it to 1e-8.
#include <gtest/gtest.h>

#include "foray/surrogate/gp.h"

namespace foray::surrogate::gp_golden_test {
namespace {

constexpr double kTolerance = 1e-10;

struct Golden {
  Eigen::MatrixXd x{{0, 1, 0, .5, .9}, {0, 0, 1, .5, .8}};
  Eigen::VectorXd y{{.3, -.2, .9, 1.4, .1}};
  Eigen::VectorXd noise{{.01, .02, .01, .04, .01}};
  Eigen::MatrixXd points{{.25, .7, .95}, {.25, .2, .95}};
  Hyperparameters h = hyperparameters(1.3, Eigen::VectorXd{{.6, .8}}, 0);
  GpOptions options;
  Golden() {
    options.kernel = KernelKind::kMatern32;
    options.mean = MeanKind::kSampleMean;
  }
  [[nodiscard]] Gp gp() const { return make_gp(x, y, noise, h, options); }
};

void expect_near(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  EXPECT_LT((actual - expected).cwiseAbs().maxCoeff(), kTolerance) << actual;
}

TEST(GoldenGp, LogMarginalLikelihoodAndGradientAgree) {
  const Golden g;
  const Likelihood likelihood = log_marginal_likelihood(g.x, g.y, g.noise, g.h, g.options, true);
  EXPECT_NEAR(likelihood.value, -6.049553171050671, kTolerance);
  EXPECT_EQ(likelihood.jitter, 0);
  expect_near(-likelihood.gradient.head(3),
              Eigen::Vector3d(0.856076604807835, 1.220663433885223, -0.441933778844009));
  EXPECT_NEAR(g.gp().log_marginal_likelihood(), -6.049553171050671, kTolerance);
}

TEST(GoldenGp, CholeskyDiagonalAgrees) {
  expect_near(Golden().gp().cholesky_diagonal(),
              Eigen::VectorXd{{1.14455231422596, 1.122235148423837, 1.066263034287511,
                               .879952486234241, .864850295152576}});
}

TEST(GoldenGp, PosteriorMeanAndCovarianceAgree) {
  const Golden g;
  const Eigen::Vector3d mean(0.939696302290422, 0.590637675637958, 0.04577370175936);
  const Eigen::Matrix3d covariance{{.242348498588109, .034616128089681, .006099876730201},
                                   {.034616128089681, .263233039946061, -.022142138254879},
                                   {.006099876730201, -.022142138254879, .123327524334267}};
  const Posterior marginal = g.gp().predict(g.points);
  expect_near(marginal.mean, mean);
  expect_near(marginal.variance, covariance.diagonal());
  const JointPosterior joint = g.gp().joint(g.points);
  expect_near(joint.mean, mean);
  expect_near(joint.covariance, covariance);
  expect_near(g.gp().cross_covariance(g.points, g.points), covariance);
}

TEST(GoldenGp, MeanGradientAgrees) {
  const Golden g;
  const Eigen::MatrixXd expected{{1.405409281726625, -2.589139507668983, -1.310381160268975},
                                 {1.407776468557799, 1.081392648048401, 0.313017986348455}};
  for (int j = 0; j < 3; ++j)
    expect_near(g.gp().predict_with_gradient(g.points.col(j)).mean_gradient, expected.col(j));
}

TEST(GoldenGp, LeaveOneOutAgrees) {
  const LeaveOneOut out = Golden().gp().leave_one_out();
  expect_near(out.mean, Eigen::VectorXd{{.978360011615536, .558377933848254, .868568267305459,
                                         .251203763174582, .83968464637802}});
  expect_near(out.variance, Eigen::VectorXd{{.979004888667683, .955523422796969, .98902075652356,
                                             .599558999149245, .747966033025497}});
}

// Two tasks as a second coordinate, fixed mean. The same source.
TEST(GoldenGp, ProductSpaceCaseAgrees) {
  const Eigen::MatrixXd x{{0, .5, 1, 0, .5, 1}, {0, 0, 0, 1, 1, 1}};
  const Eigen::VectorXd y{{.1, .9, .2, 1, .4, .7}};
  GpOptions options;
  options.kernel = KernelKind::kMatern32;
  options.mean = MeanKind::kFixed;
  options.fixed_mean = .55;
  const Gp gp = make_gp(x, y, Eigen::VectorXd::Constant(6, .01),
                        hyperparameters(1.2, Eigen::VectorXd{{.5, 2.0}}, 0), options);
  EXPECT_NEAR(gp.log_marginal_likelihood(), -6.073413114373547, kTolerance);
  const JointPosterior joint = gp.joint(Eigen::MatrixXd{{.25, .25}, {0, 1}});
  EXPECT_NEAR(joint.mean(0), .5356582, 1e-7);  // Printed with fewer digits.
  EXPECT_NEAR(joint.mean(1), .69904986, 1e-8);
  EXPECT_NEAR(joint.covariance(0, 0), .20095418, 1e-8);
  EXPECT_NEAR(joint.covariance(0, 1), .0888659, 1e-7);
}

}  // namespace
}  // namespace foray::surrogate::gp_golden_test
