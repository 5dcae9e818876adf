// Sources: Schweins and Huber (2004), doi:10.1002/masy.200450702 (pearl_necklace); Pedersen and
// Schurtenberger (1996), doi:10.1021/ma9607630, and Chen, Butler and Magid (2006),
// doi:10.1021/la0530440, eqs A1-A15 (flexible_cylinder).
#include <algorithm>
#include <complex>

#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

// Freely jointed pearls: radius, edge_sep, thick_string, num_pearls, sld, sld_string, sld_solvent.
double pearl_volume(Parameters p) {
  const double pearls = std::round(p[3]);
  return (pearls - 1) * p[1] * pi / 4 * square(p[2]) + pearls * sphere_volume(p[0]);
}

// The sums over pairs of pearls and strings as powers of s = sinc(q A), which the closed forms of
// the source divide by 1 - s.
Moments pearl_necklace(Parameters p, const Eigen::ArrayXd& q) {
  const double radius = p[0], edge = p[1];
  const auto pearls = static_cast<int>(std::lround(p[3])), strings = pearls - 1;
  const double pearl = (p[4] - p[6]) * sphere_volume(radius);
  const double string = (p[5] - p[6]) * edge * pi / 4 * square(p[2]);
  return intensity_moments(q, [=](double x) {
    const double s = sinc(x * (edge + 2 * radius));
    const double psi = sphere_amplitude(x * radius);
    const double beta =
        (sine_integral(x * (edge + radius)) - sine_integral(x * radius)) / (x * edge);
    const double gamma = sine_integral(x * edge) / (x * edge);
    double among_pearls = pearls, among_strings = 0, between_both = 0, power = 1;
    for (int k = 0; k < strings; ++k) {
      between_both += (strings - k) * power;
      if (k + 1 < strings) among_strings += (strings - k - 1) * power;
      power *= s;
      among_pearls += 2 * (pearls - k - 1) * power;
    }
    const double inside = strings * (2 * gamma - square(sinc(0.5 * x * edge)));
    return kToInverseCm * (square(pearl * psi) * among_pearls +
                           square(string) * (inside + 2 * square(beta) * among_strings) +
                           4 * string * pearl * beta * psi * between_both);
  });
}

// A worm-like chain of contour length L and Kuhn length b with excluded volume.
struct Worm {
  double length, kuhn;

  // Mean square radius of gyration of a long chain.
  [[nodiscard]] double square_rg() const {
    const double n = length / kuhn;
    return std::pow(1 + square(n / 3.12) + cube(n / 8.67), 0.176 / 3) * length * kuhn / 6;
  }
  // The same with the correction for short chains.
  [[nodiscard]] double square_rg_short() const {
    const double r = kuhn / length;
    return square_rg() * (1 + r * (-1.5 + r * (1.5 + r * 0.75 * std::expm1(-2 / r))));
  }
};

template <class T>
T debye_function(T x) {
  if (std::abs(x) < 1e-2) {
    return 1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0 * (1.0 - x / 7.0))));
  }
  return 2.0 * (std::exp(-x) + x - 1.0) / (x * x);
}

// Weight of the excluded-volume form at x = q Rg.
template <class T>
T crossover(T x) {
  return 0.5 * (1.0 + std::tanh((x - 1.523) / 0.1477));
}

template <class T>
T excluded_volume(T x) {
  const T y = std::pow(x, -1 / 0.585);
  return crossover(x) * y * (1.22 + y * (0.4288 - 1.651 * y));
}

template <class T>
T coil(T x) {
  return debye_function(T(x * x)) * (1.0 - crossover(x));
}

// What stiffness adds at the scale of a few Kuhn lengths.
template <class T>
T stiffness(T x, const Worm& worm) {
  const double n = worm.length / worm.kuhn;
  const double c = n > 10 ? 3.06 * std::pow(n, -0.44) : 1.0;
  const T u = x * x;
  return c / n / 15.0 * (4.0 + 7.0 / u - (11.0 + 7.0 / u) * std::exp(-u));
}

// The excluded-volume form has no meaning at small q Rg; it is left out where the sum would rise
// with q, by the difference over 5 % of q that the field uses.
double flexible(double q, const Worm& worm) {
  const double rg = std::sqrt(worm.square_rg());
  const auto bare = [&](double x) { return coil(x) + excluded_volume(x); };
  const double x = q * rg;
  const double series = bare(1.05 * x) < bare(x) ? excluded_volume(x) : 0.0;
  return coil(x) + series + stiffness(x, worm);
}

// a1 (qb)^-p1 + a2 (qb)^-p2 + pi / (q L), with value and slope of `inner` at qb = start.
template <class Function>
double stiff(double q, const Worm& worm, double start, double p1, double p2,
             const Function& inner) {
  // The derivative by a complex step, which is exact to rounding.
  constexpr double kStep = 1e-20;
  const Complex at = inner(Complex(start, kStep) / worm.kuhn);
  const double line = pi * worm.kuhn / worm.length;
  const double value = at.real() - line / start;
  const double slope = at.imag() / kStep + line / square(start);
  const double second = (slope * start + p1 * value) / (p1 - p2);
  const double first = value - second;
  const double x = q * worm.kuhn;
  return first * std::pow(x / start, -p1) + second * std::pow(x / start, -p2) + line / x;
}

double worm_form(double q, const Worm& worm) {
  if (worm.length > 4 * worm.kuhn) {
    constexpr double kStart = 3.1;
    if (q * worm.kuhn <= kStart) return flexible(q, worm);
    const double rg = std::sqrt(worm.square_rg());
    return stiff(q, worm, kStart, 4.12, 4.42, [&](Complex k) {
      const Complex x = k * rg;
      return coil(x) + excluded_volume(x) + stiffness(x, worm);
    });
  }
  const double rg = std::sqrt(worm.square_rg_short());
  const double start = std::max(1.9 * worm.kuhn / rg, 3.0);
  if (q * worm.kuhn <= start) return debye_function(square(q * rg));
  return stiff(q, worm, start, 5.36, 5.62,
               [&](Complex k) { return debye_function(Complex(k * rg * k * rg)); });
}

Moments flexible_cylinder(Parameters p, const Eigen::ArrayXd& q) {
  const Worm worm{p[0], p[1]};
  const double radius = p[2], contrast = p[3] - p[4];
  const double factor = kToInverseCm * pi * square(radius) * worm.length * square(contrast);
  return intensity_moments(q, [=](double x) {
    return factor * square(disk_amplitude(x * radius)) * worm_form(x, worm);
  });
}

}  // namespace

std::vector<ModelDefinition> chain_models() {
  ModelDefinition necklace = plain("pearl_necklace",
                                   {size("radius", 80), size("edge_sep", 350),
                                    thickness("thick_string", 2.5), between("num_pearls", "", 3, 1),
                                    sld("sld", 1), sld("sld_string", 1), sld("sld_solvent", 6.3)},
                                   pearl_necklace);
  necklace.volume = pearl_volume;
  necklace.radius_modes = {"equivalent volume sphere"};
  necklace.radius = [](Parameters p, int) { return radius_of_volume(pearl_volume(p)); };
  return {necklace, plain("flexible_cylinder",
                          {size("length", 1000), size("kuhn_length", 100), size("radius", 20),
                           sld("sld", 1), sld("sld_solvent", 6.3)},
                          flexible_cylinder)};
}

}  // namespace foray::scattering
