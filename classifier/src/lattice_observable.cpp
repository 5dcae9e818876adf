#include "lattice_observable.h"

#include <algorithm>
#include <cmath>

#include "foray/common/check.h"

namespace foray::classifier {
namespace {

using scattering::Estimate;
using scattering::Lattice;
using scattering::SeriesResult;
using scattering::SeriesScore;

// Probabilities closer to 0 or 1 than this differ in nothing that anyone can use.
constexpr double kCertain = 1e-9;
constexpr double kFarthest = 0.5;  // of its value, that a position is moved

SeriesResult compared(const std::vector<Estimate>& positions) {
  scattering::SeriesOptions options;
  options.lattices = scattering::known_lattices();
  return scattering::score_series(positions, options);
}

std::size_t index_of(const SeriesResult& series, Lattice lattice) {
  const auto found =
      std::find_if(series.scores.begin(), series.scores.end(),
                   [&](const SeriesScore& score) { return score.lattice == lattice; });
  ensure(found != series.scores.end(), "lattice_evidence: every lattice has a score");
  return static_cast<std::size_t>(found - series.scores.begin());
}

double logit_of(const SeriesResult& series, Lattice lattice) {
  const double p =
      std::clamp(series.scores[index_of(series, lattice)].probability, kCertain, 1 - kCertain);
  return std::log(p / (1 - p));
}

}  // namespace

LatticeEvidence lattice_evidence(const std::vector<Estimate>& positions) {
  LatticeEvidence evidence;
  evidence.peaks = positions.size();
  if (positions.size() < 2) return evidence;
  evidence.series = compared(positions);
  evidence.logit_variance.assign(evidence.series.scores.size(), 0);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    std::vector<Estimate> above = positions, below = positions;
    const double step =
        std::min(std::sqrt(3 * positions[i].variance), kFarthest * positions[i].value);
    above[i].value += step;
    below[i].value -= step;
    const SeriesResult high = compared(above), low = compared(below);
    for (std::size_t k = 0; k < evidence.logit_variance.size(); ++k) {
      const Lattice lattice = evidence.series.scores[k].lattice;
      const double here = logit_of(evidence.series, lattice);
      const double up = logit_of(high, lattice) - here, down = logit_of(low, lattice) - here;
      const double mean = (up + down) / 6;
      evidence.logit_variance[k] += (up * up + down * down) / 6 - mean * mean;
    }
  }
  return evidence;
}

Estimate probability_of(const LatticeEvidence& evidence, Lattice lattice) {
  const std::size_t k = index_of(evidence.series, lattice);
  const double p = evidence.series.scores[k].probability, slope = p * (1 - p);
  // No distribution on [0, 1] with mean p varies more than p (1 - p).
  return {p, std::min(slope * slope * evidence.logit_variance[k], slope)};
}

std::optional<Estimate> spacing_of(const LatticeEvidence& evidence, Lattice lattice) {
  const SeriesResult& series = evidence.series;
  const SeriesScore& score = series.scores[index_of(series, lattice)];
  const double most = std::max(series.scores.front().probability, series.none_probability);
  if (score.matched == 0 || score.probability < most) return std::nullopt;
  return score.spacing;
}

}  // namespace foray::classifier
