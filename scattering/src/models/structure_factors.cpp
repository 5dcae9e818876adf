// Sources: Percus and Yevick (1958), doi:10.1103/PhysRev.110.1; Kinning and Thomas (1984),
// doi:10.1021/ma00139a013, eqs 12-14; Menon, Manohar and Rao (1991), doi:10.1063/1.461199
// (stickyhardsphere); Sharma and Sharma (1977), doi:10.1016/0378-4363(77)90151-4 (squarewell).
#include <array>

#include "hayter_msa.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

// 24 phi times the integrals of alpha s^2 + beta s^3 + gamma s^5 with sin(x s) / (x s) over s in
// [0, 1]: the transform of the direct correlation in the core. Below x = 1 the closed form cancels
// and the series is exact.
double core_correlation(double x, double alpha, double beta, double gamma) {
  if (x < 1.0) {
    double sum = 0, term = 1;
    for (int n = 0; n < 12; ++n) {
      const double k = 2.0 * n;
      sum += term * (alpha / (k + 3) + beta / (k + 4) + gamma / (k + 6));
      term *= -x * x / ((k + 2) * (k + 3));
    }
    return sum;
  }
  const double s = std::sin(x), c = std::cos(x), x2 = x * x;
  const double first = (s - x * c) / (x2 * x);
  const double second = (2 * x * s + (2 - x2) * c - 2) / (x2 * x2);
  const double fourth =
      (-x2 * x2 * c + 4 * ((3 * x2 - 6) * c + (x2 * x - 6 * x) * s + 6)) / (x2 * x2 * x2);
  return alpha * first + beta * second + gamma * fourth;
}

Moments hardsphere(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], phi = p[1];
  const double rest = square(square(1 - phi));
  const double alpha = square(1 + 2 * phi) / rest;
  const double beta = -6 * phi * square(1 + 0.5 * phi) / rest;
  const double gamma = 0.5 * phi * alpha;
  return intensity_moments(q, [=](double x) {
    return 1 / (1 + 24 * phi * core_correlation(2 * x * radius, alpha, beta, gamma));
  });
}

// Eqs 5 and 6: the core as of hard spheres with other coefficients, the well as it is.
Moments squarewell(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], phi = p[1], depth = p[2], width = p[3];
  const double rest = square(square(1 - phi));
  const double alpha = (square(1 + 2 * phi) + cube(phi) * (phi - 4)) / rest;
  const double beta = -phi / 3 * (18 + 20 * phi - 12 * square(phi) + square(square(phi))) / rest;
  const double gamma = 0.5 * phi * alpha;
  return intensity_moments(q, [=](double value) {
    const double x = 2 * value * radius;
    // Integral of s^2 sin(x s) / (x s) over s from 1 to the width, by the amplitude of balls.
    const double well = (cube(width) * sphere_amplitude(x * width) - sphere_amplitude(x)) / 3;
    return 1 / (1 + 24 * phi * (core_correlation(x, alpha, beta, gamma) - depth * well));
  });
}

// Baxter's solution for a well of vanishing width: lambda is the smaller root of eq 12.
struct Sticky {
  double eta = 0, lambda = 0;
  bool physical = false;
};

Sticky solve_sticky(Parameters p) {
  Sticky out;
  out.eta = p[1] / cube(1 - p[2]);
  if (out.eta >= 1) return out;
  const double a = out.eta / 6, b = p[3] + out.eta / (1 - out.eta);
  const double c = (1 + out.eta / 2) / square(1 - out.eta);
  const double root = b * b - 2 * a * c;
  if (root < 0 || b <= 0) return out;
  out.lambda = 2 * c / (b + std::sqrt(root));
  out.physical = out.lambda * out.eta * (1 - out.eta) <= 1 + 2 * out.eta;
  return out;
}

Moments stickyhardsphere(Parameters p, const Eigen::ArrayXd& q) {
  const Sticky sticky = solve_sticky(p);
  const double eta = sticky.eta, lambda = sticky.lambda;
  const double mu = lambda * eta * (1 - eta);
  const double alpha = (1 + 2 * eta - mu) / square(1 - eta);
  const double beta = (mu - 3 * eta) / (2 * square(1 - eta));
  const double diameter = 2 * p[0] / (1 - p[2]);
  return intensity_moments(q, [=](double value) {
    const double x = value * diameter;
    // (1 - cos x) / x and (x - sin x) / x^2, x / 2 and x / 6 as x vanishes.
    const double one = 0.5 * x * square(sinc(0.5 * x));
    const double third = sphere_amplitude(x) / 3;  // (sin x - x cos x) / x^3
    const double rise = x < 0.05 ? x / 6 * (1 - x * x / 20 * (1 - x * x / 42 * (1 - x * x / 72)))
                                 : (x - std::sin(x)) / square(x);
    // 1/2 - sin x / x + (1 - cos x) / x^2 over x.
    const double bracket = x < 0.05 ? x / 8 * (1 - x * x / 18 * (1 - x * x / 40 * (1 - x * x / 70)))
                                    : (0.5 - std::sin(x) / x + one / x) / x;
    const double real = 1 + 12 * eta * (alpha * third + beta * one / x - lambda / 12 * sinc(x));
    const double imaginary = 12 * eta * (alpha * bracket + beta * rise - lambda / 12 * one);
    return 1 / (square(real) + square(imaginary));
  });
}

Moments hayter_msa(Parameters p, const Eigen::ArrayXd& q) {
  const ScreenedSpheres spheres = {.radius = p[0],
                                   .volfraction = p[1],
                                   .charge = p[2],
                                   .temperature = p[3],
                                   .salt = p[4],
                                   .dielectric = p[5]};
  const MeanSphericalSolution solution = solve_mean_spherical(spheres);
  return intensity_moments(q, [&](double x) { return solution.structure_factor(x * 2 * p[0]); });
}

ModelDefinition row(std::string name, std::vector<ModelParameter> parameters,
                    Moments (*scatter)(Parameters, const Eigen::ArrayXd&)) {
  ModelDefinition definition = plain(std::move(name), std::move(parameters), scatter);
  definition.is_structure_factor = true;
  return definition;
}

}  // namespace

std::vector<ModelDefinition> structure_factors() {
  std::vector<ModelDefinition> rows = {
      row("hardsphere", {size("radius_effective", 50), between("volfraction", "", 0.2, 0, 0.74)},
          hardsphere),
      row("stickyhardsphere",
          {size("radius_effective", 50), between("volfraction", "", 0.2, 0, 0.74),
           between("perturb", "", 0.05, 0.01, 0.1), any("stickiness", "", 0.2)},
          stickyhardsphere),
      row("squarewell",
          {size("radius_effective", 50), between("volfraction", "", 0.04, 0, 0.08),
           between("welldepth", "kT", 1.5, 0, 1.5), between("wellwidth", "diameters", 1.2, 1)},
          squarewell),
      row("hayter_msa",
          {size("radius_effective", 20.75), between("volfraction", "", 0.0192, 0, 0.74),
           between("charge", "e", 19, 1e-6, 200), between("temperature", "K", 318.16, 1, 450),
           between("concentration_salt", "M", 0, 0), positive("dielectconst", "", 71.08)},
          hayter_msa)};
  rows[1].problem = [](Parameters p) -> std::string {
    return solve_sticky(p).physical ? ""
                                    : "expected a stickiness that leaves one phase; at this "
                                      "volfraction and perturb it must be larger";
  };
  return rows;
}

}  // namespace foray::scattering
