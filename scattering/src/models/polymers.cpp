// Sources: Debye (1947), doi:10.1021/j150451a002 (mono_gauss_coil); Glatter and Kratky (1982),
// Small-Angle X-Ray Scattering, p. 404 (poly_gauss_coil); Hammouda (1993),
// doi:10.1007/BFb0025862 (polymer_excl_volume); Benoit (1953), doi:10.1002/pol.1953.120110507
// (star_polymer).
#include "shapes.h"

namespace foray::scattering {
namespace {

// 2 (exp(-x) + x - 1) / x^2.
double debye(double x) {
  if (x > 0.5) return 2 * (std::expm1(-x) + x) / square(x);
  // 2 sum over n of (-x)^n / (n + 2)!: at 0.5 the first term left out is under 1e-18.
  double sum = 0, term = 1;
  for (int n = 0; n < 14; ++n) {
    sum += term;
    term *= -x / (n + 3);
  }
  return sum;
}

Moments mono_gauss_coil(Parameters p, const Eigen::ArrayXd& q) {
  const double zero = p[0], rg = p[1];
  return intensity_moments(q, [=](double x) { return zero * debye(square(x * rg)); });
}

Moments poly_gauss_coil(Parameters p, const Eigen::ArrayXd& q) {
  const double zero = p[0], rg = p[1], u = p[2] - 1;
  return intensity_moments(q, [=](double x) {
    const double z = square(x * rg) / (1 + 2 * u);
    // As u vanishes (1 + u z)^(-1/u) becomes exp(-z); the difference is below 1e-13 of it.
    if (u < 1e-14) return zero * debye(z);
    if (z * (1 + 4 * u) < 1e-3) {
      // Four terms of the binomial series: the next is under 1e-13.
      return zero *
             (1 - z * (1 + 2 * u) / 3 * (1 - z * (1 + 3 * u) / 4 * (1 - z * (1 + 4 * u) / 5)));
    }
    return zero * 2 * (std::expm1(-std::log1p(u * z) / u) + z) / ((1 + u) * square(z));
  });
}

// Eq 14 with porod_exp = 1 / nu: an integral along the chain, by incomplete gamma functions.
Moments polymer_excl_volume(Parameters p, const Eigen::ArrayXd& q) {
  const double rg = p[0], m = p[1];
  const double first = std::tgamma(0.5 * m), second = std::tgamma(m);
  return intensity_moments(q, [=](double x) {
    const double u = square(x * rg) * (2 / m + 1) * (2 / m + 2) / 6;
    // m u^(-m/2) gamma(m/2, u) - m u^-m gamma(m, u) is 2 int_0^1 (1 - t) exp(-u t^(2/m)) dt; as a
    // series where the two cancel.
    if (u < 1) {
      double sum = 0, term = 1;
      for (int n = 0; n < 22; ++n) {
        const double k = 2 * n / m;
        sum += 2 * term / ((k + 1) * (k + 2));
        term *= -u / (n + 1);
      }
      return sum;
    }
    const double power = std::pow(u, -0.5 * m);
    return m * power * (first * gamma_fraction(0.5 * m, u) - power * second * gamma_fraction(m, u));
  });
}

Moments star_polymer(Parameters p, const Eigen::ArrayXd& q) {
  const double square_rg = p[0], arms = p[1];
  return intensity_moments(q, [=](double x) {
    const double v = square(x) * square_rg * arms / (3 * arms - 2);
    const double within = debye(v);
    const double one = v < 1e-8 ? 1 - v / 2 : -std::expm1(-v) / v;
    return (within + (arms - 1) * square(one)) / arms;
  });
}

double gauss_coil_radius(Parameters p, int mode) {
  constexpr double kFactors[] = {1.0, 2.0, 3.0};
  return p[1] * (mode <= 3 ? kFactors[mode - 1] : std::sqrt(5.0 / 3.0));
}

}  // namespace

std::vector<ModelDefinition> polymer_models() {
  std::vector<ModelDefinition> rows = {
      plain("mono_gauss_coil", {between("i_zero", "1/cm", 70, 0), size("rg", 75)}, mono_gauss_coil),
      plain("poly_gauss_coil",
            {between("i_zero", "1/cm", 70, 0), size("rg", 75), between("polydispersity", "", 2, 1)},
            poly_gauss_coil),
      plain("polymer_excl_volume", {size("rg", 60), between("porod_exp", "", 3, 0.5, 20)},
            polymer_excl_volume),
      plain("star_polymer", {positive("rg_squared", "Ang^2", 100), between("arms", "", 3, 1, 6)},
            star_polymer)};
  rows[0].radius_modes = {"R_g", "2R_g", "3R_g", "sqrt(5/3)*R_g"};
  rows[0].radius = gauss_coil_radius;
  return rows;
}

}  // namespace foray::scattering
