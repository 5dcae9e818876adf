#include "lattice_observable.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace foray::classifier::lattice_observable_test {
namespace {

using scattering::Estimate;
using scattering::Lattice;

// Peaks at ratios of a first one at 0.03, all known to `sigma` [1/angstrom].
std::vector<Estimate> peaks_at(const std::vector<double>& ratios, double sigma) {
  std::vector<Estimate> positions;
  for (const double ratio : ratios) positions.push_back({0.03 * ratio, sigma * sigma});
  return positions;
}

TEST(LatticeEvidence, HasTheVarianceOfPositionsThatAreDrawn) {
  // The second is .7 % off where the hexagonal lattice has it.
  const std::vector<Estimate> positions = peaks_at({1, 1.745, 2, 2.66}, 5e-5);
  const LatticeEvidence evidence = lattice_evidence(positions);
  const Estimate told = probability_of(evidence, Lattice::kHexagonal);
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal;
  constexpr int kDraws = 4000;
  double sum = 0, square = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<Estimate> moved = positions;
    for (Estimate& one : moved) one.value += std::sqrt(one.variance) * normal(rng);
    scattering::SeriesOptions options;
    options.lattices = scattering::known_lattices();
    for (const auto& score : scattering::score_series(moved, options).scores) {
      if (score.lattice != Lattice::kHexagonal) continue;
      const double logit = std::log(score.probability / (1 - score.probability));
      sum += logit;
      square += logit * logit;
    }
  }
  const double logit_variance = square / kDraws - std::pow(sum / kDraws, 2);
  const double slope = told.value * (1 - told.value);
  EXPECT_GT(logit_variance, 0.01);
  // The draws tell a variance to 2 %; the rest is what two positions do together.
  EXPECT_NEAR(told.variance / (slope * slope * logit_variance), 1, 0.2);
}

TEST(LatticeEvidence, SharesOutWhatTwoLatticesExplainAlike) {
  std::vector<double> ratios;
  for (int square = 1; square <= 6; ++square) ratios.push_back(std::sqrt(square));
  const LatticeEvidence evidence = lattice_evidence(peaks_at(ratios, 1e-5));
  const double p = probability_of(evidence, Lattice::kSimpleCubic).value;
  EXPECT_GT(p, 0.4);
  EXPECT_EQ(probability_of(evidence, Lattice::kBodyCenteredCubic).value, p);
  // Both have a spacing: neither is less probable than the other.
  const auto simple = spacing_of(evidence, Lattice::kSimpleCubic);
  const auto centered = spacing_of(evidence, Lattice::kBodyCenteredCubic);
  ASSERT_TRUE(simple && centered);
  EXPECT_NEAR(simple->value, 2 * 3.14159265358979 / 0.03, 1e-6);
  EXPECT_NEAR(centered->value, std::sqrt(2) * simple->value, 1e-6);
  EXPECT_FALSE(spacing_of(evidence, Lattice::kLamellar));
}

TEST(LatticeEvidence, HasNoSpacingWherePeaksBelongToNoLattice) {
  const LatticeEvidence evidence = lattice_evidence(peaks_at({1, 1.08, 1.14, 1.36}, 1e-5));
  EXPECT_GT(evidence.series.none_probability, evidence.series.scores.front().probability);
  for (const Lattice lattice : scattering::known_lattices()) {
    EXPECT_FALSE(spacing_of(evidence, lattice)) << scattering::to_string(lattice);
  }
}

TEST(LatticeEvidence, SaysNothingOfOnePeak) {
  EXPECT_EQ(lattice_evidence(peaks_at({1}, 1e-5)).peaks, 1U);
  EXPECT_TRUE(lattice_evidence({}).series.scores.empty());
}

}  // namespace
}  // namespace foray::classifier::lattice_observable_test
