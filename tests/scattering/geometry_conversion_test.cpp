#include "foray/scattering/geometry_conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tilted_detector.h"

namespace foray::scattering::geometry_conversion_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Geometry pixels(double pixel1, double pixel2) {
  Geometry geometry;
  geometry.pixel1 = pixel1;
  geometry.pixel2 = pixel2;
  return geometry;
}

// rot3 is not compared: pyFAI 0.21.3 divides by sqrt(10 - x) there, where sqrt(1 - x) makes the
// turn the shortest, which the test after this one asks for.
TEST(FromFit2d, IsPyfais) {
  for (const auto& row : read_table("pyfai_fit2d.txt")) {
    const Geometry geometry =
        from_fit2d({row[0], row[1], row[2], row[3], row[4]}, pixels(75e-6, 172e-6));
    EXPECT_NEAR(geometry.dist, row[5], 1e-12);
    EXPECT_NEAR(geometry.poni1, row[6], 1e-12);
    EXPECT_NEAR(geometry.poni2, row[7], 1e-12);
    EXPECT_NEAR(geometry.rot1, row[8], 1e-12);
    EXPECT_NEAR(geometry.rot2, row[9], 1e-12);
  }
}

TEST(FromFit2d, TurnsTheDetectorAboutAnAxisInItsPlane) {
  const Geometry geometry = from_fit2d({200, 300, 400, 12, 35}, pixels(75e-6, 172e-6));
  const Eigen::Matrix3d rotation = rotation_matrix(geometry);
  // Turn by the tilt, no more: trace = 1 + 2 cos; the axis lies in the plane: no third component.
  EXPECT_NEAR(rotation.trace(), 1 + 2 * std::cos(12 * std::numbers::pi / 180), 1e-12);
  EXPECT_NEAR(rotation(1, 0) - rotation(0, 1), 0.0, 1e-12);
}

TEST(ToFit2d, TakesBackWhatFromFit2dGave) {
  for (const Fit2dGeometry& given :
       {Fit2dGeometry{200, 300, 400, 12, 35}, Fit2dGeometry{350, -20, 100, 25, -160},
        Fit2dGeometry{1500, 487.3, 619.5, 0, 0}}) {
    const Fit2dGeometry back = to_fit2d(from_fit2d(given, pixels(172e-6, 75e-6)));
    EXPECT_NEAR(back.direct_distance_mm, given.direct_distance_mm, 1e-9);
    EXPECT_NEAR(back.center_x, given.center_x, 1e-9);
    EXPECT_NEAR(back.center_y, given.center_y, 1e-9);
    EXPECT_NEAR(back.tilt_deg, given.tilt_deg, 1e-9);
    EXPECT_NEAR(back.tilt_plane_rotation_deg, given.tilt_plane_rotation_deg, 1e-9);
  }
}

TEST(FromFit2d, RefusesATiltOfARightAngle) {
  EXPECT_THAT(
      [] {
        from_fit2d({200, 0, 0, 90, 0}, Geometry{});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("tilt_deg")));
  EXPECT_THAT(
      [] {
        from_fit2d({0, 0, 0, 0, 0}, Geometry{});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("direct_distance_mm")));
}

TEST(FromBeamCenter, TakesPixelsAndLengths) {
  BeamCenterGeometry given;
  given.distance = 2.5;
  given.beam_center_x = 100;
  given.beam_center_y = 200;
  given.x_pixel_size = 1e-4;
  given.y_pixel_size = 2e-4;
  const Geometry from_pixels = from_beam_center(given);
  given.beam_center_x = 0.01;
  given.beam_center_y = 0.04;
  given.unit = CenterUnit::kMetres;
  const Geometry from_lengths = from_beam_center(given);
  for (const Geometry& geometry : {from_pixels, from_lengths}) {
    EXPECT_NEAR(beam_center(geometry)[0], 200, 1e-10);
    EXPECT_NEAR(beam_center(geometry)[1], 100, 1e-10);
    EXPECT_DOUBLE_EQ(geometry.dist, 2.5);
  }
  const BeamCenterGeometry back = to_beam_center(from_pixels, CenterUnit::kMetres);
  EXPECT_NEAR(back.beam_center_x, 0.01, 1e-14);
  EXPECT_NEAR(back.beam_center_y, 0.04, 1e-14);
}

TEST(ToBeamCenter, RefusesATiltedDetector) {
  EXPECT_THAT([] { to_beam_center(tilted_geometry(), CenterUnit::kPixels); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("tilt")));
}

TEST(FromBeamCenter, NamesTheBadField) {
  BeamCenterGeometry given;
  given.x_pixel_size = 0;
  EXPECT_THAT([&] { from_beam_center(given); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("x_pixel_size")));
}

TEST(EnergyKev, IsTheInverseOfTheWavelength) {
  EXPECT_NEAR(energy_kev(1e-10), 12.398419843320026, 1e-13);
  EXPECT_NEAR(wavelength_m(energy_kev(1.54e-10)), 1.54e-10, 1e-24);
  EXPECT_THROW(energy_kev(0), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::geometry_conversion_test
