#include "foray/scattering/surface_shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>

namespace foray::scattering::surface_shapes_test {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Complex = std::complex<double>;

// The midpoint rule over a box that holds the particle: n^3 cells.
Complex by_cells(const std::function<bool(double, double, double)>& inside, double side,
                 double height, double qx, double qy, const Complex& qz) {
  constexpr int kCells = 90;
  Complex sum = 0;
  for (int k = 0; k < kCells; ++k) {
    const double z = (k + 0.5) * height / kCells;
    Complex layer = 0;
    for (int i = 0; i < kCells; ++i) {
      const double x = ((i + 0.5) / kCells - 0.5) * side;
      for (int j = 0; j < kCells; ++j) {
        const double y = ((j + 0.5) / kCells - 0.5) * side;
        if (inside(x, y, z)) layer += std::exp(Complex(0, qx * x + qy * y));
      }
    }
    sum += layer * std::exp(Complex(0, z) * qz);
  }
  return sum * side * side * height / std::pow(kCells, 3);
}

struct Case {
  const char* name;
  SurfaceShape shape;
  std::function<bool(double, double, double)> inside;
  double side, height;
};

// Within a regular polygon one of whose sides, of this length, lies at y < 0.
bool in_polygon(int sides, double edge, double x, double y) {
  const double apothem = 0.5 * edge / std::tan(std::numbers::pi / sides);
  for (int j = 0; j < sides; ++j) {
    const double turn = 2 * std::numbers::pi * j / sides - std::numbers::pi / 2;
    if (x * std::cos(turn) + y * std::sin(turn) > apothem) return false;
  }
  return true;
}

std::vector<Case> cases() {
  return {
      {"cylinder", SurfaceCylinder{40, 70},
       [](double x, double y, double) { return std::hypot(x, y) < 40; }, 80, 70},
      {"sphere", SurfaceSphere{40},
       [](double x, double y, double z) { return std::hypot(x, y, z - 40) < 40; }, 80, 80},
      {"box", SurfaceBox{50, 80, 30},
       [](double x, double y, double) { return std::abs(x) < 25 && std::abs(y) < 40; }, 80, 30},
      {"cone", TruncatedCone{40, 10, 60},
       [](double x, double y, double z) { return std::hypot(x, y) < 40 - z / 2; }, 80, 60},
      {"pyramid", PolygonFrustum{4, 80, 20, 60},
       [](double x, double y, double z) { return in_polygon(4, 80 - z, x, y); }, 80, 60},
      {"triangular prism", PolygonFrustum{3, 80, 80, 50},
       [](double x, double y, double) { return in_polygon(3, 80, x, y); }, 100, 50},
      {"hexagonal pyramid", PolygonFrustum{6, 40, 0, 60},
       [](double x, double y, double z) { return in_polygon(6, 40 * (1 - z / 60), x, y); }, 80, 60},
  };
}

TEST(SurfaceShapes, AreTheIntegralsOverTheirCells) {
  for (const Case& one : cases()) {
    const double size = volume(one.shape);
    for (const Complex qz : {Complex(0, 0), Complex(0.07, 0), Complex(-0.04, 0.01)}) {
      for (const Eigen::Vector2d& q : {Eigen::Vector2d(0, 0), Eigen::Vector2d(0.05, 0.02)}) {
        const Complex expected = by_cells(one.inside, one.side, one.height, q(0), q(1), qz);
        const Complex got = amplitude(one.shape, q(0), q(1), qz);
        // Cells that the border cuts: a hundredth of the volume at most.
        EXPECT_NEAR(std::abs(got - expected), 0, 0.01 * size) << one.name << " " << q.transpose();
      }
    }
  }
}

TEST(SurfaceShapes, VolumesAreThoseOfGeometry) {
  using std::numbers::pi;
  EXPECT_NEAR(volume(SurfaceCylinder{40, 70}), pi * 1600 * 70, 1e-6);
  EXPECT_NEAR(volume(SurfaceSphere{40}), 4 * pi / 3 * 64000, 1e-6);
  EXPECT_NEAR(volume(SurfaceBox{50, 80, 30}), 120000, 1e-6);
  EXPECT_NEAR(volume(TruncatedCone{40, 10, 60}), pi * 20 * (1600 + 400 + 100), 1e-6);
  EXPECT_NEAR(volume(PolygonFrustum{4, 80, 20, 60}), 20 * (6400 + 1600 + 400), 1e-6);
  EXPECT_NEAR(volume(PolygonFrustum{3, 80, 80, 50}), std::sqrt(3) / 4 * 6400 * 50, 1e-6);
  EXPECT_NEAR(volume(PolygonFrustum{6, 40, 0, 60}), 1.5 * std::sqrt(3) * 1600 * 20, 1e-6);
}

// A prism over a square is a box; one over many sides is nearly a cylinder.
TEST(SurfaceShapes, AgreeWithOneAnother) {
  const Complex qz(0.03, 0.002);
  for (const Eigen::Vector2d& q :
       {Eigen::Vector2d(0, 0.04), Eigen::Vector2d(0.1, 0), Eigen::Vector2d(1e-4, 2e-5),
        Eigen::Vector2d(4e-5, -3e-5), Eigen::Vector2d(0.3, -0.2)}) {
    const Complex box = amplitude(SurfaceBox{60, 60, 40}, q(0), q(1), qz);
    const Complex prism = amplitude(PolygonFrustum{4, 60, 60, 40}, q(0), q(1), qz);
    EXPECT_NEAR(std::abs(prism - box), 0, 1e-9 * 144000) << q.transpose();
    const double edge = 2 * 50 * std::sin(std::numbers::pi / 400);
    const Complex disc = amplitude(SurfaceCylinder{50, 40}, q(0), q(1), qz);
    const Complex many = amplitude(PolygonFrustum{400, edge, edge, 40}, q(0), q(1), qz);
    EXPECT_NEAR(std::abs(many - disc), 0, 2e-4 * volume(SurfaceCylinder{50, 40}));
    const Complex cone = amplitude(TruncatedCone{50, 50, 40}, q(0), q(1), qz);
    EXPECT_NEAR(std::abs(cone - disc), 0, 1e-10 * volume(SurfaceCylinder{50, 40}));
  }
}

TEST(SurfaceShapes, UprightOnesAreAProduct) {
  for (const Case& one : cases()) {
    if (!has_upright_walls(one.shape)) {
      EXPECT_THROW((void)cross_section(one.shape, 0, 0), std::invalid_argument) << one.name;
      EXPECT_THROW((void)upright(one.shape, 0), std::invalid_argument) << one.name;
      continue;
    }
    const Complex qz(0.05, 0.01);
    const Complex product = cross_section(one.shape, 0.03, 0.02) * upright(one.shape, qz);
    const Complex whole = amplitude(one.shape, 0.03, 0.02, qz);
    EXPECT_NEAR(std::abs(product - whole), 0, 1e-12 * std::abs(whole)) << one.name;
  }
}

TEST(SurfaceShapes, AreTheSumOfTheirSlices) {
  const Complex qz(0.05, 0.01);
  for (const Case& one : cases()) {
    const double height = height_of(one.shape);
    EXPECT_NEAR(height, one.height, 1e-12 * height) << one.name;
    constexpr int kPanels = 1000;  // of Simpson's rule
    Complex sum = 0;
    for (int i = 0; i <= kPanels; ++i) {
      const double z = std::min(height, height * i / kPanels);
      const double weight = i == 0 || i == kPanels ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * height / (3 * kPanels) * slice(one.shape, 0.03, 0.02, z) *
             std::exp(Complex(0, z) * qz);
    }
    const Complex whole = amplitude(one.shape, 0.03, 0.02, qz);
    EXPECT_NEAR(std::abs(sum - whole), 0, 1e-8 * volume(one.shape)) << one.name;
    EXPECT_EQ(slice(one.shape, 0.03, 0.02, -1e-3), 0.0) << one.name;
    EXPECT_EQ(slice(one.shape, 0.03, 0.02, height + 1e-3), 0.0) << one.name;
  }
}

TEST(SurfaceShapes, HaveTheirReachAndTheirSymmetry) {
  for (const Case& one : cases()) {
    const double reach = reach_of(one.shape);
    bool touches = false;
    for (double x = -60; x <= 60; x += 0.5) {
      for (double y = -60; y <= 60; y += 0.5) {
        if (!one.inside(x, y, one.name == std::string("sphere") ? 40 : 1e-6)) continue;
        EXPECT_LE(std::hypot(x, y), reach + 1e-9) << one.name;
        touches = touches || std::hypot(x, y) > reach - 1.5;
      }
    }
    EXPECT_TRUE(touches) << one.name;
    // Turned by 2 pi / n, and mirrored at the yz plane, it is the same.
    const int n = symmetry_of(one.shape);
    const double turn = n == 0 ? 1 : 2 * std::numbers::pi / n;
    const double x = 0.05 * std::cos(0.3 + turn), y = 0.05 * std::sin(0.3 + turn);
    const Complex as_it_is = slice(one.shape, 0.05 * std::cos(0.3), 0.05 * std::sin(0.3), 3);
    const double small = 1e-9 * std::abs(slice(one.shape, 0, 0, 3));
    EXPECT_NEAR(std::abs(slice(one.shape, x, y, 3) - as_it_is), 0, small) << one.name;
    EXPECT_NEAR(std::abs(slice(one.shape, -x, y, 3) - as_it_is), 0, small) << one.name;
  }
}

TEST(SurfaceShapes, RefuseLengthsThatAreNone) {
  const auto message = [](const SurfaceShape& shape, const char* text) {
    EXPECT_THAT([&] { (void)amplitude(shape, 0, 0, 0); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(text)));
  };
  message(SurfaceCylinder{-1, 5}, "SurfaceCylinder: radius");
  message(SurfaceSphere{0}, "SurfaceSphere: radius");
  message(SurfaceBox{1, NAN, 1}, "SurfaceBox: length_y");
  message(TruncatedCone{5, 6, 1}, "TruncatedCone: top_radius");
  message(PolygonFrustum{2, 5, 5, 5}, "PolygonFrustum: sides");
}

}  // namespace
}  // namespace foray::scattering::surface_shapes_test
