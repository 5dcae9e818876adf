#pragma once

#include <Eigen/Core>
#include <random>

#include "foray/surrogate/gp.h"

namespace foray::surrogate::testing {

using Data = Observations;

/// n points with uneven noise of a smooth function of d coordinates, drawn uniformly.
inline Data smooth_data(Eigen::Index d, Eigen::Index n, unsigned seed) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  Data data{Eigen::MatrixXd(d, n), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < d; ++i) data.x(i, j) = uniform(rng);
    data.noise(j) = 1e-4 * (1 + 9 * uniform(rng));
    data.y(j) = std::sin(5 * data.x(0, j)) + data.x.col(j).squaredNorm() +
                std::sqrt(data.noise(j)) * normal(rng);
  }
  return data;
}

inline Hyperparameters some_hyperparameters(Eigen::Index d) {
  return hyperparameters(1.7, Eigen::VectorXd::LinSpaced(d, 0.4, 0.9), 3e-4);
}

inline constexpr KernelKind kKernels[] = {KernelKind::kMatern12, KernelKind::kMatern32,
                                          KernelKind::kMatern52, KernelKind::kSquaredExponential};

}  // namespace foray::surrogate::testing
