#include "visibility.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <set>

#include "foray/simulator/grazing.h"
#include "foray/simulator/profiles.h"
#include "grazing_field.h"
#include "island_field.h"
#include "radial_set.h"
#include "spots.h"

namespace foray::simulator {

namespace {

constexpr double kSamplePixels = 10000;
// Detectors that reach further than this see wide angles [1/angstrom].
constexpr double kWideAngleReach = 1.3;
constexpr double kArcEta = 0.02;  // less orientation than this is none

// One pixel that is looked at.
struct Sample {
  double q, chi;       // of what the sample scatters
  double scale;        // counts per 1/cm, transmission through a surface included
  double total;        // expected counts of everything
  double parasitic;    // counts
  double dark;         // counts
  GrazingPoint point;  // grazing incidence only
};

// Sums of a component over the pixels.
class Sums {
 public:
  void add(double s, double n) {
    if (n <= 0) return;
    const double ratio = s * s / n;
    square_ += ratio;
    counts_ += std::abs(s);
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
  Judge(const FrameMaker& maker, const Scene& scene, const ModelCurves& curves, double exposure_s,
        const scattering::Image& expected, const VisibilityRule& rule);

  std::vector<std::string> labels();

 private:
  struct Kind {  // a mutually exclusive kind of ring
    std::string name;
    bool visible = false;
    double counts = 0;
    std::set<int> orders;
  };

  void sample(double exposure_s, const scattering::Image& expected);
  template <typename Signal>
  [[nodiscard]] Sums sum(Signal signal) const;
  template <typename Signal>
  [[nodiscard]] bool visible(Signal signal) const {
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
  [[nodiscard]] bool island_rod_visible() const;
  void judge_horizon();
  void say(const std::string& child) { labels_.push_back(root_ + "/" + child); }

  const FrameMaker& maker_;
  const Scene& scene_;
  const ModelCurves& curves_;
  double exposure_s_;
  const scattering::Image& expected_;
  const VisibilityRule& rule_;
  std::optional<GrazingField> field_;
  std::vector<Sample> samples_;
  std::vector<Sample> below_;  // pixels below the horizon
  double pixels_each_ = 1;     // pixels that one sample stands for
  double total_ = 0, reach_ = 0;
  std::string root_;
  std::vector<std::string> labels_;
};

Judge::Judge(const FrameMaker& maker, const Scene& scene, const ModelCurves& curves,
             double exposure_s, const scattering::Image& expected, const VisibilityRule& rule)
    : maker_(maker),
      scene_(scene),
      curves_(curves),
      exposure_s_(exposure_s),
      expected_(expected),
      rule_(rule) {
  if (scene.surface) {
    field_.emplace(*scene.surface, maker.beamline().geometry.wavelength * 1e10);
  }
  sample(exposure_s, expected);
  root_ = scene.surface ? "grazing_" : "transmission_";
  root_ += reach_ > kWideAngleReach ? "wide_angle" : "small_angle";
}

void Judge::sample(double exposure_s, const scattering::Image& expected) {
  const auto size = static_cast<double>(expected.size());
  const auto stride =
      std::max<Eigen::Index>(1, static_cast<Eigen::Index>(std::sqrt(size / kSamplePixels)));
  pixels_each_ = static_cast<double>(stride * stride);
  for (Eigen::Index i = stride / 2; i < expected.rows(); i += stride) {
    for (Eigen::Index j = stride / 2; j < expected.cols(); j += stride) {
      if (maker_.beamline().mask(i, j) != 0) continue;
      Sample pixel{};
      pixel.total = expected(i, j);
      pixel.q = maker_.q()(i, j);
      reach_ = std::max(reach_, pixel.q);
      total_ += pixel.total * pixels_each_;
      const double scale = exposure_s * scene_.beam * maker_.counts_per_intensity()(i, j);
      pixel.dark = std::min(pixel.total, exposure_s * maker_.beamline().dark_rate);
      pixel.parasitic = scale * maker_.parasitic()(i, j);
      pixel.scale = scale * scene_.thickness_scale;
      pixel.chi = 2 * std::numbers::pi * maker_.turn()(i, j);
      if (field_) {
        pixel.point = field_->at(maker_.up()(i, j), maker_.side()(i, j));
        pixel.scale *= pixel.point.transmitted;
        pixel.q = std::hypot(pixel.point.q_r, pixel.point.q_z);
        pixel.chi = std::atan2(pixel.point.q_z, pixel.point.q_r);
      }
      (field_ && !pixel.point.above ? below_ : samples_).push_back(pixel);
    }
  }
}

template <typename Signal>
Sums Judge::sum(Signal signal) const {
  Sums sums;
  for (const Sample& pixel : samples_) sums.add(signal(pixel), pixel.total);
  return sums;
}

std::vector<std::string> Judge::labels() {
  if (total_ < rule_.total_counts || !geometry_visible()) return {};
  labels_.push_back(root_);
  judge_rings();
  judge_diffuse();
  if (field_) judge_surface();
  return labels_;
}

// At grazing incidence the geometry shows in what the sample scatters; in transmission what slits
// and air scatter shows it as well. Counts that come without beam show nothing.
bool Judge::geometry_visible() const {
  return visible([&](const Sample& pixel) {
    return pixel.total - pixel.dark - (field_ ? pixel.parasitic : 0);
  });
}

bool Judge::part_visible(std::vector<double> CurveShape::*part) const {
  return std::any_of(curves_.shapes().begin(), curves_.shapes().end(), [&](const CurveShape& s) {
    return visible([&](const Sample& pixel) {
      return pixel.scale * s.at(s.*part, pixel.q / curves_.upper());
    });
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
    const Sums sums = sum([&](const Sample& pixel) {
      const double law = ring.orientation > 0 ? azimuthal_law(pixel.chi - ring.director,
                                                              ring.orientation, ring.symmetry)
                                              : 1;
      return pixel.scale * ring.intensity * law *
             pseudo_voigt(pixel.q - ring.q, shape.fwhm, shape.lorentz);
    });
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
  const auto isotropic = [&](const Sample& pixel) {
    return pixel.scale * ring.intensity * pseudo_voigt(pixel.q - ring.q, shape.fwhm, shape.lorentz);
  };
  const auto law = [&](const Sample& pixel) {
    return azimuthal_law(pixel.chi - ring.director, ring.orientation, ring.symmetry);
  };
  double weight = 0, mean = 0;  // of the law over what the detector sees
  for (const Sample& pixel : samples_) {
    const double s = isotropic(pixel);
    weight += s;
    mean += s * law(pixel);
  }
  if (weight <= 0) return false;
  mean /= weight;
  return visible([&](const Sample& pixel) { return isotropic(pixel) * (law(pixel) - mean); });
}

void Judge::judge_diffuse() {
  bool halo_visible = part_visible(&CurveShape::halo);
  for (const Halo& halo : scene_.halos) {
    halo_visible = halo_visible || visible([&](const Sample& pixel) {
                     const double x = (pixel.q - halo.q) / halo.width;
                     return pixel.scale * halo.intensity * std::exp(-0.5 * x * x);
                   });
  }
  if (halo_visible) say("halo");
  const bool low_q = visible([&](const Sample& pixel) {
    return pixel.parasitic +
           pixel.scale * scene_.power_law_scale *
               std::pow(std::max(pixel.q, 1e-5) / 0.01, -scene_.power_law_exponent);
  });
  if (low_q || part_visible(&CurveShape::diffuse)) say("diffuse_low_q");
}

void Judge::judge_surface() {
  const double resolution = maker_.beamline().resolution_fwhm;
  bool rod_visible = island_rod_visible();
  for (const Rod& rod : scene_.rods) {
    rod_visible =
        rod_visible || (rod.q > 0 && visible([&](const Sample& pixel) {
                          return pixel.scale * rod.intensity *
                                 rod_profile(pixel.point.q_z, rod.height, rod.height_spread) *
                                 GrazingField::across(rod, pixel.point, resolution);
                        }));
  }
  if (rod_visible) say("rod");
  const scattering::Geometry& geometry = maker_.beamline().geometry;
  const double pixel_angle = std::max(geometry.pixel1, geometry.pixel2) / geometry.dist;
  const double critical = field_->critical_sine();
  // The band is what the enhancement adds to an interface that lets everything through.
  const bool band = critical > 2 * pixel_angle && visible([&](const Sample& pixel) {
                      const double factor = pixel.point.exit_factor;
                      if (factor < 1.3 || pixel.point.sine_exit > 2 * critical) return 0.0;
                      return (pixel.total - pixel.parasitic) * (1 - 1 / factor);
                    });
  if (band) say("yoneda");
  judge_horizon();
}

// The crest that neighbours make, a tenth of its q to both sides.
bool Judge::island_rod_visible() const {
  if (!scene_.islands || scene_.islands->distance == 0) return false;
  const IslandField islands(scene_, maker_.beamline(), maker_.q().maxCoeff());
  return visible([&](const Sample& pixel) {
    if (std::abs(std::abs(pixel.point.q_r) - islands.rod()) > 0.1 * islands.rod()) return 0.0;
    return pixel.scale / pixel.point.transmitted / scene_.thickness_scale *
           islands.intensity(pixel.point);
  });
}

void Judge::judge_horizon() {
  // Counts per pixel in bands of equal width on both sides of the horizon.
  const double band = std::max(4 * field_->critical_sine(), 0.01);
  double above = 0, below = 0;
  double above_pixels = 0, below_pixels = 0;
  for (const Sample& pixel : samples_) {
    if (pixel.point.sine_exit > band) continue;
    above += pixel.total;
    above_pixels += 1;
  }
  for (const Sample& pixel : below_) {
    if (pixel.point.sine_exit < -band) continue;
    below += pixel.total;
    below_pixels += 1;
  }
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
                                        const ModelCurves& curves, double exposure_s,
                                        const scattering::Image& expected,
                                        const VisibilityRule& rule) {
  return Judge(maker, scene, curves, exposure_s, expected, rule).labels();
}

}  // namespace foray::simulator
