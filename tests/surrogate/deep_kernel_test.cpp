#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "foray/surrogate/gp_fitter.h"
#include "gp_cases.h"
#include "kernel_cases.h"
#include "small_network.h"

namespace foray::surrogate::deep_kernel_test {
namespace {

using testing::compound;
using testing::Data;
using testing::deep;
using ::testing::HasSubstr;
using testing::on;
using testing::smooth_data;
using testing::some_parameters;

GpOptions with(const KernelSpec& kernel) {
  GpOptions options;
  options.kernel = kernel;
  return options;
}

// Connections of zero, all else as it would be without a network.
Eigen::VectorXd idle(const Kernel& kernel) {
  Eigen::VectorXd theta = some_parameters(kernel);
  for (Eigen::Index p = 0; p < theta.size(); ++p)
    if (kernel.parameters()[static_cast<std::size_t>(p)].kind == ParameterKind::kConnection)
      theta(p) = 0;
  return theta;
}

TEST(DeepKernel, IsTheKernelItselfWhereTheNetworkIsIdle) {
  const Data data = smooth_data(3, 25, 1);
  const Data probes = smooth_data(3, 6, 2);
  KernelSpec inner(KernelKind::kMatern52);
  const Kernel plain(inner, 3);
  const Kernel kernel(deep(inner, 4, 3), 3);
  ASSERT_EQ(kernel.features(), 3);
  Eigen::VectorXd theta = idle(kernel);
  Eigen::VectorXd same(4);
  same << theta(0), theta.tail(3);
  const Gp wanted = make_gp(data, {same, 1e-3}, with(inner));
  const Gp gp = make_gp(data, {theta, 1e-3}, with(deep(inner, 4, 3)));
  EXPECT_NEAR(gp.log_marginal_likelihood(), wanted.log_marginal_likelihood(), 1e-10);
  EXPECT_TRUE(gp.joint(probes.x).covariance.isApprox(wanted.joint(probes.x).covariance, 1e-10));
  EXPECT_TRUE(gp.predict_mean(probes.x).isApprox(wanted.predict_mean(probes.x), 1e-12));
}

// On features that are y = V tanh(W u + b) + A u + x with u = 2 x - 1, written out.
TEST(DeepKernel, IsTheKernelOfTheFeatures) {
  const KernelSpec spec = deep(KernelKind::kMatern32, 1, 1);
  const Kernel kernel(spec, 1);
  // The variance, W, b, V, A and the lengthscale.
  const Eigen::VectorXd theta{{2, 1.5, .3, .7, -.2, .4}};
  ASSERT_EQ(kernel.parameters().size(), 6U);
  EXPECT_EQ(kernel.parameters()[1].name, "deep.connection");
  EXPECT_EQ(kernel.parameters()[5].name, "deep.matern32.lengthscale[0]");
  const auto feature = [](double x) {
    const double u = 2 * x - 1;
    return .7 * std::tanh(1.5 * u + .3) - .2 * u + x;
  };
  const double r = std::sqrt(3.0) * std::abs(feature(.2) - feature(.9)) / .4;
  EXPECT_NEAR(kernel.covariance(theta, Eigen::MatrixXd::Constant(1, 1, .2),
                                Eigen::MatrixXd::Constant(1, 1, .9))(0, 0),
              2 * (1 + r) * std::exp(-r), 1e-15);
}

// Sums, products, axes, kernels that are not as large everywhere, white noise.
std::vector<testing::KernelCase> deep_cases() {
  KernelSpec amplitude(KernelKind::kAmplitude);
  amplitude.centres = Eigen::MatrixXd{{.2, .7}, {.3, .5}};
  return {{"squared exponential", deep(KernelKind::kSquaredExponential, 3, 2)},
          {"fewer features", deep(KernelKind::kMatern52, 3, 1)},
          {"more features", deep(KernelKind::kMatern52, 2, 4)},
          {"linear", deep(KernelKind::kLinear, 3, 2)},
          {"of one axis", on(deep(KernelKind::kMatern52, 3, 2), {1})},
          {"sum",
           compound(
               KernelKind::kSum,
               {deep(compound(KernelKind::kSum, {KernelKind::kMatern52, KernelKind::kWhite}), 3, 2),
                on(KernelKind::kPeriodic, {0}), deep(KernelKind::kMatern32, 2, 1)})},
          {"product", compound(KernelKind::kProduct, {deep(amplitude, 3, 2), KernelKind::kLinear,
                                                      on(deep(KernelKind::kMatern52, 2, 2), {0})})},
          {"uneven noise",
           compound(KernelKind::kSum, {KernelKind::kMatern52,
                                       compound(KernelKind::kProduct,
                                                {KernelKind::kWhite, deep(amplitude, 2, 2)})})}};
}

TEST(DeepKernel, LikelihoodGradientMatchesCentralDifferences) {
  const Data data = smooth_data(2, 40, 3);  // More points than a thread takes at a time.
  for (const auto& [name, spec] : deep_cases()) {
    Hyperparameters h{some_parameters(Kernel(spec, 2)), 0.02};
    const Likelihood at = log_marginal_likelihood(data, h, with(spec), true);
    for (Eigen::Index p = 0; p < h.kernel.size(); ++p) {
      constexpr double kStep = 1e-5;
      Hyperparameters up = h;
      Hyperparameters down = h;
      up.kernel(p) += kStep;
      down.kernel(p) -= kStep;
      const double difference = (log_marginal_likelihood(data, up, with(spec), false).value -
                                 log_marginal_likelihood(data, down, with(spec), false).value) /
                                (2 * kStep);
      EXPECT_NEAR(at.gradient(p), difference, 2e-6 * (1 + std::abs(difference)))
          << name << " " << Kernel(spec, 2).parameters()[static_cast<std::size_t>(p)].name;
    }
  }
}

TEST(DeepKernel, GradientsInXMatchCentralDifferences) {
  const Data data = smooth_data(2, 18, 4);
  const Data probes = smooth_data(2, 4, 5);
  for (const auto& [name, spec] : deep_cases()) {
    const Gp gp = make_gp(data, {some_parameters(Kernel(spec, 2)), 0.02}, with(spec));
    const auto references = gp.covariance_to(probes.x);
    const Eigen::MatrixXd covariance = gp.joint(probes.x).covariance;
    EXPECT_TRUE(gp.cross_covariance(probes.x, probes.x).isApprox(covariance, 1e-9)) << name;
    for (Eigen::Index j = 0; j < probes.x.cols(); ++j) {
      const PosteriorGradient at = gp.predict_with_gradient(probes.x.col(j));
      const Eigen::MatrixXd to = references->with_gradient(probes.x.col(j));
      for (Eigen::Index i = 0; i < 2; ++i) {
        constexpr double kStep = 1e-5;
        Eigen::VectorXd up = probes.x.col(j);
        Eigen::VectorXd down = up;
        up(i) += kStep;
        down(i) -= kStep;
        const Posterior above = gp.predict(up);
        const Posterior below = gp.predict(down);
        EXPECT_NEAR(at.mean_gradient(i), (above.mean - below.mean)(0) / (2 * kStep), 5e-6) << name;
        EXPECT_NEAR(at.variance_gradient(i), (above.variance - below.variance)(0) / (2 * kStep),
                    5e-6)
            << name;
        const Eigen::MatrixXd difference =
            (references->values(up) - references->values(down)) / (2 * kStep);
        for (Eigen::Index k = 0; k < probes.x.cols(); ++k)
          if (k != j) {
            EXPECT_NEAR(to(1 + i, k), difference(0, k), 5e-6) << name;
          }
      }
    }
  }
}

TEST(DeepKernel, AppendingIsTheSameAsAllAtOnce) {
  const Data data = smooth_data(2, 20, 6);
  const Data probes = smooth_data(2, 5, 7);
  for (const auto& [name, spec] : deep_cases()) {
    const Hyperparameters h{some_parameters(Kernel(spec, 2)), 0.02};
    const Gp all = make_gp(data, h, with(spec));
    const Gp grown =
        make_gp(data.x.leftCols(15), data.y.head(15), data.noise.head(15), h, with(spec))
            .append(data.x.rightCols(5), data.y.tail(5), data.noise.tail(5));
    EXPECT_NEAR(grown.log_marginal_likelihood(), all.log_marginal_likelihood(), 1e-9) << name;
    EXPECT_TRUE(grown.predict(probes.x).variance.isApprox(all.predict(probes.x).variance, 1e-8))
        << name;
  }
}

// Standard errors of 4000 draws are below 0.03 of the variance; four of them are allowed, and the
// features' own error for paths.
TEST(DeepKernel, SamplesHaveThePosteriorsMoments) {
  const KernelSpec spec = deep(KernelKind::kMatern52, 3, 2);
  const Hyperparameters h{some_parameters(Kernel(spec, 2)), 0.02};
  const Gp gp = make_gp(smooth_data(2, 8, 8), h, with(spec));
  const Eigen::MatrixXd points{{.1, .5, .9}, {.8, .1, .6}};
  const JointPosterior posterior = gp.joint(points);
  Rng rng(3);
  constexpr int kDraws = 4000;
  Eigen::MatrixXd draws = gp.sample(points, kDraws, rng);
  Eigen::MatrixXd paths(3, kDraws);
  for (int i = 0; i < kDraws; ++i) paths.col(i) = gp.draw_path(rng)->evaluate(points);
  for (Eigen::MatrixXd* values : {&draws, &paths}) {
    values->colwise() -= posterior.mean;
    const Eigen::MatrixXd sampled = *values * values->transpose() / kDraws;
    EXPECT_LT((sampled - posterior.covariance).cwiseAbs().maxCoeff(),
              0.15 * posterior.covariance.diagonal().maxCoeff());
  }
}

// A step of 1 where a bent line is crossed, with noise of 0.05.
Data bent_step(Eigen::Index n, unsigned seed) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  Data data{Eigen::MatrixXd(2, n), Eigen::VectorXd(n), Eigen::VectorXd::Constant(n, 0.0025)};
  for (Eigen::Index j = 0; j < n; ++j) {
    data.x.col(j) << uniform(rng), uniform(rng);
    const double line = data.x(1, j) - 0.3 - 0.4 * std::sin(3 * data.x(0, j));
    data.y(j) = 0.5 * std::tanh(line / 0.1) + 0.05 * normal(rng);
  }
  return data;
}

TEST(DeepKernel, IsNoWorseThanThePlainOneWhereNothingIsToBeLearned) {
  const Data data = smooth_data(2, 12, 9);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 4, 2);
  Rng rng(1);
  const GpFit few = fit_gp(data, options, rng);
  const Kernel kernel(options.gp.kernel, 2);
  for (std::size_t p = 0; p < kernel.parameters().size(); ++p)
    if (kernel.parameters()[p].kind == ParameterKind::kConnection) {
      EXPECT_EQ(few.hyperparameters.kernel(static_cast<Eigen::Index>(p)), 0) << p;
    }
  const GpFit plain = fit_gp(data, {}, rng);
  EXPECT_NEAR(few.log_marginal_likelihood, plain.log_marginal_likelihood, 0.05);
}

TEST(DeepKernel, TrainingIsTheSameOnAnyNumberOfThreadsAndItsModelIsRebuilt) {
  const Data data = bent_step(140, 4);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 6, 2);
  Eigen::VectorXd first;
  for (const int threads : {1, 3}) {
    options.gp.threads = threads;
    const GpFitter fitter(options);
    Rng rng(5);
    FitBudget budget;
    budget.draws = 2;
    const FitOutcome outcome = fitter.fit(data, std::nullopt, budget, rng);
    if (first.size() == 0) first = outcome.hyperparameters;
    ASSERT_EQ(outcome.hyperparameters, first) << threads;
    const Data probes = bent_step(10, 5);
    EXPECT_EQ(fitter.rebuild(data, first)->predict(probes.x).mean,
              outcome.model->predict(probes.x).mean);
    // Draws have the connections of the best.
    const Eigen::Index size = first.size() / 3;
    EXPECT_EQ(first.segment(1, 6 * 3), first.segment(size + 1, 6 * 3));
    EXPECT_NE(first.head(size), first.segment(size, size));
  }
  EXPECT_GT(first.segment(1, 6 * 3).norm(), 0);
}

TEST(DeepKernel, ItsNetworkIsLearnedWhereAllElseIsGiven) {
  const Data data = bent_step(140, 4);
  const ParameterLimit variance{ParameterKind::kVariance, Eigen::VectorXd::Constant(1, 0.25),
                                Eigen::VectorXd::Constant(1, 0.25)};
  const ParameterLimit length{ParameterKind::kLengthscale, Eigen::VectorXd::Constant(1, 0.6),
                              Eigen::VectorXd::Constant(1, 0.6)};
  KernelSpec inner(KernelKind::kMatern52);
  inner.limits = {length};
  FitOptions options;
  options.gp.kernel = deep(inner, 6, 2);
  options.gp.kernel.limits = {variance};
  options.min_nugget = options.max_nugget = 1e-6;
  Rng rng(5);
  const GpFit fit = fit_gp(data, options, rng);
  EXPECT_GT(fit.hyperparameters.kernel.segment(1, connection_count({2, {6}, 2})).norm(), 0);
  EXPECT_GT(fit.evaluations, 0);
  inner.limits.push_back(variance);
  options.gp.kernel = inner;
  EXPECT_GT(fit.log_marginal_likelihood, fit_gp(data, options, rng).log_marginal_likelihood);
}

// A network that goes on from what was learned has no plain kernel to compete with; one that was
// not needed waits for those that do.
TEST(DeepKernel, AnIdleNetworkStaysIdleUntilAllBeginsAnew) {
  const Data data = bent_step(140, 4);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 6, 2);
  const Kernel kernel(options.gp.kernel, 2);
  Rng rng(5);
  const Hyperparameters before{idle(kernel), 1e-3};
  const Eigen::Index connections = connection_count({2, {6}, 2});
  FitBudget budget;
  const GpFit warm = fit_gp(data, options, rng, before, budget);
  EXPECT_EQ(warm.hyperparameters.kernel.segment(1, connections).norm(), 0);
  EXPECT_NE(warm.hyperparameters.kernel, before.kernel);
  budget.anew = true;
  const GpFit anew = fit_gp(data, options, rng, before, budget);
  EXPECT_GT(anew.hyperparameters.kernel.segment(1, connections).norm(), 0);
  // And an awake one goes on.
  budget.anew = false;
  const GpFit on = fit_gp(data, options, rng, anew.hyperparameters, budget);
  EXPECT_GT(on.hyperparameters.kernel.segment(1, connections).norm(), 0);
}

TEST(DeepKernel, TheBudgetEndsItsTraining) {
  const Data data = bent_step(50, 6);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 6, 2);
  Rng rng(5);
  FitBudget budget;
  budget.max_evaluations = 40;
  EXPECT_LE(fit_gp(data, options, rng, std::nullopt, budget).evaluations, 40);
  budget.max_evaluations = 0;
  budget.expired = [] { return true; };
  const GpFit cut = fit_gp(data, options, rng, std::nullopt, budget);
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.evaluations, 0);
}

// The clock ends it while the network is learned: what it has learned so far counts.
TEST(DeepKernel, KeepsTheBestSoFarWhereTimeIsUpAmongItsNetworks) {
  const Data data = bent_step(140, 4);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 6, 2);
  options.gp.threads = 1;
  Rng rng(5);
  FitBudget never;
  never.expired = [] { return true; };
  const GpFit untrained = fit_gp(data, options, rng, std::nullopt, never);
  EXPECT_EQ(untrained.status, FitStatus::kUntrained);
  for (const int allowed : {25, 60}) {
    int asked = 0;
    FitBudget budget;
    budget.expired = [&] { return ++asked > allowed; };
    const GpFit cut = fit_gp(data, options, rng, std::nullopt, budget);
    EXPECT_EQ(cut.status, FitStatus::kCut) << allowed;
    EXPECT_TRUE(cut.cut);
    EXPECT_EQ(cut.evaluations, allowed);
    EXPECT_GT(cut.log_marginal_likelihood, untrained.log_marginal_likelihood) << allowed;
  }
}

TEST(DeepKernel, GoesOnWithinItsBudget) {
  const Data data = bent_step(60, 4);
  FitOptions options;
  options.gp.kernel = deep(KernelKind::kMatern52, 6, 2);
  Rng rng(5);
  FitBudget budget;
  budget.max_evaluations = 12;
  const GpFit first = fit_gp(data, options, rng, std::nullopt, budget);
  EXPECT_LE(fit_gp(data, options, rng, first.hyperparameters, budget).evaluations, 12);
}

TEST(DeepKernel, RefusesByName) {
  const auto message = [](const KernelSpec& spec) -> std::string {
    try {
      const Kernel kernel(spec, 2);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  KernelSpec wrong = deep(KernelKind::kMatern52, 3, 2);
  wrong.network = nullptr;
  EXPECT_THAT(message(wrong), HasSubstr("deep: expected a network"));
  wrong = deep(KernelKind::kMatern52, 3, 2);
  wrong.terms.clear();
  EXPECT_THAT(message(wrong), HasSubstr("deep: expected one kernel on the features"));
  EXPECT_THAT(message(deep(KernelKind::kMatern52, 0, 2)),
              HasSubstr("deep.layers: expected widths from 1 to 128, got 0"));
  wrong = deep(KernelKind::kMatern52, 3, 2);
  wrong.layers.clear();
  EXPECT_THAT(message(wrong),
              HasSubstr("deep.layers: expected the widths of 1 to 4 layers, got 0"));
  EXPECT_THAT(message(deep(KernelKind::kMatern52, 3, 17)),
              HasSubstr("deep.features: expected 1 to 16, got 17"));
  wrong = deep(KernelKind::kMatern52, 3, 2);
  wrong.least_points = 9;
  EXPECT_THAT(message(wrong), HasSubstr("deep.least_points: expected 10 or more, got 9"));
  EXPECT_THAT(message(deep(deep(KernelKind::kMatern52, 3, 2), 3, 2)),
              HasSubstr("deep: expected no deep kernel within"));
  EXPECT_THAT(message(deep(on(KernelKind::kMatern52, {2}), 3, 2)),
              HasSubstr("deep.matern52.axes: expected axes from 0 to 1, got 2"));
  EXPECT_THAT(message(deep(KernelKind::kCategorical, 3, 2)), HasSubstr("categorical.axes"));
  wrong = deep(KernelKind::kMatern52, 3, 2);
  wrong.limits = {
      {ParameterKind::kLengthscale, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Ones(1)}};
  EXPECT_THAT(message(wrong), HasSubstr("deep.lengthscale: this kernel has no such parameter"));
}

}  // namespace
}  // namespace foray::surrogate::deep_kernel_test
