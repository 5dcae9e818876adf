#include "foray/simulator/frame_maker.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/simulator/noise.h"
#include "grazing_scene.h"
#include "instrument_effects.h"
#include "pixels_by_q.h"
#include "radial_set.h"
#include "scene_tables.h"
#include "units.h"
#include "visibility.h"

namespace foray::simulator {

namespace {

constexpr double kParasiticExponent = 3;
// Pixels at grazing incidence that are worked on together: some forty arrays of theirs stay in the
// nearest cache, and their memory, a kilobyte each, is what malloc gives quickest.
constexpr Eigen::Index kGrazingPiece = 120;
constexpr double kMostExpected = 1e15;  // of poisson_image

// Counts beside what is expected of a pixel's neighbours.
bool stands_out(double hit, double expected) { return hit >= 10 + 6 * std::sqrt(expected); }

// Nothing is there, or nothing that works.
bool counts_nothing(std::uint32_t mask) {
  return (mask & (scattering::kMaskGap | scattering::kMaskDead)) != 0;
}

// Hits on the good and the masked, not on gaps, where nothing counts.
// Returns how many good pixels stand out by them.
int add_zingers(const Beamline& beamline, double exposure_s, std::uint64_t key,
                const scattering::Image& expected, scattering::Image& counts) {
  const double hits = beamline.zinger_rate * exposure_s * static_cast<double>(counts.size());
  if (hits <= 0) return 0;
  int told = 0;
  CounterStream stream(derive_seed(key, "zingers"), 0);
  const double number = stream.poisson(hits);
  const auto size = static_cast<double>(counts.size());
  for (double i = 0; i < number; ++i) {
    const auto pixel = static_cast<Eigen::Index>(stream.uniform() * size);
    const double hit = std::ceil(-beamline.zinger_counts * std::log(1 - stream.uniform()));
    if (counts_nothing(beamline.mask.data()[pixel])) continue;
    double& count = counts.data()[pixel];
    const double before = count;
    count = std::min(count + hit, beamline.saturation);
    const bool is_good = beamline.mask.data()[pixel] == 0;
    if (is_good && stands_out(count - before, expected.data()[pixel])) ++told;
  }
  return told;
}

std::uint32_t without_user(std::uint32_t mask) { return mask & ~scattering::kMaskUser; }

double polarization_of(double cos_two_theta, double cos_two_chi, double factor) {
  const double c2 = cos_two_theta * cos_two_theta;
  return 0.5 * (1 + c2 - factor * cos_two_chi * (1 - c2));
}

}  // namespace

FrameMaker::FrameMaker(Beamline beamline, const VisibilityRule& rule)
    : beamline_(std::move(beamline)), rule_(rule) {
  validate(beamline_);
  const Eigen::Index slow = beamline_.slow, fast = beamline_.fast;
  const scattering::Geometry& geometry = beamline_.geometry;
  if (beamline_.mask.size() == 0) beamline_.mask = scattering::Mask::Zero(slow, fast);
  rotation_ = scattering::rotation_matrix(geometry);
  q_ = scattering::q_map(geometry, slow, fast);
  root_q_ = q_.sqrt();
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
  if (beamline_.flat_spread > 0 || beamline_.line_spread > 0) {
    flat_ = scattering::Image::Ones(slow, fast);
    multiply_flat_field(beamline_, flat_);
  }
  find_gaps();
  find_faults();
  good_by_q_ = std::make_shared<const PixelsByQ>(q_, factor_, beamline_.mask);
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
    factor *= let_through_to(i);
  }
}

double FrameMaker::let_through_to(Eigen::Index pixel) const {
  const std::uint32_t mask = beamline_.mask.data()[pixel];
  if (counts_nothing(mask)) return 0;
  const double through = (mask & scattering::kMaskUser) != 0 ? beamline_.beamstop_transmission : 1;
  if (!beamline_.obstruction) return through;
  const Eigen::Index cols = beamline_.mask.cols();
  return through * let_through(*beamline_.obstruction, pixel / cols, pixel % cols);
}

void FrameMaker::find_gaps() {
  const Eigen::Index size = beamline_.mask.size();
  const auto is_gap = [this](Eigen::Index i) { return counts_nothing(beamline_.mask.data()[i]); };
  for (Eigen::Index first = 0, end = 0; first < size; first = end + 1) {
    for (end = first; end < size && !is_gap(end);) ++end;
    if (end > first) sensitive_.push_back({first, end - first});
  }
  for (Eigen::Index row = 0; row < beamline_.mask.rows(); ++row) {
    const auto line = beamline_.mask.row(row);
    blind_.push_back(std::all_of(line.begin(), line.end(),
                                 [](std::uint32_t pixel) { return counts_nothing(pixel); }));
  }
  for (Eigen::Index i = 0; i < size; ++i) {
    const std::uint32_t bits = beamline_.mask.data()[i];
    mask_bits_ |= counts_nothing(bits) ? bits & ~scattering::kMaskUser : bits;
  }
}

void FrameMaker::find_faults() {
  const double hot = beamline_.hot_share, dead = beamline_.dead_share;
  if (hot == 0 && dead == 0) return;
  const std::uint64_t seed = derive_seed(beamline_.detector_seed, "pixel faults");
  for (Eigen::Index i = 0; i < beamline_.mask.size(); ++i) {
    if (counts_nothing(beamline_.mask.data()[i])) continue;
    const double draw = CounterStream(seed, static_cast<std::uint64_t>(i)).uniform();
    if (draw < hot) {
      faults_.push_back({i, beamline_.dark_rate + beamline_.hot_rate, 1});
    } else if (draw < hot + dead) {
      faults_.push_back({i, 0, 0});
    }
  }
}

Eigen::ArrayXd shares_of(const Scene& scene, const Eigen::Ref<const Eigen::ArrayXd>& up,
                         const Eigen::Ref<const Eigen::ArrayXd>& side) {
  constexpr double kSteepness = 8;  // of the fall from one side to the other, over the cosine
  const Eigen::ArrayXd cosine = (std::cos(scene.side) * side + std::sin(scene.side) * up) /
                                (up.square() + side.square()).sqrt().max(1e-12);
  return 1 - 0.5 * scene.one_sided * (1 - (kSteepness * cosine).tanh());
}

SceneTables FrameMaker::tables_of(const Scene& scene) const {
  SceneTables tables{{scene, resolution_of(beamline_), q_seen_, q_reach(scene, beamline_, q_max_)},
                     {scene.spots, *this}};
  if (scene.surface) {
    tables.field.emplace(*scene.surface, beamline_.geometry.wavelength * 1e10, q_max_);
  }
  if (scene.islands) tables.islands.emplace(scene, beamline_, q_max_);
  for (const Roughness& rough : scene.roughness) {
    tables.roughness.emplace_back(rough, *scene.surface, beamline_, q_max_,
                                  tables.roughness.size());
  }
  for (const OrientedCylinders& cylinders : scene.cylinders) {
    tables.cylinders.emplace_back(cylinders, beamline_.geometry.wavelength * 1e10, q_max_,
                                  tables.cylinders.size());
  }
  const scattering::Geometry& at = beamline_.geometry;
  const double q_pixel = 2 * kPi / (at.wavelength * 1e10) * at.pixel1 / at.dist;
  const double fwhm = std::hypot(beamline_.resolution_fwhm, q_pixel);
  for (const Paracrystal& crystal : scene.paracrystals) {
    tables.paracrystals.emplace_back(crystal, beamline_.geometry.wavelength * 1e10, fwhm);
  }
  return tables;
}

void FrameMaker::transmission_rows(const Scene& scene, const SceneTables& tables, double exposure_s,
                                   scattering::Image& out, int threads) const {
  const RadialSet radial(scene, resolution_of(beamline_), q_min_, q_max_);
  const bool plain = is_flat(scene);
  parallel_for(out.rows(), threads, [&](std::int64_t row) {
    const Eigen::Index start = row * out.cols();
    const auto of = [&](const scattering::Image& image) {
      return Eigen::Map<const Eigen::ArrayXd>(image.data() + start, image.cols());
    };
    Eigen::Map<Eigen::ArrayXd> line(out.data() + start, out.cols());
    if (exposure_s > 0 && is_blind(row)) {
      line = 0;
      return;
    }
    if (plain) {
      line = scene.background;
    } else {
      radial.get(of(radial_), of(side_), of(up_), line);
    }
    if (scene.power_law_scale > 0) {
      line += scene.power_law_scale * (-scene.power_law_exponent * of(log_q_)).exp();
    }
    if (!tables.curves.empty()) {
      tables.curves.add(root_q_.data() + start, out.cols(), line.data());
    }
    for (const OrientedField& cylinders : tables.cylinders) {
      line += cylinders.intensity(up_.data() + start, side_.data() + start, out.cols());
    }
    for (const ParacrystalField& crystal : tables.paracrystals) {
      line += crystal.intensity(up_.data() + start, side_.data() + start, out.cols());
    }
    if (scene.one_sided > 0) {
      line = scene.background + (line - scene.background) * shares_of(scene, of(up_), of(side_));
    }
    if (exposure_s > 0) {
      line = (scene.thickness_scale * line + of(parasitic_)) * (exposure_s * of(factor_));
    } else {
      line = scene.thickness_scale * line + of(parasitic_);
    }
  });
  for (std::size_t i = 0; i < scene.spots.size(); ++i) {
    tables.spots.for_each(i, [&](Eigen::Index pixel, double value) {
      const double scale = exposure_s > 0 ? exposure_s * factor_.data()[pixel] : 1;
      out.data()[pixel] += scale * scene.thickness_scale * value;
    });
  }
}

void FrameMaker::grazing_rows(const Scene& scene, const SceneTables& tables, double exposure_s,
                              scattering::Image& out, int threads) const {
  const GrazingScene grazing(scene, tables, beamline_, q_max_);
  const auto piece = [&](Eigen::Index start, Eigen::Index size) {
    const auto of = [&](const scattering::Image& image) {
      return Eigen::Map<const Eigen::ArrayXd>(image.data() + start, size);
    };
    const GrazingPoints points = tables.field->map(up_.data() + start, side_.data() + start, size);
    Eigen::Map<Eigen::ArrayXd> line(out.data() + start, size);
    line = of(parasitic_);
    if (points.transmitted.maxCoeff() > 0)
      line += scene.thickness_scale * grazing.intensity(points);
    if (exposure_s > 0) line *= exposure_s * of(factor_);
  };
  parallel_for(out.rows(), threads, [&](std::int64_t row) {
    if (exposure_s > 0 && is_blind(row)) {
      out.row(row) = 0;
      return;
    }
    for (Eigen::Index i = 0; i < out.cols(); i += kGrazingPiece) {
      piece(row * out.cols() + i, std::min(kGrazingPiece, out.cols() - i));
    }
  });
}

scattering::Image FrameMaker::intensity_of(const Scene& scene, const SceneTables& tables,
                                           double exposure_s, int threads) const {
  scattering::Image out(beamline_.slow, beamline_.fast);
  if (scene.surface) {
    grazing_rows(scene, tables, exposure_s, out, threads);
  } else {
    transmission_rows(scene, tables, exposure_s, out, threads);
  }
  return out;
}

scattering::Image FrameMaker::intensity(const Scene& scene, int threads) const {
  validate(scene);
  return intensity_of(scene, tables_of(scene), 0, threads);
}

scattering::Image FrameMaker::expected(const Scene& scene, double exposure_s, int threads) const {
  validate(scene);
  return expected_of(scene, tables_of(scene), exposure_s, threads);
}

scattering::Image FrameMaker::expected_of(const Scene& scene, const SceneTables& tables,
                                          double exposure_s, int threads) const {
  require_in_range("expected: exposure_s", exposure_s, 1e-9, 1e7);
  // Also where the product vanishes, since an exposure of 0 asks intensity_of for the intensity.
  if (!(exposure_s * scene.beam > 0)) {
    scattering::Image dark = scattering::Image::Zero(beamline_.slow, beamline_.fast);
    count_dark(exposure_s, dark);
    return dark;
  }
  scattering::Image out = intensity_of(scene, tables, exposure_s * scene.beam, threads);
  if (scene.surface && scene.surface->specular > 0) {
    add_specular(scene, tables, exposure_s, out);
  }
  spread(out);
  if (flat_.size() > 0) out *= flat_;  // what a pixel makes of what reaches it
  count_dark(exposure_s, out);
  return out;
}

void FrameMaker::spread(scattering::Image& out) const {
  if (beamline_.point_spread == 0) return;
  out = spread_points(out, beamline_.point_spread);
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    if (counts_nothing(beamline_.mask.data()[i])) out.data()[i] = 0;
  }
}

const FrameMaker::Fault* FrameMaker::fault_of(Eigen::Index pixel) const {
  const auto fault =
      std::lower_bound(faults_.begin(), faults_.end(), pixel,
                       [](const Fault& one, Eigen::Index place) { return one.pixel < place; });
  return fault != faults_.end() && fault->pixel == pixel ? &*fault : nullptr;
}

double FrameMaker::dark(Eigen::Index pixel) const {
  if (counts_nothing(beamline_.mask.data()[pixel])) return 0;
  const Fault* fault = fault_of(pixel);
  return fault != nullptr ? fault->dark : beamline_.dark_rate;
}

double FrameMaker::gain(Eigen::Index pixel) const {
  const Fault* fault = fault_of(pixel);
  const double alive = fault != nullptr ? fault->gain : 1;
  return flat_.size() > 0 ? alive * flat_.data()[pixel] : alive;
}

scattering::Image FrameMaker::reflected(const Scene& scene, const SceneTables& tables,
                                        double exposure_s) const {
  scattering::Image out = scattering::Image::Zero(beamline_.slow, beamline_.fast);
  add_specular(scene, tables, exposure_s, out);
  spread(out);
  return out;
}

void FrameMaker::count_dark(double exposure_s, scattering::Image& out) const {
  std::vector<double> values;
  values.reserve(faults_.size());
  for (const Fault& fault : faults_) {
    values.push_back(fault.gain * out.data()[fault.pixel] + exposure_s * fault.dark);
  }
  const double dark = exposure_s * beamline_.dark_rate;
  if (dark > 0) {
    for (const Run& run : sensitive_) {
      Eigen::Map<Eigen::ArrayXd>(out.data() + run.first, run.size) += dark;
    }
  }
  for (std::size_t i = 0; i < faults_.size(); ++i) out.data()[faults_[i].pixel] = values[i];
}

int FrameMaker::hot_pixels(const scattering::Image& expected, double exposure_s) const {
  return static_cast<int>(std::count_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
    if (fault.gain == 0 || beamline_.mask.data()[fault.pixel] != 0) return false;
    const double hit = exposure_s * (fault.dark - beamline_.dark_rate);
    const double limit = beamline_.saturation, counts = expected.data()[fault.pixel];
    const double before = std::clamp(counts - hit, 0.0, limit);
    return stands_out(std::min(counts, limit) - before, before);
  }));
}

void FrameMaker::add_specular(const Scene& scene, const SceneTables& tables, double exposure_s,
                              scattering::Image& out) const {
  const Surface& surface = *scene.surface;
  const GrazingField& field = *tables.field;
  const double photons = beamline_.flux * scene.beam * exposure_s * beamline_.efficiency *
                         field.reflectivity() * surface.specular;
  // The reflected beam leaves at 2 alpha_i from the direct one and is as wide as the resolution.
  const double two_alpha = 2 * surface.incidence;
  const double up = std::sin(two_alpha) * std::sin(surface.normal);
  const double side = std::sin(two_alpha) * std::cos(surface.normal);
  const double pixel =
      std::sqrt(beamline_.geometry.pixel1 * beamline_.geometry.pixel2) / beamline_.geometry.dist;
  const double sigma =
      std::max(beamline_.resolution_fwhm / field.wave_number() / 2.355, 0.75 * pixel);
  const double inverse = 1 / sigma;
  const double height = photons * pixel * pixel / (2 * std::numbers::pi * sigma * sigma);
  const double reach = std::sqrt(80.0) * sigma;
  for (Eigen::Index row = 0; row < out.rows(); ++row) {
    // Along a row of a detector that is not turned `up` changes little.
    if ((up_.row(row) - up).abs().minCoeff() > reach) continue;
    for (Eigen::Index i = row * out.cols(); i < (row + 1) * out.cols(); ++i) {
      const double x = (up_.data()[i] - up) * inverse, y = (side_.data()[i] - side) * inverse;
      const double r2 = x * x + y * y;
      if (r2 < 80) out.data()[i] += height * std::exp(-0.5 * r2) * let_through_to(i);
    }
  }
}

std::vector<std::string> FrameMaker::labels(const Scene& scene, double exposure_s) const {
  validate(scene);
  const SceneTables tables = tables_of(scene);
  const scattering::Image counts = expected_of(scene, tables, exposure_s, 1);
  return visible_labels(JudgedPixels(*this, scene, tables, exposure_s, counts, rule_),
                        counts.maxCoeff(), hot_pixels(counts, exposure_s));
}

SimulatedFrame FrameMaker::make(const Scene& scene, double exposure_s, std::uint64_t seed,
                                std::uint64_t index, int threads) const {
  validate(scene);
  const SceneTables tables = tables_of(scene);
  SimulatedFrame result;
  result.expected = expected_of(scene, tables, exposure_s, threads);
  scattering::Frame& frame = result.frame;
  // No count comes near the largest expected one that can be drawn: a reflected beam may.
  const auto drawn = [&](const scattering::Image& expected) {
    return poisson_image(expected, seed, index, threads, beamline_.saturation);
  };
  const double most = result.expected.maxCoeff();
  frame.counts =
      most > kMostExpected ? drawn(result.expected.min(kMostExpected)) : drawn(result.expected);
  const int hits =
      add_zingers(beamline_, exposure_s, derive_seed(seed, index), result.expected, frame.counts);
  frame.mask = beamline_.mask;
  if (!beamline_.beamstop_masked) frame.mask = frame.mask.unaryExpr(&without_user);
  frame.geometry = beamline_.stated.value_or(beamline_.geometry);
  frame.exposure_s = exposure_s;
  frame.transmission = beamline_.transmission;
  frame.saturation = beamline_.saturation;
  result.labels =
      visible_labels(JudgedPixels(*this, scene, tables, exposure_s, result.expected, rule_), most,
                     hits + hot_pixels(result.expected, exposure_s));
  return result;
}

}  // namespace foray::simulator
