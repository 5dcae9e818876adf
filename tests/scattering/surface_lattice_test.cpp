#include "foray/scattering/surface_lattice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <math.h>  // j0 is POSIX's

#include <cmath>
#include <numbers>

#include "foray/scattering/grazing.h"
#include "reference_table.h"

namespace foray::scattering::surface_lattice_test {
namespace {

using std::numbers::pi;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// The sum over reciprocal lattice points and 1000 turns, far out.
double brute_force(const SurfaceLattice& lattice, double q) {
  const double sine = std::sin(lattice.angle), cosine = std::cos(lattice.angle);
  const double area = lattice.a * lattice.b * sine, size = lattice.domain;
  const int limit = 100, turns = 1000;
  double sum = 0;
  for (int h = -limit; h <= limit; ++h) {
    for (int k = -limit; k <= limit; ++k) {
      // G = h a* + k b*, with a = (a, 0) and b = b (cos, sin).
      const double x = 2 * pi * h / lattice.a;
      const double y = 2 * pi * (k / lattice.b - h * cosine / lattice.a) / sine;
      // Far points hardly turn.
      const int steps = std::hypot(x, y) < 2 * q + 0.05 ? turns : 24;
      double mean = 0;
      for (int t = 0; t < steps; ++t) {
        const double turn = 2 * pi * (t + 0.5) / steps;
        const double dx = q * std::cos(turn) - x, dy = q * std::sin(turn) - y;
        mean += std::pow(1 + size * size * (dx * dx + dy * dy), -1.5) / steps;
      }
      sum += mean;
    }
  }
  return 2 * pi * size * size / area * sum;
}

TEST(TurnedLattice, IsTheSumOverItsPointsInAllTurns) {
  for (const SurfaceLattice& lattice :
       {SurfaceLattice{.a = 200, .b = 200, .domain = 600},
        SurfaceLattice{.a = 150, .b = 230, .angle = pi / 3, .domain = 400}}) {
    const auto structure = turned_lattice(lattice, 0.2);
    for (const double q : {0.01, 0.0314, 0.04, 0.077, 0.15}) {
      // What lies beyond 100 cells is below 1e-3.
      EXPECT_NEAR(structure(0.6 * q, -0.8 * q), brute_force(lattice, q), 2e-3) << q;
    }
  }
}

// Points within reach by the standard library's integral, what lies beyond as the header says.
TEST(TurnedLattice, TurnsEachPointByTheEllipticIntegral) {
  const SurfaceLattice lattice{.a = 150, .b = 230, .angle = 1.2, .domain = 400};
  const double area = 150 * 230 * std::sin(1.2), reach = 0.1 + 20 * pi / std::sqrt(area);
  const auto structure = turned_lattice(lattice, 0.1);
  for (const double q : {1e-4, 0.01, 0.0314, 0.0437, 0.09}) {
    double sum = 0;
    for (int h = -40; h <= 40; ++h) {
      for (int k = -40; k <= 40; ++k) {
        const double x = 2 * pi * h / 150.0;
        const double y = 2 * pi * (k / 230.0 - h * std::cos(1.2) / 150) / std::sin(1.2);
        const double g = std::hypot(x, y);
        if (g > reach) continue;
        const double a = 1 + 160000 * (q * q + g * g), b = 320000 * q * g;
        sum +=
            2 / pi * std::comp_ellint_2(std::sqrt(2 * b / (a + b))) / ((a - b) * std::sqrt(a + b));
      }
    }
    const double beyond = (1 + 0.75 * q * q / (reach * reach)) / (400 * reach);
    EXPECT_NEAR(structure(q, 0) / (2 * pi * 160000 / area * sum + beyond), 1, 1e-7) << q;
  }
}

TEST(TurnedLattice, TendsToOneForLargeQ) {
  const auto structure = turned_lattice({.a = 100, .b = 100, .domain = 300}, 3);
  double mean = 0;
  for (int i = 0; i < 200; ++i) mean += structure(2.4 + 0.001 * i, 0) / 200;
  EXPECT_NEAR(mean, 1, 0.01);
}

// BornAgain sums the points about q only: its S is lower by what lies further out, the same
// everywhere, some 1 / (domain 0.19 / angstrom) (the test above sums all of them).
TEST(TurnedLattice, ScattersAsBornAgainSays) {
  GrazingSample sample;
  sample.stack.layers = {{}, {6e-6, 2e-8, 0, 0}};
  sample.shape = SurfaceCylinder{50, 50};
  sample.density = 2.5e-5;
  sample.structure = turned_lattice({.a = 200, .b = 200, .domain = 1000}, 0.3);
  GrazingSample alone = sample;
  alone.structure = {};
  const double degree = pi / 180;
  for (const auto& row : read_table("grazing_turned_lattice.txt")) {
    const Eigen::VectorXd alpha = Eigen::VectorXd::Constant(1, row[0] * degree);
    const Eigen::VectorXd phi = Eigen::VectorXd::Constant(1, row[1] * degree);
    const double got = grazing_intensity(sample, 1, 0.2 * degree, alpha, phi)(0, 0);
    const double without = grazing_intensity(alone, 1, 0.2 * degree, alpha, phi)(0, 0);
    EXPECT_NEAR(got - 5.2e-3 * without, row[2], 1e-3 * row[2] + 2e-4 * without)
        << row[0] << " " << row[1];
  }
}

TEST(TurnedLattice, RefusesWhatIsNoLattice) {
  const auto refused = [](const SurfaceLattice& lattice, const char* what) {
    EXPECT_THAT([&] { static_cast<void>(turned_lattice(lattice, 0.1)); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(what)));
  };
  refused({.a = 0}, "a:");
  refused({.b = -1}, "b:");
  refused({.angle = 4}, "angle");
  refused({.domain = 0}, "domain");
  refused({.a = 1e7, .b = 1e7}, "million");
  EXPECT_THROW(static_cast<void>(turned_lattice({}, 0)), std::invalid_argument);
}

TEST(TurnedParacrystal, InterferesAsBornAgainSays) {
  const SurfaceParacrystal all[] = {
      {.a = 200, .b = 200, .spread = 30, .domain = 1500},
      {.a = 200, .b = 200, .angle = 2 * pi / 3, .spread = 20, .domain = 1000},
      {.a = 180, .b = 260, .angle = 1.2, .spread = 35, .domain = 4000},
      {.a = 250, .b = 250, .angle = pi / 3, .spread = 15, .domain = 20000}};
  for (const auto& row : read_table("grazing_paracrystal.txt")) {
    for (std::size_t i = 0; i < 4; ++i) {
      const double got = turned_paracrystal(all[i])(-0.6 * row[0], 0.8 * row[0]);
      EXPECT_NEAR(got / row[1 + i], 1, 1e-9) << row[0] << ' ' << i;
    }
  }
}

// Each particle sees the one m edges a and n edges b away in all turns: p_a^|m| p_b^|n| J0.
TEST(TurnedParacrystal, IsTheSumOverAllNeighbours) {
  const SurfaceParacrystal hexagonal{
      .a = 150, .b = 150, .angle = pi / 3, .spread = 25, .domain = 900};
  for (const double q : {1e-4, 0.005, 0.03, 0.048, 0.09, 0.2}) {
    const double p = std::exp(-150.0 / 900 - 0.5 * q * q * 25 * 25);
    double sum = 0;
    for (int m = -150; m <= 150; ++m) {
      for (int n = -150; n <= 150; ++n) {
        const double r = 150 * std::sqrt(m * m + n * n + m * n);
        sum += std::pow(p, std::abs(m) + std::abs(n)) * ::j0(q * r);
      }
    }
    EXPECT_NEAR(turned_paracrystal(hexagonal)(q, 0), sum, 1e-8) << q;
  }
}

TEST(TurnedParacrystal, TendsToOneForLargeQAndToItsChainsForNone) {
  const SurfaceParacrystal square{.a = 200, .b = 200, .spread = 30, .domain = 1000};
  EXPECT_NEAR(turned_paracrystal(square)(1, 0), 1, 1e-9);
  // Of either edge 1 + 2 sum of exp(-n a / domain).
  const double chain = 1 / std::tanh(0.1);
  EXPECT_NEAR(turned_paracrystal(square)(0, 0), chain * chain, 1e-9);
}

TEST(TurnedParacrystal, RefusesWhatIsNone) {
  const auto refused = [](const SurfaceParacrystal& paracrystal, const char* what) {
    EXPECT_THAT([&] { static_cast<void>(turned_paracrystal(paracrystal)); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(what)));
  };
  refused({.a = 0}, "SurfaceParacrystal: a:");
  refused({.b = -1}, "SurfaceParacrystal: b:");
  refused({.angle = 0}, "angle");
  refused({.spread = 0}, "spread");
  refused({.domain = std::nan("")}, "domain");
  refused({.spread = 1e-3, .domain = 1e8}, "spread: expected more than");
  refused({.a = 10, .b = 10, .spread = 0.01, .domain = 13000}, "for a domain of 13000, got 0.01");
}

}  // namespace
}  // namespace foray::scattering::surface_lattice_test
