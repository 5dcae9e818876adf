#include "visibility.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "foray/simulator/grazing.h"
#include "foray/simulator/profiles.h"
#include "radial_set.h"
#include "spots.h"

namespace foray::simulator {

namespace {

constexpr double kSamplePixels = 10000;
// Detectors that reach further than this see wide angles [1/angstrom].
constexpr double kWideAngleReach = 1.3;
constexpr double kNextToNothing = 1e-200;  // counts, whose inverse would overflow
constexpr double kArcEta = 0.02;           // less orientation than this is none

// The pixels that are looked at, an entry for each.
struct Samples {
  Eigen::ArrayXd q;          // of what the sample scatters
  Eigen::ArrayXd x, y;       // the direction of chi
  Eigen::ArrayXd scale;      // counts per 1/cm, transmission through a surface included
  Eigen::ArrayXd total;      // expected counts of everything
  Eigen::ArrayXd parasitic;  // counts
  Eigen::ArrayXd dark;       // counts
  GrazingPoints points;      // grazing incidence only
  Eigen::ArrayXd inverse;    // 1 / total, 0 where next to nothing is expected
};

// Sums of a component over pixels.
class Sums {
 public:
  void add(double s, double n) {
    if (!(n > kNextToNothing)) return;
    square_ += s * s / n;
    counts_ += std::abs(s);
  }
  void add(const Eigen::ArrayXd& s, const Eigen::ArrayXd& inverse) {
    square_ += (s.square() * inverse).sum();
    counts_ += (inverse > 0).select(s.abs(), 0).sum();
  }
  [[nodiscard]] double counts() const { return counts_; }
  [[nodiscard]] bool visible(double pixels_each, const VisibilityRule& rule) const {
    return std::sqrt(square_ * pixels_each) >= rule.signal_to_noise &&
           square_ >= rule.share * counts_ && counts_ > 0;
  }

 private:
  double square_ = 0, counts_ = 0;
};

class Judge {
 public:
  Judge(const FrameMaker& maker, const Scene& scene, const SceneTables& tables, double exposure_s,
        const scattering::Image& expected, const VisibilityRule& rule);

  std::vector<std::string> labels();

 private:
  struct Kind {  // a mutually exclusive kind of ring
    std::string name;
    bool visible = false;
    double counts = 0;
    std::set<int> orders;
  };

  void sample();
  [[nodiscard]] std::vector<Eigen::Index> good_pixels();
  [[nodiscard]] Samples samples_of(const std::vector<Eigen::Index>& pixels) const;
  // Parts what is below the horizon from the rest.
  void look_over_surface(const std::vector<Eigen::Index>& pixels);
  [[nodiscard]] Sums sum(const Eigen::ArrayXd& signal) const {
    Sums sums;
    sums.add(signal, pixels_.inverse);
    return sums;
  }
  [[nodiscard]] bool visible(const Eigen::ArrayXd& signal) const {
    return sum(signal).visible(pixels_each_, rule_);
  }
  [[nodiscard]] bool geometry_visible() const;
  // Whether the crests, halos or falling parts of a model are seen.
  [[nodiscard]] bool part_visible(std::vector<double> CurveShape::*part) const;
  void judge_rings();
  void judge_spots(Kind& oriented, bool& any, bool& higher) const;
  [[nodiscard]] bool arc_visible(const Ring& ring, const PeakWidth& shape) const;
  void judge_diffuse();
  void judge_surface();
  // Counts per 1/cm of what has its own way through the surface and no thickness.
  [[nodiscard]] Eigen::ArrayXd share_scale() const {
    return pixels_.scale / pixels_.points.transmitted / scene_.thickness_scale;
  }
  [[nodiscard]] bool island_rod_visible() const;
  void judge_horizon();
  void say(const std::string& child) { labels_.push_back(root_ + "/" + child); }

  const FrameMaker& maker_;
  const Scene& scene_;
  const SceneTables& tables_;
  double exposure_s_;
  const scattering::Image& expected_;
  const VisibilityRule& rule_;
  Samples pixels_, below_;  // those above and below the horizon
  double pixels_each_ = 1;  // pixels that one sample stands for
  double total_ = 0, reach_ = 0;
  std::string root_;
  std::vector<std::string> labels_;
};

Judge::Judge(const FrameMaker& maker, const Scene& scene, const SceneTables& tables,
             double exposure_s, const scattering::Image& expected, const VisibilityRule& rule)
    : maker_(maker),
      scene_(scene),
      tables_(tables),
      exposure_s_(exposure_s),
      expected_(expected),
      rule_(rule) {
  sample();
  root_ = scene.surface ? "grazing_" : "transmission_";
  root_ += reach_ > kWideAngleReach ? "wide_angle" : "small_angle";
}

std::vector<Eigen::Index> Judge::good_pixels() {
  const auto size = static_cast<double>(expected_.size());
  const auto stride =
      std::max<Eigen::Index>(1, static_cast<Eigen::Index>(std::sqrt(size / kSamplePixels)));
  pixels_each_ = static_cast<double>(stride * stride);
  std::vector<Eigen::Index> good;
  for (Eigen::Index i = stride / 2; i < expected_.rows(); i += stride) {
    for (Eigen::Index j = stride / 2; j < expected_.cols(); j += stride) {
      if (maker_.beamline().mask(i, j) == 0) good.push_back(i * expected_.cols() + j);
    }
  }
  return good;
}

Samples Judge::samples_of(const std::vector<Eigen::Index>& pixels) const {
  const auto of = [&pixels](const scattering::Image& image) {
    Eigen::ArrayXd values(static_cast<Eigen::Index>(pixels.size()));
    for (Eigen::Index i = 0; i < values.size(); ++i) {
      values[i] = image.data()[pixels[static_cast<std::size_t>(i)]];
    }
    return values;
  };
  Samples samples;
  samples.total = of(expected_);
  samples.inverse = (samples.total > kNextToNothing).select(1 / samples.total, 0.0);
  samples.q = of(maker_.q());
  samples.x = of(maker_.side());
  samples.y = of(maker_.up());
  samples.scale = exposure_s_ * scene_.beam * of(maker_.counts_per_intensity());
  samples.dark = samples.total.min(exposure_s_ * maker_.beamline().dark_rate);
  samples.parasitic = samples.scale * of(maker_.parasitic());
  samples.scale *= scene_.thickness_scale;
  if (tables_.field) {
    samples.points = tables_.field->map(samples.y.data(), samples.x.data(), samples.q.size());
    samples.scale *= samples.points.transmitted;
    samples.x = samples.points.q_r;
    samples.y = samples.points.q_z;
    samples.q = (samples.x.square() + samples.y.square()).sqrt();
  }
  return samples;
}

void Judge::sample() {
  const std::vector<Eigen::Index> pixels = good_pixels();
  for (const Eigen::Index pixel : pixels) reach_ = std::max(reach_, maker_.q().data()[pixel]);
  pixels_ = samples_of(pixels);
  total_ = pixels_each_ * pixels_.total.sum();
  if (tables_.field) look_over_surface(pixels);
}

void Judge::look_over_surface(const std::vector<Eigen::Index>& pixels) {
  std::vector<Eigen::Index> above, below;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double sine = pixels_.points.sine_exit[static_cast<Eigen::Index>(i)];
    (sine > 0 ? above : below).push_back(pixels[i]);
  }
  pixels_ = samples_of(above);
  below_ = samples_of(below);
}

std::vector<std::string> Judge::labels() {
  if (total_ < rule_.total_counts || !geometry_visible()) return {};
  labels_.push_back(root_);
  judge_rings();
  judge_diffuse();
  if (tables_.field) judge_surface();
  return labels_;
}

// At grazing incidence the geometry shows in what the sample scatters; in transmission what slits
// and air scatter shows it as well. Counts that come without beam show nothing.
bool Judge::geometry_visible() const {
  const Eigen::ArrayXd beam = pixels_.total - pixels_.dark;
  return visible(tables_.field ? Eigen::ArrayXd(beam - pixels_.parasitic) : beam);
}

bool Judge::part_visible(std::vector<double> CurveShape::*part) const {
  const ModelCurves& curves = tables_.curves;
  return std::any_of(curves.shapes().begin(), curves.shapes().end(), [&](const CurveShape& s) {
    const auto at = [&](double q) { return s.at(s.*part, q / curves.upper()); };
    return visible(pixels_.scale * pixels_.q.unaryExpr(at));
  });
}

// Spots are smaller than what is looked at of the other parts: all their pixels count.
void Judge::judge_spots(Kind& oriented, bool& any, bool& higher) const {
  Sums first, beyond;
  const double scale = exposure_s_ * scene_.beam * scene_.thickness_scale;
  for (const Spot& spot : scene_.spots) {
    Sums& sums = spot.order == 1 ? first : beyond;
    SpotImage(spot, maker_).for_each([&](Eigen::Index pixel, double value) {
      if (maker_.beamline().mask.data()[pixel] != 0) return;
      sums.add(scale * maker_.counts_per_intensity().data()[pixel] * value,
               expected_.data()[pixel]);
    });
  }
  const bool is_first = first.visible(1, rule_), is_beyond = beyond.visible(1, rule_);
  any = any || is_first || is_beyond;
  higher = higher || is_beyond;
  oriented.visible = oriented.visible || is_first || is_beyond;
  oriented.counts += first.counts() + beyond.counts();
}

void Judge::judge_rings() {
  Kind oriented{"oriented", false, 0, {}}, lamellar{"lamellar", false, 0, {}},
      hexagonal{"hexagonal", false, 0, {}};
  bool any = part_visible(&CurveShape::ring), higher = false;
  judge_spots(oriented, any, higher);
  for (const Ring& ring : scene_.rings) {
    const PeakWidth shape = observed(ring, resolution_of(maker_.beamline()));
    Eigen::ArrayXd signal =
        pixels_.scale * ring.intensity * pseudo_voigts(pixels_.q - ring.q, shape);
    if (ring.orientation > 0) signal *= law_of(ring).at(pixels_.x, pixels_.y);
    const Sums sums = sum(signal);
    Kind* lattice = ring.lattice == Lattice::kLamellar    ? &lamellar
                    : ring.lattice == Lattice::kHexagonal ? &hexagonal
                                                          : nullptr;
    const bool is_oriented = ring.orientation > kArcEta;
    if (is_oriented) lattice = &oriented;
    if (lattice != nullptr) lattice->counts += sums.counts();
    if (!sums.visible(pixels_each_, rule_)) continue;
    any = true;
    if (ring.lattice != Lattice::kNone && ring.order > 1) higher = true;
    if (lattice != nullptr) lattice->orders.insert(ring.order);
    if (is_oriented && arc_visible(ring, shape)) oriented.visible = true;
  }
  if (!any) return;
  say("ring");
  lamellar.visible = lamellar.orders.size() > 1;
  hexagonal.visible = hexagonal.orders.size() > 1;
  const Kind* best = nullptr;
  for (const Kind* kind : {&lamellar, &hexagonal, &oriented}) {
    if (kind->visible && (best == nullptr || kind->counts > best->counts)) best = kind;
  }
  if (best != nullptr) say("ring/" + best->name);
  if (oriented.visible) say("arc");
  if (higher) say("higher_orders");
}

bool Judge::arc_visible(const Ring& ring, const PeakWidth& shape) const {
  const Eigen::ArrayXd isotropic =
      pixels_.scale * ring.intensity * pseudo_voigts(pixels_.q - ring.q, shape);
  const Eigen::ArrayXd law = law_of(ring).at(pixels_.x, pixels_.y);
  const double weight = isotropic.sum();
  if (weight <= 0) return false;
  const double mean = (isotropic * law).sum() / weight;  // over what the detector sees
  return visible(isotropic * (law - mean));
}

void Judge::judge_diffuse() {
  bool halo_visible = part_visible(&CurveShape::halo);
  for (const Halo& halo : scene_.halos) {
    halo_visible =
        halo_visible || visible(pixels_.scale * halo.intensity *
                                (-0.5 * ((pixels_.q - halo.q) / halo.width).square()).exp());
  }
  if (halo_visible) say("halo");
  const auto power_law = (-scene_.power_law_exponent * (pixels_.q.max(1e-5) / 0.01).log()).exp();
  bool low_q = visible(pixels_.parasitic + pixels_.scale * scene_.power_law_scale * power_law);
  for (const OrientedField& cylinders : tables_.cylinders) {
    low_q = low_q || visible(pixels_.scale * cylinders.intensity(pixels_.y.data(), pixels_.x.data(),
                                                                 pixels_.q.size()));
  }
  for (const RoughField& rough : tables_.roughness) {
    low_q = low_q || visible(share_scale() * rough.intensity(pixels_.points));
  }
  if (low_q || part_visible(&CurveShape::diffuse)) say("diffuse_low_q");
}

void Judge::judge_surface() {
  const double resolution = maker_.beamline().resolution_fwhm;
  const GrazingPoints& points = pixels_.points;
  bool rod_visible = island_rod_visible();
  for (const Rod& rod : scene_.rods) {
    if (rod_visible || rod.q == 0) continue;
    const auto along = [&](double q_z) { return rod_profile(q_z, rod.height, rod.height_spread); };
    rod_visible = visible(pixels_.scale * rod.intensity * points.q_z.unaryExpr(along) *
                          GrazingField::across(rod, points, resolution));
  }
  if (rod_visible) say("rod");
  const scattering::Geometry& geometry = maker_.beamline().geometry;
  const double pixel_angle = std::max(geometry.pixel1, geometry.pixel2) / geometry.dist;
  const double critical = tables_.field->critical_sine();
  // The band is what the enhancement adds to an interface that lets everything through.
  const auto is_band = points.exit_factor >= 1.3 && points.sine_exit <= 2 * critical;
  const Eigen::ArrayXd added = is_band.select(
      (pixels_.total - pixels_.parasitic) * (1 - 1 / points.exit_factor.max(1.0)), 0.0);
  if (critical > 2 * pixel_angle && visible(added)) say("yoneda");
  judge_horizon();
}

// The crest that neighbours make, a tenth of its q to both sides.
bool Judge::island_rod_visible() const {
  if (!tables_.islands || tables_.islands->rod() == 0) return false;
  const double rod = tables_.islands->rod();
  const auto is_crest = (pixels_.points.q_r.abs() - rod).abs() <= 0.1 * rod;
  const Eigen::ArrayXd signal = share_scale() * tables_.islands->intensity(pixels_.points);
  return visible(is_crest.select(signal, 0.0));
}

void Judge::judge_horizon() {
  // Counts per pixel in bands of equal width on both sides of the horizon.
  const double band = std::max(4 * tables_.field->critical_sine(), 0.01);
  const auto is_above = pixels_.points.sine_exit <= band;
  const auto is_below = below_.points.sine_exit >= -band;
  double above = is_above.select(pixels_.total, 0.0).sum();
  double below = is_below.select(below_.total, 0.0).sum();
  const auto above_pixels = static_cast<double>(is_above.count());
  const auto below_pixels = static_cast<double>(is_below.count());
  if (above_pixels * pixels_each_ < 200 || below_pixels * pixels_each_ < 200) return;
  above *= pixels_each_;
  below *= pixels_each_ * above_pixels / below_pixels;
  const double difference = above - below;
  if (difference > rule_.signal_to_noise * std::sqrt(above + below) && above > 2 * below) {
    say("horizon");
  }
}

}  // namespace

std::vector<std::string> visible_labels(const FrameMaker& maker, const Scene& scene,
                                        const SceneTables& tables, double exposure_s,
                                        const scattering::Image& expected,
                                        const VisibilityRule& rule) {
  return Judge(maker, scene, tables, exposure_s, expected, rule).labels();
}

}  // namespace foray::simulator
