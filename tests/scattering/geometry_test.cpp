#include "foray/scattering/geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tilted_detector.h"

namespace foray::scattering::geometry_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Position, IsPyfaisOnATiltedDetector) {
  for (const auto& row : read_table("pyfai_pixels.txt")) {
    const Eigen::Vector3d t = position(tilted_geometry(), row[0] + 0.5, row[1] + 0.5);
    EXPECT_NEAR(t[0], row[2], 1e-16);
    EXPECT_NEAR(t[1], row[3], 1e-16);
    EXPECT_NEAR(t[2], row[4], 1e-16);
  }
}

TEST(Maps, ArePyfaisOnATiltedDetector) {
  const Geometry geometry = tilted_geometry();
  const Image angle = two_theta_map(geometry, 120, 100), azimuth = chi_map(geometry, 120, 100);
  const Image q = q_map(geometry, 120, 100), solid = solid_angle_map(geometry, 120, 100);
  const Image polarization = polarization_map(geometry, 120, 100, 0.95);
  // pyFAI keeps its arrays in single precision.
  for (const auto& row : read_table("pyfai_pixels.txt")) {
    const auto i = static_cast<Eigen::Index>(row[0]), j = static_cast<Eigen::Index>(row[1]);
    EXPECT_NEAR(angle(i, j), row[5], 1e-7);
    EXPECT_NEAR(azimuth(i, j), row[6], 2e-7);
    EXPECT_NEAR(q(i, j), row[7], 2e-7);
    EXPECT_NEAR(solid(i, j), row[8], 1e-7);
    EXPECT_NEAR(polarization(i, j), row[9], 1e-7);
  }
}

TEST(QOf, AgreesWithTheDefinitionFromTheAngleForwardAndBackward) {
  const Geometry geometry = tilted_geometry();
  const double k4 = 4 * std::numbers::pi / 1.0;
  for (const double angle : {1e-7, 0.01, 0.5, 1.5, 1.6, 2.5, 3.1, std::numbers::pi}) {
    const Eigen::Vector3d t(0.3 * std::sin(angle), 0.0, 0.3 * std::cos(angle));
    EXPECT_NEAR(q_of(geometry, t), k4 * std::sin(angle / 2), 1e-14 * k4) << angle;
  }
}

TEST(QOf, KeepsItsDigitsNextToTheBeam) {
  Geometry geometry;
  geometry.dist = 10;
  // At 1e-9 rad the angle is q / k to better than 1e-16.
  const Eigen::Vector3d t(1e-8, 0, 10);
  EXPECT_NEAR(q_of(geometry, t) / (2 * std::numbers::pi * 1e-9), 1.0, 1e-14);
}

TEST(BeamCenter, IsWhereQVanishes) {
  const Geometry geometry = tilted_geometry();
  const Eigen::Vector2d center = beam_center(geometry);
  EXPECT_NEAR(q_of(geometry, position(geometry, center[0], center[1])), 0.0, 1e-13);
}

TEST(BeamCenter, IsThePoniWithoutTilt) {
  Geometry geometry;
  geometry.poni1 = 0.0172;
  geometry.poni2 = 0.0344;
  EXPECT_NEAR(beam_center(geometry)[0], 100, 1e-10);
  EXPECT_NEAR(beam_center(geometry)[1], 200, 1e-10);
}

TEST(BeamCenter, RefusesADetectorThatFacesAway) {
  Geometry geometry;
  geometry.rot1 = 2.0;
  EXPECT_THAT([&] { beam_center(geometry); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("90 degrees")));
}

TEST(PolarizationFactor, IsOneForwardAndZeroAlongTheFieldAtRightAngles) {
  EXPECT_DOUBLE_EQ(polarization_factor({0, 0, 1}, 0.7), 1.0);
  EXPECT_NEAR(polarization_factor({0, 1, 0}, 1.0), 0.0, 1e-15);  // along the fast axis
  EXPECT_NEAR(polarization_factor({1, 0, 0}, 1.0), 1.0, 1e-15);
  EXPECT_NEAR(polarization_factor({1, 0, 0}, 0.0), 0.5, 1e-15);
}

TEST(ValidateGeometry, NamesTheBadField) {
  const auto refuses = [](auto set, const char* field) {
    Geometry geometry;
    set(geometry);
    EXPECT_THAT([&] { validate(geometry); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(field)));
  };
  EXPECT_NO_THROW(validate(Geometry{}));
  refuses([](Geometry& g) { g.dist = 0; }, "dist");
  refuses([](Geometry& g) { g.wavelength = -1e-10; }, "wavelength");
  refuses([](Geometry& g) { g.pixel1 = std::nan(""); }, "pixel1");
  refuses([](Geometry& g) { g.pixel2 = INFINITY; }, "pixel2");
  refuses([](Geometry& g) { g.rot2 = std::nan(""); }, "rot2");
  refuses([](Geometry& g) { g.poni1 = INFINITY; }, "poni1");
}

TEST(Maps, RefuseAnEmptyShapeAndABadFactor) {
  EXPECT_THROW(q_map(Geometry{}, 0, 5), std::invalid_argument);
  EXPECT_THROW(polarization_map(Geometry{}, 2, 2, 1.5), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::geometry_test
