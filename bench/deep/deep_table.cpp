// How well a deep kernel predicts values that took no part, beside the kernel without a network:
// the table of docs/kernels.md.
//
// usage: foray_deep_table [SEEDS]     (default 4)
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "foray/deep/torch_network.h"
#include "foray/surrogate/gp_training.h"

namespace {

using Eigen::Index;
using foray::Rng;
using foray::surrogate::FitOptions;
using foray::surrogate::GpFit;
using foray::surrogate::KernelKind;
using foray::surrogate::KernelSpec;
using foray::surrogate::Observations;

enum class Field { kSharpStep, kSoftStep, kWave };

double value_of(Field field, double x, double y) {
  if (field == Field::kWave) return std::sin(5 * x) * std::cos(4 * y);
  const double line = y - 0.3 - 0.4 * std::sin(3 * x);
  return 0.5 * std::tanh(line / (field == Field::kSharpStep ? 0.02 : 0.1));
}

Observations measured(Field field, Index n, unsigned seed) {
  constexpr double kNoise = 0.05;
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  Observations data{Eigen::MatrixXd(2, n), Eigen::VectorXd(n),
                    Eigen::VectorXd::Constant(n, kNoise * kNoise)};
  for (Index j = 0; j < n; ++j) {
    data.x.col(j) << uniform(rng), uniform(rng);
    data.y(j) = value_of(field, data.x(0, j), data.x(1, j)) + kNoise * normal(rng);
  }
  return data;
}

struct Score {
  double nlpd = 0;
  double seconds = 0;  // Of a processor, for the training.
};

Score score(const KernelSpec& kernel, Field field, Index n, unsigned seed) {
  FitOptions options;
  options.gp.kernel = kernel;
  Rng rng(seed);
  const std::clock_t begin = std::clock();
  const GpFit fit = fit_gp(measured(field, n, seed), options, rng);
  const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const Observations held = measured(field, 2000, 1000 + seed);
  const foray::surrogate::Posterior at = fit.model.predict(held.x);
  const Eigen::ArrayXd variance =
      at.variance.array() + held.noise.array() + fit.hyperparameters.nugget;
  const Eigen::ArrayXd square = (held.y - at.mean).array().square();
  return {0.5 * ((2 * M_PI * variance).log() + square / variance).mean(), spent};
}

}  // namespace

int main(int argc, char** argv) {
  if (!foray::deep::available()) {
    std::puts("built without LibTorch");
    return 1;
  }
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 4;
  KernelSpec deep(KernelKind::kDeep);
  deep.layers = {16, 8};
  deep.network = foray::deep::torch_network();
  deep.terms = {KernelKind::kMatern52};
  for (const Field field : {Field::kSharpStep, Field::kSoftStep, Field::kWave}) {
    for (const Index n : {60, 120}) {
      Score with;
      Score without;
      for (int seed = 1; seed <= seeds; ++seed) {
        const Score one = score(deep, field, n, static_cast<unsigned>(seed));
        const Score plain = score(KernelKind::kMatern52, field, n, static_cast<unsigned>(seed));
        std::printf("field %d, %3d points, seed %d: deep %6.3f, plain %6.3f\n",
                    static_cast<int>(field), static_cast<int>(n), seed, one.nlpd, plain.nlpd);
        with.nlpd += one.nlpd / seeds;
        with.seconds += one.seconds / seeds;
        without.nlpd += plain.nlpd / seeds;
        without.seconds += plain.seconds / seeds;
      }
      std::printf("field %d, %3d points, mean:   deep %6.3f (%.2f s), plain %6.3f (%.2f s)\n",
                  static_cast<int>(field), static_cast<int>(n), with.nlpd, with.seconds,
                  without.nlpd, without.seconds);
    }
  }
  return 0;
}
