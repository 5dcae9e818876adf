#include "hayter_msa.h"

#include <Eigen/Dense>
#include <cmath>
#include <complex>
#include <numbers>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

using Complex = std::complex<double>;

// Integrals of r^n exp(-z r) over r in [0, 1], n = 0, 1, 2; a series where the closed form cancels.
struct Decays {
  double zeroth, first, second;
};

Decays decays(double z) {
  if (z < 0.5) {
    Decays out{0, 0, 0};
    double term = 1;
    for (int n = 0; n < 16; ++n) {
      out.zeroth += term / (n + 1);
      out.first += term / (n + 2);
      out.second += term / (n + 3);
      term *= -z / (n + 1);
    }
    return out;
  }
  const double e = std::exp(-z);
  return {-std::expm1(-z) / z, (1 - (1 + z) * e) / (z * z),
          (2 - (2 + z * (2 + z)) * e) / (z * z * z)};
}

// The two equations that Baxter's factor leaves for d and v, with a and b eliminated: they are
// linear in the others.
class Equations {
 public:
  Equations(double eta, double z) : eta_(eta), z_(z), decay_(decays(z)) {}

  // Fills a, b and w for the given d and v.
  void complete(MeanSphericalSolution& s) const {
    const double e = std::exp(-z_);
    s.w = s.d - s.v * e;
    // a = 1 - 12 eta M0, b = 12 eta M1, with the moments M of Q over all r.
    const double zeroth = s.k * (s.w + s.v * decay_.zeroth) + s.k / z_ * s.d;
    const double first = s.k * (s.w / 2 + s.v * decay_.first) + s.k / z_ * s.d * (1 + 1 / z_);
    Eigen::Matrix2d matrix;
    matrix << 1 - 4 * eta_, -6 * eta_, 1.5 * eta_, 1 + 2 * eta_;
    const Eigen::Vector2d solved =
        matrix.partialPivLu().solve(Eigen::Vector2d(1 - 12 * eta_ * zeroth, 12 * eta_ * first));
    s.a = solved[0];
    s.b = solved[1];
  }

  [[nodiscard]] Eigen::Vector2d residual(MeanSphericalSolution s) const {
    complete(s);
    // Laplace transform of Q at z.
    const double transform = s.a * (decay_.second - decay_.zeroth) / 2 +
                             s.b * (decay_.first - decay_.zeroth) +
                             s.k * (s.w * decay_.zeroth - s.v * std::expm1(-2 * z_) / (2 * z_)) +
                             s.k * s.d * std::exp(-z_) / (2 * z_);
    const double tail = s.a * (1 + 1 / z_) + s.b + s.k * z_ * s.w / 2;
    return {s.d * (1 - 12 * eta_ * transform) - 1, s.v - 12 * eta_ / (z_ * z_) * s.d * s.d * tail};
  }

 private:
  double eta_, z_;
  Decays decay_;
};

// Newton's method with central differences; the two equations are smooth and nearly quadratic.
bool newton(const Equations& equations, MeanSphericalSolution& s) {
  for (int round = 0; round < 40; ++round) {
    const Eigen::Vector2d residual = equations.residual(s);
    Eigen::Matrix2d jacobian;
    for (int i = 0; i < 2; ++i) {
      const double step = 1e-5 * std::max(1.0, std::abs(i == 0 ? s.d : s.v));
      MeanSphericalSolution up = s, down = s;
      (i == 0 ? up.d : up.v) += step;
      (i == 0 ? down.d : down.v) -= step;
      jacobian.col(i) = (equations.residual(up) - equations.residual(down)) / (2 * step);
    }
    const Eigen::Vector2d change = jacobian.fullPivLu().solve(residual);
    if (!change.allFinite()) return false;
    s.d -= change[0];
    s.v -= change[1];
    const double size = std::max({1.0, std::abs(s.d), std::abs(s.v)});
    if (change.cwiseAbs().maxCoeff() < 1e-13 * size) return true;
  }
  return false;
}

// Parts of the transform of Q over the core: integrals of r^n exp(-p r) over [0, 1] for complex p.
Complex core_integral(Complex p, int n) {
  if (std::abs(p) < 0.5) {
    Complex sum = 0, term = 1;
    for (int i = 0; i < 18; ++i) {
      sum += term / static_cast<double>(i + n + 1);
      term *= -p / static_cast<double>(i + 1);
    }
    return sum;
  }
  const Complex e = std::exp(-p);
  const Complex zeroth = (1.0 - e) / p;
  if (n == 0) return zeroth;
  const Complex first = (zeroth - e) / p;
  return n == 1 ? first : (2.0 * first - e) / p;
}

}  // namespace

double MeanSphericalSolution::structure_factor(double q_diameter) const {
  const Complex p(0, q_diameter * scale);
  const Complex zeroth = core_integral(p, 0);
  const Complex inside = a * (core_integral(p, 2) - zeroth) / 2.0 +
                         b * (core_integral(p, 1) - zeroth) +
                         k * (w * zeroth + v * core_integral(p + z, 0));
  const Complex outside = k * d * std::exp(-p) / (p + z);
  return 1 / std::norm(1.0 - 12 * eta * (inside + outside));
}

MeanSphericalSolution solve_yukawa(double eta, double z, double tail) {
  const Equations equations(eta, z);
  MeanSphericalSolution out;
  out.eta = eta;
  out.z = z;
  // From hard spheres, the branch that is physical, to the full tail in steps that are halved where
  // Newton's method fails.
  double reached = 0, step = 1;
  const auto at = [&](double share, MeanSphericalSolution start) {
    start.k = -share * tail / z;
    return start;
  };
  ensure(newton(equations, out), "solve_yukawa: hard spheres");
  while (reached < 1) {
    MeanSphericalSolution next = at(std::min(1.0, reached + step), out);
    if (newton(equations, next) && next.d > 0) {
      out = next;
      reached = std::min(1.0, reached + step);
    } else {
      step /= 2;
      require(step > 1e-4, "hayter_msa: found no solution for these parameters");
    }
  }
  equations.complete(out);
  return out;
}

MeanSphericalSolution solve_mean_spherical(const ScreenedSpheres& spheres) {
  constexpr double kCharge = 1.602176634e-19;         // [C]
  constexpr double kBoltzmann = 1.380649e-23;         // [J/K]
  constexpr double kPermittivity = 8.8541878128e-12;  // [F/m]
  constexpr double kPerLitre = 6.02214076e26;         // ions in 1 m^3 at 1 mol/l
  constexpr double kPi = std::numbers::pi;
  const double diameter = 2e-10 * spheres.radius;
  const double volume = kPi / 6 * diameter * diameter * diameter;
  const double permittivity = spheres.dielectric * kPermittivity;
  const double thermal = kBoltzmann * spheres.temperature;
  const double ions = spheres.charge * spheres.volfraction / volume + 2 * spheres.salt * kPerLitre;
  const double kappa = std::sqrt(ions * kCharge * kCharge / (permittivity * thermal));
  const double z = kappa * diameter;
  const double charge = spheres.charge * kCharge;
  // Eqs 2-4: the energy at contact over kT.
  const double energy =
      charge * charge / (kPi * permittivity * diameter * (2 + z) * (2 + z) * thermal);
  const double eta = spheres.volfraction;
  if (eta == 0) return {};
  const auto scaled = [&](double s) {
    MeanSphericalSolution out =
        solve_yukawa(eta * s * s * s, z * s, energy / s * std::exp(-z * (s - 1)));
    out.scale = s;
    return out;
  };
  MeanSphericalSolution low = scaled(1);
  if (low.contact() >= 0) return low;
  double below = 1, above = 1;
  MeanSphericalSolution high = low;
  while (high.contact() < 0) {
    below = above;
    above *= 1.02;
    require(eta * above * above * above < 0.9, "hayter_msa: found no rescaled diameter");
    high = scaled(above);
  }
  // Bisection to the last digits of the scale.
  while (above - below > 1e-15 * above) {
    const double middle = 0.5 * (below + above);
    if (middle <= below || middle >= above) break;
    (scaled(middle).contact() < 0 ? below : above) = middle;
  }
  return scaled(above);
}

}  // namespace foray::scattering
