#include "lattice_finder.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <complex>
#include <numbers>

#include "foray/common/random.h"
#include "group_settings.h"
#include "unit_cell.h"

namespace foray::classifier::lattice_finder_test {
namespace {

Plane random_plane(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  CounterStream random(seed, 0);
  Plane plane(rows, columns);
  for (Eigen::Index k = 0; k < plane.size(); ++k) plane(k) = static_cast<float>(random.normal());
  return plane;
}

TEST(Fft, IsTheSumThatDefinesIt) {
  const Plane plane = random_plane(6, 5, 1);
  const Spectrum spectrum = forward(plane);
  ASSERT_EQ(spectrum.cols(), 3);
  for (Eigen::Index h = 0; h < 6; ++h) {
    for (Eigen::Index k = 0; k < 3; ++k) {
      std::complex<double> sum = 0;
      for (Eigen::Index i = 0; i < 6; ++i) {
        for (Eigen::Index j = 0; j < 5; ++j) {
          const double turn = static_cast<double>(h * i) / 6 + static_cast<double>(k * j) / 5;
          sum += static_cast<double>(plane(i, j)) * std::polar(1.0, -2 * std::numbers::pi * turn);
        }
      }
      EXPECT_LT(std::abs(sum - std::complex<double>(spectrum(h, k))), 1e-5);
    }
  }
  EXPECT_LT((inverse(spectrum, 5) / 30 - plane).abs().maxCoeff(), 1e-6F);
}

TEST(Fft, FastSizesHaveSmallFactors) {
  EXPECT_EQ(fast_size(1), 1);
  EXPECT_EQ(fast_size(7), 8);
  EXPECT_EQ(fast_size(430), 432);
  EXPECT_EQ(fast_size(512), 512);
}

// By the definition, pair by pair.
void expect_brute_force(const Prepared& image) {
  const Autocorrelation correlation(image);
  const Eigen::Index rows = image.values.rows();
  const Eigen::Index columns = image.values.cols();
  for (const Eigen::Index dy : {-3, 0, 2, 9}) {
    for (const Eigen::Index dx : {-8, -1, 0, 5}) {
      double count = 0;
      double sum = 0;
      double squares = 0;
      double differences = 0;
      for (Eigen::Index y = 0; y < rows; ++y) {
        for (Eigen::Index x = 0; x < columns; ++x) {
          const bool within = y + dy >= 0 && y + dy < rows && x + dx >= 0 && x + dx < columns;
          if (!within || image.weight(y, x) == 0 || image.weight(y + dy, x + dx) == 0) continue;
          const double a = image.values(y, x);
          const double b = image.values(y + dy, x + dx);
          count += 2;
          sum += a + b;
          squares += a * a + b * b;
          differences += (a - b) * (a - b);
        }
      }
      const double variance = squares / count - (sum / count) * (sum / count);
      EXPECT_NEAR(correlation.at(dx, dy), 1 - differences / count / variance, 1e-4);
      EXPECT_NEAR(correlation.overlap(dx, dy), 0.5 * count, 1e-2);
    }
  }
}

TEST(Autocorrelation, IsThatOfTheOverlappingPixels) {
  Prepared image{random_plane(18, 23, 2), Plane::Ones(18, 23), true};
  expect_brute_force(image);
  image.weight.block(4, 6, 5, 3).setZero();
  image.values *= image.weight;
  image.whole = false;
  expect_brute_force(image);
}

TEST(ReducedBasis, HasTheShortestVectorsOfTheLattice) {
  CounterStream random(4, 0);
  for (int k = 0; k < 200; ++k) {
    Eigen::Matrix2d basis;
    for (Eigen::Index i = 0; i < 4; ++i) basis(i) = 20 * random.normal();
    if (std::abs(basis.determinant()) < 20) continue;
    const Eigen::Matrix2d reduced = reduced_basis(basis);
    EXPECT_NEAR(reduced.determinant(), std::abs(basis.determinant()), 1e-9);
    const Eigen::Matrix2d change = basis.inverse() * reduced;
    EXPECT_LT((change.array() - change.array().round()).abs().maxCoeff(), 1e-9);
    // No lattice vector is shorter than the first, none off its line shorter than the second.
    for (int m = -4; m <= 4; ++m) {
      for (int n = -4; n <= 4; ++n) {
        const double length = (reduced * Eigen::Vector2d(m, n)).norm();
        if (m == 0 && n == 0) continue;
        EXPECT_GE(length, reduced.col(n == 0 ? 0 : 1).norm() - 1e-9);
      }
    }
  }
}

// Waves whose lattice is known: the mean cell shows them at their fractional places.
TEST(AverageCell, ShowsAPeriodicFunctionAtItsFractionalPlaces) {
  Eigen::Matrix2d basis;
  basis << 31.3, 7.1, -4.2, 28.9;
  const Eigen::Matrix2d inverse = basis.inverse();
  const auto wave = [](const Eigen::Vector2d& place) {
    return std::cos(2 * std::numbers::pi * (place(0) + 2 * place(1))) +
           std::sin(2 * std::numbers::pi * (2 * place(0) - place(1)));
  };
  Prepared image{Plane(200, 150), Plane::Ones(200, 150), true};
  for (Eigen::Index y = 0; y < 200; ++y) {
    for (Eigen::Index x = 0; x < 150; ++x) {
      const Eigen::Vector2d place(static_cast<double>(x), static_cast<double>(y));
      image.values(y, x) = static_cast<float>(wave(inverse * place));
    }
  }
  const UnitCell cell = average_cell(image, basis, 24);
  EXPECT_EQ(cell.seen, 1);
  EXPECT_GT(cell.compared, 0.99);
  for (int j = 0; j < 24; ++j) {
    for (int i = 0; i < 24; ++i) {
      EXPECT_NEAR(cell.mean(i, j), wave(Eigen::Vector2d(i, j) / 24), 5e-3);
    }
  }
  EXPECT_LT(cell.error.abs().maxCoeff(), 5e-3);
}

// White noise: the error of the mean falls with the number of samples that it is made of.
TEST(AverageCell, TellsTheNoiseOfTheMean) {
  const Prepared image{random_plane(240, 240, 7), Plane::Ones(240, 240), true};
  const UnitCell cell = average_cell(image, 20 * Eigen::Matrix2d::Identity(), 20);
  const double samples = 11.9 * 11.9;
  EXPECT_NEAR(cell.mean.square().mean() * samples, 1, 0.25);
  EXPECT_NEAR(cell.error.square().mean() * samples, 1, 0.25);
}

TEST(GroupSettings, CoverEachGroupOnItsOwnLattice) {
  const auto settings = all_settings();
  const auto count = [&](const Eigen::Matrix2d& basis, scattering::WallpaperGroup group) {
    int found = 0;
    for (const GroupSetting& setting : settings) {
      if (setting.group != group) continue;
      bool fits = true;
      for (const auto& one : setting.operations) fits = fits && stretch_of(one.turn, basis) < 0.01;
      if (fits) ++found;
    }
    return found;
  };
  using Group = scattering::WallpaperGroup;
  const Eigen::Matrix2d square = Eigen::Matrix2d::Identity();
  Eigen::Matrix2d hexagonal;
  hexagonal << 1, 0.5, 0, std::sqrt(0.75);
  Eigen::Matrix2d oblique;
  oblique << 1, 0.3, 0, 1.4;
  EXPECT_EQ(count(square, Group::kPm), 2);
  EXPECT_EQ(count(square, Group::kCm), 2);
  EXPECT_EQ(count(square, Group::kPmg), 2);
  EXPECT_EQ(count(square, Group::kP4g), 1);
  EXPECT_EQ(count(square, Group::kP6), 0);
  EXPECT_EQ(count(hexagonal, Group::kCm), 6);
  EXPECT_EQ(count(hexagonal, Group::kCmm), 3);
  EXPECT_EQ(count(hexagonal, Group::kP31m), 1);
  EXPECT_EQ(count(hexagonal, Group::kP6m), 1);
  EXPECT_EQ(count(hexagonal, Group::kPm), 0);
  EXPECT_EQ(count(oblique, Group::kP2), 1);
  EXPECT_EQ(count(oblique, Group::kPm), 0);
}

}  // namespace
}  // namespace foray::classifier::lattice_finder_test
