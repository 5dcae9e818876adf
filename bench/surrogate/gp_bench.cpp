// Exact Gaussian processes on four-dimensional data: likelihood, training, prediction, growth.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "foray/surrogate/gp_training.h"

namespace foray::surrogate {
namespace {

Observations make_data(Eigen::Index d, Eigen::Index n) {
  Observations data{Eigen::MatrixXd(d, n), Eigen::VectorXd(n), Eigen::VectorXd::Constant(n, 1e-4)};
  Rng rng(1);
  std::uniform_real_distribution<double> uniform;
  for (double& value : data.x.reshaped()) value = uniform(rng);
  for (Eigen::Index j = 0; j < n; ++j)
    data.y(j) = std::sin(6 * data.x(0, j)) + data.x.col(j).squaredNorm() + 0.01 * uniform(rng);
  return data;
}

Hyperparameters some_hyperparameters(Eigen::Index d) {
  return hyperparameters(1.5, Eigen::VectorXd::Constant(d, 0.5), 1e-4);
}

void likelihood(benchmark::State& state, bool with_gradient) {
  const Observations data = make_data(4, state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(log_marginal_likelihood(data.x, data.y, data.noise,
                                                     some_hyperparameters(4), {}, with_gradient)
                                 .value);
}

void BM_LogMarginalLikelihood(benchmark::State& state) { likelihood(state, false); }
void BM_LogMarginalLikelihoodAndGradient(benchmark::State& state) { likelihood(state, true); }
BENCHMARK(BM_LogMarginalLikelihood)
    ->Arg(60)
    ->Arg(200)
    ->Arg(1000)
    ->Arg(4000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_LogMarginalLikelihoodAndGradient)
    ->Arg(60)
    ->Arg(200)
    ->Arg(1000)
    ->Arg(4000)
    ->Unit(benchmark::kMillisecond);

void BM_GradientOnTwoThreads(benchmark::State& state) {
  const Observations data = make_data(4, state.range(0));
  GpOptions options;
  options.threads = 2;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        log_marginal_likelihood(data, some_hyperparameters(4), options, true).value);
}
BENCHMARK(BM_GradientOnTwoThreads)
    ->Arg(1000)
    ->Arg(2000)
    ->Arg(4000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_PredictTenThousandOnTwoThreads(benchmark::State& state) {
  const Observations data = make_data(4, state.range(0));
  const Observations points = make_data(4, 10'000);
  GpOptions options;
  options.threads = 2;
  const Gp gp = make_gp(data, some_hyperparameters(4), options);
  for (auto _ : state) benchmark::DoNotOptimize(gp.predict(points.x).variance.sum());
}
BENCHMARK(BM_PredictTenThousandOnTwoThreads)
    ->Arg(1000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Train(benchmark::State& state) {
  const Observations data = make_data(4, state.range(0));
  for (auto _ : state) {
    Rng rng(1);
    benchmark::DoNotOptimize(fit_gp(data, {}, rng).log_posterior);
  }
}
BENCHMARK(BM_Train)->Arg(60)->Arg(200)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_TrainOnTwoThreads(benchmark::State& state) {
  const Observations data = make_data(4, state.range(0));
  FitOptions options;
  options.gp.threads = 2;
  int evaluations = 0;
  for (auto _ : state) {
    Rng rng(1);
    evaluations = fit_gp(data, options, rng).evaluations;
  }
  state.counters["evaluations"] = evaluations;
}
BENCHMARK(BM_TrainOnTwoThreads)->Arg(200)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

// Logits of a class that is certain nearly everywhere: bounds but for a few values.
Observations bounded_data(Eigen::Index n) {
  Observations data = make_data(2, n);
  data.least_scale = 2.2;
  for (Eigen::Index j = 0; j < n; ++j) {
    const double logit = 200 * (data.x(0, j) + 0.2 * std::sin(5 * data.x(1, j)) - 0.6);
    data.y(j) = std::clamp(logit, -2.2, 2.2);
    data.noise(j) = 1;
    data.bounds.push_back(logit > 2.2    ? Bound::kAtLeast
                          : logit < -2.2 ? Bound::kAtMost
                                         : Bound::kNone);
  }
  return data;
}

void BM_TrainOnBounds(benchmark::State& state) {
  const Observations data = bounded_data(state.range(0));
  for (auto _ : state) {
    Rng rng(1);
    benchmark::DoNotOptimize(fit_gp(data, {}, rng).log_posterior);
  }
}
BENCHMARK(BM_TrainOnBounds)->Arg(60)->Arg(200)->Unit(benchmark::kMillisecond);

// Five models of two coordinates, each with one new point since its last training.
void BM_ContinueTrainingFiveModels(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const Observations data = make_data(2, n);
  Rng rng(1);
  const GpFit before =
      fit_gp({data.x.leftCols(n - 1), data.y.head(n - 1), data.noise.head(n - 1)}, {}, rng);
  for (auto _ : state)
    for (int k = 0; k < 5; ++k)
      benchmark::DoNotOptimize(fit_gp(data, {}, rng, before.hyperparameters).log_posterior);
}
BENCHMARK(BM_ContinueTrainingFiveModels)->Arg(60)->Arg(200)->Unit(benchmark::kMillisecond);

void BM_PredictTenThousand(benchmark::State& state) {
  const Observations data = make_data(4, state.range(0));
  const Gp gp = make_gp(data, some_hyperparameters(4));
  const Observations points = make_data(4, 10'000);
  for (auto _ : state) benchmark::DoNotOptimize(gp.predict(points.x).variance.sum());
}
BENCHMARK(BM_PredictTenThousand)->Arg(60)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_PredictWithGradient(benchmark::State& state) {
  const Observations data = make_data(2, state.range(0));
  const Gp gp = make_gp(data, some_hyperparameters(2));
  const Eigen::VectorXd point{{0.3, 0.6}};
  for (auto _ : state) benchmark::DoNotOptimize(gp.predict_with_gradient(point).variance);
}
BENCHMARK(BM_PredictWithGradient)->Arg(60)->Arg(200)->Unit(benchmark::kMicrosecond);

void BM_AppendOne(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const Observations data = make_data(4, n + 1);
  const Gp gp =
      make_gp(data.x.leftCols(n), data.y.head(n), data.noise.head(n), some_hyperparameters(4));
  for (auto _ : state)
    benchmark::DoNotOptimize(
        gp.append(data.x.rightCols(1), data.y.tail(1), data.noise.tail(1)).prior_mean());
}
BENCHMARK(BM_AppendOne)->Arg(200)->Arg(2000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::surrogate
