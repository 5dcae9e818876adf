// What every kernel must do inside a model: derivatives, posteriors, sample paths, training.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "foray/surrogate/gp_training.h"
#include "gp_cases.h"
#include "kernel_cases.h"

namespace foray::surrogate::kernel_model_test {
namespace {

using testing::Data;
using testing::kernel_cases;
using testing::KernelCase;
using testing::some_parameters;

Data categorised_data(Eigen::Index n, unsigned seed) {
  Data data = testing::smooth_data(2, n, seed);
  // One axis of a few values, which a categorical kernel can tell apart.
  for (Eigen::Index j = 0; j < n; ++j) data.x(1, j) = std::floor(5 * data.x(1, j)) / 5 + 0.1;
  return data;
}

GpOptions with(const KernelSpec& spec) {
  GpOptions options;
  options.kernel = spec;
  return options;
}

TEST(KernelModel, LikelihoodGradientsAgreeWithCentralDifferences) {
  const Data data = categorised_data(12, 3);
  for (const auto& [name, spec] : kernel_cases(2)) {
    const Hyperparameters h{some_parameters(Kernel(spec, 2)), 0.02};
    const Eigen::VectorXd packed = pack(h);
    const auto value = [&, &spec = spec](const Eigen::VectorXd& p) {
      return log_marginal_likelihood(data, unpack(p), with(spec), false).value;
    };
    const Eigen::VectorXd gradient = log_marginal_likelihood(data, h, with(spec), true).gradient;
    ASSERT_EQ(gradient.size(), packed.size());
    for (Eigen::Index i = 0; i < packed.size(); ++i) {
      Eigen::VectorXd up = packed;
      Eigen::VectorXd down = packed;
      const double step = 1e-5 * std::max(std::abs(packed(i)), 0.1);
      up(i) += step;
      down(i) -= step;
      EXPECT_NEAR(gradient(i), (value(up) - value(down)) / (2 * step),
                  2e-6 * (1 + std::abs(gradient(i))))
          << name << " " << i;
    }
  }
}

TEST(KernelModel, PredictionsAgreeWithTheNormalEquationsAndTheirGradientsWithDifferences) {
  const Data data = categorised_data(12, 4);
  const Eigen::MatrixXd points{{.31, .72, .05, .5}, {.3, .7, .1, .9}};
  for (const auto& [name, spec] : kernel_cases(2)) {
    const Kernel kernel(spec, 2);
    const Hyperparameters h{some_parameters(kernel), 0.02};
    GpOptions options = with(spec);
    options.mean = MeanKind::kFixed;
    options.fixed_mean = 0.3;
    const Gp gp = make_gp(data, h, options);
    Eigen::MatrixXd noisy = kernel.covariance(h.kernel, data.x, data.x);
    noisy.diagonal() += (data.noise.array() + h.nugget).matrix();
    if (name == "uneven noise") {
      // The square of the amplitude, whose parameters are the last ones.
      const Kernel amplitude(spec.terms[1].terms[1], 2);
      noisy.diagonal() +=
          amplitude
              .covariance(h.kernel.tail(static_cast<Eigen::Index>(amplitude.parameters().size())),
                          data.x, data.x)
              .diagonal();
    } else if (name == "sum") {
      noisy.diagonal().array() += h.kernel(h.kernel.size() - 1);  // White noise is its last term.
    }
    const Eigen::MatrixXd cross = kernel.covariance(h.kernel, data.x, points);
    const Eigen::MatrixXd solved = noisy.ldlt().solve(cross);
    const Eigen::VectorXd mean =
        (solved.transpose() * (data.y.array() - 0.3).matrix()).array() + 0.3;
    const Eigen::MatrixXd covariance =
        kernel.covariance(h.kernel, points, points) - cross.transpose() * solved;
    const Posterior posterior = gp.predict(points);
    const JointPosterior joint = gp.joint(points);
    const double size = 1e-10 * (1 + kernel.covariance(h.kernel, points, points).norm());
    EXPECT_LT((posterior.mean - mean).norm(), 1e-9 * (1 + mean.norm())) << name;
    EXPECT_LT((gp.predict_mean(points) - mean).norm(), 1e-9 * (1 + mean.norm())) << name;
    EXPECT_LT((posterior.variance - covariance.diagonal()).norm(), size) << name;
    EXPECT_LT((joint.covariance - covariance).norm(), size) << name;
    EXPECT_LT((gp.cross_covariance(points, points) - covariance).norm(), size) << name;
    const auto references = gp.covariance_to(points);
    EXPECT_LT((references->values(points) - covariance).norm(), size) << name;

    for (Eigen::Index j = 0; j < points.cols(); ++j) {
      const PosteriorGradient at = gp.predict_with_gradient(points.col(j));
      const Eigen::MatrixXd to = references->with_gradient(points.col(j));
      // A category has no neighbourhood.
      const Eigen::Index axes = name == "categorical" || name == "product of a sum" ? 1 : 2;
      for (Eigen::Index i = 0; i < axes; ++i) {
        constexpr double kStep = 1e-5;
        Eigen::VectorXd up = points.col(j);
        Eigen::VectorXd down = points.col(j);
        up(i) += kStep;
        down(i) -= kStep;
        const Posterior above = gp.predict(up);
        const Posterior below = gp.predict(down);
        EXPECT_NEAR(at.mean_gradient(i), (above.mean - below.mean)(0) / (2 * kStep), 2e-6)
            << name << " " << i;
        EXPECT_NEAR(at.variance_gradient(i), (above.variance - below.variance)(0) / (2 * kStep),
                    2e-6)
            << name << " " << i;
        const Eigen::MatrixXd difference =
            (references->values(up) - references->values(down)) / (2 * kStep);
        for (Eigen::Index k = 0; k < points.cols(); ++k) {
          if (k == j) continue;  // A kernel may have an edge at distance 0.
          EXPECT_NEAR(to(1 + i, k), difference(0, k), 2e-6) << name << " " << i;
        }
      }
    }
  }
}

TEST(KernelModel, AppendingIsTheSameAsAllAtOnce) {
  const Data data = categorised_data(14, 5);
  for (const auto& [name, spec] : kernel_cases(2)) {
    const Hyperparameters h{some_parameters(Kernel(spec, 2)), 0.02};
    const Gp all = make_gp(data, h, with(spec));
    const Gp grown =
        make_gp(data.x.leftCols(10), data.y.head(10), data.noise.head(10), h, with(spec))
            .append(data.x.rightCols(4), data.y.tail(4), data.noise.tail(4));
    EXPECT_NEAR(grown.log_marginal_likelihood(), all.log_marginal_likelihood(), 1e-9) << name;
  }
}

// Prior paths far from any data: their second moments are the kernel's. Standard errors of 3000
// paths are below 0.03 of the variance; four of them are allowed, and the features' own error.
TEST(KernelModel, SamplePathsHaveTheCovarianceOfTheKernel) {
  const Eigen::MatrixXd points{{.2, .35, .8, .2}, {.1, .3, .1, .9}};
  for (const auto& [name, spec] : kernel_cases(2)) {
    const Kernel kernel(spec, 2);
    const Hyperparameters h{some_parameters(kernel), 0.02};
    GpOptions options = with(spec);
    options.path_features = 128;
    options.mean = MeanKind::kFixed;
    // One datum of huge noise: the posterior is the prior.
    const Gp gp = make_gp(Eigen::MatrixXd::Constant(2, 1, 0.5), Eigen::VectorXd::Zero(1),
                          Eigen::VectorXd::Constant(1, 1e9), h, options);
    Rng rng(17);
    constexpr int kPaths = 3000;
    Eigen::MatrixXd values(points.cols(), kPaths);
    for (int i = 0; i < kPaths; ++i) values.col(i) = gp.draw_path(rng)->evaluate(points);
    const Eigen::MatrixXd sampled = values * values.transpose() / kPaths;
    const Eigen::MatrixXd exact = kernel.covariance(h.kernel, points, points);
    EXPECT_LT((sampled - exact).cwiseAbs().maxCoeff(), 0.12 * exact.diagonal().maxCoeff()) << name;
  }
}

TEST(KernelModel, TrainingImprovesEveryKernelAndItsModelIsRebuilt) {
  const Data data = categorised_data(30, 6);
  for (const auto& [name, spec] : kernel_cases(2)) {
    FitOptions options;
    options.gp.kernel = spec;
    options.starts = 2;
    Rng rng(1);
    const GpFit fit = fit_gp(data, options, rng);
    const auto begin =
        log_marginal_likelihood(data, {some_parameters(Kernel(spec, 2)), 0.02}, options.gp, false);
    EXPECT_GT(fit.log_marginal_likelihood, begin.value) << name;
    const Gp again = make_gp(data, unpack(pack(fit.hyperparameters)), options.gp);
    EXPECT_EQ(again.log_marginal_likelihood(), fit.model.log_marginal_likelihood()) << name;
  }
}

TEST(KernelModel, LimitsAreKeptAndEqualOnesAreFixed) {
  const Data data = testing::smooth_data(2, 40, 7);
  FitOptions options;
  options.gp.kernel.limits = {
      {ParameterKind::kLengthscale, Eigen::Vector2d(0.37, 0.1), Eigen::Vector2d(0.37, 0.2)},
      {ParameterKind::kVariance, Eigen::VectorXd::Constant(1, 2.5),
       Eigen::VectorXd::Constant(1, 2.5)}};
  Rng rng(1);
  const GpFit fit = fit_gp(data, options, rng);
  EXPECT_NEAR(fit.hyperparameters.kernel(0), 2.5, 1e-14);
  EXPECT_EQ(fit.hyperparameters.kernel(1), 0.37);
  EXPECT_GE(fit.hyperparameters.kernel(2), 0.1 * (1 - 1e-12));
  EXPECT_LE(fit.hyperparameters.kernel(2), 0.2 * (1 + 1e-12));
}

// The noise grows from 0.01 on the left to 0.5 on the right.
TEST(KernelModel, NoiseThatVariesIsLearnedAsAFunctionOfPosition) {
  Rng rng(11);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  constexpr Eigen::Index kPoints = 150;
  Data data{Eigen::MatrixXd(1, kPoints), Eigen::VectorXd(kPoints), Eigen::VectorXd::Zero(kPoints)};
  for (Eigen::Index j = 0; j < kPoints; ++j) {
    const double x = uniform(rng);
    data.x(0, j) = x;
    data.y(j) = std::sin(6 * x) + (0.01 + 0.49 * x) * normal(rng);
  }
  KernelSpec amplitude(KernelKind::kAmplitude);
  amplitude.centres = Eigen::MatrixXd{{0.0, 0.5, 1.0}};
  FitOptions uneven;
  uneven.gp.kernel = testing::compound(
      KernelKind::kSum, {KernelKind::kMatern52,
                         testing::compound(KernelKind::kProduct, {KernelKind::kWhite, amplitude})});
  const GpFit fit = fit_gp(data, uneven, rng);
  const GpFit even = fit_gp(data, {}, rng);
  EXPECT_GT(fit.log_marginal_likelihood, even.log_marginal_likelihood + 20);
  const Kernel noise(amplitude, 1);
  const Eigen::VectorXd theta = fit.hyperparameters.kernel.tail(5);
  const Eigen::MatrixXd at{{0.1, 0.9}};
  const Eigen::VectorXd sd =
      (noise.covariance(theta, at, at).diagonal().array() + fit.hyperparameters.nugget).sqrt();
  EXPECT_NEAR(sd(0), 0.059, 0.03);
  EXPECT_NEAR(sd(1), 0.451, 0.12);
}

TEST(KernelModel, ATurnedKernelFindsTheDirectionOfStripes) {
  Rng rng(3);
  std::uniform_real_distribution<double> uniform;
  Data data{Eigen::MatrixXd(2, 60), Eigen::VectorXd(60), Eigen::VectorXd::Constant(60, 1e-4)};
  for (Eigen::Index j = 0; j < 60; ++j) {
    data.x.col(j) << uniform(rng), uniform(rng);
    data.y(j) = std::sin(9 * (data.x(0, j) * std::cos(.5) + data.x(1, j) * std::sin(.5)));
  }
  FitOptions plain;
  FitOptions turned;
  turned.gp.kernel.rotate = true;
  const GpFit straight = fit_gp(data, plain, rng);
  const GpFit fit = fit_gp(data, turned, rng);
  EXPECT_GT(fit.log_marginal_likelihood, straight.log_marginal_likelihood + 10);
  // Which of the two turned axes carries the stripes is free; one of them is long.
  EXPECT_GT(std::abs(std::log(fit.hyperparameters.kernel(1) / fit.hyperparameters.kernel(2))), 1);
}

}  // namespace
}  // namespace foray::surrogate::kernel_model_test
