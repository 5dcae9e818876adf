#include "spots.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "radial_set.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Of a standard deviation, in pixels: values at the pixels' centres then add up to the whole within
// 2 exp(-2 pi^2 0.6^2) = 2e-3, wherever the spot lies.
constexpr double kLeastPixels = 0.6;
constexpr std::size_t kMostKept = 4 << 20;  // pixels of spots: 50 MB, and the last one's

}  // namespace

SpotImage::SpotImage(const Spot& spot, const FrameMaker& maker)
    : maker_(maker),
      center_(spot.q),
      along_(spot.q.normalized()),
      k_(2 * std::numbers::pi / (maker.beamline().geometry.wavelength * 1e10)) {
  const Eigen::Vector3d out = center_ + Eigen::Vector3d(0, 0, k_);
  const scattering::Geometry& geometry = maker.beamline().geometry;
  const Eigen::Matrix3d& turn = maker.rotation();
  const Eigen::Vector3d local = turn.transpose() * out;
  const double forward = local[2] / out.norm();
  if (!(forward > 0.05)) return;  // away from the detector's plane
  const double wide = k_ * std::max(geometry.pixel1, geometry.pixel2) * forward / geometry.dist;
  const Resolution resolution = resolution_of(maker.beamline());
  const double length = spot.q.norm();
  const double seen = resolution.at(length);
  // Of thousands of spots a few are seen: hypot would take longer than all the rest.
  const double square = spot.radial_fwhm * spot.radial_fwhm + seen * seen;
  const double turned = length * spot.mosaic_fwhm;
  radial_ = std::max(std::sqrt(square) / kSigmas, kLeastPixels * wide);
  across_ = std::max(std::sqrt(square + turned * turned) / kSigmas, kLeastPixels * wide);
  // How far the reciprocal lattice point is from the sphere of what can be scattered.
  if (std::abs(out.norm() - k_) > kReach * across_) return;
  top_ = spot.intensity / (std::pow(2 * std::numbers::pi, 1.5) * radial_ * across_ * across_);
  // The box about the ellipsoid as the detector sees it: d from its centre moves what is seen by
  // (d_i - slope d_n) / (local_n + d_n), where n is the detector's normal.
  const double nearest = local[2] - kReach * std::max(across_, radial_);
  const auto range = [&](Eigen::Index axis, double origin, double pixel, Eigen::Index size,
                         Eigen::Index& first, Eigen::Index& end) {
    const double slope = local[axis] / local[2];
    const Eigen::Vector3d step = turn.col(axis) - slope * turn.col(2);
    const double part = step.dot(along_);
    const double sigma = std::sqrt(radial_ * radial_ * part * part +
                                   across_ * across_ * (step.squaredNorm() - part * part));
    const double reach = kReach * sigma * geometry.dist / std::max(nearest, 1e-9 * k_);
    const double middle = origin + slope * geometry.dist, limit = static_cast<double>(size);
    first = static_cast<Eigen::Index>(std::clamp(std::floor((middle - reach) / pixel), 0.0, limit));
    end = static_cast<Eigen::Index>(std::clamp(std::ceil((middle + reach) / pixel), 0.0, limit));
  };
  range(0, geometry.poni1, geometry.pixel1, maker.q().rows(), first_slow_, end_slow_);
  range(1, geometry.poni2, geometry.pixel2, maker.q().cols(), first_fast_, end_fast_);
}

SpotImage::Few SpotImage::distances(Eigen::Index slow, Eigen::Index fast) const {
  const scattering::Geometry& geometry = maker_.beamline().geometry;
  const Eigen::Matrix3d& turn = maker_.rotation();
  const double down = (static_cast<double>(slow) + 0.5) * geometry.pixel1 - geometry.poni1;
  const double right = (static_cast<double>(fast) + 0.5) * geometry.pixel2 - geometry.poni2;
  const Eigen::Vector3d begin =
      down * turn.col(0) + right * turn.col(1) + geometry.dist * turn.col(2);
  const Few steps = geometry.pixel2 * Few::LinSpaced(kAtOnce, 0, kAtOnce - 1);
  Few x = begin[0] + turn(0, 1) * steps, y = begin[1] + turn(1, 1) * steps;
  Few z = begin[2] + turn(2, 1) * steps;
  const Few scale = k_ / (x.square() + y.square() + z.square()).sqrt();
  x = scale * x - center_[0];
  y = scale * y - center_[1];
  z = scale * z - (k_ + center_[2]);
  const Few along = (along_[0] * x + along_[1] * y + along_[2] * z).square();
  return along * (1 / (radial_ * radial_)) +
         (x.square() + y.square() + z.square() - along) * (1 / (across_ * across_));
}

SpotImages::SpotImages(const std::vector<Spot>& spots, const FrameMaker& maker)
    : spots_(spots), maker_(maker), first_(1, 0) {
  for (const Spot& spot : spots) {
    if (pixels_.size() >= kMostKept) return;
    SpotImage(spot, maker).for_each([this](Eigen::Index pixel, double value) {
      pixels_.push_back(static_cast<std::int32_t>(pixel));
      values_.push_back(value);
    });
    first_.push_back(pixels_.size());
  }
}

}  // namespace foray::simulator
