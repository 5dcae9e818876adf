#include "radial_features.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace foray::classifier {
namespace {

// Half a count more than measured keeps the logarithm of an empty bin finite.
constexpr double kHalfCount = 0.5;

using Sectors = Eigen::Matrix<double, kPolarSectors, 1>;

// What the even harmonics leave of a bin's sectors. `rate` is their fit.
void set_unevenness(const BinningTable& table, const Sectors& counts, const Sectors& rate, int bin,
                    RadialFeatures& out) {
  const double mean = out.counts(bin) / out.weight(bin);
  double chi_squared = 0;
  double rest = 0;
  double squares = 0;
  double freedom = -kTerms;
  for (int s = 0; s < kPolarSectors; ++s) {
    const double weight = table.polar_weight[bin * kPolarSectors + s];
    if (weight <= 0) continue;
    const double expected = weight * std::max(rate(s), 0.05 * mean);
    const double difference = counts(s) - expected;
    chi_squared += difference * difference / expected;
    rest += difference * difference - expected;
    squares += expected * expected;
    freedom += 1;
  }
  if (freedom < 1) return;
  out.unevenness(bin) = std::sqrt(std::max(0.0, rest) / squares);
  out.unevenness_significance(bin) = (chi_squared - freedom) / std::sqrt(2 * freedom);
}

// First harmonics, crests and coverage.
void set_course_of_sectors(const BinningTable& table, const BinnedFrame& binned,
                           RadialFeatures& out) {
  out.first.setZero(2, kPolarBins);
  for (Eigen::ArrayXd* one : {&out.first_significance, &out.crest, &out.lean, &out.covered}) {
    one->setZero(kPolarBins);
  }
  std::vector<double> rates;
  for (int bin = 0; bin < kPolarBins; ++bin) {
    if (out.weight(bin) <= 0) continue;
    const double* weights = table.polar_weight.data() + bin * kPolarSectors;
    const Eigen::Map<const Sectors> counts(binned.polar.data() + bin * kPolarSectors);
    rates.clear();
    for (int s = 0; s < kPolarSectors; ++s) {
      out.covered(bin) += weights[s] > 0 ? 1.0 / kPolarSectors : 0.0;
      if (weights[s] > 0.1 * out.weight(bin) / kPolarSectors) {
        rates.push_back(counts(s) / weights[s]);
      }
    }
    if (out.counts(bin) <= 0) continue;
    const double mean = out.counts(bin) / out.weight(bin);
    if (!rates.empty()) {
      const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
      std::nth_element(rates.begin(), middle, rates.end());
      const double half = kHalfCount * kPolarSectors / out.weight(bin);
      out.crest(bin) = std::log((mean + half) / (*middle + half));
    }
    const Eigen::Matrix3d& inverse = table.inverse_lean[bin];
    const Eigen::Vector3d fit = inverse * (first_terms() * counts);
    out.first.col(bin) << fit(1) / mean, fit(2) / mean;
    const double noise = mean * (inverse(1, 1) + inverse(2, 2)) + 1e-30;
    out.first_significance(bin) = std::sqrt((fit(1) * fit(1) + fit(2) * fit(2)) / noise);
    // Of values with errors the counts may nearly cancel.
    const double lean =
        binned.lean[bin] / out.counts(bin) - table.lean_weight[bin] / out.weight(bin);
    out.lean(bin) = std::clamp(lean, -1.0, 1.0);
  }
}

void set_azimuthal_contrast(const BinningTable& table, const BinnedFrame& binned,
                            RadialFeatures& out) {
  const auto& terms = azimuthal_terms();
  out.contrast.setZero(3, kPolarBins);
  out.contrast_significance.setZero(3, kPolarBins);
  out.second.setZero(2, kPolarBins);
  out.unevenness.setZero(kPolarBins);
  out.unevenness_significance.setZero(kPolarBins);
  for (int bin = 0; bin < kPolarBins; ++bin) {
    if (out.weight(bin) <= 0 || out.counts(bin) <= 0) continue;
    const Eigen::Map<const Eigen::Matrix<double, kPolarSectors, 1>> sectors(binned.polar.data() +
                                                                            bin * kPolarSectors);
    const TermMatrix& inverse = table.inverse_normal[bin];
    const TermVector fit = inverse * (terms * sectors);
    const double mean = out.counts(bin) / out.weight(bin);
    for (int k = 0; k < 3; ++k) {
      const double power = fit(2 * k + 1) * fit(2 * k + 1) + fit(2 * k + 2) * fit(2 * k + 2);
      const double noise =
          mean * (inverse(2 * k + 1, 2 * k + 1) + inverse(2 * k + 2, 2 * k + 2)) + 1e-30;
      out.contrast(k, bin) = std::sqrt(std::max(0.0, power - noise)) / mean;
      out.contrast_significance(k, bin) = std::sqrt(power / noise);
    }
    out.second.col(bin) << fit(1) / mean, fit(2) / mean;
    set_unevenness(table, sectors, terms.transpose() * fit, bin, out);
  }
}

// Excess shrunk towards zero where noise could have made it.
Eigen::ArrayXd trusted_excess(const RadialFeatures& features) {
  const Eigen::ArrayXd z = features.significance.max(0.0);
  return features.excess.max(0.0).min(3.0) * z.square() / (z.square() + 9.0);
}

// Weighted straight lines through windows of ln I against ln q, at their centres: exact for any
// power law.
Eigen::ArrayXd local_lines(const Eigen::ArrayXd& weights, const Eigen::ArrayXd& values) {
  constexpr Eigen::Index kHalfWidth = 16;
  const Eigen::Index n = values.size();
  Eigen::ArrayXd w = Eigen::ArrayXd::Zero(n + 2 * kHalfWidth);
  Eigen::ArrayXd wv = w;
  w.segment(kHalfWidth, n) = weights;
  wv.segment(kHalfWidth, n) = weights * values;
  Eigen::ArrayXd s0 = Eigen::ArrayXd::Zero(n);
  Eigen::ArrayXd s1 = s0;
  Eigen::ArrayXd s2 = s0;
  Eigen::ArrayXd t0 = s0;
  Eigen::ArrayXd t1 = s0;
  for (Eigen::Index k = -kHalfWidth; k <= kHalfWidth; ++k) {
    const double x = double(k) / double(kHalfWidth + 1);
    const double taper = (1 - x * x) * (1 - x * x);
    const auto here = w.segment(kHalfWidth + k, n);
    const auto there = wv.segment(kHalfWidth + k, n);
    s0 += taper * here;
    s1 += taper * x * here;
    s2 += taper * x * x * here;
    t0 += taper * there;
    t1 += taper * x * there;
  }
  const Eigen::ArrayXd spread = s2 + 1e-3 * s0;
  const Eigen::ArrayXd determinant = (s0 > 0).select(s0 * spread - s1 * s1, 1.0);
  return (s0 > 0).select((spread * t0 - s1 * t1) / determinant, values);
}

}  // namespace

void interpolate_gaps(const Eigen::ArrayXd& weight, Eigen::ArrayXd& values) {
  Eigen::Index last = -1;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (weight(i) <= 0) continue;
    for (Eigen::Index k = last + 1; k < i; ++k) {
      const double t = last < 0 ? 1.0 : double(k - last) / double(i - last);
      values(k) = (last < 0 ? 0.0 : (1 - t) * values(last)) + t * values(i);
    }
    last = i;
  }
  for (Eigen::Index k = last + 1; k < values.size(); ++k) values(k) = last < 0 ? 0 : values(last);
}

Eigen::ArrayXd smooth_course(const Eigen::ArrayXd& weights, const Eigen::ArrayXd& values) {
  constexpr double kWeightAbove = 0.15;
  Eigen::ArrayXd current = weights;
  Eigen::ArrayXd course(values.size());
  for (int pass = 0; pass < 3; ++pass) {
    course = local_lines(current, values);
    current = (values > course).select(kWeightAbove * weights, weights);
  }
  return course;
}

CenterShift center_shift(const BinningTable& table, const RadialFeatures& features) {
  constexpr double kStep = 0.6931471805599453 / kBinsPerOctave;
  // A centre that is off by d changes ln I by -(d / q) d ln I / d ln q times the cosine from d.
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  double squares = 0;
  double power = 0;
  for (int bin = 1; bin + 1 < kPolarBins; ++bin) {
    // Of a bin that is seen under less than half a turn the harmonic is not known.
    if (features.covered(bin) < 0.5 || features.counts(bin) < 20) continue;
    const double q = std::exp(table.ln_q_max - (kPolarBins - 0.5 - bin) * kStep);
    const double slope =
        (features.ln_intensity(bin + 1) - features.ln_intensity(bin - 1)) / (2 * kStep);
    // Pixels; near the beam, where one is a large part of q, it is no small change.
    const double change = -slope * table.pixel_q / q;
    const double weight = features.counts(bin) / (2 + 0.01 * features.counts(bin));
    sum += weight * change * features.first.col(bin).matrix();
    squares += weight * change * change;
    power += weight * features.first.col(bin).square().sum();
  }
  CenterShift shift;
  if (squares <= 0 || power <= 0) return shift;
  shift.pixels = sum.norm() / squares;
  shift.significance = sum.norm() / std::sqrt(squares);
  shift.explained = sum.squaredNorm() / (squares * power);
  return shift;
}

RadialFeatures radial_features(const BinningTable& table, const BinnedFrame& binned) {
  RadialFeatures out;
  const Eigen::Map<const Eigen::Array<double, kPolarSectors, kPolarBins>> counts(
      binned.polar.data());
  const Eigen::Map<const Eigen::Array<double, kPolarSectors, kPolarBins>> weights(
      table.polar_weight.data());
  out.counts = counts.colwise().sum().transpose();
  out.weight = weights.colwise().sum().transpose();
  const Eigen::ArrayXd there = (out.weight > 0).cast<double>();
  out.ln_intensity = ((out.counts + kHalfCount) / out.weight.max(1e-12)).log();
  interpolate_gaps(out.weight, out.ln_intensity);
  const double bins = std::max(1.0, there.sum());
  out.mean_ln_intensity = (there * out.ln_intensity).sum() / bins;
  // Variance of a logarithm of counts, and a floor that lets no single bin dominate.
  const Eigen::ArrayXd variance = 1.0 / (out.counts + kHalfCount);
  const Eigen::ArrayXd trust = there / (variance + 0.01);
  out.excess = there * (out.ln_intensity - smooth_course(trust, out.ln_intensity));
  out.significance = out.excess / variance.sqrt();
  set_azimuthal_contrast(table, binned, out);
  set_course_of_sectors(table, binned, out);
  trusted_excess(out).maxCoeff(&out.peak);
  return out;
}

std::vector<float> order_features(const RadialFeatures& features) {
  const Eigen::ArrayXd signal = trusted_excess(features);
  const double power = signal.square().sum() + 1e-6;
  std::vector<float> values;
  values.reserve(2 * kLags);
  for (int lag = 1; lag <= kLags; ++lag) {
    const Eigen::Index n = signal.size() - lag;
    values.push_back(static_cast<float>((signal.head(n) * signal.tail(n)).sum() / power));
  }
  const double height = std::max(signal(features.peak), 0.02);
  for (int k = 0; k < kLags; ++k) {
    const int bin = features.peak - kAlignedBefore + k;
    const bool inside = bin >= 0 && bin < kPolarBins;
    values.push_back(inside ? static_cast<float>(std::sqrt(signal(bin) / height)) : 0.0F);
  }
  return values;
}

}  // namespace foray::classifier
