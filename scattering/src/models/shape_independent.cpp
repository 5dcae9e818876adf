// Sources: Guinier and Fournet (1955), Small-Angle Scattering of X-Rays; Hammouda (2010),
// doi:10.1107/S0021889810015773 (guinier_porod); Debye, Anderson and Brumberger (1957),
// doi:10.1063/1.1722830 (dab); Teubner and Strey (1987), doi:10.1063/1.453006; Hammouda, Ho and
// Kline (2004), doi:10.1021/ma049623d (correlation_length); Furukawa (1984),
// doi:10.1016/0378-4371(84)90044-5 (spinodal); Beaucage (1995), doi:10.1107/S0021889895005292.
#include <algorithm>

#include "shapes.h"

namespace foray::scattering {
namespace {

Moments guinier(Parameters p, const Eigen::ArrayXd& q) {
  // A negative rg bends the curve up, as the field has it.
  const double square_rg = p[0] * std::abs(p[0]);
  return intensity_moments(q, [=](double x) { return std::exp(-square_rg * x * x / 3); });
}

Moments porod(Parameters, const Eigen::ArrayXd& q) {
  return intensity_moments(q, [](double x) { return 1 / square(square(x)); });
}

// Eqs 4 and 5: value and slope are continuous at the crossover.
Moments guinier_porod(Parameters p, const Eigen::ArrayXd& q) {
  const double rg = p[0], s = p[1], exponent = p[2];
  const double n = 3 - s, m = 0.5 * (exponent - s);
  const double crossover = std::sqrt(n * m) / rg;
  const double factor = std::exp(-m) * std::pow(n * m / square(rg), m);
  return intensity_moments(q, [=](double x) {
    if (x < crossover) return std::pow(x, -s) * std::exp(-square(x * rg) / n);
    return factor * std::pow(x, -exponent);
  });
}

Moments power_law(Parameters p, const Eigen::ArrayXd& q) {
  const double power = p[0];
  return intensity_moments(q, [=](double x) { return std::pow(x, -power); });
}

Moments dab(Parameters p, const Eigen::ArrayXd& q) {
  const double length = p[0];
  return intensity_moments(q,
                           [=](double x) { return cube(length) / square(1 + square(x * length)); });
}

Moments lorentz(Parameters p, const Eigen::ArrayXd& q) {
  const double length = p[0];
  return intensity_moments(q, [=](double x) { return 1 / (1 + square(x * length)); });
}

Moments broad_peak(Parameters p, const Eigen::ArrayXd& q) {
  return intensity_moments(q, [p](double x) {
    const double z = std::abs(x - p[4]) * p[3];
    return p[0] * std::pow(x, -p[1]) + p[2] / std::pow(1 + std::pow(z, p[5]), p[6]);
  });
}

// Eq 17 with its a2, c1, c2 in terms of the period d and the correlation length xi.
Moments teubner_strey(Parameters p, const Eigen::ArrayXd& q) {
  const double fraction = p[0], contrast = p[1] - p[2], period = p[3], xi = p[4];
  const double k2 = square(2 * std::numbers::pi * xi / period);
  const double factor =
      kToInverseCm * 8 * std::numbers::pi * fraction * (1 - fraction) * square(contrast) * cube(xi);
  return intensity_moments(q, [=](double x) {
    const double y = square(x * xi);
    // (1 + k^2)^2 + 2 (1 - k^2) y + y^2, written as squares, which do not cancel.
    return factor / (square(1 - k2 + y) + 4 * k2);
  });
}

Moments correlation_length(Parameters p, const Eigen::ArrayXd& q) {
  return intensity_moments(q, [p](double x) {
    return p[1] * std::pow(x, -p[3]) + p[0] / (1 + std::pow(x * p[2], p[4]));
  });
}

Moments spinodal(Parameters p, const Eigen::ArrayXd& q) {
  const double gamma = p[0], peak = p[1];
  return intensity_moments(q, [=](double value) {
    const double x = value / peak;
    return (1 + gamma / 2) * square(x) / (gamma / 2 + std::pow(x, 2 + gamma));
  });
}

Moments two_power_law(Parameters p, const Eigen::ArrayXd& q) {
  return intensity_moments(q, [p](double x) {
    return p[0] * std::pow(p[1], -p[2]) * std::pow(x / p[1], x <= p[1] ? -p[2] : -p[3]);
  });
}

constexpr int kMostLevels = 6;

// Eq 20, in which each level's power law ends where the next smaller structure begins.
Moments unified_power_rg(Parameters p, const Eigen::ArrayXd& q) {
  const auto level = static_cast<std::size_t>(std::lround(p[0]));
  const Parameters rg = p.subspan(1), power = p.subspan(1 + kMostLevels),
                   b = p.subspan(1 + 2 * kMostLevels), g = p.subspan(1 + 3 * kMostLevels);
  return intensity_moments(q, [=](double x) {
    double sum = 0;
    for (std::size_t i = 0; i < level; ++i) {
      const double end = i + 1 < level ? std::exp(-square(x * rg[i + 1]) / 3) : 1.0;
      const double reduced = cube(std::erf(x * rg[i] / std::sqrt(6.0))) / x;
      sum += g[i] * std::exp(-square(x * rg[i]) / 3) + b[i] * end * std::pow(reduced, power[i]);
    }
    return sum;
  });
}

std::vector<ModelParameter> unified_parameters() {
  std::vector<ModelParameter> out = {between("level", "", 1, 1, kMostLevels)};
  const auto add = [&](const std::string& name, const auto& make) {
    for (int i = 1; i <= kMostLevels; ++i) out.push_back(make(name + std::to_string(i)));
  };
  add("rg", [](std::string name) { return size(std::move(name), 15.8); });
  add("power", [](std::string name) { return any(std::move(name), "", 4); });
  add("B", [](std::string name) { return any(std::move(name), "1/cm", 4.5e-6); });
  add("G", [](std::string name) { return between(std::move(name), "1/cm", 400, 0); });
  return out;
}

Moments gaussian_peak(Parameters p, const Eigen::ArrayXd& q) {
  const double center = p[0], sigma = p[1];
  return intensity_moments(q,
                           [=](double x) { return std::exp(-0.5 * square((x - center) / sigma)); });
}

Moments peak_lorentz(Parameters p, const Eigen::ArrayXd& q) {
  const double center = p[0], half_width = p[1];
  return intensity_moments(q,
                           [=](double x) { return 1 / (1 + square((x - center) / half_width)); });
}

}  // namespace

std::vector<ModelDefinition> shape_independent_models() {
  std::vector<ModelDefinition> rows = {
      plain("guinier", {any("rg", "Ang", 60)}, guinier), plain("porod", {}, porod),
      plain("guinier_porod",
            {size("rg", 60), between("s", "", 1, 0, 3), between("porod_exp", "", 3, 0)},
            guinier_porod),
      plain("power_law", {any("power", "", 4)}, power_law),
      plain("dab", {size("cor_length", 50)}, dab),
      plain("lorentz", {size("cor_length", 50)}, lorentz),
      plain("broad_peak",
            {any("porod_scale", "", 1e-5), any("porod_exp", "", 3), any("peak_scale", "", 10),
             thickness("correlation_length", 50), any("peak_pos", "1/Ang", 0.1),
             between("width_exp", "", 2, 0), any("shape_exp", "", 1)},
            broad_peak),
      plain("teubner_strey",
            {between("volfraction_a", "", 0.5, 0, 1), sld("sld_a", 0.3), sld("sld_b", 6.3),
             size("d", 100), size("xi", 30)},
            teubner_strey),
      plain("correlation_length",
            {between("lorentz_scale", "", 10, 0), between("porod_scale", "", 1e-6, 0),
             thickness("cor_length", 50), between("porod_exp", "", 3, 0),
             between("lorentz_exp", "", 2, 0)},
            correlation_length),
      plain("spinodal", {positive("gamma", "", 3), positive("q_0", "1/Ang", 0.1)}, spinodal),
      // "coefficent" is how the field spells it.
      plain("two_power_law",
            {any("coefficent_1", "", 1), positive("crossover", "1/Ang", 0.04),
             between("power_1", "", 1, 0), between("power_2", "", 4, 0)},
            two_power_law),
      plain("unified_power_Rg", unified_parameters(), unified_power_rg),
      plain("gaussian_peak", {any("peak_pos", "1/Ang", 0.05), positive("sigma", "1/Ang", 0.005)},
            gaussian_peak),
      plain("peak_lorentz", {any("peak_pos", "1/Ang", 0.05), positive("peak_hwhm", "1/Ang", 0.005)},
            peak_lorentz)};
  rows[2].problem = [](Parameters p) -> std::string {
    return p[2] > p[1] && p[1] < 3 ? "" : "expected s < porod_exp and s < 3";
  };
  return rows;
}

}  // namespace foray::scattering
