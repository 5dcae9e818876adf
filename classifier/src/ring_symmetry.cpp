#include "ring_symmetry.h"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "foray/common/check.h"

namespace foray::classifier {
namespace {

constexpr int kLeastCompared = 36;
constexpr double kLeastErrors = 3;

// Rates along chi with what is known of their variation.
struct Ring {
  Eigen::ArrayXd rate = Eigen::ArrayXd::Zero(kRingBins);
  Eigen::ArrayXd noise = Eigen::ArrayXd::Zero(kRingBins);  // variance of the rate
  Eigen::ArrayXd seen = Eigen::ArrayXd::Zero(kRingBins);   // 1 or 0
  double count = 0;
  double mean = 0;
  double spread = 0;  // variance of the rate along chi without noise
  bool valid = false;
};

Ring ring_of(const scattering::BinnedIntensity& profile) {
  require(profile.centre.size() == kRingBins, "ring_of: expected " + std::to_string(kRingBins) +
                                                  " bins, got " +
                                                  std::to_string(profile.centre.size()));
  Ring ring;
  for (Eigen::Index k = 0; k < kRingBins; ++k) {
    const double weight = profile.normalization(k);
    if (!(weight > 0)) continue;
    ring.seen(k) = 1;
    ring.rate(k) = profile.signal(k) / weight;
    ring.noise(k) = profile.variance(k) / (weight * weight);
  }
  ring.count = ring.seen.sum();
  if (ring.count < kLeastCompared) return ring;
  ring.mean = ring.rate.sum() / ring.count;
  const Eigen::ArrayXd deviation = ring.seen * (ring.rate - ring.mean);
  ring.spread = (deviation.square().sum() - ring.noise.sum()) / ring.count;
  // Of a sum of squares of normal deviates: 2 v^2 each.
  const double error = std::sqrt(2 * ring.noise.square().sum()) / ring.count;
  ring.valid = ring.spread > kLeastErrors * error && ring.spread > 1e-12 * ring.mean * ring.mean;
  return ring;
}

// Mean square difference between each bin and its image, without noise, and its slope by the rates.
struct Difference {
  double compared = 0;
  double value = 0;
  Eigen::ArrayXd slope = Eigen::ArrayXd::Zero(kRingBins);
};

// image(k): the bin that bin k falls on.
template <typename Image>
Difference difference_under(const Ring& ring, const Image& image) {
  Difference result;
  for (int k = 0; k < kRingBins; ++k) {
    const int other = image(k);
    if (ring.seen(k) == 0 || ring.seen(other) == 0 || other == k) continue;
    const double difference = ring.rate(k) - ring.rate(other);
    result.compared += 1;
    result.value += difference * difference - ring.noise(k) - ring.noise(other);
    result.slope(k) += 2 * difference;
    result.slope(other) -= 2 * difference;
  }
  if (result.compared > 0) {
    result.value /= result.compared;
    result.slope /= result.compared;
  }
  return result;
}

// 1 - difference / (2 spread) with its variance by the slopes (delta method).
RingSymmetry score_of(const Ring& ring, const Difference& difference) {
  RingSymmetry result;
  if (difference.compared < kLeastCompared) return result;
  const double ratio = 0.5 * difference.value / ring.spread;
  const Eigen::ArrayXd spread_slope = 2 / ring.count * ring.seen * (ring.rate - ring.mean);
  const Eigen::ArrayXd slope = (0.5 * difference.slope - ratio * spread_slope) / ring.spread;
  result.valid = true;
  result.score = 1 - ratio;
  result.variance = (slope.square() * ring.noise).sum();
  return result;
}

}  // namespace

RingSymmetry turn_symmetry(const scattering::BinnedIntensity& profile, int order) {
  require(
      order >= 2 && order <= 12 && kRingBins % order == 0,
      "turn_symmetry: expected an order of 2 to 12 that divides 360, got " + std::to_string(order));
  const Ring ring = ring_of(profile);
  if (!ring.valid) return {};
  Difference mean;
  int turns = 0;
  // The turn by the rest of the circle compares the same bins.
  for (int turn = 1; turn < order; ++turn) {
    const int step = turn * kRingBins / order;
    const Difference one = difference_under(ring, [&](int k) { return (k + step) % kRingBins; });
    if (one.compared < kLeastCompared) continue;
    ++turns;
    mean.compared = kLeastCompared;
    mean.value += one.value;
    mean.slope += one.slope;
  }
  if (turns == 0) return {};
  mean.value /= turns;
  mean.slope /= turns;
  return score_of(ring, mean);
}

RingSymmetry mirror_symmetry(const scattering::BinnedIntensity& profile) {
  const Ring ring = ring_of(profile);
  RingSymmetry best;
  if (!ring.valid) return best;
  for (int sum = 0; sum < kRingBins; ++sum) {
    const auto image = [&](int k) { return (sum - k + kRingBins) % kRingBins; };
    RingSymmetry one = score_of(ring, difference_under(ring, image));
    if (!one.valid || (best.valid && one.score <= best.score)) continue;
    // Bins k and sum - k swap: the line is half way between their centres.
    const double first = profile.centre(0);
    const double width = 2 * std::numbers::pi / kRingBins;
    one.azimuth = std::fmod(first + 0.5 * sum * width + 2 * std::numbers::pi, std::numbers::pi);
    best = one;
  }
  return best;
}

}  // namespace foray::classifier
