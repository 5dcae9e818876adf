// Many points of a field in the plane, with a compact kernel.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "foray/surrogate/sparse_gp.h"

namespace foray::surrogate {
namespace {

// Structure on a scale of a dozen spacings of the points.
Observations make_data(Eigen::Index n) {
  Observations data{Eigen::MatrixXd(2, n), Eigen::VectorXd(n), Eigen::VectorXd::Constant(n, 1e-4)};
  Rng rng(1);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  for (double& value : data.x.reshaped()) value = uniform(rng);
  const double wave = std::sqrt(static_cast<double>(n)) / 4;
  for (Eigen::Index j = 0; j < n; ++j)
    data.y(j) = std::sin(wave * data.x(0, j)) * std::cos(wave * data.x(1, j)) +
                data.x.col(j).squaredNorm() + 0.01 * normal(rng);
  return data;
}

FitOptions options() {
  FitOptions fit;
  fit.gp.kernel = KernelKind::kWendland;
  fit.gp.threads = 2;
  return fit;
}

// So that a point has about forty neighbours.
Hyperparameters forty_neighbours(Eigen::Index n) {
  const double l = std::sqrt(40 / (3.14159 * static_cast<double>(n)));
  return hyperparameters(1.5, Eigen::Vector2d(l, l), 1e-4);
}

void BM_SparseModel(benchmark::State& state) {
  const Observations data = make_data(state.range(0));
  double entries = 0;
  for (auto _ : state) {
    const SparseGp gp = make_sparse_gp(data, forty_neighbours(state.range(0)), options().gp);
    benchmark::DoNotOptimize(gp.log_marginal_likelihood());
    entries = static_cast<double>(gp.factor_entries());
  }
  state.counters["factor_entries"] = entries;
}
BENCHMARK(BM_SparseModel)->Arg(20'000)->Arg(200'000)->Iterations(1)->Unit(benchmark::kSecond);

void BM_SparsePredictTenThousand(benchmark::State& state) {
  const Observations data = make_data(state.range(0));
  const SparseGp gp = make_sparse_gp(data, forty_neighbours(state.range(0)), options().gp);
  const Observations points = make_data(10'000);
  for (auto _ : state) benchmark::DoNotOptimize(gp.predict(points.x).variance.sum());
}
BENCHMARK(BM_SparsePredictTenThousand)
    ->Arg(20'000)
    ->Arg(200'000)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

void BM_SparseTraining(benchmark::State& state) {
  const Observations data = make_data(state.range(0));
  for (auto _ : state) {
    Rng rng(1);
    benchmark::DoNotOptimize(
        fit_sparse_gp(data, options(), rng, std::nullopt, {}).hyperparameters.sum());
  }
}
BENCHMARK(BM_SparseTraining)->Arg(200'000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace foray::surrogate
