// How near to the best a training comes, and what it takes: data sets of two to five dimensions,
// each trained with default settings and, where asked for, from many starts to the end.
//
//   foray_training_table [POINTS=200] [SETS=24] [FIRST=0] [THOROUGH=20] [THREADS=1]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include "foray/surrogate/gp_training.h"

namespace {

using Eigen::Index;
using Eigen::VectorXd;
using foray::Rng;
using foray::surrogate::FitOptions;
using foray::surrogate::GpFit;
using foray::surrogate::Observations;

// What a process with drawn hyperparameters gives.
VectorXd drawn(const Observations& data, Rng& rng) {
  std::uniform_real_distribution<double> uniform;
  VectorXd lengthscales(data.x.rows());
  for (double& l : lengthscales) l = 0.1 * std::pow(20, uniform(rng));
  const Eigen::MatrixXd far = Eigen::MatrixXd::Constant(data.x.rows(), 1, 1e6);
  return make_gp(far, VectorXd::Zero(1), VectorXd::Zero(1),
                 foray::surrogate::hyperparameters(1, lengthscales, 1e-8))
      .sample(data.x, 1, rng);
}

// Waves in a direction of their own, with a product of two coordinates.
VectorXd waves(const Observations& data, Rng& rng) {
  std::uniform_real_distribution<double> uniform(0, 8);
  VectorXd wave(data.x.rows());
  for (double& value : wave) value = uniform(rng);
  return (wave.transpose() * data.x).array().sin().transpose() +
         (data.x.row(0).array() * data.x.bottomRows(1).array()).transpose();
}

// A steep step along a bent line.
VectorXd step(const Observations& data, Rng& rng) {
  const double place = std::uniform_real_distribution<double>(0.3, 0.7)(rng);
  const auto line = data.x.row(0).array() + 0.2 * (4 * data.x.row(1).array()).sin() - place;
  return (1 / (1 + (-30 * line).exp())).transpose();
}

Observations data_set(int seed, Index n) {
  Rng rng(static_cast<std::uint64_t>(seed) + 1000);
  const Index d = 2 + seed % 4;
  Observations data{Eigen::MatrixXd(d, n), VectorXd(n), VectorXd::Zero(n)};
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  for (double& value : data.x.reshaped()) value = uniform(rng);
  const int kind = seed / 4 % 3;
  data.y = kind == 0 ? drawn(data, rng) : kind == 1 ? waves(data, rng) : step(data, rng);
  // Hardly any noise, a hundredth and a fifth of the spread; half of it told.
  const double share = (seed / 12 % 3 == 0) ? 1e-4 : (seed / 12 % 3 == 1) ? 0.01 : 0.2;
  const double deviation = share * std::sqrt((data.y.array() - data.y.mean()).square().mean());
  for (double& value : data.y) value += deviation * normal(rng);
  data.noise.setConstant(deviation * deviation / 2);
  return data;
}

int number(int count, char** arguments, int i, int otherwise) {
  return i < count ? std::stoi(arguments[i]) : otherwise;
}

double seconds(std::clock_t ticks) { return static_cast<double>(ticks) / CLOCKS_PER_SEC; }

int run(int count, char** arguments) {
  const Index points = number(count, arguments, 1, 200);
  const int sets = std::max(1, number(count, arguments, 2, 24));
  const int first = number(count, arguments, 3, 0);
  FitOptions thorough;
  thorough.starts = number(count, arguments, 4, 20);
  thorough.probe_evaluations = 200;
  thorough.start_evaluations = 200;
  thorough.probe_points = points;
  thorough.tolerance = 1e-7;
  FitOptions options;
  options.gp.threads = thorough.gp.threads = number(count, arguments, 5, 1);
  std::vector<double> processor;
  std::vector<double> wall;
  std::vector<int> evaluations;
  int reached = 0;
  std::printf("set  d  log posterior   of the best  evaluations  processor [s]  wall [s]\n");
  for (int seed = first; seed < first + sets; ++seed) {
    const Observations data = data_set(seed, points);
    Rng rng(7);
    const std::clock_t ticks = std::clock();
    const auto start = std::chrono::steady_clock::now();
    const GpFit fit = fit_gp(data, options, rng);
    processor.push_back(seconds(std::clock() - ticks));
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    evaluations.push_back(fit.evaluations);
    double best = fit.log_posterior;
    Rng other(8);
    if (thorough.starts > 0) best = std::max(best, fit_gp(data, thorough, other).log_posterior);
    reached += fit.log_posterior > best - 1e-3 ? 1 : 0;
    std::printf("%3d %2d %14.5f %13.5f %12d %14.4f %9.4f\n", seed, static_cast<int>(data.x.rows()),
                fit.log_posterior, best, fit.evaluations, processor.back(), wall.back());
    std::fflush(stdout);
  }
  std::sort(processor.begin(), processor.end());
  std::sort(wall.begin(), wall.end());
  std::sort(evaluations.begin(), evaluations.end());
  const auto middle = [](const auto& sorted) { return sorted[sorted.size() / 2]; };
  std::printf("%d points, %d threads, %d sets: ", static_cast<int>(points), options.gp.threads,
              sets);
  if (thorough.starts > 0) std::printf("%d within 1e-3 of the best; ", reached);
  std::printf("evaluations %d; ", middle(evaluations));
  std::printf("processor %.4f to %.4f s, median %.4f; wall %.4f to %.4f s, median %.4f\n",
              processor.front(), processor.back(), middle(processor), wall.front(), wall.back(),
              middle(wall));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "foray_training_table: %s\n", error.what());
    return 1;
  }
}
