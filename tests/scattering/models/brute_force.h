#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cmath>

namespace foray::scattering {

/// Average of |F|^2 of an amplitude F(q vector) over all orientations of the upper half space by
/// the midpoint rule, with none of the library's quadrature: 2 n^2 directions, error of order 1 /
/// n^2.
template <class Function>
double mean_square(double q, int n, const Function& amplitude) {
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double cosine = (i + 0.5) / n, sine = std::sqrt(1 - cosine * cosine);
    for (int k = 0; k < 2 * n; ++k) {
      const double phi = M_PI * (k + 0.5) / n;
      const double f = amplitude(
          Eigen::Vector3d(q * sine * std::cos(phi), q * sine * std::sin(phi), q * cosine));
      sum += f * f;
    }
  }
  return sum / (2.0 * n * n);
}

/// (sin x) / x.
inline double plain_sinc(double x) { return x == 0 ? 1.0 : std::sin(x) / x; }

/// <F^2> of a body from distances between its points, by Debye's formula: mean of sinc(q r) over
/// pairs of a fixed low-discrepancy set that `inside` accepts in [-half, half]; good to a percent.
template <class Function>
double debye_form(double q, const Eigen::Vector3d& half, int count, const Function& inside) {
  Eigen::Matrix3Xd points(3, count);
  // Steps of the plastic number's powers fill the box evenly.
  const double g = 1.2207440846057596;
  int found = 0;
  for (int i = 1; found < count; ++i) {
    Eigen::Vector3d at;
    for (int axis = 0; axis < 3; ++axis) {
      const double turn = 0.5 + i / std::pow(g, axis + 1);
      at[axis] = half[axis] * (2 * (turn - std::floor(turn)) - 1);
    }
    if (inside(at)) points.col(found++) = at;
  }
  double sum = count;
  for (int i = 0; i < count; ++i) {
    for (int k = 0; k < i; ++k) sum += 2 * plain_sinc(q * (points.col(i) - points.col(k)).norm());
  }
  return sum / (static_cast<double>(count) * count);
}

}  // namespace foray::scattering
