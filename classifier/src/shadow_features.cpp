#include "shadow_features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "mask_features.h"

namespace foray::classifier {
namespace {

constexpr int kDirections = 36;

// Counts and good pixels in a square about one place.
struct Patch {
  double counts = 0;
  double pixels = 0;
  bool is_inside = false;
};

Patch patch_at(const BinningTable& table, const scattering::Image& counts,
               const Eigen::Vector2d& place, Eigen::Index half) {
  const auto rows = static_cast<double>(counts.rows());
  const auto cols = static_cast<double>(counts.cols());
  Patch patch;
  patch.is_inside = place(0) >= 0 && place(1) >= 0 && place(0) < rows && place(1) < cols;
  if (!patch.is_inside) return patch;
  const auto row = static_cast<Eigen::Index>(place(0));
  const auto column = static_cast<Eigen::Index>(place(1));
  const Eigen::Index last_row = std::min(counts.rows() - 1, row + half);
  const Eigen::Index last_column = std::min(counts.cols() - 1, column + half);
  for (Eigen::Index i = std::max<Eigen::Index>(0, row - half); i <= last_row; ++i) {
    for (Eigen::Index j = std::max<Eigen::Index>(0, column - half); j <= last_column; ++j) {
      if (table.mask(i, j) != 0) continue;
      patch.counts += counts(i, j);
      patch.pixels += 1;
    }
  }
  return patch;
}

using Circle = std::array<Patch, kDirections>;

Circle circle_at(const BinningTable& table, const scattering::Image& counts, double radius_m) {
  const auto& geometry = table.geometry;
  const Eigen::Vector2d center(table.center_slow * static_cast<double>(counts.rows()),
                               table.center_fast * static_cast<double>(counts.cols()));
  const double pixels = radius_m / std::max(geometry.pixel1, geometry.pixel2);
  const auto half = static_cast<Eigen::Index>(std::clamp(0.04 * pixels, 0.0, 3.0));
  Circle circle;
  for (int a = 0; a < kDirections; ++a) {
    const double turn = 2 * std::numbers::pi * a / kDirections;
    const Eigen::Vector2d away(radius_m * std::sin(turn) / geometry.pixel1,
                               radius_m * std::cos(turn) / geometry.pixel2);
    circle[static_cast<std::size_t>(a)] = patch_at(table, counts, center + away, half);
  }
  return circle;
}

// What a share of the patches with good pixels do not reach, per pixel; -1: there are none.
double rate_of(const Circle& circle, double scale, double share) {
  std::vector<double> rates;
  for (const Patch& patch : circle) {
    if (patch.pixels > 0) rates.push_back(scale * patch.counts / patch.pixels);
  }
  if (rates.empty()) return -1;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(rates.size() - 1));
  std::nth_element(rates.begin(), rates.begin() + at, rates.end());
  return rates[static_cast<std::size_t>(at)];
}

}  // namespace

std::vector<float> shadow_features(const BinningTable& table, const scattering::Image& counts,
                                   double scale) {
  // Counts that a dark patch would have; a share of which it has less; counts that are none.
  constexpr double kLeastCounts = 8;
  constexpr double kDark = 0.3;
  constexpr double kNothing = 0.1;
  const std::vector<double> radii = circle_radii(table.geometry, table.mask);
  std::vector<float> features(3 * radii.size(), 0.0F);
  double outside = -1;
  for (std::size_t k = radii.size(); k-- > 0;) {
    const Circle circle = circle_at(table, counts, radii[k]);
    const double high = rate_of(circle, scale, 0.75);
    if (high < 0) continue;
    std::vector<int> shadowed(kDirections, 0);
    int dark = 0;
    for (std::size_t a = 0; a < kDirections; ++a) {
      const Patch& patch = circle[a];
      const double promised = high * patch.pixels;
      const bool is_dark = promised >= kLeastCounts && scale * patch.counts < kDark * promised;
      dark += is_dark ? 1 : 0;
      shadowed[a] = is_dark || (patch.is_inside && patch.pixels == 0) ? 1 : 0;
    }
    features[3 * k] = static_cast<float>(dark) / kDirections;
    features[3 * k + 1] = static_cast<float>(longest_run(shadowed)) / kDirections;
    const double middle = std::max(0.0, rate_of(circle, scale, 0.5));
    if (outside >= 0) {
      const double drop = std::log((middle + kNothing) / (outside + kNothing));
      features[3 * k + 2] = static_cast<float>(std::clamp(drop, -4.0, 2.0));
    }
    outside = std::max(outside, middle);
  }
  return features;
}

}  // namespace foray::classifier
