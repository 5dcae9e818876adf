#include "foray/scattering/peak_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr int kRings = 40;      // that are looked at
constexpr int kFirstRings = 3;  // a peak may be this many rings up when a scale is tried
constexpr double kMatch = 4.0;  // standard deviations within which a peak is a ring's

void check(const std::vector<Estimate>& positions, const SeriesOptions& options) {
  require(positions.size() <= 100,
          "score_series: positions: expected at most 100, got " + std::to_string(positions.size()));
  for (const Estimate& position : positions) {
    require(std::isfinite(position.value) && position.value > 0 &&
                std::isfinite(position.variance) && position.variance >= 0,
            "score_series: positions: expected finite values > 0 and variances >= 0, got " +
                std::to_string(position.value));
  }
  require(!options.lattices.empty(), "score_series: lattices: expected at least one");
  require_in_range("score_series: relative_tolerance", options.relative_tolerance, 1e-9, 0.05);
  require_in_range("score_series: missing_chance", options.missing_chance, 1e-9, 1 - 1e-9);
}

double variance_of(const Estimate& position, const SeriesOptions& options) {
  const double systematic = options.relative_tolerance * position.value;
  return position.variance + systematic * systematic;
}

// Of a lattice whose spacing is 2 pi; found once, as observables compare all lattices many times.
const std::vector<Ring>& unit_rings(Lattice lattice) {
  static const std::map<Lattice, std::vector<Ring>> kAll = [] {
    std::map<Lattice, std::vector<Ring>> all;
    for (const Lattice one : known_lattices()) all[one] = rings(one, 2 * std::numbers::pi, kRings);
    return all;
  }();
  return kAll.at(lattice);
}

// Ring next to a peak, or -1 when it is too far off.
int ring_next_to(const std::vector<Ring>& all, double first_q, const Estimate& position,
                 double variance) {
  const auto above =
      std::lower_bound(all.begin(), all.end(), position.value / first_q,
                       [](const Ring& ring, double ratio) { return ring.ratio < ratio; });
  int best = -1;
  double closest = kMatch * std::sqrt(variance);
  for (auto ring = above == all.begin() ? above : above - 1; ring != all.end() && ring <= above;
       ++ring) {
    const double distance = std::abs(ring->ratio * first_q - position.value);
    if (distance > closest) continue;
    closest = distance;
    best = static_cast<int>(ring - all.begin());
  }
  return best;
}

// Assigns the peaks to the rings of a lattice whose first one is at about first_q.
SeriesScore assign(const std::vector<Ring>& all, double first_q,
                   const std::vector<Estimate>& positions, const SeriesOptions& options) {
  SeriesScore score;
  double weights = 0, sum = 0;
  std::vector<bool> taken(all.size(), false);
  for (const Estimate& position : positions) {
    const double variance = variance_of(position, options);
    int ring = ring_next_to(all, first_q, position, variance);
    if (ring >= 0 && taken[static_cast<std::size_t>(ring)]) ring = -1;
    score.ring_of_peak.push_back(ring);
    if (ring < 0) continue;
    taken[static_cast<std::size_t>(ring)] = true;
    const double ratio = all[static_cast<std::size_t>(ring)].ratio;
    weights += ratio * ratio / variance;
    sum += ratio * position.value / variance;
    ++score.matched;
  }
  if (score.matched == 0) return score;
  score.first_q = {sum / weights, 1.0 / weights};
  const auto last = std::find(taken.rbegin(), taken.rend(), true);
  score.missing = static_cast<int>(taken.rend() - last) - score.matched;
  return score;
}

// Logarithm of the probability of the positions, the first ring's place integrated out over
// `range`.
void weigh(const std::vector<Ring>& all, const std::vector<Estimate>& positions, double range,
           const SeriesOptions& options, SeriesScore& score) {
  double evidence = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const int ring = score.ring_of_peak[i];
    if (ring < 0) {
      evidence -= std::log(range);
      continue;
    }
    const double variance = variance_of(positions[i], options);
    const double ratio = all[static_cast<std::size_t>(ring)].ratio;
    const double distance = positions[i].value - ratio * score.first_q.value;
    score.chi_squared += distance * distance / variance;
    evidence -= 0.5 * (distance * distance / variance + std::log(2 * std::numbers::pi * variance));
  }
  evidence += 0.5 * std::log(2 * std::numbers::pi * score.first_q.variance) - std::log(range);
  evidence += score.matched * std::log(1 - options.missing_chance) +
              score.missing * std::log(options.missing_chance);
  score.log_evidence = evidence;
}

// An exact agreement, as of numbers that were computed, counts as one of this part of Q.
constexpr double kLeastDiscrepancy = 1e-12;

double figure_of_merit(const std::vector<Ring>& all, const std::vector<Estimate>& positions,
                       const SeriesScore& score) {
  if (score.matched < 2) return 0;
  double discrepancy = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const int ring = score.ring_of_peak[i];
    if (ring < 0) continue;
    last = std::max(last, static_cast<std::size_t>(ring));
    const double q = all[static_cast<std::size_t>(ring)].ratio * score.first_q.value;
    discrepancy += std::abs(positions[i].value * positions[i].value - q * q) / score.matched;
  }
  const double q_last = all[last].ratio * score.first_q.value;
  const double least = kLeastDiscrepancy * q_last * q_last;
  return q_last * q_last / (2 * std::max(discrepancy, least) * static_cast<double>(last + 1));
}

// The best assignment of one lattice: every peak in turn is taken for one of the first rings.
SeriesScore best_of(Lattice lattice, const std::vector<Estimate>& positions, double range,
                    const SeriesOptions& options) {
  const std::vector<Ring>& all = unit_rings(lattice);
  // One matched peak of several says no more than "none of them".
  const int least = positions.size() >= 2 ? 2 : 1;
  SeriesScore best;
  best.ring_of_peak.assign(positions.size(), -1);
  best.log_evidence = -std::numeric_limits<double>::infinity();
  for (const Estimate& anchor : positions) {
    for (std::size_t r = 0; r < kFirstRings; ++r) {
      double first_q = anchor.value / all[r].ratio;
      SeriesScore score;
      for (int round = 0; round < 3; ++round) {
        score = assign(all, first_q, positions, options);
        if (score.matched == 0) break;
        first_q = score.first_q.value;
      }
      if (score.matched < least) continue;
      weigh(all, positions, range, options, score);
      if (score.log_evidence > best.log_evidence) best = score;
    }
  }
  best.lattice = lattice;
  if (best.matched == 0) return best;
  best.figure_of_merit = figure_of_merit(all, positions, best);
  // Of a spacing of 2 pi the first ring is at all[0].q.
  const double spacing = 2 * std::numbers::pi * all[0].q / best.first_q.value;
  const double relative = best.first_q.variance / (best.first_q.value * best.first_q.value);
  best.spacing = {spacing, spacing * spacing * relative};
  return best;
}

}  // namespace

SeriesResult score_series(const std::vector<Estimate>& positions, const SeriesOptions& options) {
  check(positions, options);
  SeriesResult result;
  if (positions.empty()) return result;
  double range = 0;
  for (const Estimate& position : positions) range = std::max(range, position.value);
  const double none = -static_cast<double>(positions.size()) * std::log(range);
  double most = none;
  for (const Lattice lattice : options.lattices) {
    result.scores.push_back(best_of(lattice, positions, range, options));
    most = std::max(most, result.scores.back().log_evidence);
  }
  // One peak fits every lattice as well as none.
  const bool decides = positions.size() >= 2;
  double total = decides ? std::exp(none - most) : 1.0;
  for (SeriesScore& score : result.scores) {
    score.probability = decides ? std::exp(score.log_evidence - most) : 1.0;
    total += score.probability;
  }
  for (SeriesScore& score : result.scores) score.probability /= total;
  result.none_probability = (decides ? std::exp(none - most) : 1.0) / total;
  std::stable_sort(result.scores.begin(), result.scores.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return result;
}

SeriesResult score_series(const std::vector<PeakFit>& fits, const SeriesOptions& options) {
  std::vector<Estimate> positions;
  for (const PeakFit& fit : fits) {
    if (fit.status == PeakFitStatus::kConverged) positions.push_back(fit.center);
  }
  return score_series(positions, options);
}

}  // namespace foray::scattering
