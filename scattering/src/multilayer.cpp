#include "foray/scattering/multilayer.h"

#include <cmath>
#include <numbers>
#include <string>

#include "foray/common/check.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;

// (n k)^2 less the square of what is parallel to the surface, without taking a small number from a
// large one: k^2 (sin^2 alpha - 2 delta + ...).
Complex vertical(const Layer& layer, const Layer& first, double k, double alpha) {
  const auto less = [](const Layer& of) {
    const Complex x(of.delta, -of.beta);
    return 2.0 * x - x * x;  // 1 - n^2.
  };
  const double sine = std::sin(alpha);
  const Complex outside = less(first);
  const Complex square = sine * sine * (1.0 - outside) + outside - less(layer);
  Complex root = k * std::sqrt(square);
  return root.imag() < 0 || (root.imag() == 0 && root.real() < 0) ? -root : root;
}

// sinh(a) / sinh(b), |Re a| <= Re b, without exponentials that overflow.
Complex ratio_of_sinh(const Complex& a, const Complex& b) {
  return (std::exp(a - b) - std::exp(-a - b)) / (1.0 - std::exp(-2.0 * b));
}

Complex reflection(const Complex& above, const Complex& below, double sigma, RoughnessModel model) {
  const Complex sharp = (above - below) / (above + below);
  if (sigma == 0 || above == below) return sharp;
  if (model == RoughnessModel::kNevotCroce)
    return sharp * std::exp(-2.0 * above * below * sigma * sigma);
  const double width = std::pow(std::numbers::pi / 2, 1.5) * sigma;
  return ratio_of_sinh(width * (above - below), width * (above + below));
}

// A message is only put together where it is needed: this is asked for every angle.
void check_value(bool holds, const char* expected, double got) {
  if (!holds) require(false, expected + std::to_string(got));
}

}  // namespace

void validate(const Multilayer& multilayer) {
  const auto& layers = multilayer.layers;
  if (layers.size() < 2) {
    require(false, "Multilayer: expected two layers or more, got " + std::to_string(layers.size()));
  }
  for (std::size_t j = 0; j < layers.size(); ++j) {
    const Layer& layer = layers[j];
    const auto require_layer = [j](bool holds, const char* expected, double got) {
      if (!holds)
        check_value(false, ("Multilayer: layer " + std::to_string(j) + ": " + expected).c_str(),
                    got);
    };
    require_layer(std::isfinite(layer.delta) && std::abs(layer.delta) < 1,
                  "expected delta between -1 and 1, got ", layer.delta);
    require_layer(std::isfinite(layer.beta) && layer.beta >= 0, "expected beta >= 0, got ",
                  layer.beta);
    require_layer(std::isfinite(layer.roughness) && layer.roughness >= 0,
                  "expected a roughness >= 0, got ", layer.roughness);
    const bool inner = j > 0 && j + 1 < layers.size();
    require_layer(!inner || (std::isfinite(layer.thickness) && layer.thickness > 0),
                  "expected a thickness above 0, got ", layer.thickness);
  }
}

std::vector<LayerField> layer_fields(const Multilayer& multilayer, double wavelength,
                                     double alpha) {
  validate(multilayer);
  check_value(std::isfinite(wavelength) && wavelength > 0,
              "layer_fields: expected a wavelength above 0, got ", wavelength);
  check_value(alpha > 0 && alpha <= std::numbers::pi / 2,
              "layer_fields: expected a glancing angle in (0, pi/2], got ", alpha);
  const auto& layers = multilayer.layers;
  const double k = 2 * std::numbers::pi / wavelength;
  std::vector<LayerField> fields(layers.size());
  for (std::size_t j = 0; j < layers.size(); ++j)
    fields[j].kz = vertical(layers[j], layers.front(), k, alpha);
  const auto round_trip = [&](std::size_t j) {
    const bool inner = j + 1 < layers.size();
    return inner ? std::exp(Complex(0, 2) * fields[j].kz * layers[j].thickness) : Complex(0);
  };
  // Upwards: the ratio R / T at the lower interface of each layer.
  std::vector<Complex> sharp(layers.size());
  std::vector<Complex> ratio(layers.size());
  for (std::size_t j = layers.size() - 1; j-- > 0;) {
    sharp[j] =
        reflection(fields[j].kz, fields[j + 1].kz, layers[j + 1].roughness, multilayer.roughness);
    const Complex below = ratio[j + 1] * round_trip(j + 1);
    ratio[j] = (sharp[j] + below) / (1.0 + sharp[j] * below);
  }
  // Downwards: what each interface lets through, with all that comes back from below.
  fields[0].transmitted = 1;
  fields[0].reflected = ratio[0];
  for (std::size_t j = 0; j + 1 < layers.size(); ++j) {
    const Complex below = ratio[j + 1] * round_trip(j + 1);
    const Complex top = (1.0 + sharp[j]) * fields[j].transmitted / (1.0 + sharp[j] * below);
    const bool inner = j + 2 < layers.size();
    fields[j + 1].transmitted =
        inner ? top * std::exp(Complex(0, 1) * fields[j + 1].kz * layers[j + 1].thickness) : top;
    fields[j + 1].reflected = ratio[j + 1] * fields[j + 1].transmitted;
  }
  return fields;
}

Eigen::VectorXd reflectivity(const Multilayer& multilayer, double wavelength,
                             const Eigen::Ref<const Eigen::VectorXd>& alpha) {
  Eigen::VectorXd reflected(alpha.size());
  for (Eigen::Index i = 0; i < alpha.size(); ++i)
    reflected(i) = std::norm(layer_fields(multilayer, wavelength, alpha(i)).front().reflected);
  return reflected;
}

double critical_angle(const Layer& layer) { return std::sqrt(2 * std::max(layer.delta, 0.0)); }

}  // namespace foray::scattering
