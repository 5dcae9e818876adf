#include "visibility.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "foray/simulator/grazing.h"
#include "instrument_effects.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Detectors that reach further than this see wide angles [1/angstrom].
constexpr double kWideAngleReach = 1.3;
constexpr double kParasiticFall = 3;
// How far above and below it a horizon is looked for, at least (sine of the exit angle).
constexpr double kHorizonBand = 0.1;

// At grazing incidence the geometry shows in what the sample scatters; in transmission what slits
// and air scatter shows it as well. Counts that come without beam, as of hot pixels, show nothing.
bool geometry_visible(const JudgedPixels& pixels) {
  const Samples& seen = pixels.seen();
  const Eigen::ArrayXd beam = seen.total - seen.dark;
  return pixels.visible(pixels.tables.field ? Eigen::ArrayXd(beam - seen.parasitic) : beam);
}

class DiffuseJudge {
 public:
  explicit DiffuseJudge(const JudgedPixels& pixels) : pixels_(pixels) {}

  std::vector<std::string> labels() {
    judge_halos();
    judge_power_laws();
    judge_directed();
    judge_models();
    const Scene& scene = pixels_.scene;
    if (scene.high_q > 0) {
      const Samples& seen = pixels_.seen();
      const Eigen::ArrayXd rise = 1 - (-(scene.high_q_length * seen.q).square()).exp();
      if (pixels_.varies(seen.scale * scene.high_q, rise)) say("diffuse_high_q");
    }
    return {labels_.begin(), labels_.end()};
  }

 private:
  void say(const std::string& label) { labels_.insert(label); }
  void say(const std::string& label, const char* trait) {
    say(label);
    say(label + "/" + trait);
  }
  void judge_halos();
  void judge_power_laws();
  void judge_directed();
  void judge_models();
  void judge_crests(const CurveShape& shape);

  const JudgedPixels& pixels_;
  std::set<std::string> labels_;
};

void DiffuseJudge::judge_halos() {
  const Samples& seen = pixels_.seen();
  for (const Halo& halo : pixels_.scene.halos) {
    const Eigen::ArrayXd isotropic =
        seen.scale * halo.intensity * (-0.5 * ((seen.q - halo.q) / halo.width).square()).exp();
    const AzimuthalLaw law = law_of(halo);
    Eigen::ArrayXd signal = isotropic;
    if (halo.orientation > 0) signal *= law.at(seen.x, seen.y);
    if (!pixels_.visible(signal)) continue;
    const bool oriented = pixels_.arc_visible(isotropic, law);
    say("halo", oriented ? "oriented" : "isotropic");
    if (oriented && halo.symmetry <= 6) say("symmetry_" + std::to_string(halo.symmetry));
  }
  const double window = pixels_.maker.beamline().window;
  if (window > 0 && pixels_.visible(seen.beam * window * window_rings(seen.q_outside))) {
    say("halo", "isotropic");
  }
}

// Of the sample or of slits and air.
void DiffuseJudge::judge_power_laws() {
  const Samples& seen = pixels_.seen();
  const Scene& scene = pixels_.scene;
  const auto fall = [](const Eigen::ArrayXd& q, double exponent) {
    return Eigen::ArrayXd((-exponent * (q.max(1e-5) / kReferenceQ).log()).exp());
  };
  const Eigen::ArrayXd signal =
      seen.scale * scene.power_law_scale * fall(seen.q, scene.power_law_exponent) +
      seen.beam * pixels_.maker.beamline().parasitic * fall(seen.q_outside, kParasiticFall);
  if (pixels_.visible(signal)) say("diffuse_low_q", "isotropic");
}

void DiffuseJudge::judge_directed() {
  const Samples& seen = pixels_.seen();
  for (const Diffuse& diffuse : pixels_.scene.diffuse) {
    const Eigen::ArrayXd signal = seen.scale * intensity_of(diffuse, seen.q, seen.x, seen.y);
    if (!pixels_.visible(signal)) continue;
    const auto at = [&](const Eigen::ArrayXd& q, const Eigen::ArrayXd& x, const Eigen::ArrayXd& y) {
      return intensity_of(diffuse, q, x, y);
    };
    const bool oriented = diffuse.length != diffuse.width &&
                          pixels_.visible(signal - seen.scale * azimuthal_mean(seen.q, 0, at));
    say("diffuse_low_q", oriented ? "oriented" : "isotropic");
  }
  const double wave = pixels_.maker.beamline().geometry.wavelength * 1e10 / (4 * kPi);
  for (std::size_t i = 0; i < pixels_.tables.cylinders.size(); ++i) {
    const OrientedField& cylinders = pixels_.tables.cylinders[i];
    const OrientedCylinders& given = pixels_.scene.cylinders[i];
    const Eigen::ArrayXd signal =
        seen.scale * cylinders.intensity(seen.up.data(), seen.side.data(), seen.q.size());
    if (!pixels_.visible(signal)) continue;
    const auto at = [&](const Eigen::ArrayXd& q, const Eigen::ArrayXd& x, const Eigen::ArrayXd& y) {
      const Eigen::ArrayXd sine = (wave * q).min(1.0);  // of theta
      const Eigen::ArrayXd sin_two = 2 * sine * (1 - sine.square()).sqrt();
      const Eigen::ArrayXd up = sin_two * y, side = sin_two * x;
      return cylinders.intensity(up.data(), side.data(), q.size());
    };
    const double size = std::max(given.length, 2 * given.radius);
    const bool oriented = pixels_.visible(signal - seen.scale * azimuthal_mean(seen.q, size, at));
    say("diffuse_low_q", oriented ? "oriented" : "isotropic");
  }
  for (const ParacrystalField& crystal : pixels_.tables.paracrystals) {
    const ParacrystalField::Parts parts =
        crystal.parts(seen.up.data(), seen.side.data(), seen.q.size());
    if (pixels_.visible(seen.scale * parts.falling)) say("diffuse_low_q", "isotropic");
  }
  for (const RoughField& rough : pixels_.tables.roughness) {
    if (pixels_.visible(seen.beam * rough.intensity(seen.points))) say("diffuse_low_q");
  }
}

void DiffuseJudge::judge_models() {
  const Samples& seen = pixels_.seen();
  const ModelCurves& curves = pixels_.tables.curves;
  for (const CurveShape& shape : curves.shapes()) {
    const auto at = [&](double q) { return CurveShape::at(shape.diffuse, q / curves.upper()); };
    if (pixels_.visible(seen.scale * seen.q.unaryExpr(at))) say("diffuse_low_q", "isotropic");
    judge_crests(shape);
  }
}

// Wide ones are halos, but for those of form factors.
void DiffuseJudge::judge_crests(const CurveShape& shape) {
  constexpr std::size_t kMost = 8;  // further ones are weaker
  const Samples& seen = pixels_.seen();
  const double upper = pixels_.tables.curves.upper();
  int oscillations = 0;
  for (std::size_t i = 0; i < std::min(kMost, shape.crests.size()); ++i) {
    const CurveShape::Crest& crest = shape.crests[i];
    const bool of_form = shape.of_form(i);
    if (!of_form && crest.width < kLeastHaloWidth) continue;
    const auto at = [&](double q) { return shape.at(crest, q / upper); };
    if (!pixels_.visible(seen.scale * seen.q.unaryExpr(at))) continue;
    if (of_form) {
      ++oscillations;
    } else {
      say("halo", "isotropic");
    }
  }
  if (oscillations > 1) say("form_factor");
}

class SurfaceJudge {
 public:
  explicit SurfaceJudge(const JudgedPixels& pixels) : pixels_(pixels) {}

  std::vector<std::string> labels() {
    judge_rods();
    if (pixels_.tables.islands) judge_islands(*pixels_.tables.islands);
    judge_streak();
    judge_yoneda();
    if (horizon_visible()) labels_.insert("horizon");
    return {labels_.begin(), labels_.end()};
  }

 private:
  void judge_rods();
  void judge_islands(const IslandField& islands);
  void judge_streak();
  void judge_yoneda();
  // What a film of so many counts in each of all() does not scatter below the horizon as well.
  [[nodiscard]] Eigen::ArrayXd lost_below(const Eigen::ArrayXd& film) const;
  [[nodiscard]] bool horizon_visible() const;
  // Whether two crests of a curve over `place`, in [0, 1], are visible in a signal.
  [[nodiscard]] bool oscillates(const CurveShape& shape, const Eigen::ArrayXd& place,
                                const Eigen::ArrayXd& signal) const;

  const JudgedPixels& pixels_;
  std::set<std::string> labels_;
};

bool SurfaceJudge::oscillates(const CurveShape& shape, const Eigen::ArrayXd& place,
                              const Eigen::ArrayXd& signal) const {
  constexpr std::size_t kMost = 8;
  int count = 0;
  for (std::size_t i = 0; i < std::min(kMost, shape.crests.size()) && count < 2; ++i) {
    // The share of a crest in what is there.
    const auto share = [&](double at) {
      const double value = CurveShape::at(shape.value, at);
      return value > 0 ? shape.at(shape.crests[i], at) / value : 0;
    };
    if (pixels_.visible(signal * place.unaryExpr(share))) ++count;
  }
  return count > 1;
}

void SurfaceJudge::judge_rods() {
  const Samples& seen = pixels_.seen();
  const double resolution = pixels_.maker.beamline().resolution_fwhm;
  for (const Rod& rod : pixels_.scene.rods) {
    const auto along = [&](double q_z) { return GrazingField::along(rod, q_z); };
    const Eigen::ArrayXd signal = seen.scale * rod.intensity * seen.points.q_z.unaryExpr(along) *
                                  GrazingField::across(rod, seen.points, resolution);
    if (!pixels_.visible(signal)) continue;
    const bool is_short = rod.profile != RodProfile::kFringes &&
                          rod.q_z_fwhm < pixels_.rule.short_rod * std::hypot(rod.fwhm, resolution);
    labels_.insert(is_short ? "bragg_peak" : rod.q == 0 ? "specular_rod" : "rod");
    if (rod.profile != RodProfile::kFringes) continue;
    const double last = std::max(seen.points.q_z.maxCoeff(), 1e-9);
    std::vector<double> value(kShapePoints);
    for (std::size_t i = 0; i < kShapePoints; ++i) {
      value[i] = along(last * static_cast<double>(i) / (kShapePoints - 2));
    }
    if (oscillates(shape_of(std::move(value)), seen.points.q_z / last, signal)) {
      labels_.insert("form_factor");
    }
  }
}

void SurfaceJudge::judge_islands(const IslandField& islands) {
  const Samples& seen = pixels_.seen();
  const Eigen::ArrayXd signal = seen.beam * islands.intensity(seen.points);
  const double rod = islands.rod();
  // The crest that neighbours make, a tenth of its q to both sides.
  if (rod > 0 &&
      pixels_.visible(((seen.points.q_r.abs() - rod).abs() <= 0.1 * rod).select(signal, 0.0))) {
    labels_.insert("rod");
  }
  // Alone they scatter most along the surface's normal and less with q.
  if (rod == 0 && pixels_.visible(signal)) labels_.insert("diffuse_low_q");
  if (seen.q.size() == 0) return;
  // Along the surface at the critical angle of exit, and over the exit angle at the rod.
  const double most_r = seen.points.q_r.abs().maxCoeff();
  const double most_sine = seen.points.sine_exit.maxCoeff();
  const Eigen::ArrayXd steps =
      Eigen::ArrayXd::LinSpaced(kShapePoints, 0, kShapePoints - 1) / (kShapePoints - 2);
  const auto curve = [&](const Eigen::ArrayXd& sine, const Eigen::ArrayXd& q_r) {
    GrazingPoints points;
    points.sine_exit = sine;
    points.q_r = q_r;
    const Eigen::ArrayXd value = islands.intensity(points);
    return shape_of(std::vector<double>(value.begin(), value.end()));
  };
  const double critical = pixels_.tables.field->critical_sine();
  const Eigen::ArrayXd ones = Eigen::ArrayXd::Ones(kShapePoints);
  // From beyond the band of the critical angle, which is a crest of its own.
  const CurveShape over_exit = curve((2 * critical + most_sine * steps).min(1.0), rod * ones);
  const Eigen::ArrayXd exit = (seen.points.sine_exit - 2 * critical).max(0.0) / most_sine;
  const bool along_normal = oscillates(over_exit, exit, signal);
  const bool along_surface =
      rod == 0 && oscillates(curve(std::max(critical, 1e-4) * ones, most_r * steps),
                             seen.points.q_r.abs() / most_r, signal);
  if (along_normal || along_surface) labels_.insert("form_factor");
}

void SurfaceJudge::judge_streak() {
  if (pixels_.scene.surface->streak == 0) return;
  const Samples& seen = pixels_.seen();
  if (pixels_.visible(seen.scale * pixels_.tables.field->streak(seen.points))) {
    labels_.insert("specular_rod");
  }
}

void SurfaceJudge::judge_yoneda() {
  const Samples& seen = pixels_.seen();
  const GrazingPoints& points = seen.points;
  const scattering::Geometry& geometry = pixels_.maker.beamline().geometry;
  const double pixel_angle = std::max(geometry.pixel1, geometry.pixel2) / geometry.dist;
  const double critical = pixels_.tables.field->critical_sine();
  // The band is what the enhancement adds to an interface that lets everything through.
  const auto is_band = points.exit_factor >= 1.3 && points.sine_exit <= 2 * critical;
  const Eigen::ArrayXd film = seen.total - seen.dark - seen.parasitic - seen.reflected;
  const Eigen::ArrayXd added = is_band.select(film * (1 - 1 / points.exit_factor.max(1.0)), 0.0);
  if (critical > 2 * pixel_angle && pixels_.visible(added)) labels_.insert("yoneda");
}

Eigen::ArrayXd SurfaceJudge::lost_below(const Eigen::ArrayXd& film) const {
  const double below = pixels_.scene.surface->below;
  if (below == 0) return film;
  // A substrate lets through what comes from within the film; islands, roughness and the streak
  // scatter upwards only.
  const Samples& all = pixels_.all();
  const SceneTables& tables = pixels_.tables;
  Eigen::ArrayXd upwards = all.scale * tables.field->streak(all.points);
  if (tables.islands) upwards += all.beam * tables.islands->intensity(all.points);
  for (const RoughField& rough : tables.roughness) {
    upwards += all.beam * rough.intensity(all.points);
  }
  return film - below * (film - upwards).max(0.0);
}

bool SurfaceJudge::horizon_visible() const {
  // What the film scatters above the horizon and not below it, in bands of equal width.
  const Samples& all = pixels_.all();
  const double band = std::max(4 * pixels_.tables.field->critical_sine(), kHorizonBand);
  const Eigen::ArrayXd& sine = all.points.sine_exit;
  const auto is_above = sine > 0 && sine <= band;
  const auto is_below = sine <= 0 && sine >= -band;
  const double each = pixels_.pixels_each();
  const auto count = [each](const auto& side) { return each * static_cast<double>(side.count()); };
  if (count(is_above) < 200 || count(is_below) < 200) return false;
  const Eigen::ArrayXd film = all.total - all.dark - all.parasitic - all.reflected;
  Sums sums(pixels_.maker.beamline().saturation);
  sums.add(is_above.select(lost_below(film), 0.0), all.total);
  VisibilityRule step = pixels_.rule;
  step.share = pixels_.rule.horizon_share;
  return sums.visible(each, step);
}

}  // namespace

std::vector<std::string> diffuse_labels(const JudgedPixels& pixels) {
  return DiffuseJudge(pixels).labels();
}

std::vector<std::string> surface_labels(const JudgedPixels& pixels) {
  return SurfaceJudge(pixels).labels();
}

std::vector<std::string> visible_labels(const JudgedPixels& pixels, double most, int hits) {
  bool told = pixels.total() >= pixels.rule.total_counts && geometry_visible(pixels);
  std::vector<std::string> of_surface;
  if (told && pixels.tables.field) {
    of_surface = surface_labels(pixels);
    told = !of_surface.empty() || sample_visible(pixels);
  }
  std::set<std::string> labels;
  // Without a sign of the surface nobody tells grazing incidence from transmission.
  if (told && (!pixels.tables.field || !of_surface.empty())) {
    std::string root = pixels.scene.surface ? "grazing_" : "transmission_";
    root += pixels.reach() > kWideAngleReach ? "wide_angle" : "small_angle";
    labels.insert(root);
    const auto say = [&](const std::vector<std::string>& children) {
      for (const std::string& child : children) labels.insert(root + "/" + child);
    };
    say(ring_labels(pixels));
    say(diffuse_labels(pixels));
    say(of_surface);
  }
  for (const std::string& path : aspect_labels(pixels, told, most, hits)) labels.insert(path);
  // In the order of label_paths().
  std::vector<std::string> result;
  for (const std::string& path : label_paths()) {
    if (labels.count(path) > 0) result.push_back(path);
  }
  return result;
}

}  // namespace foray::simulator
