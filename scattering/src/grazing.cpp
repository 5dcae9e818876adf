#include "foray/scattering/grazing.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "contrast.h"
#include "cross_sections.h"
#include "foray/common/check.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;

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
  return in.k() * in.k() / (4 * std::numbers::pi) *
         index_contrast(in.sample, in.sample.stack.layers[in.sample.layer]);
}

Complex form_factor(const Incident& in, const LayerField& out, const SurfaceShape& shape,
                    const Eigen::Vector2d& q) {
  return four_terms(in, out, [&](const Complex& qz) { return amplitude(shape, q(0), q(1), qz); });
}

// What a sample is made of, the shares adding up to 1.
std::vector<ShapeShare> parts_of(const GrazingSample& sample) {
  if (sample.mixture.empty()) return {{sample.shape, 1}};
  std::vector<ShapeShare> parts = sample.mixture;
  double sum = 0;
  for (const ShapeShare& part : parts) sum += part.share;
  for (ShapeShare& part : parts) part.share /= sum;
  return parts;
}

// Whether all of them have upright walls of one height, so that the waves along z are common.
bool share_upright_walls(const std::vector<ShapeShare>& parts) {
  return std::all_of(parts.begin(), parts.end(), [&](const ShapeShare& part) {
    return has_upright_walls(part.shape) &&
           upright(part.shape, 0) == upright(parts.front().shape, 0);
  });
}

SectionMoments form_factors(const Incident& in, const LayerField& out,
                            const std::vector<ShapeShare>& parts, const Eigen::Vector2d& q) {
  SectionMoments result;
  for (const ShapeShare& part : parts) {
    const Complex form = form_factor(in, out, part.shape, q);
    result.mean += part.share * form;
    result.square += part.share * std::norm(form);
  }
  return result;
}

// The largest |q| along the surface above the horizon, where alone it is asked for: linear in
// cos(phi_f), and convex in cos(alpha_f).
double largest_along(const Incident& in, const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                     const Eigen::Ref<const Eigen::VectorXd>& phi_f) {
  if (alpha_f.size() == 0 || phi_f.size() == 0) return 0;
  const Eigen::ArrayXd cosines = phi_f.array().cos();
  double largest = 0;
  for (const double end : {alpha_f.minCoeff(), alpha_f.maxCoeff()}) {
    const double alpha = std::max(0.0, end);
    for (const double phi : {cosines.minCoeff(), cosines.maxCoeff()}) {
      const double square = std::pow(std::cos(in.alpha), 2) + std::pow(std::cos(alpha), 2) -
                            2 * std::cos(in.alpha) * std::cos(alpha) * phi;
      largest = std::max(largest, in.k() * std::sqrt(std::max(0.0, square)));
    }
  }
  return largest;
}

void require_above(const char* what, double value) {
  require(value > 0, std::string("radial_paracrystal: expected a ") + what + " above 0, got " +
                         std::to_string(value));
}

}  // namespace

void validate(const GrazingSample& sample) {
  validate(sample.stack);
  validate(sample.shape);
  double shares = 0;
  for (const ShapeShare& part : sample.mixture) {
    validate(part.shape);
    require(std::isfinite(part.share) && part.share >= 0,
            "GrazingSample: mixture: shares must be finite and >= 0");
    shares += part.share;
  }
  require(sample.mixture.empty() || shares > 0,
          "GrazingSample: mixture: expected shares with a sum above 0");
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
  require(sample.mixture.empty(), "grazing_amplitude: expected one shape, got a mixture");
  const LayerField out = layer_fields(sample.stack, wavelength, alpha_f)[sample.layer];
  return strength(in) *
         form_factor(in, out, sample.shape, along(in, alpha_f, {std::cos(phi_f), std::sin(phi_f)}));
}

Eigen::MatrixXd grazing_intensity(const GrazingSample& sample, double wavelength, double alpha_i,
                                  const Eigen::Ref<const Eigen::VectorXd>& alpha_f,
                                  const Eigen::Ref<const Eigen::VectorXd>& phi_f) {
  require_finite("grazing_intensity: alpha_f", alpha_f);
  require_finite("grazing_intensity: phi_f", phi_f);
  const Incident in = incident(sample, wavelength, alpha_i);
  const std::vector<ShapeShare> parts = parts_of(sample);
  const bool is_upright = share_upright_walls(parts);
  const double reach = is_upright ? largest_along(in, alpha_f, phi_f) : 0;
  const CrossSections sections(parts, reach, alpha_f.size() * phi_f.size());
  const double scale = sample.density * std::norm(strength(in)) / std::sin(alpha_i);
  Eigen::MatrixXd intensity = Eigen::MatrixXd::Zero(alpha_f.size(), phi_f.size());
  Eigen::Matrix2Xd directions(2, phi_f.size());
  directions << phi_f.array().cos().transpose(), phi_f.array().sin().transpose();
  for (Eigen::Index i = 0; i < alpha_f.size(); ++i) {
    if (alpha_f(i) <= 0) continue;
    const LayerField out = layer_fields(sample.stack, wavelength, alpha_f(i))[sample.layer];
    const Eigen::Matrix2Xd q = in.k() * ((-std::cos(alpha_f(i)) * directions).colwise() +
                                         Eigen::Vector2d(std::cos(in.alpha), 0));
    Complex row = 1;
    if (is_upright)
      row = four_terms(in, out, [&](const Complex& qz) { return upright(parts[0].shape, qz); });
    const double row_scale = scale * std::norm(row);
    for (Eigen::Index j = 0; j < phi_f.size(); ++j) {
      const SectionMoments form =
          is_upright ? sections.at(q(0, j), q(1, j)) : form_factors(in, out, parts, q.col(j));
      double value = form.square;
      if (sample.structure) {
        value += std::norm(form.mean) * (sample.structure(q(0, j), q(1, j)) - 1);
      }
      // Of interpolated moments the difference may fall short of 0.
      intensity(i, j) = row_scale * std::max(value, 0.0);  // a NaN stays one
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
