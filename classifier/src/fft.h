#pragma once

#include <Eigen/Core>
#include <complex>

namespace foray::classifier {

// Row-major planes in single precision: the transforms are what the analysis spends its time on.
using Plane = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Spectrum = Eigen::Array<std::complex<float>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The smallest size >= least without prime factors above 5.
Eigen::Index fast_size(Eigen::Index least);

// Discrete Fourier transform with exp(-2 pi i ...), not scaled; rows x (columns / 2 + 1).
Spectrum forward(const Plane& plane);

// Its inverse without the division by the number of points; columns: of the plane.
Plane inverse(Spectrum spectrum, Eigen::Index columns);

}  // namespace foray::classifier
