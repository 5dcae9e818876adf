// Sources: Pedersen (1997), Adv. Colloid Interface Sci. 70, 171; Nallet, Laversanne and Roux
// (1993), J. Phys. II 3, 487; Kinning and Thomas (1984), Macromolecules 17, 1712.
#include "foray/scattering/form_factors.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

// (1e-6 / angstrom^2)^2 angstrom^3 in 1/cm.
constexpr double kToInverseCm = 1e-4;

void require_parameter(const char* model, const char* name, double value, double lower, bool open) {
  if (std::isfinite(value) && (open ? value > lower : value >= lower)) return;
  std::ostringstream text;
  text << model << ": " << name << ": expected a finite value " << (open ? "> " : ">= ") << lower
       << ", got " << value;
  throw std::invalid_argument(text.str());
}

void require_any(const char* model, const char* name, double value) {
  require_parameter(model, name, value, -std::numeric_limits<double>::max(), false);
}

void require_q(const char* model, const Eigen::Ref<const Eigen::VectorXd>& q) {
  for (Eigen::Index i = 0; i < q.size(); ++i) require_parameter(model, "q", q[i], 0.0, true);
}

void require_scale(const char* model, const ModelScale& scale) {
  require_any(model, "scale", scale.scale);
  require_any(model, "background", scale.background);
}

double sphere_volume(double radius) {
  return 4.0 / 3.0 * std::numbers::pi * radius * radius * radius;
}

// 2 J1(x) / x, 1 at 0.
double disk_amplitude(double x) {
  // Below 1e-4 the next term of the series, x^4 / 192, is under 1e-18.
  if (std::abs(x) < 1e-4) return 1.0 - x * x / 8.0;
  return 2.0 * ::j1(x) / x;
}

// sin(x) / x, 1 at 0.
double sinc(double x) { return std::abs(x) < 1e-4 ? 1.0 - x * x / 6.0 : std::sin(x) / x; }

// Gauss-Legendre nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial.
constexpr int kNodes = 20;
struct GaussLegendre {
  std::array<double, kNodes> node, weight;
};
GaussLegendre make_gauss_legendre() {
  GaussLegendre rule{};
  for (int k = 0; k < kNodes; ++k) {
    double x = std::cos(std::numbers::pi * (k + 0.75) / (kNodes + 0.5));
    double slope = 1;
    for (int round = 0; round < 50; ++round) {
      double p = x, before = 1;
      for (int n = 2; n <= kNodes; ++n) {
        const double next = ((2.0 * n - 1.0) * x * p - (n - 1.0) * before) / n;
        before = p;
        p = next;
      }
      slope = kNodes * (x * p - before) / (x * x - 1.0);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-16) break;
    }
    rule.node[static_cast<std::size_t>(k)] = x;
    rule.weight[static_cast<std::size_t>(k)] = 2.0 / ((1.0 - x * x) * slope * slope);
  }
  return rule;
}

// Integral of [2 J1(qR sin a)/(qR sin a) sinc(qL/2 cos a)]^2 sin a over a in [0, pi/2]. With a as
// the variable nothing is singular; a panel of 20 points carries some 12 radians of phase to full
// accuracy.
double orientation_average(double q, double radius, double length) {
  static const GaussLegendre kRule = make_gauss_legendre();
  const double phase = 2.0 * q * (radius + 0.5 * length);
  const int panels = 2 + static_cast<int>(phase / 12.0);
  const double half = 0.25 * std::numbers::pi / panels;
  double sum = 0;
  for (int panel = 0; panel < panels; ++panel) {
    const double middle = (2 * panel + 1) * half;
    for (std::size_t k = 0; k < kNodes; ++k) {
      const double angle = middle + half * kRule.node[k];
      const double sine = std::sin(angle);
      const double amplitude =
          disk_amplitude(q * radius * sine) * sinc(0.5 * q * length * std::cos(angle));
      sum += kRule.weight[k] * amplitude * amplitude * sine;
    }
  }
  return half * sum;
}

}  // namespace

double sphere_amplitude(double x) {
  if (std::abs(x) >= 0.5) return 3.0 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  // sum over n of 3 (-1)^n (2n + 2) / (2n + 3)! x^2n: at 0.5 the first term left out is 1e-17.
  const double y = x * x;
  return 1.0 - y / 10.0 *
                   (1.0 - y / 28.0 *
                              (1.0 - y / 54.0 *
                                         (1.0 - y / 88.0 * (1.0 - y / 130.0 * (1.0 - y / 180.0)))));
}

Eigen::VectorXd intensity(const Sphere& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale) {
  require_parameter("sphere", "radius", model.radius, 0, true);
  require_any("sphere", "sld", model.sld);
  require_any("sphere", "sld_solvent", model.sld_solvent);
  require_scale("sphere", scale);
  require_q("sphere", q);
  const double contrast = model.sld - model.sld_solvent;
  const double factor =
      kToInverseCm * scale.scale * contrast * contrast * sphere_volume(model.radius);
  return q.unaryExpr([&](double value) {
    const double amplitude = sphere_amplitude(value * model.radius);
    return factor * amplitude * amplitude + scale.background;
  });
}

Eigen::VectorXd intensity(const CoreShellSphere& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale) {
  require_parameter("core_shell_sphere", "radius", model.radius, 0, true);
  require_parameter("core_shell_sphere", "thickness", model.thickness, 0, false);
  require_any("core_shell_sphere", "sld_core", model.sld_core);
  require_any("core_shell_sphere", "sld_shell", model.sld_shell);
  require_any("core_shell_sphere", "sld_solvent", model.sld_solvent);
  require_scale("core_shell_sphere", scale);
  require_q("core_shell_sphere", q);
  const double outer = model.radius + model.thickness;
  const double core = sphere_volume(model.radius) * (model.sld_core - model.sld_shell);
  const double whole = sphere_volume(outer) * (model.sld_shell - model.sld_solvent);
  const double factor = kToInverseCm * scale.scale / sphere_volume(outer);
  return q.unaryExpr([&](double value) {
    const double amplitude =
        core * sphere_amplitude(value * model.radius) + whole * sphere_amplitude(value * outer);
    return factor * amplitude * amplitude + scale.background;
  });
}

Eigen::VectorXd intensity(const Cylinder& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale) {
  require_parameter("cylinder", "radius", model.radius, 0, true);
  require_parameter("cylinder", "length", model.length, 0, true);
  require_any("cylinder", "sld", model.sld);
  require_any("cylinder", "sld_solvent", model.sld_solvent);
  require_scale("cylinder", scale);
  require_q("cylinder", q);
  const double contrast = model.sld - model.sld_solvent;
  const double volume = std::numbers::pi * model.radius * model.radius * model.length;
  const double factor = kToInverseCm * scale.scale * contrast * contrast * volume;
  return q.unaryExpr([&](double value) {
    require(value * (model.radius + model.length) < 1e7,
            "cylinder: q: expected q (radius + length) below 1e7");
    return factor * orientation_average(value, model.radius, model.length) + scale.background;
  });
}

Eigen::VectorXd intensity(const Lamellar& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale) {
  require_parameter("lamellar", "thickness", model.thickness, 0, true);
  require_any("lamellar", "sld", model.sld);
  require_any("lamellar", "sld_solvent", model.sld_solvent);
  require_scale("lamellar", scale);
  require_q("lamellar", q);
  const double contrast = model.sld - model.sld_solvent;
  // 2 pi P / (thickness q^2) with P = 2 contrast^2 / q^2 (1 - cos(q thickness)); the difference is
  // written as a square, which does not cancel.
  const double factor =
      kToInverseCm * scale.scale * 2 * std::numbers::pi * contrast * contrast * model.thickness;
  return q.unaryExpr([&](double value) {
    const double amplitude = sinc(0.5 * value * model.thickness);
    return factor * amplitude * amplitude / (value * value) + scale.background;
  });
}

Eigen::VectorXd hardsphere(double radius_effective, double volfraction,
                           const Eigen::Ref<const Eigen::VectorXd>& q) {
  require_parameter("hardsphere", "radius_effective", radius_effective, 0, true);
  require_in_range("hardsphere: volfraction", volfraction, 0.0, 0.74);
  require_q("hardsphere", q);
  const double rest = std::pow(1 - volfraction, 4);
  const double alpha = std::pow(1 + 2 * volfraction, 2) / rest;
  const double beta = -6 * volfraction * std::pow(1 + 0.5 * volfraction, 2) / rest;
  const double gamma = 0.5 * volfraction * alpha;
  // 24 phi times the integrals of s^2, s^3 and s^5 with sin(x s)/(x s) over s in [0, 1]: the direct
  // correlation's transform. Below x = 1 the closed form cancels and the series is exact.
  const auto correlation = [&](double x) {
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
  };
  return q.unaryExpr([&](double value) {
    return 1.0 / (1.0 + 24 * volfraction * correlation(2 * value * radius_effective));
  });
}

}  // namespace foray::scattering
