#include "random_detector.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "random_parts.h"

namespace foray::simulator {

namespace {

using GapLines = std::vector<std::pair<Eigen::Index, Eigen::Index>>;

Detector known_detector(Rng& rng, double max_pixels) {
  const std::vector<std::string> names = detector_names();
  const auto pick = static_cast<std::size_t>(uniform(rng, 0, static_cast<double>(names.size())));
  const Detector detector = make_detector(names[std::min(pick, names.size() - 1)]);
  for (int n = 1; n < 16; ++n) {
    Detector result = binned(detector, n);
    if (static_cast<double>(result.slow * result.fast) <= max_pixels) return result;
  }
  return binned(detector, 16);
}

// A single line of 1 to 8 pixels, most of them thin, that leaves both edges.
std::pair<Eigen::Index, Eigen::Index> gap_line(Rng& rng, Eigen::Index size) {
  const double most = std::clamp(0.05 * static_cast<double>(size), 2.0, 9.0);
  const auto thick = static_cast<Eigen::Index>(chance(rng, 0.35) ? 1 : log_uniform(rng, 1, most));
  const double share = uniform(rng, 0.03, 0.97);
  const auto first = static_cast<Eigen::Index>(share * static_cast<double>(size));
  const Eigen::Index kept = std::clamp<Eigen::Index>(first, 1, size - 1 - thick);
  return {kept, kept + thick - 1};
}

// Between so many modules of one size.
GapLines module_gaps(Rng& rng, Eigen::Index size, Eigen::Index thick) {
  const int modules = whole(rng, 2, 6);
  GapLines gaps;
  for (int m = 1; m < modules; ++m) {
    const Eigen::Index first = m * (size + thick) / modules - thick;
    if (first > 0 && first + thick < size) gaps.emplace_back(first, first + thick - 1);
  }
  return gaps;
}

// In rows, columns or both: a grid of modules, or lines at random places, of which some have one.
void add_gaps(Rng& rng, Detector& detector) {
  const double which = uniform(rng, 0, 1);
  const bool grid = chance(rng, 0.5), one = !grid && chance(rng, 0.35);
  const double thickest =
      std::clamp(0.04 * static_cast<double>(std::min(detector.slow, detector.fast)), 2.0, 8.9);
  const auto lines = [&](Eigen::Index size) -> GapLines {
    if (grid) {
      return module_gaps(rng, size, static_cast<Eigen::Index>(log_uniform(rng, 1, thickest)));
    }
    GapLines gaps;
    const int count = one ? 1 : whole(rng, 1, 4);
    for (int i = 0; i < count; ++i) gaps.push_back(gap_line(rng, size));
    return gaps;
  };
  const bool both = which > 0.7 && !one;
  if (both || which < 0.5) detector.slow_gaps = lines(detector.slow);
  if (both || which >= 0.5) detector.fast_gaps = lines(detector.fast);
}

// Of any shape, pixel and counter, without gaps.
Detector other_detector(Rng& rng, bool neutrons, bool round, bool wide, double max_pixels) {
  // With fewer pixels nothing at wide angles is sharp.
  const double least = wide ? 160 : 64, most = neutrons ? 256 : 330;
  double slow = uniform(rng, least, most), fast = slow;
  if (!round && chance(rng, 0.6)) fast = uniform(rng, least, most);
  const double shrink = std::min(1.0, std::sqrt(max_pixels / (slow * fast)));
  Detector detector;
  detector.name = round ? "plate" : "panel";
  detector.slow = static_cast<Eigen::Index>(slow * shrink);
  detector.fast = static_cast<Eigen::Index>(fast * shrink);
  detector.pixel = neutrons ? log_uniform(rng, 1e-3, 8e-3) : log_uniform(rng, 75e-6, 8e-3);
  constexpr std::array<double, 3> kLimits = {65535, 1048575, 4294967294};
  detector.saturation = kLimits[static_cast<std::size_t>(whole(rng, 0, 2))];
  return detector;
}

void kill_corners(Rng& rng, scattering::Mask& mask) {
  const double slow = 0.5 * static_cast<double>(mask.rows());
  const double fast = 0.5 * static_cast<double>(mask.cols());
  const double radius = std::min(slow, fast) * uniform(rng, 0.95, 1.12);
  for (Eigen::Index i = 0; i < mask.rows(); ++i) {
    for (Eigen::Index j = 0; j < mask.cols(); ++j) {
      const double from_middle =
          std::hypot(static_cast<double>(i) + 0.5 - slow, static_cast<double>(j) + 0.5 - fast);
      if (from_middle >= radius) mask(i, j) |= scattering::kMaskDead;
    }
  }
}

// Rows and columns at the edges: no gaps, as nothing is beyond them.
void kill_edges(Rng& rng, scattering::Mask& mask) {
  const auto most = static_cast<int>(std::max<Eigen::Index>(1, mask.rows() / 40));
  mask.topRows(whole(rng, 0, most)) = scattering::kMaskDead;
  mask.bottomRows(whole(rng, 0, most)) = scattering::kMaskDead;
  mask.leftCols(whole(rng, 0, most)) = scattering::kMaskDead;
  mask.rightCols(whole(rng, 0, most)) = scattering::kMaskDead;
}

// Where a grid in q ends that pixels were laid on: each few lines at another place.
void kill_ragged_edges(Rng& rng, scattering::Mask& mask) {
  const double depth = uniform(rng, 0, 0.12), rough = log_uniform(rng, 0.004, 0.03);
  for (const bool rows : {true, false}) {
    const Eigen::Index lines = rows ? mask.rows() : mask.cols();
    const Eigen::Index length = rows ? mask.cols() : mask.rows();
    for (const bool front : {true, false}) {
      Eigen::Index killed = 0;
      for (Eigen::Index line = 0, kept = 0; line < lines; ++line, --kept) {
        if (kept == 0) {
          const double share = depth - rough * std::log(uniform(rng, 1e-3, 1));
          killed = static_cast<Eigen::Index>(share * static_cast<double>(length));
          kept = whole(rng, 1, 5);
        }
        const Eigen::Index first = front ? 0 : length - killed;
        if (rows) mask.row(line).segment(first, killed) = scattering::kMaskDead;
        if (!rows) mask.col(line).segment(first, killed) = scattering::kMaskDead;
      }
    }
  }
}

}  // namespace

DrawnDetector random_detector(Rng& rng, bool wide, double max_pixels) {
  DrawnDetector drawn;
  const bool known = chance(rng, 0.66);
  const bool round = !known && chance(rng, 0.25);
  if (known) {
    drawn.detector = known_detector(rng, max_pixels);
    // A line of a module that counts no more.
    Detector& detector = drawn.detector;
    if (chance(rng, 0.06)) detector.slow_gaps.push_back(gap_line(rng, detector.slow));
    if (chance(rng, 0.06)) detector.fast_gaps.push_back(gap_line(rng, detector.fast));
  } else {
    // Long waves do not reach wide angles.
    drawn.neutrons = !wide && !round && chance(rng, 0.5);
    drawn.detector = other_detector(rng, drawn.neutrons, round, wide, max_pixels);
    if (chance(rng, round ? 0.08 : 0.6)) add_gaps(rng, drawn.detector);
  }
  drawn.mask = gap_mask(drawn.detector);
  if (round) kill_corners(rng, drawn.mask);
  if (!known && !round && chance(rng, 0.2)) kill_edges(rng, drawn.mask);
  if (!known && !round && chance(rng, 0.12)) kill_ragged_edges(rng, drawn.mask);
  return drawn;
}

}  // namespace foray::simulator
