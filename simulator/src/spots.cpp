#include "spots.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "radial_set.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kReach = 5;  // standard deviations; beyond, 4e-6 of the top
// Of a standard deviation, in pixels: values at the pixels' centres then add up to the whole within
// 2 exp(-2 pi^2 0.6^2) = 2e-3, wherever the spot lies.
constexpr double kLeastPixels = 0.6;

}  // namespace

SpotImage::SpotImage(const Spot& spot, const FrameMaker& maker)
    : maker_(maker),
      center_(spot.q),
      along_(spot.q.normalized()),
      k_(2 * std::numbers::pi / (maker.beamline().geometry.wavelength * 1e10)) {
  const Eigen::Vector3d out = center_ + Eigen::Vector3d(0, 0, k_);
  const scattering::Geometry& geometry = maker.beamline().geometry;
  const Eigen::Vector3d local = scattering::rotation_matrix(geometry).transpose() * out;
  const double forward = local[2] / out.norm();
  if (!(forward > 0.05)) return;  // away from the detector's plane
  const double wide = k_ * std::max(geometry.pixel1, geometry.pixel2) * forward / geometry.dist;
  const Resolution resolution = resolution_of(maker.beamline());
  const double length = spot.q.norm();
  const double seen = resolution.at(length);
  const double across = std::hypot(spot.radial_fwhm, length * spot.mosaic_fwhm);
  radial_ = std::max(std::hypot(spot.radial_fwhm, seen) / kSigmas, kLeastPixels * wide);
  across_ = std::max(std::hypot(across, seen) / kSigmas, kLeastPixels * wide);
  // How far the reciprocal lattice point is from the sphere of what can be scattered.
  if (std::abs(out.norm() - k_) > kReach * across_) return;
  top_ = spot.intensity / (std::pow(2 * std::numbers::pi, 1.5) * radial_ * across_ * across_);
  const double scale = geometry.dist / local[2];
  const double reach = kReach * across_ / k_ * geometry.dist * std::pow(out.norm() / local[2], 2);
  const auto range = [reach](double middle, double pixel, Eigen::Index size, Eigen::Index& first,
                             Eigen::Index& end) {
    const double limit = static_cast<double>(size);
    first = static_cast<Eigen::Index>(std::clamp(std::floor((middle - reach) / pixel), 0.0, limit));
    end = static_cast<Eigen::Index>(std::clamp(std::ceil((middle + reach) / pixel), 0.0, limit));
  };
  range(geometry.poni1 + scale * local[0], geometry.pixel1, maker.q().rows(), first_slow_,
        end_slow_);
  range(geometry.poni2 + scale * local[1], geometry.pixel2, maker.q().cols(), first_fast_,
        end_fast_);
}

void SpotImage::row(Eigen::Index first, Eigen::ArrayXd& values) const {
  const Eigen::Index n = values.size();
  const Eigen::Map<const Eigen::ArrayXd> up(maker_.up().data() + first, n);
  const Eigen::Map<const Eigen::ArrayXd> side(maker_.side().data() + first, n);
  const Eigen::ArrayXd x = k_ * up - center_[0], y = k_ * side - center_[1];
  const Eigen::ArrayXd z =
      k_ * (1 - up.square() - side.square()).max(0.0).sqrt() - (k_ + center_[2]);
  const Eigen::ArrayXd along = (along_[0] * x + along_[1] * y + along_[2] * z).square();
  const Eigen::ArrayXd z2 = along / (radial_ * radial_) +
                            (x.square() + y.square() + z.square() - along) / (across_ * across_);
  // Nothing is seen beyond kReach.
  values = top_ * (-0.5 * z2).exp() * (z2 < kReach * kReach).cast<double>();
}

}  // namespace foray::simulator
