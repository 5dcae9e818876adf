#pragma once

#include <Eigen/Core>

#include "foray/surrogate/gp.h"

namespace foray::optimizer::testing {

/// Five noisy points, Matern-3/2 with variance 1.3 and lengthscales .6 and .8, the mean that of the
/// sample, and three places to ask about. Expected values in the tests that use it were computed by
/// an independent NumPy 1.24 implementation, to about 1e-12.
struct GoldenCase {
  Eigen::MatrixXd x{{0, 1, 0, .5, .9}, {0, 0, 1, .5, .8}};
  Eigen::VectorXd y{{.3, -.2, .9, 1.4, .1}};
  Eigen::VectorXd noise{{.01, .02, .01, .04, .01}};
  Eigen::MatrixXd places{{.25, .7, .95}, {.25, .2, .95}};
  surrogate::Hyperparameters hyperparameters =
      surrogate::hyperparameters(1.3, Eigen::VectorXd{{.6, .8}}, 0);
  double mean_noise = .018;

  /// @param sign  -1: of the negative function.
  [[nodiscard]] surrogate::Gp model(double sign = 1) const {
    surrogate::GpOptions options;
    options.kernel = surrogate::KernelKind::kMatern32;
    options.mean = surrogate::MeanKind::kSampleMean;
    return surrogate::make_gp(x, sign * y, noise, hyperparameters, options);
  }

  /// Prior covariance of the five points and the three places: 8 x 8.
  [[nodiscard]] Eigen::MatrixXd prior() const {
    Eigen::MatrixXd all(2, 8);
    all << x, places;
    return surrogate::Kernel(surrogate::KernelKind::kMatern32, 2)
        .covariance(hyperparameters.kernel, all, all);
  }
};

}  // namespace foray::optimizer::testing
