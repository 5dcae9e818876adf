// Sources: Nallet, Laversanne and Roux (1993), doi:10.1051/jp2:1993145, eqs 13, 20 and 27;
// Berghausen, Zipfel, Lindner and Richtering (2001), doi:10.1021/jp0105749 (head groups);
// Bergström, Pedersen, Schurtenberger and Egelhaaf (1999), doi:10.1021/jp991846w, eqs 30-32
// (paracrystal).
#include <cmath>

#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;

// 2 pi P / q^2 of sheets of that thickness and contrast, per area: P = thickness^2 contrast^2
// sinc^2.
double sheet(double q, double thickness, double contrast) {
  return kToInverseCm * 2 * pi * square(contrast * thickness * sinc(0.5 * q * thickness) / q);
}

Moments lamellar(Parameters p, const Eigen::ArrayXd& q) {
  const double thickness = p[0], contrast = p[1] - p[2];
  return intensity_moments(q, [=](double x) { return sheet(x, thickness, contrast) / thickness; });
}

Moments lamellar_hg(Parameters p, const Eigen::ArrayXd& q) {
  const double tail = p[0], whole = p[0] + p[1], inner = p[2] - p[3], outer = p[3] - p[4];
  return intensity_moments(q, [=](double x) {
    const double amplitude = 2 * (inner * tail * sinc(x * tail) + outer * whole * sinc(x * whole));
    return kToInverseCm * 2 * pi * square(amplitude / x) / (2 * whole);
  });
}

// Smectic order: the mean square displacement of layers grows with the logarithm of their distance.
Moments lamellar_stack_caille(Parameters p, const Eigen::ArrayXd& q) {
  const double thickness = p[0], period = p[2], caille = p[3], contrast = p[4] - p[5];
  const auto layers = static_cast<int>(std::lround(p[1]));
  return intensity_moments(q, [=](double x) {
    double order = 1;
    for (int n = 1; n < layers; ++n) {
      const double alpha = caille / (4 * square(pi)) * (std::log(pi * n) + std::numbers::egamma);
      order += 2 * (1 - static_cast<double>(n) / layers) * std::cos(n * x * period) *
               std::exp(-square(x * period) * alpha);
    }
    return sheet(x, thickness, contrast) * order / period;
  });
}

// 1 + 2 sum over k of (1 - k / n) w^k cos(k q d): neighbours at distances d with a relative
// standard deviation sigma_d that adds up from layer to layer.
double paracrystal(double phase, double damping, int layers) {
  double order = 1, damped = 1;
  for (int k = 1; k < layers; ++k) {
    damped *= damping;
    order += 2 * (1 - static_cast<double>(k) / layers) * damped * std::cos(k * phase);
  }
  return order;
}

Moments lamellar_stack_paracrystal(Parameters p, const Eigen::ArrayXd& q) {
  const double thickness = p[0], period = p[2], sigma = p[3], contrast = p[4] - p[5];
  // A number of layers between two integers is a mixture of stacks.
  const auto layers = static_cast<int>(p[1]);
  const double more = p[1] - layers;
  return intensity_moments(q, [=](double x) {
    const double phase = x * period, damping = std::exp(-0.5 * square(phase * sigma));
    const double order = (1 - more) * paracrystal(phase, damping, layers) +
                         (more > 0 ? more * paracrystal(phase, damping, layers + 1) : 0.0);
    return sheet(x, thickness, contrast) * order / square(thickness);
  });
}

constexpr double kMostLayers = 1e6;

}  // namespace

std::vector<ModelDefinition> lamellar_models() {
  return {
      plain("lamellar", {size("thickness", 50), sld("sld", 1), sld("sld_solvent", 6)}, lamellar),
      plain("lamellar_hg",
            {size("length_tail", 15), thickness("length_head", 10), sld("sld", 0.4),
             sld("sld_head", 3), sld("sld_solvent", 6)},
            lamellar_hg),
      plain("lamellar_stack_caille",
            {size("thickness", 30), between("Nlayers", "", 20, 1, kMostLayers),
             size("d_spacing", 400), between("Caille_parameter", "", 0.1, 0, 0.8), sld("sld", 6.3),
             sld("sld_solvent", 1)},
            lamellar_stack_caille),
      plain("lamellar_stack_paracrystal",
            {size("thickness", 33), between("Nlayers", "", 20, 1, kMostLayers),
             size("d_spacing", 250), between("sigma_d", "", 0, 0), sld("sld", 1),
             sld("sld_solvent", 6.34)},
            lamellar_stack_paracrystal)};
}

}  // namespace foray::scattering
