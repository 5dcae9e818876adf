#pragma once

#include <Eigen/Core>
#include <vector>

namespace foray::scattering {

// Two-dimensional Fourier transforms of c, c^2, c^3 ..., where c(u) = 2^(1 - h) / Gamma(h) u^h
// K_h(u) is the correlation of heights at the distance u in units of its length:
//
//   F_p(x) = 2 pi integral of u J0(x u) c(u)^p over u > 0.
//
// F_1 is closed. The others are tabulated over ln(x), below x = p from the integral as it stands
// and beyond along the imaginary axis, where nothing cancels: with J0 = Re H0,
// F_p(x) = -4 integral of t K0(x t) Im c(i t)^p over t > 0 (Abramowitz & Stegun 9.6.4, with c(i t)
// = -pi / 2 2^(1 - h) / Gamma(h) t^h (Y_h(t) + i J_h(t))). Both by the trapezoidal rule in the
// logarithm, which converges exponentially: 1e-10 of F_p(0) or better.
class HeightSpectra {
 public:
  // hurst in [0.1, 1]; orders: the highest power, 1 to 100; x_max: the largest x that is asked for.
  HeightSpectra(double hurst, int orders, double x_max);

  // F_1(x), F_2(x) ...: cubic in the logarithms, good to 1e-6.
  [[nodiscard]] Eigen::VectorXd at(double x) const;

 private:
  void tabulate_near();
  void tabulate_far();
  [[nodiscard]] int last() const { return first_ + static_cast<int>(logarithms_.cols()) - 1; }
  // The first column that is reached along the imaginary axis.
  [[nodiscard]] int first_far(int order) const;

  double hurst_;
  int first_;                   // of ln(x), in steps
  Eigen::MatrixXd logarithms_;  // ln F_p: row p - 2, a column each step
};

}  // namespace foray::scattering
