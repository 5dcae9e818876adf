#pragma once

#include <Eigen/Core>
#include <cmath>

namespace foray::scattering {

/// Nodes and weights of a sum that stands for an integral.
struct Rule {
  Eigen::ArrayXd node, weight;
};

/// Gauss-Legendre on [-1, 1], `nodes` in [1, 64], good to 1e-15.
Rule gauss_legendre(int nodes);

/// `count` equal panels of `nodes` Gauss-Legendre points over [lower, upper].
Rule panel_rule(double lower, double upper, int count, int nodes);

/// Panels of 20 points for an integrand that turns through `phase` radians over [lower, upper],
/// good to 1e-12 of its largest value.
Rule phase_rule(double lower, double upper, double phase);

/// How many panels those are.
int phase_panels(double phase);

/// One of `count` equal panels from 0 to pi/2, about its middle: angles of its points by their
/// sines and cosines, so that those of all panels follow by addition.
struct PolarPanel {
  explicit PolarPanel(int panels);

  int count;
  double half;  ///< of a panel's width [rad].
  Eigen::ArrayXd sine, cosine, weight;
};

/// Average of a vector-valued `f(sine, cosine)` over the polar angle in [0, pi/2], weighted with
/// the solid angle, where f turns through `phase` radians.
template <class Result, class Function>
Result polar_average(double phase, const Function& f) {
  const PolarPanel panel(phase_panels(phase));
  Result sum = Result::Zero();
  for (int i = 0; i < panel.count; ++i) {
    const double middle = (2 * i + 1) * panel.half;
    const double sine_middle = std::sin(middle), cosine_middle = std::cos(middle);
    for (Eigen::Index k = 0; k < panel.weight.size(); ++k) {
      const double sine = sine_middle * panel.cosine[k] + cosine_middle * panel.sine[k];
      const double cosine = cosine_middle * panel.cosine[k] - sine_middle * panel.sine[k];
      sum += panel.weight[k] * sine * f(sine, cosine);
    }
  }
  return sum;
}

/// Average of `f(sine, cosine, sin phi, cos phi)` over an octant of orientations, where f turns
/// through `phase` radians along the polar angle and `azimuth_phase` times sine along phi.
template <class Result, class Function>
Result octant_average(double phase, double azimuth_phase, const Function& f) {
  return polar_average<Result>(phase, [&](double sine, double cosine) {
    const Rule rule = phase_rule(0, M_PI_2, azimuth_phase * sine);
    Result sum = Result::Zero();
    for (Eigen::Index i = 0; i < rule.node.size(); ++i) {
      sum += rule.weight[i] * f(sine, cosine, std::sin(rule.node[i]), std::cos(rule.node[i]));
    }
    return Result(sum * M_2_PI);
  });
}

}  // namespace foray::scattering
