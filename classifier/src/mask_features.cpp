#include "mask_features.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/classifier/prepared.h"

namespace foray::classifier {
namespace {

constexpr int kAzimuths = 72;
// Of the diagonal: two pixels of the smallest detectors.
constexpr double kLeastRadius = 0.004;

void append_circle(const scattering::Geometry& geometry, const scattering::Mask& mask,
                   double radius_m, std::vector<float>& out) {
  const Eigen::Vector2d center = scattering::beam_center(geometry);
  std::vector<int> masked(kAzimuths, 0);
  int off = 0;
  int shadowed = 0;
  for (int a = 0; a < kAzimuths; ++a) {
    const double turn = 2 * std::numbers::pi * (a + 0.5) / kAzimuths;
    const double slow = center(0) + radius_m * std::sin(turn) / geometry.pixel1;
    const double fast = center(1) + radius_m * std::cos(turn) / geometry.pixel2;
    if (!(slow >= 0 && fast >= 0 && slow < static_cast<double>(mask.rows()) &&
          fast < static_cast<double>(mask.cols()))) {
      ++off;
      continue;
    }
    const bool here = mask(static_cast<Eigen::Index>(slow), static_cast<Eigen::Index>(fast)) != 0;
    masked[static_cast<std::size_t>(a)] = here ? 1 : 0;
    shadowed += here ? 1 : 0;
  }
  for (const int count : {shadowed, off, longest_run(masked)}) {
    out.push_back(static_cast<float>(count) / kAzimuths);
  }
}

// Shares of lines that are masked (`whole` and nearly half) and how many bands the former make.
void append_lines(const Eigen::ArrayXd& shares, std::vector<float>& out) {
  constexpr double kWhole = 0.97;
  constexpr double kHalf = 0.45;
  int bands = 0;
  bool before = false;
  for (Eigen::Index k = 0; k < shares.size(); ++k) {
    const bool here = shares(k) >= kWhole;
    bands += here && !before ? 1 : 0;
    before = here;
  }
  const double n = static_cast<double>(shares.size());
  out.push_back(static_cast<float>(static_cast<double>((shares >= kWhole).count()) / n * 4));
  out.push_back(std::log1p(static_cast<float>(bands)));
  out.push_back(static_cast<float>(static_cast<double>((shares >= kHalf).count()) / n * 4));
}

}  // namespace

std::vector<double> circle_radii(const scattering::Geometry& geometry,
                                 const scattering::Mask& mask) {
  const double height = static_cast<double>(mask.rows()) * geometry.pixel1;
  const double width = static_cast<double>(mask.cols()) * geometry.pixel2;
  const double diagonal = std::hypot(height, width);
  std::vector<double> radii;
  for (int k = 0; k < kMaskRadii; ++k) {
    const double part = static_cast<double>(k) / (kMaskRadii - 1);
    radii.push_back(diagonal * std::pow(kLeastRadius, 1 - part));
  }
  return radii;
}

int longest_run(const std::vector<int>& around) {
  const int n = static_cast<int>(around.size());
  int longest = 0;
  int run = 0;
  for (int k = 0; k < 2 * n; ++k) {
    run = around[static_cast<std::size_t>(k % n)] != 0 ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::min(longest, n);
}

std::vector<float> mask_features(const scattering::Geometry& geometry,
                                 const scattering::Mask& mask) {
  std::vector<float> features;
  for (const double radius : circle_radii(geometry, mask)) {
    append_circle(geometry, mask, radius, features);
  }
  const auto masked = (mask != 0).cast<double>().eval();
  append_lines(masked.rowwise().mean(), features);
  append_lines(masked.colwise().mean().transpose(), features);
  return features;
}

}  // namespace foray::classifier
