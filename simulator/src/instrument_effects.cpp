#include "instrument_effects.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "foray/common/random.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Polyimide foils: the layer repeat and the amorphous halo, as they are commonly seen.
constexpr double kLayerQ = 0.41, kLayerWidth = 0.05;
constexpr double kAmorphousQ = 1.25, kAmorphousWidth = 0.25, kAmorphousShare = 0.5;
constexpr double kPointReach = 4;  // standard deviations of a point: 6e-5 lies beyond

double gauss(double x, double sigma) { return std::exp(-0.5 * x * x / (sigma * sigma)); }

std::vector<double> kernel_of(double sigma) {
  const int reach = static_cast<int>(std::ceil(kPointReach * sigma));
  std::vector<double> kernel;
  double sum = 0;
  for (int k = -reach; k <= reach; ++k) {
    kernel.push_back(gauss(k, sigma));
    sum += kernel.back();
  }
  for (double& value : kernel) value /= sum;
  return kernel;
}

}  // namespace

Eigen::ArrayXd slit_streaks(const Beamline& beamline, const Eigen::Ref<const Eigen::ArrayXd>& up,
                            const Eigen::Ref<const Eigen::ArrayXd>& side) {
  const scattering::Geometry& geometry = beamline.geometry;
  const double k = 2 * std::numbers::pi / (geometry.wavelength * 1e10);
  const double pixel = k * std::min(geometry.pixel1, geometry.pixel2) / geometry.dist;
  const double sigma = std::max(beamline.resolution_fwhm / 2.355, pixel);  // across a streak
  const auto streak = [&](double scale, double along, double across) {
    const double distance = std::max(std::abs(along), 2 * pixel) / kReferenceQ;
    return scale / (distance * distance) * gauss(across, sigma);
  };
  Eigen::ArrayXd out(up.size());
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    const double slow = k * up[i], fast = k * side[i];
    out[i] = streak(beamline.streak_slow, slow, fast) + streak(beamline.streak_fast, fast, slow);
  }
  return out;
}

Eigen::ArrayXd window_rings(const Eigen::Ref<const Eigen::ArrayXd>& q) {
  return (-0.5 * ((q - kLayerQ) / kLayerWidth).square()).exp() +
         kAmorphousShare * (-0.5 * ((q - kAmorphousQ) / kAmorphousWidth).square()).exp();
}

double let_through(const Obstruction& object, Eigen::Index slow, Eigen::Index fast) {
  const double up = static_cast<double>(slow) + 0.5 - object.slow;
  const double right = static_cast<double>(fast) + 0.5 - object.fast;
  bool shadowed = false;
  switch (object.kind) {
    case Obstruction::Kind::kWindow:
      shadowed = std::hypot(up, right) > object.size;
      break;
    case Obstruction::Kind::kDisk:
      shadowed = std::hypot(up, right) < object.size;
      break;
    case Obstruction::Kind::kBar:
      shadowed = std::abs(up * std::cos(object.direction) - right * std::sin(object.direction)) <
                 object.size;
      break;
  }
  return shadowed ? object.transmission : 1;
}

void add_instrument_scattering(const Beamline& beamline, const scattering::Image& q,
                               const scattering::Image& up, const scattering::Image& side,
                               scattering::Image& out) {
  out += beamline.air;
  if (beamline.window > 0) {
    const Eigen::Map<const Eigen::ArrayXd> values(q.data(), q.size());
    Eigen::Map<Eigen::ArrayXd>(out.data(), out.size()) += beamline.window * window_rings(values);
  }
  if (beamline.streak_slow == 0 && beamline.streak_fast == 0) return;
  Eigen::Map<Eigen::ArrayXd>(out.data(), out.size()) +=
      slit_streaks(beamline, Eigen::Map<const Eigen::ArrayXd>(up.data(), up.size()),
                   Eigen::Map<const Eigen::ArrayXd>(side.data(), side.size()));
}

void multiply_flat_field(const Beamline& beamline, scattering::Image& out) {
  const auto efficiencies = [&](const char* of, double spread, Eigen::Index count) {
    const std::uint64_t seed = derive_seed(beamline.detector_seed, of);
    Eigen::ArrayXd result(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      CounterStream stream(seed, static_cast<std::uint64_t>(i));
      result[i] = std::max(0.0, 1 + spread * stream.normal());
    }
    return result;
  };
  if (beamline.flat_spread > 0) {
    Eigen::Map<Eigen::ArrayXd>(out.data(), out.size()) *=
        efficiencies("flat field", beamline.flat_spread, out.size());
  }
  if (beamline.line_spread == 0) return;
  out.colwise() *= efficiencies("rows", beamline.line_spread, out.rows());
  out.rowwise() *= efficiencies("columns", beamline.line_spread, out.cols()).transpose();
}

scattering::Image spread_points(const scattering::Image& image, double sigma) {
  const std::vector<double> kernel = kernel_of(sigma);
  const auto reach = static_cast<Eigen::Index>(kernel.size() / 2);
  scattering::Image along = scattering::Image::Zero(image.rows(), image.cols());
  scattering::Image out = along;
  for (Eigen::Index k = -reach; k <= reach; ++k) {
    const double weight = kernel[static_cast<std::size_t>(k + reach)];
    const Eigen::Index rows = image.rows() - std::abs(k);
    if (rows <= 0) continue;
    along.middleRows(std::max<Eigen::Index>(0, k), rows) +=
        weight * image.middleRows(std::max<Eigen::Index>(0, -k), rows);
  }
  for (Eigen::Index k = -reach; k <= reach; ++k) {
    const double weight = kernel[static_cast<std::size_t>(k + reach)];
    const Eigen::Index cols = image.cols() - std::abs(k);
    if (cols <= 0) continue;
    out.middleCols(std::max<Eigen::Index>(0, k), cols) +=
        weight * along.middleCols(std::max<Eigen::Index>(0, -k), cols);
  }
  return out;
}

}  // namespace foray::simulator
