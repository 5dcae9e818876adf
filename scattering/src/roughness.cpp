#include "foray/scattering/roughness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include "contrast.h"
#include "foray/common/check.h"
#include "height_spectra.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;
using std::numbers::pi;

constexpr double kSeriesEnd = 1e-10;  // of the sum, where a series over orders ends
constexpr int kMostOrders = 100;
constexpr double kLowestExit = 1e-9;  // [radian], stands for the horizon

// What goes down and up just below an interface.
struct WavesBelow {
  Complex kz, down, up;
};

// From what is above a sharp interface, where the field and its slope go on. Nothing comes up in
// the last layer.
WavesBelow waves_below(const std::vector<LayerField>& fields, std::size_t interface) {
  const LayerField& above = fields[interface];
  const Complex kz = fields[interface + 1].kz;
  const Complex field = above.transmitted + above.reflected;
  if (interface + 2 == fields.size()) return {kz, field, 0};
  if (kz == 0.0) return {kz, 0.5 * field, 0.5 * field};
  const Complex slope = above.kz / kz * (above.transmitted - above.reflected);
  return {kz, 0.5 * (field + slope), 0.5 * (field - slope)};
}

// The terms of an interface: Holy & Baumbach (1994), eq. 6, the four waves U_m with their q_m.
struct InterfaceTerms {
  std::array<Complex, 4> amplitude;  // of the order reached
  std::array<Complex, 4> step;       // to the next order, but for its root

  InterfaceTerms(const WavesBelow& in, const WavesBelow& out, double sigma, const Complex& delta)
      : amplitude{in.down * out.down, in.up * out.down, in.down * out.up, in.up * out.up},
        step{-in.kz - out.kz, in.kz - out.kz, -in.kz + out.kz, in.kz + out.kz} {
    for (std::size_t m = 0; m < 4; ++m) {
      step[m] *= sigma;
      amplitude[m] *= delta * sigma * std::exp(-0.5 * step[m] * step[m]);
    }
  }
  [[nodiscard]] Complex sum() const {
    return amplitude[0] + amplitude[1] + amplitude[2] + amplitude[3];
  }
  // From U q^(p - 1) sigma^p / sqrt(p!) to that of the next order p.
  void advance(double order) {
    for (std::size_t m = 0; m < 4; ++m) amplitude[m] *= step[m] / std::sqrt(order);
  }
};

// As many terms of the sum of x^p / p! as make it, from p = 1.
int orders_of(double x) {
  double term = x, sum = x;
  for (int p = 1; p <= kMostOrders; ++p) {
    term *= x / (p + 1);
    if (p > x && term <= kSeriesEnd * sum) return p;
    sum += term;
  }
  require(false,
          "RoughStack: roughness: expected less than about 7 / q_z for the largest exit angle, "
          "got |q_z roughness|^2 of " +
              std::to_string(x));
  return 0;
}

}  // namespace

struct RoughnessScattering::State {
  RoughStack rough;
  Multilayer sharp;
  double wavelength = 1, alpha_i = 0, alpha_max = 0;
  std::vector<LayerField> incident;
  int orders = 1;
  HeightSpectra heights;

  [[nodiscard]] double sigma(std::size_t interface) const {
    return rough.stack.layers[interface + 1].roughness;
  }
};

namespace {

Multilayer sharp_stack(Multilayer stack) {
  for (Layer& layer : stack.layers) layer.roughness = 0;
  return stack;
}

// The largest |q_z roughness|^2. |k_z|^2 is that outside less a number that is the layer's, so that
// it is largest at one of the ends.
double largest_phase(const RoughStack& rough, const Multilayer& sharp, double wavelength,
                     double alpha_i, double alpha_max) {
  const auto in = layer_fields(sharp, wavelength, alpha_i);
  double largest = 0;
  for (const double alpha : {kLowestExit, alpha_max}) {
    const auto out = layer_fields(sharp, wavelength, alpha);
    for (std::size_t j = 1; j < out.size(); ++j) {
      const double phase =
          rough.stack.layers[j].roughness * (std::abs(in[j].kz) + std::abs(out[j].kz));
      largest = std::max(largest, phase * phase);
    }
  }
  return largest;
}

}  // namespace

void validate(const RoughStack& rough) {
  validate(rough.stack);
  require_in_range("RoughStack: length", rough.length, 1e-3, 1e7);
  require_in_range("RoughStack: hurst", rough.hurst, 0.1, 1);
}

double roughness_spectrum(double roughness, double length, double hurst, double q) {
  require_in_range("roughness_spectrum: roughness", roughness, 0, 1e7);
  require_in_range("roughness_spectrum: length", length, 1e-3, 1e7);
  require_in_range("roughness_spectrum: hurst", hurst, 0.1, 1);
  require_in_range("roughness_spectrum: q", std::abs(q), 0, 1e6);
  const double x = q * length, height = roughness * length;
  return 4 * pi * hurst * height * height * std::pow(1 + x * x, -1 - hurst);
}

RoughnessScattering::RoughnessScattering(const RoughStack& rough, double wavelength, double alpha_i,
                                         double alpha_max) {
  validate(rough);
  require_in_range("RoughnessScattering: alpha_max", alpha_max, kLowestExit, pi / 2);
  const Multilayer sharp = sharp_stack(rough.stack);
  const auto incident = layer_fields(sharp, wavelength, alpha_i);
  const int orders = orders_of(largest_phase(rough, sharp, wavelength, alpha_i, alpha_max));
  const double x_max = 4 * pi / wavelength * rough.length;
  state_ = std::make_unique<State>(State{rough, sharp, wavelength, alpha_i, alpha_max, incident,
                                         orders, HeightSpectra(rough.hurst, orders, x_max)});
}

RoughnessScattering::~RoughnessScattering() = default;
RoughnessScattering::RoughnessScattering(RoughnessScattering&&) noexcept = default;
RoughnessScattering& RoughnessScattering::operator=(RoughnessScattering&&) noexcept = default;

int RoughnessScattering::orders() const { return state_->orders; }

Eigen::VectorXd RoughnessScattering::waves(double alpha_f) const {
  const State& s = *state_;
  require(alpha_f <= s.alpha_max, "RoughnessScattering: waves: expected alpha_max at most");
  const auto out = layer_fields(s.sharp, s.wavelength, alpha_f);
  const auto& layers = s.sharp.layers;
  std::vector<InterfaceTerms> terms;
  for (std::size_t j = 0; j + 1 < layers.size(); ++j) {
    if (s.sigma(j) == 0) continue;
    terms.emplace_back(waves_below(s.incident, j), waves_below(out, j), s.sigma(j),
                       index_contrast(layers[j], layers[j + 1]));
  }
  const double k = 2 * pi / s.wavelength;
  const double scale = std::pow(k * k / (4 * pi), 2) / std::sin(s.alpha_i);
  Eigen::VectorXd values(s.orders);
  for (int p = 1; p <= s.orders; ++p) {
    double apart = 0;
    Complex together = 0;
    for (InterfaceTerms& one : terms) {
      const Complex sum = one.sum();
      apart += std::norm(sum);
      together += sum;
      one.advance(p + 1);
    }
    const bool none = s.rough.vertical == VerticalCorrelation::kNone;
    values(p - 1) = scale * (none ? apart : std::norm(together));
  }
  return values;
}

Eigen::VectorXd RoughnessScattering::spectra(double q) const {
  const double length = state_->rough.length;
  return length * length * state_->heights.at(q * length);
}

Eigen::MatrixXd roughness_intensity(const RoughStack& rough, double wavelength, double alpha_i,
                                    const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                                    const Eigen::Ref<const Eigen::VectorXd>& phi_f) {
  require_finite("roughness_intensity: alpha_f", alpha_f);
  require_finite("roughness_intensity: phi_f", phi_f);
  Eigen::MatrixXd intensity = Eigen::MatrixXd::Zero(alpha_f.size(), phi_f.size());
  if (intensity.size() == 0 || alpha_f.maxCoeff() <= 0) {
    validate(rough);
    return intensity;
  }
  const RoughnessScattering scattering(rough, wavelength, alpha_i,
                                       std::max(alpha_f.maxCoeff(), kLowestExit));
  const double k = 2 * pi / wavelength;
  for (Eigen::Index i = 0; i < alpha_f.size(); ++i) {
    if (alpha_f(i) <= 0) continue;
    const Eigen::VectorXd waves = scattering.waves(alpha_f(i));
    const double in = std::cos(alpha_i), out = std::cos(alpha_f(i));
    for (Eigen::Index j = 0; j < phi_f.size(); ++j) {
      // |in - out exp(i phi)|, which does not cancel.
      const double half = 2 * std::sin(0.5 * phi_f(j));
      const double q = k * std::hypot(in - out, std::sqrt(in * out) * half);
      intensity(i, j) = waves.dot(scattering.spectra(q));
    }
  }
  return intensity;
}

}  // namespace foray::scattering
