#include "foray/simulator/frame_maker.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/simulator/noise.h"
#include "grazing_field.h"
#include "grazing_scene.h"
#include "instrument_effects.h"
#include "model_curves.h"
#include "radial_set.h"
#include "spots.h"
#include "units.h"
#include "visibility.h"

namespace foray::simulator {

namespace {

constexpr double kParasiticExponent = 3;

struct PixelFaults {
  double dark;  // counts per second
  double gain;  // 1, or 0 for a dead pixel
};

PixelFaults faults_of(const Beamline& beamline, Eigen::Index pixel) {
  if (beamline.hot_share == 0 && beamline.dead_share == 0) return {beamline.dark_rate, 1};
  CounterStream stream(derive_seed(beamline.detector_seed, "pixel faults"),
                       static_cast<std::uint64_t>(pixel));
  const double draw = stream.uniform();
  if (draw < beamline.hot_share) return {beamline.dark_rate + beamline.hot_rate, 1};
  if (draw < beamline.hot_share + beamline.dead_share) return {0, 0};
  return {beamline.dark_rate, 1};
}

void add_zingers(const Beamline& beamline, double exposure_s, std::uint64_t key,
                 scattering::Image& counts) {
  const double hits = beamline.zinger_rate * exposure_s * static_cast<double>(counts.size());
  if (hits <= 0) return;
  CounterStream stream(derive_seed(key, "zingers"), 0);
  const double number = stream.poisson(hits);
  const auto size = static_cast<double>(counts.size());
  for (double i = 0; i < number; ++i) {
    const auto pixel = static_cast<Eigen::Index>(stream.uniform() * size);
    counts.data()[pixel] += std::ceil(-beamline.zinger_counts * std::log(1 - stream.uniform()));
  }
}

double polarization_of(double cos_two_theta, double cos_two_chi, double factor) {
  const double c2 = cos_two_theta * cos_two_theta;
  return 0.5 * (1 + c2 - factor * cos_two_chi * (1 - c2));
}

}  // namespace

FrameMaker::FrameMaker(Beamline beamline) : beamline_(std::move(beamline)) {
  validate(beamline_);
  const Eigen::Index slow = beamline_.slow, fast = beamline_.fast;
  const scattering::Geometry& geometry = beamline_.geometry;
  if (beamline_.mask.size() == 0) beamline_.mask = scattering::Mask::Zero(slow, fast);
  q_ = scattering::q_map(geometry, slow, fast);
  q_min_ = q_.minCoeff();
  q_max_ = std::max(q_.maxCoeff(), q_min_ + 1e-9);
  // A power law has no value in the beam itself; it ends at half a pixel from it.
  const double pixel = std::min(geometry.pixel1, geometry.pixel2);
  const double floor = std::numbers::pi * pixel / (geometry.dist * geometry.wavelength * 1e10);
  log_q_ = (q_.max(floor) / kReferenceQ).log();
  radial_ = (q_ - q_min_) / (q_max_ - q_min_);
  parasitic_ = beamline_.parasitic * (-kParasiticExponent * log_q_).exp();
  const scattering::Image chi = scattering::chi_map(geometry, slow, fast);
  turn_ = chi / (2 * std::numbers::pi);
  turn_ = (turn_ < 0).select(turn_ + 1, turn_).min(1.0).max(0.0);
  map_pixels(chi);
  add_instrument_scattering(beamline_, q_, up_, side_, parasitic_);
  if (beamline_.flat_spread > 0) {
    flat_ = scattering::Image::Ones(slow, fast);
    multiply_flat_field(beamline_, flat_);
  }
  q_seen_ = (factor_ > 0).select(q_, q_max_).minCoeff();
  q_seen_ = std::clamp(q_seen_, floor, 0.5 * q_max_);
}

void FrameMaker::map_pixels(const scattering::Image& chi) {
  const scattering::Geometry& geometry = beamline_.geometry;
  const double scale = beamline_.flux * beamline_.transmission * beamline_.thickness_cm *
                       beamline_.efficiency * geometry.pixel1 * geometry.pixel2 /
                       (geometry.dist * geometry.dist);
  factor_ = scale * scattering::solid_angle_map(geometry, q_.rows(), q_.cols());
  up_.resize(q_.rows(), q_.cols());
  side_.resize(q_.rows(), q_.cols());
  const double wave = geometry.wavelength * 1e10 / (4 * std::numbers::pi);
  for (Eigen::Index i = 0; i < q_.size(); ++i) {
    const double sine = std::min(1.0, wave * q_.data()[i]);  // of theta
    const double cos_two = 1 - 2 * sine * sine;
    const double sin_two = 2 * sine * std::sqrt(1 - sine * sine);
    const double angle = chi.data()[i];
    up_.data()[i] = sin_two * std::sin(angle);
    side_.data()[i] = sin_two * std::cos(angle);
    double& factor = factor_.data()[i];
    factor *= polarization_of(cos_two, std::cos(2 * angle), beamline_.polarization);
    const std::uint32_t mask = beamline_.mask.data()[i];
    if ((mask & scattering::kMaskGap) != 0) factor = 0;
    if ((mask & scattering::kMaskUser) != 0) factor *= beamline_.beamstop_transmission;
  }
}

ModelCurves FrameMaker::curves_of(const Scene& scene) const {
  return {scene, resolution_of(beamline_), q_seen_, q_reach(scene, beamline_, q_max_)};
}

void FrameMaker::transmission_rows(const Scene& scene, const ModelCurves& curves,
                                   scattering::Image& out, int threads) const {
  const RadialSet radial(scene, resolution_of(beamline_), q_min_, q_max_);
  const bool plain = scene.rings.empty() && scene.halos.empty();
  parallel_for(out.rows(), threads, [&](std::int64_t row) {
    const Eigen::Index start = row * out.cols();
    if (plain) {
      out.row(row) = scene.background;
    } else {
      for (Eigen::Index i = start; i < start + out.cols(); ++i) {
        out.data()[i] = radial.at(radial_.data()[i], turn_.data()[i]);
      }
    }
    if (scene.power_law_scale > 0) {
      out.row(row) += scene.power_law_scale * (-scene.power_law_exponent * log_q_.row(row)).exp();
    }
    if (!curves.empty()) {
      Eigen::ArrayXd place(out.cols());
      curves.add(q_.data() + start, out.cols(), place.data(), out.data() + start);
    }
    out.row(row) = scene.thickness_scale * out.row(row) + parasitic_.row(row);
  });
  for (const Spot& spot : scene.spots) {
    SpotImage(spot, *this).for_each([&](Eigen::Index pixel, double value) {
      out.data()[pixel] += scene.thickness_scale * value;
    });
  }
}

void FrameMaker::grazing_rows(const Scene& scene, const ModelCurves& curves, scattering::Image& out,
                              int threads) const {
  const GrazingField field(*scene.surface, beamline_.geometry.wavelength * 1e10);
  const GrazingScene rows(scene, field, curves, beamline_, q_max_);
  parallel_for(out.rows(), threads, [&](std::int64_t row) {
    const Eigen::Index start = row * out.cols();
    for (Eigen::Index i = start; i < start + out.cols(); ++i) {
      const GrazingPoint point = field.at(up_.data()[i], side_.data()[i]);
      const double value = point.above ? rows.intensity(point) : 0;
      out.data()[i] = scene.thickness_scale * value + parasitic_.data()[i];
    }
  });
}

scattering::Image FrameMaker::intensity_of(const Scene& scene, const ModelCurves& curves,
                                           int threads) const {
  scattering::Image out(beamline_.slow, beamline_.fast);
  if (scene.surface) {
    grazing_rows(scene, curves, out, threads);
  } else {
    transmission_rows(scene, curves, out, threads);
  }
  return out;
}

scattering::Image FrameMaker::intensity(const Scene& scene, int threads) const {
  validate(scene);
  return intensity_of(scene, curves_of(scene), threads);
}

scattering::Image FrameMaker::expected(const Scene& scene, double exposure_s, int threads) const {
  validate(scene);
  return expected_of(scene, curves_of(scene), exposure_s, threads);
}

scattering::Image FrameMaker::expected_of(const Scene& scene, const ModelCurves& curves,
                                          double exposure_s, int threads) const {
  require_in_range("expected: exposure_s", exposure_s, 1e-9, 1e7);
  scattering::Image out = intensity_of(scene, curves, threads);
  out *= (exposure_s * scene.beam) * factor_;
  if (scene.surface && scene.surface->specular > 0) {
    add_specular(*scene.surface, exposure_s * scene.beam, out);
  }
  if (beamline_.point_spread > 0) {
    out = spread_points(out, beamline_.point_spread);
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      if ((beamline_.mask.data()[i] & scattering::kMaskGap) != 0) out.data()[i] = 0;
    }
  }
  if (flat_.size() > 0) out *= flat_;  // what a pixel makes of what reaches it
  const bool faults = beamline_.hot_share > 0 || beamline_.dead_share > 0;
  if (!faults && beamline_.dark_rate == 0) return out;
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    if ((beamline_.mask.data()[i] & scattering::kMaskGap) != 0) continue;
    const PixelFaults pixel = faults_of(beamline_, i);
    out.data()[i] = pixel.gain * out.data()[i] + exposure_s * pixel.dark;
  }
  return out;
}

void FrameMaker::add_specular(const Surface& surface, double exposure_s,
                              scattering::Image& out) const {
  const GrazingField field(surface, beamline_.geometry.wavelength * 1e10);
  const double photons =
      beamline_.flux * exposure_s * beamline_.efficiency * field.reflectivity() * surface.specular;
  // The reflected beam leaves at 2 alpha_i from the direct one and is as wide as the resolution.
  const double two_alpha = 2 * surface.incidence;
  const double up = std::sin(two_alpha) * std::sin(surface.normal);
  const double side = std::sin(two_alpha) * std::cos(surface.normal);
  const double pixel =
      std::sqrt(beamline_.geometry.pixel1 * beamline_.geometry.pixel2) / beamline_.geometry.dist;
  const double sigma =
      std::max(beamline_.resolution_fwhm / field.wave_number() / 2.355, 0.75 * pixel);
  const double height = photons * pixel * pixel / (2 * std::numbers::pi * sigma * sigma);
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    if (factor_.data()[i] == 0) continue;
    const double x = (up_.data()[i] - up) / sigma, y = (side_.data()[i] - side) / sigma;
    const double r2 = x * x + y * y;
    if (r2 < 80) out.data()[i] += height * std::exp(-0.5 * r2);
  }
}

std::vector<std::string> FrameMaker::labels(const Scene& scene, double exposure_s) const {
  validate(scene);
  const ModelCurves curves = curves_of(scene);
  return visible_labels(*this, scene, curves, exposure_s, expected_of(scene, curves, exposure_s, 1),
                        VisibilityRule{});
}

SimulatedFrame FrameMaker::make(const Scene& scene, double exposure_s, std::uint64_t seed,
                                std::uint64_t index, int threads) const {
  validate(scene);
  const ModelCurves curves = curves_of(scene);
  SimulatedFrame result;
  result.expected = expected_of(scene, curves, exposure_s, threads);
  scattering::Frame& frame = result.frame;
  frame.counts = poisson_image(result.expected, seed, index, threads);
  add_zingers(beamline_, exposure_s, derive_seed(seed, index), frame.counts);
  frame.counts = frame.counts.min(beamline_.saturation);
  frame.mask = beamline_.mask;
  for (Eigen::Index i = 0; i < frame.mask.size(); ++i) {
    if ((frame.mask.data()[i] & scattering::kMaskGap) != 0) frame.counts.data()[i] = 0;
  }
  frame.geometry = beamline_.geometry;
  frame.exposure_s = exposure_s;
  frame.transmission = beamline_.transmission;
  frame.saturation = beamline_.saturation;
  result.labels =
      visible_labels(*this, scene, curves, exposure_s, result.expected, VisibilityRule{});
  return result;
}

}  // namespace foray::simulator
