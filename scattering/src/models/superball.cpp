// Sources: Dresen et al. (2021), doi:10.1107/S2052252520013743 (superball); the average over
// orientations by spherical harmonics as in Svergun and Stuhrmann (1991),
// doi:10.1107/S0108767391006414, eq 5.
#include <array>

#include "foray/common/check.h"
#include "quadrature.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;

// Above this q times the half diagonal an average takes minutes.
constexpr double kMostDiagonal = 400.0;

// Spherical Bessel functions j_0 ... j_n at x > 0, n >= 1, by Miller's downward recursion and the
// sum rule of (2l + 1) j_l^2 = 1, A&S 10.1.50.
Eigen::ArrayXd spherical_bessel(double x, Eigen::Index n) {
  const auto start = std::max<Eigen::Index>(n, static_cast<Eigen::Index>(x)) + 25 +
                     static_cast<Eigen::Index>(3 * std::cbrt(x));
  Eigen::ArrayXd out = Eigen::ArrayXd::Zero(n + 1);
  double above = 0, here = 1e-100, sum = 0;
  for (Eigen::Index l = start; l >= 0; --l) {
    if (l <= n) out[l] = here;
    sum += static_cast<double>(2 * l + 1) * here * here;
    const double below = static_cast<double>(2 * l + 1) / x * here - above;
    above = here;
    here = below;
    if (std::abs(here) > 1e100) {  // keep the squares finite
      above *= 1e-100;
      here *= 1e-100;
      sum *= 1e-200;
      out *= 1e-100;
    }
  }
  out /= std::sqrt(sum);
  const double j0 = std::sin(x) / x, j1 = (j0 - std::cos(x)) / x;
  const bool flip =
      std::abs(j0) > std::abs(j1) ? (out[0] < 0) != (j0 < 0) : (out[1] < 0) != (j1 < 0);
  return flip ? Eigen::ArrayXd(-out) : out;
}

// Adds the normalised real harmonics of even l and fourfold m at a direction to `sums`; those with
// m > 0 stand for m and -m together.
void add_harmonics(double x, double y, double z, Eigen::Index most, Eigen::ArrayXXd& sums) {
  const double sine = std::hypot(x, y), azimuth = std::atan2(y, x);
  double diagonal = std::sqrt(1 / (4 * pi));  // normalised P_m^m, upwards in m
  for (Eigen::Index m = 0; m <= most; ++m) {
    const auto dm = static_cast<double>(m);
    if (m > 0) diagonal *= sine * std::sqrt((2 * dm + 1) / (2 * dm));
    if (m % 4 != 0) continue;
    const double angular = (m > 0 ? std::numbers::sqrt2 : 1.0) * std::cos(dm * azimuth);
    double before = 0, here = diagonal;
    for (Eigen::Index l = m; l <= most; ++l) {
      if (l % 2 == 0) sums(l / 2, m / 4) += here * angular;
      const auto dl = static_cast<double>(l + 1);
      const double a = std::sqrt((4 * dl * dl - 1) / (dl * dl - dm * dm));
      const double b = std::sqrt((square(dl - 1) - dm * dm) / (4 * square(dl - 1) - 1));
      const double next = a * (z * here - (l == m ? 0.0 : b * before));
      before = here;
      here = next;
    }
  }
}

double superball_volume(Parameters p) {
  const double first = std::tgamma(0.5 / p[3]), third = std::tgamma(1.5 / p[3]);
  return cube(p[2]) / (12 * square(p[3])) * cube(first) / third;
}

// The ball is cut into 48 equal cones t (1, u, u v), all of 0 <= u, v <= 1 and t up to the surface;
// u = w^2 and v = s^2 make the powers of u and v smoother at 0.
struct Cone {
  double u, v, weight, depth;
};

std::vector<Cone> cones(double length, double exponent, double phase) {
  const int count = 1 + static_cast<int>((phase + 2 * exponent) / 24);
  const Rule rule = panel_rule(0, 1, count, 20);
  std::vector<Cone> out;
  for (Eigen::Index i = 0; i < rule.node.size(); ++i) {
    for (Eigen::Index k = 0; k < rule.node.size(); ++k) {
      const double w = rule.node[i], s = rule.node[k], u = w * w, v = s * s;
      const double power = std::pow(u, 2 * exponent) * (1 + std::pow(v, 2 * exponent));
      out.push_back({u, v, rule.weight[i] * rule.weight[k] * 4 * w * s * u,
                     0.5 * length * std::pow(1 + power, -0.5 / exponent)});
    }
  }
  return out;
}

// Averages of F and F^2 for contrast 1: <F^2> = 4 pi sum over l, m of |B_lm|^2 with B_lm the
// integral of j_l(q r) Y_lm over the body.
Eigen::Array2d superball_average(double q, double length, double exponent) {
  const double longest = 0.5 * length * std::sqrt(3.0) * std::pow(3.0, -0.5 / exponent);
  const double reach = q * std::max(longest, 0.5 * length);
  require(reach < kMostDiagonal, "superball: q: expected q times the half diagonal below 400");
  const Eigen::Index most =
      2 * ((12 + static_cast<Eigen::Index>(reach + 4 * std::cbrt(reach))) / 2);
  const Rule radial = phase_rule(0, 1, 2 * reach);
  Eigen::ArrayXXd total = Eigen::ArrayXXd::Zero(most / 2 + 1, most / 4 + 1);
  for (const Cone& cone : cones(length, exponent, 2 * reach)) {
    const double norm = std::sqrt(1 + square(cone.u) * (1 + square(cone.v)));
    const double x = 1 / norm, y = cone.u / norm, z = cone.u * cone.v / norm;
    Eigen::ArrayXXd harmonics = Eigen::ArrayXXd::Zero(total.rows(), total.cols());
    add_harmonics(x, y, z, most, harmonics);
    add_harmonics(y, z, x, most, harmonics);
    add_harmonics(z, x, y, most, harmonics);
    Eigen::ArrayXd bessel = Eigen::ArrayXd::Zero(most + 1);
    for (Eigen::Index i = 0; i < radial.node.size(); ++i) {
      const double t = cone.depth * radial.node[i];
      bessel += radial.weight[i] * cone.depth * square(t) * spherical_bessel(q * t * norm, most);
    }
    for (Eigen::Index l = 0; l <= most; l += 2) {
      total.row(l / 2) += 16 * cone.weight * bessel[l] * harmonics.row(l / 2);
    }
  }
  return {std::sqrt(4 * pi) * total(0, 0), 4 * pi * total.square().sum()};
}

Moments superball(Parameters p, const Eigen::ArrayXd& q) {
  const double contrast = p[0] - p[1], length = p[2], exponent = p[3];
  return averaged_moments(q, [=](double x) {
    const Eigen::Array2d both = superball_average(x, length, exponent);
    return Eigen::Array2d(contrast * both[0], square(contrast) * both[1]);
  });
}

double superball_radius(Parameters p, int mode) {
  if (mode == 2) return radius_of_volume(superball_volume(p));
  if (mode == 3) return 0.5 * p[2];
  const double first = std::tgamma(0.5 / p[3]), third = std::tgamma(1.5 / p[3]),
               fifth = std::tgamma(2.5 / p[3]);
  return p[2] * third * std::sqrt(0.3 / (first * fifth));
}

}  // namespace

std::vector<ModelDefinition> superball_models() {
  return {particle("superball",
                   {sld("sld", 4), sld("sld_solvent", 1), size("length_a", 50),
                    between("exponent_p", "", 2.5, 0.5, 50)},
                   superball, superball_volume,
                   {"radius of gyration", "equivalent volume sphere", "half length_a"},
                   superball_radius)};
}

}  // namespace foray::scattering
