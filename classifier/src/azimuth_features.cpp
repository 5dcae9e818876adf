#include "azimuth_features.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace foray::classifier {
namespace {

using SectorArray = Eigen::Array<double, kPolarSectors, kPolarBins>;

// Sums over pairs of sectors so many steps apart: products, their number; for 0 steps squares.
struct Turned {
  double products = 0;
  double pairs = 0;
};

Turned turned(const SectorArray& difference, const SectorArray& there, Eigen::Index bin,
              Eigen::Index steps) {
  const Eigen::Index rest = kPolarSectors - steps;
  const auto d = difference.col(bin);
  const auto t = there.col(bin);
  return {(d.head(rest) * d.tail(rest)).sum() + (d.tail(steps) * d.head(steps)).sum(),
          (t.head(rest) * t.tail(rest)).sum() + (t.tail(steps) * t.head(steps)).sum()};
}

void set_likeness(const SectorArray& counts, const SectorArray& weights,
                  const RadialFeatures& radial, AzimuthFeatures& out) {
  constexpr std::array<Eigen::Index, 5> kSteps = {0, 3, 6, 9, 18};
  const SectorArray there = (weights > 0).cast<double>();
  const Eigen::Array<double, 1, kPolarBins> mean =
      (radial.weight > 0).select(radial.counts / radial.weight.max(1e-30), 0.0).transpose();
  const SectorArray difference = counts - weights.rowwise() * mean;
  Eigen::Array<double, 5, kPolarBins> products;
  Eigen::Array<double, 5, kPolarBins> pairs;
  for (Eigen::Index bin = 0; bin < kPolarBins; ++bin) {
    for (Eigen::Index k = 0; k < 5; ++k) {
      const Turned sums = turned(difference, there, bin, kSteps[static_cast<std::size_t>(k)]);
      products(k, bin) = sums.products;
      pairs(k, bin) = sums.pairs;
    }
  }
  out.likeness.setZero();
  for (Eigen::Index bin = 0; bin < kPolarBins; ++bin) {
    const Eigen::Index first = std::max<Eigen::Index>(0, bin - 1);
    const Eigen::Index n = std::min<Eigen::Index>(kPolarBins, bin + 2) - first;
    const Eigen::Array<double, 5, 1> sum = products.middleCols(first, n).rowwise().sum();
    const Eigen::Array<double, 5, 1> number = pairs.middleCols(first, n).rowwise().sum();
    if (number(0) < 6) continue;
    const double noise = radial.counts.segment(first, n).sum() / number(0);
    const double signal = std::max(0.0, sum(0) / number(0) - noise);
    const double scale = signal + 3 * noise * std::sqrt(2 / number(0)) + 1e-30;
    for (Eigen::Index k = 1; k < 5; ++k) {
      if (number(k) < 3) continue;
      out.likeness(k - 1, bin) = std::clamp(sum(k) / number(k) / scale, -1.5, 1.5);
    }
  }
}

// Which range of directions a sector belongs to.
Eigen::Index range_of(int sector) {
  const int folded = sector % 18;
  const int steps = std::min(folded, 18 - folded);
  return steps < 2 ? 0 : (steps < 5 ? 1 : (steps < 8 ? 2 : 3));
}

void set_excess(const SectorArray& counts, const SectorArray& weights, const LitSectors& lit,
                AzimuthFeatures& out) {
  Eigen::Array<double, 4, kPolarBins> sums = Eigen::Array<double, 4, kPolarBins>::Zero();
  Eigen::Array<double, 4, kPolarBins> areas = sums;
  for (int s = 0; s < kPolarSectors; ++s) {
    if (!lit[static_cast<std::size_t>(s)]) continue;
    sums.row(range_of(s)) += counts.row(s);
    areas.row(range_of(s)) += weights.row(s);
  }
  for (Eigen::Index k = 0; k < 4; ++k) {
    const Eigen::ArrayXd n = sums.row(k).transpose() + 0.5;
    const Eigen::ArrayXd area = areas.row(k).transpose();
    Eigen::ArrayXd ln_intensity = (n / area.max(1e-12)).log();
    interpolate_gaps(area, ln_intensity);
    const Eigen::ArrayXd there = (area > 0).cast<double>();
    const Eigen::ArrayXd trust = there / (1 / n + 0.01);
    const Eigen::ArrayXd excess = there * (ln_intensity - smooth_course(trust, ln_intensity));
    const Eigen::ArrayXd squared = excess.square() * n;
    out.excess.row(k) = (excess * squared / (squared + 4)).transpose();
  }
}

double squashed_sum(double value) { return std::asinh(value) / 3; }

// Slope of ln I over ln q in the last `bins` that have pixels, and its significance.
std::array<double, 2> slope_at_end(const RadialFeatures& radial, Eigen::Index bins) {
  double weight = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (Eigen::Index bin = kPolarBins - bins; bin < kPolarBins; ++bin) {
    if (radial.weight(bin) <= 0) continue;
    const double at = static_cast<double>(bin - kPolarBins) / kBinsPerOctave;
    const double w = radial.counts(bin) + 0.5;
    weight += w;
    x += w * at;
    y += w * radial.ln_intensity(bin);
    xx += w * at * at;
    xy += w * at * radial.ln_intensity(bin);
  }
  if (weight <= 0) return {0, 0};
  const double spread = xx - x * x / weight;
  if (spread <= 1e-9 * weight) return {0, 0};
  const double slope = (xy - x * y / weight) / spread;
  return {slope, slope * std::sqrt(spread)};
}

}  // namespace

AzimuthFeatures azimuth_features(const BinningTable& table, const BinnedFrame& binned,
                                 const RadialFeatures& radial) {
  const Eigen::Map<const SectorArray> counts(binned.polar.data());
  const Eigen::Map<const SectorArray> weights(table.polar_weight.data());
  AzimuthFeatures out;
  set_likeness(counts, weights, radial, out);
  set_excess(counts, weights, lit_sectors(table, binned), out);
  return out;
}

std::vector<double> outstanding_features(const BinningTable& table, const BinnedFrame& binned,
                                         const RadialFeatures& radial) {
  const double total = radial.counts.sum() + 0.5;
  const Eigen::ArrayXd peaks = radial.counts * (1 - (-radial.excess.max(0.0)).exp());
  const double peak_signal = std::sqrt((peaks.square() / radial.counts.max(1.0)).sum());
  double squares = 0;
  double away = 0;
  for (Eigen::Index bin = 0; bin < kPolarBins; ++bin) {
    if (radial.counts(bin) <= 0) continue;
    const double mean = radial.counts(bin) / radial.weight(bin);
    for (Eigen::Index s = 0; s < kPolarSectors; ++s) {
      const auto cell = static_cast<std::size_t>(bin * kPolarSectors + s);
      const double expected = mean * table.polar_weight[cell];
      if (expected <= 0) continue;
      const double difference = binned.polar[cell] - expected;
      squares += (difference * difference - expected) / std::max(1.0, expected);
      away += std::abs(difference) - 0.8 * std::sqrt(expected);
    }
  }
  std::vector<double> values = {squashed_sum(peak_signal), peaks.sum() / total,
                                squashed_sum(std::sqrt(std::max(0.0, squares))),
                                std::clamp(away / total, -0.5, 2.0)};
  for (const Eigen::Index bins : {kBinsPerOctave / 2, kBinsPerOctave, 2 * kBinsPerOctave}) {
    const auto [slope, significance] = slope_at_end(radial, bins);
    values.push_back(std::clamp(slope / 4, -2.0, 2.0));
    values.push_back(squashed_sum(significance));
  }
  return values;
}

}  // namespace foray::classifier
