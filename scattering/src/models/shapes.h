#pragma once

#include <cmath>
#include <numbers>

#include "definition.h"

namespace foray::scattering {

/// 1e-6 / angstrom^2 times angstrom^3 to sqrt(angstrom^3 / cm): its square turns (1e-6 / A^2)^2 A^3
/// into 1/cm.
constexpr double kToAmplitude = 1e-2;
constexpr double kToInverseCm = 1e-4;

inline double square(double x) { return x * x; }
inline double cube(double x) { return x * x * x; }

inline double sphere_volume(double radius) { return 4.0 / 3.0 * std::numbers::pi * cube(radius); }
inline double radius_of_volume(double volume) {
  return std::cbrt(volume / (4.0 / 3.0 * std::numbers::pi));
}

/// 3 (sin x - x cos x) / x^3, the amplitude of a sphere over its volume: 1 at 0, even in x. A
/// series below 0.5, where the closed form loses more than 1e-15.
double sphere_amplitude(double x);

/// The same of many x >= 0, twice as fast.
Eigen::ArrayXd sphere_amplitudes(const Eigen::ArrayXd& x);

/// 2 J1(x) / x: 1 at 0.
double disk_amplitude(double x);

/// sin(x) / x: 1 at 0. Below 1e-4 the next term of the series, x^4 / 120, is under 1e-18.
inline double sinc(double x) { return std::abs(x) < 1e-4 ? 1.0 - x * x / 6.0 : std::sin(x) / x; }

/// Integral of sin(t) / t over [0, x], x >= 0, to 1e-14.
double sine_integral(double x);

/// Lower incomplete gamma function over gamma(a), for a > 0 and x >= 0, to 1e-13.
double gamma_fraction(double a, double x);

/// Radius of the sphere with the mean excluded volume of a cylinder.
double excluded_volume_radius(double radius, double length);

/// Moments of particles with these amplitudes [1e-6 angstrom], which depend on |q| only.
inline Moments round_moments(const Eigen::ArrayXd& amplitude) {
  Moments out;
  out.amplitude = kToAmplitude * amplitude;
  out.intensity = out.amplitude.square();
  return out;
}

/// Moments of a particle whose amplitude [1e-6 angstrom] depends on |q| only.
template <class Function>
Moments isotropic_moments(const Eigen::ArrayXd& q, const Function& amplitude) {
  Moments out;
  out.amplitude = q.unaryExpr([&](double value) { return kToAmplitude * amplitude(value); });
  out.intensity = out.amplitude.square();
  return out;
}

/// Moments by an average over orientations: `average(q)` returns the averages of F and F^2 [1e-6
/// angstrom and its square].
template <class Function>
Moments averaged_moments(const Eigen::ArrayXd& q, const Function& average) {
  Moments out{Eigen::ArrayXd(q.size()), Eigen::ArrayXd(q.size())};
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    const Eigen::Array2d both = average(q[i]);
    out.amplitude[i] = kToAmplitude * both[0];
    out.intensity[i] = kToInverseCm * both[1];
  }
  return out;
}

/// F and F^2, to be averaged.
inline Eigen::Array2d powers(double amplitude) { return {amplitude, amplitude * amplitude}; }

/// A row of the table for a particle with an amplitude.
ModelDefinition particle(std::string name, std::vector<ModelParameter> parameters,
                         Moments (*scatter)(Parameters, const Eigen::ArrayXd&),
                         double (*volume)(Parameters), std::vector<std::string> modes,
                         double (*radius)(Parameters, int));

/// A row for a model without amplitude and volume.
ModelDefinition plain(std::string name, std::vector<ModelParameter> parameters,
                      Moments (*scatter)(Parameters, const Eigen::ArrayXd&));

/// Intensities only.
template <class Function>
Moments intensity_moments(const Eigen::ArrayXd& q, const Function& intensity) {
  return {{}, q.unaryExpr(intensity)};
}

}  // namespace foray::scattering
