#pragma once

#include <Eigen/Core>
#include <cmath>
#include <functional>
#include <random>

#include "foray/common/random.h"
#include "foray/surrogate/gp.h"

namespace foray::optimizer::testing {

/// A Gaussian process of a function at n points drawn uniformly in d dimensions.
inline surrogate::Gp gp_of(Eigen::Index d, Eigen::Index n, unsigned seed, double lengthscale,
                           double noise, const std::function<double(const Eigen::VectorXd&)>& f) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  Eigen::MatrixXd x(d, n);
  Eigen::VectorXd y(n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < d; ++i) x(i, j) = uniform(rng);
    y(j) = f(x.col(j));
  }
  const double variance = (y.array() - y.mean()).square().mean();
  return surrogate::make_gp(
      x, y, Eigen::VectorXd::Constant(n, noise),
      surrogate::hyperparameters(variance, Eigen::VectorXd::Constant(d, lengthscale), 0));
}

/// Central difference of a function of a vector.
inline Eigen::VectorXd difference(const std::function<double(const Eigen::VectorXd&)>& f,
                                  const Eigen::VectorXd& x, double step = 1e-6) {
  Eigen::VectorXd gradient(x.size());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    Eigen::VectorXd up = x;
    Eigen::VectorXd down = x;
    up(i) += step;
    down(i) -= step;
    gradient(i) = (f(up) - f(down)) / (2 * step);
  }
  return gradient;
}

}  // namespace foray::optimizer::testing
