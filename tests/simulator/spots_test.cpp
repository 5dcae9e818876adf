#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "foray/simulator/frame_maker.h"

namespace foray::simulator::spots_test {
namespace {

constexpr double kFwhm = 2.3548200450309493;  // of a Gaussian, in standard deviations

Beamline tilted() {
  Beamline beamline;
  beamline.slow = 83;
  beamline.fast = 101;  // not a whole number of vectors
  beamline.geometry = {.dist = 0.2,
                       .poni1 = 0.01,
                       .poni2 = 0.02,
                       .rot1 = 0.3,
                       .rot2 = -0.2,
                       .rot3 = 0.5,
                       .wavelength = 1e-10,
                       .pixel1 = 1e-3,
                       .pixel2 = 0.8e-3};
  beamline.resolution_fwhm = 0;
  return beamline;
}

// The Gaussian in reciprocal space at the direction to a pixel, from the maps of directions.
double expected(const Spot& spot, const FrameMaker& maker, Eigen::Index pixel) {
  const double k = 2 * std::numbers::pi / (maker.beamline().geometry.wavelength * 1e10);
  const double up = maker.up().data()[pixel], side = maker.side().data()[pixel];
  const Eigen::Vector3d q(k * up, k * side, k * (std::sqrt(1 - up * up - side * side) - 1));
  const double radial = spot.radial_fwhm / kFwhm;
  const double across = std::hypot(spot.radial_fwhm, spot.q.norm() * spot.mosaic_fwhm) / kFwhm;
  const double along = (q - spot.q).dot(spot.q.normalized());
  const double square = std::pow(along / radial, 2) +
                        ((q - spot.q).squaredNorm() - along * along) / (across * across);
  if (square >= 25) return 0;
  return spot.intensity / (std::pow(2 * std::numbers::pi, 1.5) * radial * across * across) *
         std::exp(-0.5 * square);
}

// Wherever a spot lies, also over the edges, all its pixels are there and none is there twice.
TEST(Spots, AreGaussiansAtEveryPixelOfATiltedDetector) {
  const FrameMaker maker(tilted());
  const double k = 2 * std::numbers::pi;
  for (const Eigen::Index pixel : {0, 40 * 101 + 50, 20 * 101 + 97, 82 * 101 + 100}) {
    const double up = maker.up().data()[pixel], side = maker.side().data()[pixel];
    const Eigen::Vector3d q(k * up, k * side, k * (std::sqrt(1 - up * up - side * side) - 1));
    for (const double mosaic : {0.0, 0.15}) {
      Spot spot;
      spot.q = 1.002 * q;  // a little off the sphere
      spot.radial_fwhm = 0.12;
      spot.mosaic_fwhm = mosaic;
      Scene scene;
      scene.background = 0;
      scene.spots = {spot};
      const scattering::Image image = maker.intensity(scene);
      const double top = image.maxCoeff();
      EXPECT_GT(top, 0);
      for (Eigen::Index i = 0; i < image.size(); ++i) {
        ASSERT_NEAR(image.data()[i], expected(spot, maker, i), 1e-9 * top) << i;
      }
    }
  }
}

}  // namespace
}  // namespace foray::simulator::spots_test
