#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "instrument_effects.h"
#include "visibility.h"

namespace foray::simulator {

namespace {

// Where the beam meets the detector [pixel]; none where it is turned 90 degrees or more against it.
std::optional<Eigen::Vector2d> center_of(const scattering::Geometry& geometry) {
  if (!(scattering::rotation_matrix(geometry)(2, 2) > 0)) return std::nullopt;
  return scattering::beam_center(geometry);
}

// Whether a beamstop that the frame's mask does not tell keeps visible counts from its pixels: as
// many a pixel as arrive on those beside it.
bool shadow_visible(const JudgedPixels& pixels) {
  const Beamline& beamline = pixels.maker.beamline();
  const auto is_shadow = [&](Eigen::Index i, Eigen::Index j) {
    // In a gap it is dark with and without a beamstop.
    return (beamline.mask(i, j) & (scattering::kMaskUser | scattering::kMaskGap |
                                   scattering::kMaskDead)) == scattering::kMaskUser;
  };
  double beside = 0, rim = 0, passed = 0, shadow = 0;
  for (Eigen::Index i = 0; i < beamline.slow; ++i) {
    for (Eigen::Index j = 0; j < beamline.fast; ++j) {
      const double counts = std::min(pixels.expected(i, j), beamline.saturation);
      if (is_shadow(i, j)) {
        passed += counts;
        ++shadow;
      } else if (beamline.mask(i, j) == 0 &&
                 ((i > 0 && is_shadow(i - 1, j)) || (j > 0 && is_shadow(i, j - 1)) ||
                  (i + 1 < beamline.slow && is_shadow(i + 1, j)) ||
                  (j + 1 < beamline.fast && is_shadow(i, j + 1)))) {
        beside += counts;
        ++rim;
      }
    }
  }
  if (rim == 0) return false;
  const double there = beside / rim * shadow, lost = there - passed;
  return lost > pixels.rule.signal_to_noise * std::sqrt(there) && lost > pixels.rule.share * there;
}

std::vector<std::string> instrument_labels(const JudgedPixels& pixels) {
  const Beamline& beamline = pixels.maker.beamline();
  std::vector<std::string> result;
  const auto has = [&](std::uint32_t bit) { return (pixels.maker.mask_bits() & bit) != 0; };
  if (beamline.beamstop != Beamstop::Kind::kNone && has(scattering::kMaskUser) &&
      (beamline.beamstop_masked || shadow_visible(pixels))) {
    result.emplace_back(beamline.beamstop == Beamstop::Kind::kDisk ? "instrument/beamstop_circular"
                        : beamline.beamstop == Beamstop::Kind::kLine ? "instrument/beamstop_linear"
                                                                     : "instrument/beamstop_wedge");
  }
  const auto center = center_of(beamline.geometry);
  if (!center || center->minCoeff() < 0 || (*center)[0] > static_cast<double>(beamline.slow) ||
      (*center)[1] > static_cast<double>(beamline.fast)) {
    result.emplace_back("instrument/beam_off_image");
  }
  if (has(scattering::kMaskGap)) result.emplace_back("instrument/gaps");
  return result;
}

bool saturated(const JudgedPixels& pixels) {
  const Beamline& beamline = pixels.maker.beamline();
  const scattering::Image& counts = pixels.expected;
  Eigen::Index full = 0;
  for (Eigen::Index row = 0; row < counts.rows(); ++row) {
    if (counts.row(row).maxCoeff() < beamline.saturation) continue;
    full += ((counts.row(row) >= beamline.saturation) && (beamline.mask.row(row) == 0U)).count();
  }
  return full >= pixels.rule.saturated_pixels;
}

bool blocked(const JudgedPixels& pixels) {
  const auto& object = pixels.maker.beamline().obstruction;
  if (!object) return false;
  const Samples& all = pixels.all();
  const Eigen::ArrayXd through = all.through;
  const Eigen::ArrayXd lit = all.total - all.dark;
  const double most = lit.size() > 0 ? std::max(lit.maxCoeff(), 0.0) : 0;
  // At the rim the sensor spreads into the shadow what never was in it.
  const Eigen::ArrayXd lost = (1 - all.at_rim) * (lit * (1 / through - 1)).min(most);
  const auto shadowed = static_cast<double>((through < 1).count());
  if (shadowed < pixels.rule.blocked_share * static_cast<double>(all.total.size())) return false;
  Sums sums(pixels.maker.beamline().saturation);
  sums.add(lost, all.total + lost);
  return sums.visible(pixels.pixels_each(), pixels.rule);
}

bool misaligned(const JudgedPixels& pixels) {
  const Beamline& beamline = pixels.maker.beamline();
  if (!beamline.stated) return false;
  const auto stated = center_of(*beamline.stated), center = center_of(beamline.geometry);
  const auto side = static_cast<double>(std::max(beamline.slow, beamline.fast));
  return stated && center && (*stated - *center).norm() >= pixels.rule.misaligned * side;
}

// The count that a share of the good pixels stays below.
double count_at(const JudgedPixels& pixels, double share) {
  std::vector<double> counts(pixels.all().total.begin(), pixels.all().total.end());
  if (counts.empty()) return 0;
  const auto place = std::min(counts.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(counts.size())));
  std::nth_element(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(place),
                   counts.end());
  return counts[place];
}

}  // namespace

bool sample_visible(const JudgedPixels& pixels) {
  // Whatever the limit: where all is saturated the frame is not empty.
  const Samples& seen = pixels.seen();
  Sums of_sample(std::numeric_limits<double>::infinity());
  of_sample.add(seen.total - seen.dark - seen.parasitic - seen.flat, seen.total);
  return pixels.total() >= pixels.rule.total_counts &&
         of_sample.visible(pixels.pixels_each(), pixels.rule);
}

std::vector<std::string> aspect_labels(const JudgedPixels& pixels, bool told, double most,
                                       int hits) {
  const Beamline& beamline = pixels.maker.beamline();
  const VisibilityRule& rule = pixels.rule;
  const Samples& all = pixels.all();
  std::vector<std::string> result = instrument_labels(pixels);
  const auto say = [&](bool is_so, const char* name) {
    if (is_so) result.push_back(std::string("problem/") + name);
  };
  const Eigen::ArrayXd flat = all.dark + all.beam * beamline.air + all.flat;
  const Eigen::ArrayXd windows = all.beam * beamline.window * window_rings(all.q_outside);
  // At grazing incidence flat scattering has a horizon: what shows it is not empty.
  const bool shown = sample_visible(pixels) || (pixels.tables.field && told);
  say(most >= beamline.saturation && saturated(pixels), "saturation");
  say(blocked(pixels), "blocked");
  say(hits >= rule.hits, "zingers");
  if (beamline.streak_slow > 0 || beamline.streak_fast > 0) {
    Sums sums(beamline.saturation);
    sums.add(all.beam * slit_streaks(beamline, all.up, all.side), all.total);
    say(sums.visible(pixels.pixels_each(), rule), "parasitic_streaks");
  }
  say(told && count_at(pixels, 0.98) < rule.weak_counts, "weak");
  say(count_at(pixels, 0.1) >= rule.strong_counts, "strong");
  say(!shown, "empty");
  say(told && misaligned(pixels), "misaligned");
  say(pixels.total() >= rule.total_counts &&
          (flat + windows).sum() >= rule.background_share * all.total.sum(),
      "high_background");
  return result;
}

}  // namespace foray::simulator
