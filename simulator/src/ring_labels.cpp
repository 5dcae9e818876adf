#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "pixels_by_q.h"
#include "units.h"
#include "visibility.h"

namespace foray::simulator {

namespace {

// What kinds of rings there are, in rising precedence, and how many visible orders name one.
struct RingKind {
  const char* name;
  std::size_t least_orders;
};
constexpr RingKind kKinds[] = {
    {"lamellar", 2}, {"hexagonal", 2}, {"bcc", 3}, {"fcc", 3}, {"oriented", 0}};
constexpr std::size_t kOriented = 4;

std::size_t kind_of(Lattice lattice) {
  switch (lattice) {
    case Lattice::kLamellar:
      return 0;
    case Lattice::kHexagonal:
      return 1;
    case Lattice::kBodyCentered:
      return 2;
    case Lattice::kFaceCentered:
      return 3;
    case Lattice::kNone:
    case Lattice::kOther:
      break;
  }
  return std::size(kKinds);
}

class RingJudge {
 public:
  explicit RingJudge(const JudgedPixels& pixels) : pixels_(pixels), rule_(pixels.rule) {}

  std::vector<std::string> labels();

 private:
  struct Kind {
    bool visible = false;
    double counts = 0;
    std::set<int> orders;
  };

  void judge(const Ring& ring);
  void judge_arc(const Ring& ring);
  void judge_crests();
  void judge_spots();
  void judge_paracrystals();
  // The spots of many crystals at one |q|.
  void judge_shell(const std::vector<std::size_t>& spots);
  void judge_visible_shell(const Spot& spot, double low, double high);
  void judge_evenness(double low, double high, double band);
  [[nodiscard]] std::optional<double> visible_unevenness(std::span<const std::int32_t> pixels,
                                                         const Eigen::ArrayXd& mean) const;
  void see(double q, double width, bool is_sharp_or_broad = true);
  void see_unevenness(double variance) {
    traits_.insert(variance >= rule_.spotted_variance ? "ring/spotted" : "ring/textured");
  }
  [[nodiscard]] int distinct_rings();

  const JudgedPixels& pixels_;
  const VisibilityRule& rule_;
  Kind kinds_[std::size(kKinds)];
  std::vector<std::pair<double, double>> rings_;  // q and width of those that are visible
  std::set<std::string> traits_, others_;
  Eigen::ArrayXd turns_;

  scattering::Image shell_;            // counts of the spots of one shell; 0 between shells
  std::vector<Eigen::Index> touched_;  // by them
  // Of the pixels near a shell's q: among its bands, and counts per 1/cm, 0 beyond it.
  std::vector<double> places_, weights_;
};

void RingJudge::see(double q, double width, bool is_sharp_or_broad) {
  rings_.emplace_back(q, width);
  if (!is_sharp_or_broad) return;
  if (width < rule_.sharp * q) traits_.insert("ring/sharp");
  if (width > rule_.broad * q) traits_.insert("ring/broad");
}

void RingJudge::judge(const Ring& ring) {
  const Samples& seen = pixels_.seen();
  const PeakWidth shape = observed(ring, resolution_of(pixels_.maker.beamline()));
  const Eigen::ArrayXd isotropic =
      seen.scale * ring.intensity * pseudo_voigts(seen.q - ring.q, shape);
  const AzimuthalLaw law = law_of(ring);
  Eigen::ArrayXd even = isotropic;
  if (ring.orientation > 0) even *= law.at(seen.x, seen.y);
  Eigen::ArrayXd signal = even, grains;
  double variance = 0;
  if (ring.grains > 0) {
    if (turns_.size() == 0) turns_ = turns_of(seen.x, seen.y);
    const GrainLaw of_grains(ring);
    variance = of_grains.variance();
    grains = of_grains.at(turns_);
    signal *= grains;
  }
  const Sums sums = pixels_.sum(signal);
  const std::size_t lattice = kind_of(ring.lattice);
  const bool arc = pixels_.arc_visible(isotropic, law);
  const std::size_t kind = arc ? kOriented : lattice;
  if (kind < std::size(kKinds)) kinds_[kind].counts += sums.counts();
  if (!sums.visible(pixels_.pixels_each(), rule_)) return;
  see(ring.q, shape.fwhm);
  if (kind < std::size(kKinds)) kinds_[kind].orders.insert(ring.order);
  if (ring.lattice != Lattice::kNone && ring.order > 1) others_.insert("higher_orders");
  const bool uneven = ring.grains > 0 && pixels_.varies(even, grains);
  if (uneven) see_unevenness(variance);
  if (arc) judge_arc(ring);
  if (!arc && !uneven) traits_.insert("ring/isotropic");
}

// Whether a maximum of the law lies within an angle of a direction.
bool points_to(const Ring& ring, double direction, double within) {
  const double period = 2 * kPi / ring.symmetry;
  return std::abs(std::remainder(ring.director - direction, period)) <= within ||
         std::abs(std::remainder(ring.director - direction - kPi, period)) <= within;
}

void RingJudge::judge_arc(const Ring& ring) {
  kinds_[kOriented].visible = true;
  others_.insert("arc");
  if (points_to(ring, 0, rule_.in_plane_angle)) traits_.insert("ring/oriented_in_plane");
  if (points_to(ring, 0.5 * kPi, rule_.in_plane_angle))
    traits_.insert("ring/oriented_out_of_plane");
  if (ring.symmetry <= 6) others_.insert("symmetry_" + std::to_string(ring.symmetry));
}

// Narrow crests of models are rings, but for those of form factors.
void RingJudge::judge_crests() {
  const ModelCurves& curves = pixels_.tables.curves;
  for (const CurveShape& shape : curves.shapes()) {
    for (std::size_t i = 0; i < shape.crests.size(); ++i) {
      const CurveShape::Crest& crest = shape.crests[i];
      if (shape.of_form(i)) break;
      if (crest.width >= kLeastHaloWidth) continue;
      const auto at = [&](double q) { return shape.at(crest, q / curves.upper()); };
      if (!pixels_.visible(pixels_.seen().scale * pixels_.seen().q.unaryExpr(at))) continue;
      const double q = crest.place * curves.upper();
      // Tables are not fine enough for the sharpest.
      see(q, crest.width * q, crest.width * crest.place * (kShapePoints - 2) >= 20);
      traits_.insert("ring/isotropic");
    }
  }
}

// Spots are smaller than what is looked at of the other parts: all their pixels count.
void RingJudge::judge_spots() {
  const double limit = pixels_.maker.beamline().saturation;
  Sums first(limit), beyond(limit);                                   // of few crystals
  std::map<std::pair<int, double>, std::vector<std::size_t>> shells;  // places in the scene
  const Scene& scene = pixels_.scene;
  const double scale = pixels_.exposure_s * scene.beam * scene.thickness_scale;
  for (std::size_t i = 0; i < scene.spots.size(); ++i) {
    const Spot& spot = scene.spots[i];
    if (spot.grains > rule_.few_crystals) {
      // q of a shell's members is the same but for rounding.
      shells[{spot.order, std::round(1e6 * std::log(spot.q.norm()))}].push_back(i);
      continue;
    }
    Sums& sums = spot.order == 1 ? first : beyond;
    pixels_.tables.spots.for_each(i, [&](Eigen::Index pixel, double value) {
      if (pixels_.maker.beamline().mask.data()[pixel] != 0) return;
      sums.add(scale * pixels_.maker.counts_per_intensity().data()[pixel] * value,
               pixels_.expected.data()[pixel]);
    });
  }
  const bool is_first = first.visible(1, rule_), is_beyond = beyond.visible(1, rule_);
  if (is_first || is_beyond) others_.insert("bragg_peak");
  if (is_beyond) others_.insert("higher_orders");
  for (const auto& [order, spots] : shells) judge_shell(spots);
}

void RingJudge::judge_paracrystals() {
  const Samples& seen = pixels_.seen();
  for (const ParacrystalField& crystal : pixels_.tables.paracrystals) {
    const ParacrystalField::Parts parts =
        crystal.parts(seen.up.data(), seen.side.data(), seen.q.size());
    const bool is_beyond = pixels_.visible(seen.scale * parts.beyond);
    if (is_beyond || pixels_.visible(seen.scale * parts.first)) others_.insert("bragg_peak");
    if (is_beyond) others_.insert("higher_orders");
  }
}

void RingJudge::judge_shell(const std::vector<std::size_t>& spots) {
  const FrameMaker& maker = pixels_.maker;
  const auto& mask = maker.beamline().mask;
  const double scale = pixels_.exposure_s * pixels_.scene.beam * pixels_.scene.thickness_scale;
  if (shell_.size() == 0) shell_ = scattering::Image::Zero(mask.rows(), mask.cols());
  double low = 1e300, high = 0;
  touched_.clear();
  for (const std::size_t spot : spots) {
    pixels_.tables.spots.for_each(spot, [&](Eigen::Index pixel, double value) {
      const double counts = scale * maker.counts_per_intensity().data()[pixel] * value;
      if (mask.data()[pixel] != 0 || !(counts > 0)) return;
      if (shell_.data()[pixel] == 0) touched_.push_back(pixel);
      shell_.data()[pixel] += counts;
      low = std::min(low, maker.q().data()[pixel]);
      high = std::max(high, maker.q().data()[pixel]);
    });
  }
  Sums sums(maker.beamline().saturation);
  for (const Eigen::Index i : touched_) sums.add(shell_.data()[i], pixels_.expected.data()[i]);
  if (sums.visible(1, rule_)) judge_visible_shell(pixels_.scene.spots[spots[0]], low, high);
  for (const Eigen::Index i : touched_) shell_.data()[i] = 0;
}

void RingJudge::judge_visible_shell(const Spot& spot, double low, double high) {
  const FrameMaker& maker = pixels_.maker;
  const double seen_width = resolution_of(maker.beamline()).at(spot.q.norm());
  see(spot.q.norm(), std::hypot(spot.radial_fwhm, seen_width));
  if (spot.order > 1) others_.insert("higher_orders");
  const scattering::Geometry& geometry = maker.beamline().geometry;
  const double pixel = 2 * kPi / (geometry.wavelength * 1e10) *
                       std::min(geometry.pixel1, geometry.pixel2) / geometry.dist;
  judge_evenness(low, high, std::max(rings_.back().second, pixel) / 6);
}

// Against the mean intensity at equal q over all good pixels: of bands over which a ring is nearly
// constant, linear between their middles. Polarization and shadows make no ring uneven.
void RingJudge::judge_evenness(double low, double high, double band) {
  const FrameMaker& maker = pixels_.maker;
  const auto [pixels, q, factor] = maker.good_by_q().between(low, high);
  const auto bands = static_cast<Eigen::Index>((high - low) / band) + 1;
  const auto last = static_cast<double>(bands - 1);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(bands + 1), weight = sum;
  for (const Eigen::Index i : touched_) {
    sum[static_cast<Eigen::Index>((maker.q().data()[i] - low) / band)] += shell_.data()[i];
  }
  places_.resize(pixels.size());
  weights_.resize(pixels.size());
  for (std::size_t k = 0; k < pixels.size(); ++k) {
    const double place = (q[k] - low) / band;
    weights_[k] = q[k] >= low && q[k] <= high ? factor[k] : 0;
    weight[static_cast<Eigen::Index>(std::clamp(place, 0.0, last))] += weights_[k];
    places_[k] = std::clamp(place - 0.5, 0.0, last);
  }
  Eigen::ArrayXd mean = sum / weight.max(kNextToNothing);
  mean[bands] = mean[bands - 1];
  if (const auto variance = visible_unevenness(pixels, mean)) {
    see_unevenness(*variance);
  } else {
    traits_.insert("ring/isotropic");
  }
}

// Of a shell, whose pixels have places_ in a table of means and weights_; none if it looks even.
std::optional<double> RingJudge::visible_unevenness(std::span<const std::int32_t> pixels,
                                                    const Eigen::ArrayXd& mean) const {
  constexpr std::size_t kTogether = 256;
  std::array<double, kTogether> off{}, all{};
  Sums uneven(pixels_.maker.beamline().saturation);
  double square = 0, even = 0;
  for (std::size_t begin = 0; begin < pixels.size(); begin += kTogether) {
    const std::size_t size = std::min(kTogether, pixels.size() - begin);
    for (std::size_t k = 0; k < size; ++k) {
      const double place = places_[begin + k];
      const auto first = static_cast<Eigen::Index>(place);
      const double between = place - static_cast<double>(first);
      const double expected =
          weights_[begin + k] * (mean[first] + between * (mean[first + 1] - mean[first]));
      off[k] = shell_.data()[pixels[begin + k]] - expected;
      all[k] = pixels_.expected.data()[pixels[begin + k]];
      square += off[k] * off[k];
      even += expected * expected;
    }
    uneven.add(off.data(), all.data(), static_cast<Eigen::Index>(size));
  }
  if (!uneven.visible(1, rule_)) return std::nullopt;
  return square / std::max(even, kNextToNothing);
}

int RingJudge::distinct_rings() {
  std::sort(rings_.begin(), rings_.end());
  int count = 0;
  double last = -1e300, width = 0;
  for (const auto& [q, wide] : rings_) {
    if (q - last < std::max(wide, width)) continue;
    ++count;
    last = q;
    width = wide;
  }
  return count;
}

std::vector<std::string> RingJudge::labels() {
  judge_crests();
  judge_spots();
  judge_paracrystals();
  for (const Ring& ring : pixels_.scene.rings) judge(ring);
  std::vector<std::string> result;
  if (!rings_.empty()) {
    result.emplace_back("ring");
    const Kind* best = nullptr;
    for (std::size_t i = 0; i < std::size(kKinds); ++i) {
      Kind& kind = kinds_[i];
      if (i != kOriented) kind.visible = kind.orders.size() >= kKinds[i].least_orders;
      if (kind.visible && (best == nullptr || kind.counts > best->counts)) best = &kind;
    }
    if (best != nullptr) result.push_back(std::string("ring/") + kKinds[best - kinds_].name);
    result.insert(result.end(), traits_.begin(), traits_.end());
    if (distinct_rings() >= rule_.many_rings) others_.insert("many_rings");
  }
  result.insert(result.end(), others_.begin(), others_.end());
  return result;
}

}  // namespace

std::vector<std::string> ring_labels(const JudgedPixels& pixels) {
  return RingJudge(pixels).labels();
}

}  // namespace foray::simulator
