// One proposal: by log expected improvement on standard functions, with the best value that was
// found, and for a map of four phases and a property.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_training.h"

namespace foray::optimizer {
namespace {

// Branin (1972) on the unit square, minimum 0.397887.
double branin(const Eigen::VectorXd& unit) {
  const double pi = std::numbers::pi;
  const double x = 15 * unit(0) - 5;
  const double y = 15 * unit(1);
  const double t = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
  return t * t + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

// Hartmann (1973) in six dimensions, minimum -3.32237.
double hartmann6(const Eigen::VectorXd& x) {
  constexpr std::array<double, 4> kAlpha = {1, 1.2, 3, 3.2};
  constexpr double kA[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                               {0.05, 10, 17, 0.1, 8, 14},
                               {3, 3.5, 1.7, 10, 17, 8},
                               {17, 8, 0.05, 10, 0.1, 14}};
  constexpr double kP[4][6] = {{1312, 1696, 5569, 124, 8283, 5886},
                               {2329, 4135, 8307, 3736, 1004, 9991},
                               {2348, 1451, 3522, 2883, 3047, 6650},
                               {4047, 8828, 8732, 5743, 1091, 381}};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double inner = 0;
    for (int j = 0; j < 6; ++j) inner += kA[i][j] * std::pow(x(j) - 1e-4 * kP[i][j], 2);
    sum -= kAlpha[i] * std::exp(-inner);
  }
  return sum;
}

SearchSpace cube(Eigen::Index d) {
  std::vector<Parameter> parameters(static_cast<std::size_t>(d));
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].name = "x" + std::to_string(i);
  return SearchSpace(std::move(parameters), {});
}

surrogate::Gp model_of(Eigen::Index d, Eigen::Index n, double noise,
                       const std::function<double(const Eigen::VectorXd&)>& f) {
  Rng rng(3);
  const Eigen::MatrixXd x = cube(d).sample(n, rng);
  Eigen::VectorXd y(n);
  for (Eigen::Index j = 0; j < n; ++j) y(j) = f(x.col(j));
  return surrogate::fit_gp({x, y, Eigen::VectorXd::Constant(n, noise)}, {}, rng).model;
}

void ask(benchmark::State& state, Eigen::Index d,
         const std::function<double(const Eigen::VectorXd&)>& f) {
  const surrogate::Gp gp = model_of(d, 200, 1e-6, f);
  const SearchSpace space = cube(d);
  Objective objective;
  objective.terms.resize(1);
  objective.terms[0].kind = ObjectiveKind::kMinimise;
  objective.terms[0].observables = {"f"};
  ProposeState known;
  known.measured = gp.data_x();
  unsigned seed = 0;
  for (auto _ : state) {
    Rng rng(++seed);
    benchmark::DoNotOptimize(propose(space, objective, {{"f", &gp}},
                                     {.kind = AcquisitionKind::kLogExpectedImprovement}, known, {},
                                     rng)
                                 .value);
  }
}

void BM_AskBranin200(benchmark::State& state) { ask(state, 2, branin); }
void BM_AskHartmann200(benchmark::State& state) { ask(state, 6, hartmann6); }
BENCHMARK(BM_AskBranin200)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_AskHartmann200)->Unit(benchmark::kMillisecond);

// Four points that are chosen together.
void ask_batch(benchmark::State& state, AcquisitionKind kind, double noise) {
  const surrogate::Gp gp = model_of(6, 200, noise, hartmann6);
  const SearchSpace space = cube(6);
  Objective objective;
  objective.terms.resize(1);
  objective.terms[0].kind = ObjectiveKind::kMinimise;
  objective.terms[0].observables = {"f"};
  ProposeState known;
  known.measured = gp.data_x();
  ProposeOptions options;
  options.batch = 4;
  unsigned seed = 0;
  for (auto _ : state) {
    Rng rng(++seed);
    benchmark::DoNotOptimize(
        propose_batch(space, objective, {{"f", &gp}}, {.kind = kind}, known, options, rng)
            .front()
            .value);
  }
}

void BM_AskBatchOf4Hartmann200(benchmark::State& state) {
  ask_batch(state, AcquisitionKind::kLogExpectedImprovement, 1e-6);
}
void BM_AskNoisyBatchOf4Hartmann200(benchmark::State& state) {
  ask_batch(state, AcquisitionKind::kLogNoisyExpectedImprovement, 1e-2);
}
BENCHMARK(BM_AskBatchOf4Hartmann200)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_AskNoisyBatchOf4Hartmann200)->Unit(benchmark::kMillisecond);

// Four classes and a property that counts where the first class is unlikely.
void BM_AskMap(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const auto order = [](const Eigen::VectorXd& x) { return 10 * (0.3 + 0.2 * x(0) - x(1)); };
  const auto left = [](const Eigen::VectorXd& x) { return 10 * (0.5 - x(0)); };
  std::vector<surrogate::Gp> gps;
  gps.push_back(model_of(2, n, 0.01, order));
  gps.push_back(model_of(2, n, 0.01, left));
  gps.push_back(model_of(2, n, 0.01, [&](const Eigen::VectorXd& x) { return -left(x); }));
  gps.push_back(model_of(2, n, 0.01, [](const Eigen::VectorXd& x) { return 3 - 20 * (1 - x(1)); }));
  gps.push_back(model_of(2, n, 0.01, [](const Eigen::VectorXd& x) { return std::sin(4 * x(0)); }));
  ObjectiveTerm phases;
  phases.kind = ObjectiveKind::kBoundary;
  phases.observables = {"a", "b", "c", "d"};
  ObjectiveTerm property;
  property.observables = {"e"};
  property.where = {{"a", std::nullopt, 0.0}};
  const ModelMap models = {
      {"a", &gps[0]}, {"b", &gps[1]}, {"c", &gps[2]}, {"d", &gps[3]}, {"e", &gps[4]}};
  const SearchSpace space = cube(2);
  ProposeState known;
  known.measured = gps[0].data_x();
  for (const auto& [name, model] : models) known.next_noise[name] = 0.01;
  unsigned seed = 0;
  for (auto _ : state) {
    Rng rng(++seed);
    benchmark::DoNotOptimize(
        propose(space, {{phases, property}, {}}, models, {}, known, {}, rng).value);
  }
}
BENCHMARK(BM_AskMap)->Arg(60)->Arg(200)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::optimizer
