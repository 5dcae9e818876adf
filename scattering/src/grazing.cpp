#include "foray/scattering/grazing.h"

#include <cmath>
#include <numbers>
#include <string>

#include "foray/common/check.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;

// n^2 of the particle less that of its layer.
Complex contrast(const GrazingSample& sample) {
  const Layer& layer = sample.stack.layers[sample.layer];
  const Complex particle(sample.delta, -sample.beta);
  const Complex around(layer.delta, -layer.beta);
  return (2.0 - particle - around) * (around - particle);
}

// What does not depend on the pixel.
struct Incident {
  const GrazingSample& sample;
  double wavelength = 1;
  double alpha = 0;
  LayerField field;

  [[nodiscard]] double k() const { return 2 * std::numbers::pi / wavelength; }
};

Incident incident(const GrazingSample& sample, double wavelength, double alpha_i) {
  validate(sample);
  return {sample, wavelength, alpha_i,
          layer_fields(sample.stack, wavelength, alpha_i)[sample.layer]};
}

// Along the surface, incoming less outgoing, of the direction (cos phi_f, sin phi_f).
Eigen::Vector2d along(const Incident& in, double alpha_f, const Eigen::Vector2d& direction) {
  return in.k() * (Eigen::Vector2d(std::cos(in.alpha), 0) - std::cos(alpha_f) * direction);
}

// `shape(qz)` four times, each with what the waves bring.
template <typename Shape>
Complex four_terms(const Incident& in, const LayerField& out, Shape shape) {
  const auto term = [&](const Complex& qz) {
    return shape(qz) * std::exp(Complex(0, in.sample.height) * qz);
  };
  const Complex ki = in.field.kz;
  const Complex kf = out.kz;
  return in.field.transmitted * out.transmitted * term(-ki - kf) +
         in.field.reflected * out.transmitted * term(ki - kf) +
         in.field.transmitted * out.reflected * term(-ki + kf) +
         in.field.reflected * out.reflected * term(ki + kf);
}

// Times the form factor.
Complex strength(const Incident& in) {
  return in.k() * in.k() / (4 * std::numbers::pi) * contrast(in.sample);
}

Complex form_factor(const Incident& in, const LayerField& out, const Eigen::Vector2d& q) {
  return four_terms(in, out,
                    [&](const Complex& qz) { return amplitude(in.sample.shape, q(0), q(1), qz); });
}

void require_above(const char* what, double value) {
  require(value > 0, std::string("radial_paracrystal: expected a ") + what + " above 0, got " +
                         std::to_string(value));
}

}  // namespace

void validate(const GrazingSample& sample) {
  validate(sample.stack);
  validate(sample.shape);
  require(sample.layer < sample.stack.layers.size(),
          "GrazingSample: layer: expected one of " + std::to_string(sample.stack.layers.size()) +
              ", got " + std::to_string(sample.layer));
  require(std::isfinite(sample.height), "GrazingSample: height must be finite");
  require(std::isfinite(sample.delta) && std::isfinite(sample.beta) && sample.beta >= 0,
          "GrazingSample: expected a finite delta and a beta >= 0");
  require(std::isfinite(sample.density) && sample.density >= 0,
          "GrazingSample: density must be finite and >= 0");
}

Complex grazing_amplitude(const GrazingSample& sample, double wavelength, double alpha_i,
                          double alpha_f, double phi_f) {
  const Incident in = incident(sample, wavelength, alpha_i);
  const LayerField out = layer_fields(sample.stack, wavelength, alpha_f)[sample.layer];
  return strength(in) *
         form_factor(in, out, along(in, alpha_f, {std::cos(phi_f), std::sin(phi_f)}));
}

Eigen::MatrixXd grazing_intensity(const GrazingSample& sample, double wavelength, double alpha_i,
                                  const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                                  const Eigen::Ref<const Eigen::VectorXd>& phi_f) {
  require_finite("grazing_intensity: alpha_f", alpha_f);
  require_finite("grazing_intensity: phi_f", phi_f);
  const Incident in = incident(sample, wavelength, alpha_i);
  const bool is_upright = has_upright_walls(sample.shape);
  const double scale = sample.density * std::norm(strength(in)) / std::sin(alpha_i);
  Eigen::MatrixXd intensity = Eigen::MatrixXd::Zero(alpha_f.size(), phi_f.size());
  Eigen::Matrix2Xd directions(2, phi_f.size());
  directions << phi_f.array().cos().transpose(), phi_f.array().sin().transpose();
  for (Eigen::Index i = 0; i < alpha_f.size(); ++i) {
    if (alpha_f(i) <= 0) continue;
    const LayerField out = layer_fields(sample.stack, wavelength, alpha_f(i))[sample.layer];
    const Eigen::Matrix2Xd q = in.k() * ((-std::cos(alpha_f(i)) * directions).colwise() +
                                         Eigen::Vector2d(std::cos(in.alpha), 0));
    Complex row;
    if (is_upright)
      row = four_terms(in, out, [&](const Complex& qz) { return upright(sample.shape, qz); });
    for (Eigen::Index j = 0; j < phi_f.size(); ++j) {
      const Complex form = is_upright ? row * cross_section(sample.shape, q(0, j), q(1, j))
                                      : form_factor(in, out, q.col(j));
      intensity(i, j) = scale * std::norm(form);
      if (sample.structure) intensity(i, j) *= sample.structure(q(0, j), q(1, j));
    }
  }
  return intensity;
}

std::function<double(double, double)> radial_paracrystal(double distance, double spread,
                                                         double damping) {
  require_above("distance", distance);
  require_above("spread", spread);
  require_above("damping length", damping);
  return [=](double qx, double qy) {
    const double q = std::hypot(qx, qy);
    const Complex p = std::exp(Complex(-distance / damping, q * distance)) *
                      std::exp(-0.5 * q * q * spread * spread);
    return 1 + 2 * (p / (1.0 - p)).real();
  };
}

}  // namespace foray::scattering
