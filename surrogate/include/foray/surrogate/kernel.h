#pragma once

#include <Eigen/Core>

namespace foray::surrogate {

/// Stationary correlation functions of the scaled distance r; all are 1 at r = 0.
/// Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eq. 4.9, 4.14, 4.17.
enum class KernelKind {
  kMatern12,            ///< exp(-r): continuous, nowhere smooth.
  kMatern32,            ///< (1 + sqrt3 r) exp(-sqrt3 r): once differentiable.
  kMatern52,            ///< (1 + sqrt5 r + 5 r^2 / 3) exp(-sqrt5 r): twice differentiable.
  kSquaredExponential,  ///< exp(-r^2 / 2): infinitely smooth.
};

/// Correlation at scaled distance r >= 0.
[[nodiscard]] double correlation(KernelKind kind, double r);

/// What the data say about a function, for one kernel kind.
struct Hyperparameters {
  double signal_variance = 1;    ///< prior variance of the latent function, unit of y squared, > 0.
  Eigen::VectorXd lengthscales;  ///< d, in the unit of x, linear, > 0.
  double nugget =
      0;  ///< learned noise variance added to each point's own, unit of y squared, >= 0.
};

/// [signal variance, d lengthscales, nugget].
[[nodiscard]] Eigen::VectorXd pack(const Hyperparameters& hyperparameters);

/// The inverse of `pack`.
/// @throws std::invalid_argument unless `packed` has at least three values, all finite, the nugget
///         >= 0 and the others > 0.
[[nodiscard]] Hyperparameters unpack(const Eigen::Ref<const Eigen::VectorXd>& packed);

/// signal variance times correlation between the columns of a (d x n) and of b (d x m): n x m.
/// Distances are taken from differences of coordinates, so near-duplicates lose no digits.
[[nodiscard]] Eigen::MatrixXd covariance(KernelKind kind, const Hyperparameters& hyperparameters,
                                         const Eigen::Ref<const Eigen::MatrixXd>& a,
                                         const Eigen::Ref<const Eigen::MatrixXd>& b);

}  // namespace foray::surrogate
