#include "oriented_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::oriented_field_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kRadians = std::numbers::pi / 180;

struct Row {
  double qx, qy, intensity;
};

std::vector<Row> table(const char* file) {
  std::ifstream stream(std::string(FORAY_TEST_DATA) + "/scattering/" + file);
  std::vector<Row> rows;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#') continue;
    Row row{};
    std::istringstream(line) >> row.qx >> row.qy >> row.intensity;
    rows.push_back(row);
  }
  EXPECT_EQ(rows.size(), 100U) << file;
  return rows;
}

// Of a wavelength so short that q lies in the plane.
double in_plane(const OrientedCylinders& cylinders, double qx, double qy) {
  constexpr double kShort = 1e-6;
  const double k = 2 * std::numbers::pi / kShort;
  const double up = qy / k, side = qx / k;
  return OrientedField(cylinders, kShort, 0.45).intensity(&up, &side, 1)[0];
}

// |F|^2 over the volume [angstrom^3] of one cylinder.
double closed_form(const Eigen::Vector3d& q, const Eigen::Vector3d& axis, double radius,
                   double length) {
  const double along = q.dot(axis), across = (q - along * axis).norm();
  const double x = across * radius, y = 0.5 * along * length;
  const double volume = std::numbers::pi * radius * radius * length;
  const double disc = x < 1e-6 ? 1 : 2 * ::j1(x) / x,
               rod = std::abs(y) < 1e-6 ? 1 : std::sin(y) / y;
  return std::pow(volume * disc * rod, 2);
}

// The tables are linear: 1e-6 of the crests of either factor.
TEST(OrientedField, AgreesWithAnIndependentImplementation) {
  for (const Row& row : table("cylinder_oriented.txt")) {
    EXPECT_NEAR(in_plane({}, row.qx, row.qy), row.intensity, 1e-5 * row.intensity + 5e-5)
        << row.qx << " " << row.qy;
  }
}

TEST(OrientedField, JittersAsTheFieldDefinesIt) {
  OrientedCylinders cylinders;
  cylinders.theta_spread = 10 * kRadians;
  cylinders.phi_spread = 5 * kRadians;
  cylinders.points = 21;
  for (const Row& row : table("cylinder_jitter.txt")) {
    EXPECT_NEAR(in_plane(cylinders, row.qx, row.qy), row.intensity, 5e-6 * row.intensity + 5e-8)
        << row.qx << " " << row.qy;
  }
}

// As many directions as are needed leave nothing to gain by more of them.
TEST(OrientedField, TakesAsManyDirectionsAsTheLengthCallsFor) {
  OrientedCylinders cylinders;
  cylinders.theta_spread = 15 * kRadians;
  cylinders.phi_spread = 8 * kRadians;
  OrientedCylinders many = cylinders;
  many.points = 301;
  for (const double q : {0.05, 0.15, 0.28}) {
    for (const double turn : {0.3, 1.4, 2.9}) {
      const double qx = q * std::cos(turn), qy = q * std::sin(turn);
      EXPECT_NEAR(in_plane(cylinders, qx, qy) / in_plane(many, qx, qy), 1, 6e-3) << q << turn;
    }
  }
}

// A disc's scattering turns with its face, whose waves are those of its diameter.
TEST(OrientedField, TakesAsManyDirectionsAsTheRadiusCallsFor) {
  OrientedCylinders disc;
  disc.radius = 400;
  disc.length = 20;
  disc.theta = 85 * kRadians;
  disc.theta_spread = 10 * kRadians;
  disc.phi_spread = 5 * kRadians;
  OrientedCylinders many = disc;
  many.points = 301;
  constexpr double kShort = 1e-6;
  const OrientedField field(disc, kShort, 0.3), fine(many, kShort, 0.3);
  for (const double q : {0.15, 0.28}) {
    for (const double turn : {0.3, 0.5236, 1.4}) {
      const double k = 2 * std::numbers::pi / kShort;
      const double up = q * std::sin(turn) / k, side = q * std::cos(turn) / k;
      EXPECT_NEAR(field.intensity(&up, &side, 1)[0] / fine.intensity(&up, &side, 1)[0], 1, 6e-3)
          << q << " " << turn;
    }
  }
}

TEST(OrientedField, TakesTheMeanDirectionAsTheOnlyOne) {
  OrientedCylinders one;
  one.theta_spread = 10 * kRadians;
  one.phi_spread = 5 * kRadians;
  one.points = 1;
  EXPECT_DOUBLE_EQ(in_plane(one, 0.05, 0.02), in_plane({}, 0.05, 0.02));
}

TEST(OrientedField, RefusesToCutAJitterShort) {
  OrientedCylinders cylinders;
  cylinders.theta_spread = 0.5;
  cylinders.length = 3000;
  EXPECT_THAT([&] { OrientedField(cylinders, 1, 0.3, 2); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("scene: cylinders[2].length: "), HasSubstr("301 angles at most"),
                        HasSubstr("got 3000"), HasSubstr("points"))));
  cylinders.points = 15;
  EXPECT_NO_THROW(OrientedField(cylinders, 1, 0.3));
  cylinders = {};
  cylinders.phi_spread = 1;
  cylinders.length = 1000;
  cylinders.radius = 740;
  EXPECT_THAT([&] { OrientedField(cylinders, 1, 0.2); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("cylinders[0].radius: "), HasSubstr("301 angles at most"))));
}

TEST(OrientedField, AveragesOverSizesAndFollowsTheSphereOfScattering) {
  OrientedCylinders cylinders;
  cylinders.length_spread = 0.1;
  cylinders.radius_spread = 0.15;
  cylinders.scale = 0.3;
  const double wavelength = 1.5, k = 2 * std::numbers::pi / wavelength;
  const OrientedField field(cylinders, wavelength, 0.4);
  const double theta = cylinders.theta, phi = cylinders.phi;
  const Eigen::Vector3d axis(std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi),
                             std::cos(theta));
  for (const auto& [up, side] : {std::pair{0.03, 0.02}, {-0.05, 0.01}, {0.002, -0.06}}) {
    const Eigen::Vector3d q(k * side, k * up, k * (std::sqrt(1 - up * up - side * side) - 1));
    double square = 0, volume = 0;
    for (int i = -50; i <= 50; ++i) {
      for (int j = -50; j <= 50; ++j) {
        const double x = 0.06 * i, y = 0.06 * j, weight = std::exp(-0.5 * (x * x + y * y));
        const double length = 400 * (1 + 0.1 * x), radius = 20 * (1 + 0.15 * y);
        square += weight * closed_form(q, axis, radius, length);
        volume += weight * std::numbers::pi * radius * radius * length;
      }
    }
    const double expected = 0.3 * 1e-4 * 9 * square / volume;
    // Sums of 101 and of 35 values differ at the cut by 2e-4.
    EXPECT_NEAR(field.intensity(&up, &side, 1)[0] / expected, 1, 1e-3) << up << " " << side;
  }
}

TEST(OrientedField, RefusesWhatItsTablesCannotHold) {
  OrientedCylinders cylinders;
  cylinders.length = 1e7;
  EXPECT_THAT([&] { OrientedField(cylinders, 1, 0.3); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("cylinders[0].length")));
  cylinders = {};
  cylinders.radius = 1e5;
  EXPECT_THAT([&] { OrientedField(cylinders, 1, 0.3, 1); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("cylinders[1].radius")));
}

TEST(OrientedField, IsPartOfAFrameAndSeenInIt) {
  const FrameMaker maker(small_beamline());
  Scene scene;
  scene.background = 0.25;
  scene.cylinders = {OrientedCylinders{}};
  scene.thickness_scale = 2;
  const scattering::Image image = maker.intensity(scene);
  const OrientedField field(scene.cylinders[0], maker.beamline().geometry.wavelength * 1e10,
                            maker.q().maxCoeff());
  const double up = maker.up()(40, 30), side = maker.side()(40, 30);
  EXPECT_NEAR(image(40, 30),
              2 * (0.25 + field.intensity(&up, &side, 1)[0]) + maker.parasitic()(40, 30), 1e-10);
  EXPECT_THAT(maker.labels(scene, 1), Contains("transmission_small_angle/diffuse_low_q"));
  EXPECT_TRUE((image == maker.intensity(scene, 3)).all());
  scene.surface = Surface{};
  EXPECT_THROW(static_cast<void>(maker.intensity(scene)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::simulator::oriented_field_test
