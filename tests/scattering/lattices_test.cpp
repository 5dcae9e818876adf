#include "foray/scattering/lattices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace foray::scattering::lattices_test {
namespace {

void expect_series(Lattice lattice, const std::vector<double>& squares,
                   const std::vector<int>& multiplicities) {
  const auto found = rings(lattice, 100.0, static_cast<int>(squares.size()));
  ASSERT_EQ(found.size(), squares.size());
  for (std::size_t i = 0; i < squares.size(); ++i) {
    EXPECT_NEAR(found[i].ratio, std::sqrt(squares[i] / squares[0]), 1e-14) << to_string(lattice);
    EXPECT_EQ(found[i].multiplicity, multiplicities[i]) << to_string(lattice) << " ring " << i;
    EXPECT_NEAR(found[i].q / found[0].q, found[i].ratio, 1e-14);
  }
}

TEST(Rings, HaveTheKnownRatiosAndMultiplicities) {
  expect_series(Lattice::kLamellar, {1, 4, 9, 16}, {2, 2, 2, 2});
  expect_series(Lattice::kHexagonal, {1, 3, 4, 7, 9, 12, 13}, {6, 6, 6, 12, 6, 6, 12});
  expect_series(Lattice::kSquare, {1, 2, 4, 5, 8, 9, 10}, {4, 4, 4, 8, 4, 4, 8});
  expect_series(Lattice::kSimpleCubic, {1, 2, 3, 4, 5, 6, 8, 9}, {6, 12, 8, 6, 24, 24, 12, 30});
  expect_series(Lattice::kBodyCenteredCubic, {2, 4, 6, 8, 10, 12, 14}, {12, 6, 24, 12, 24, 8, 48});
  expect_series(Lattice::kFaceCenteredCubic, {3, 4, 8, 11, 12, 16}, {8, 6, 12, 24, 8, 6});
  expect_series(Lattice::kGyroid, {6, 8, 14, 16, 20, 22, 24, 26}, {24, 12, 48, 6, 24, 24, 24, 48});
  expect_series(Lattice::kDoubleDiamond, {2, 3, 4, 6, 8, 9, 10, 11},
                {12, 8, 6, 24, 12, 24, 24, 24});
  expect_series(Lattice::kA15, {2, 4, 5, 6, 8, 10, 12, 13, 14}, {12, 6, 24, 24, 12, 24, 8, 24, 48});
}

TEST(Rings, HaveIndicesAsPeopleWriteThem) {
  using Indices = std::array<int, 3>;
  EXPECT_EQ(rings(Lattice::kLamellar, 100, 3)[2].hkl, (Indices{3, 0, 0}));
  EXPECT_EQ(rings(Lattice::kHexagonal, 100, 4)[1].hkl, (Indices{1, 1, 0}));
  EXPECT_EQ(rings(Lattice::kHexagonal, 100, 4)[3].hkl, (Indices{2, 1, 0}));
  EXPECT_EQ(rings(Lattice::kGyroid, 100, 6)[0].hkl, (Indices{2, 1, 1}));
  EXPECT_EQ(rings(Lattice::kDoubleDiamond, 100, 6)[5].hkl, (Indices{2, 2, 1}));
}

TEST(Lattices, AreFoundByTheirNames) {
  for (const Lattice lattice : known_lattices()) {
    EXPECT_EQ(find_lattice(name_of(lattice)), lattice);
    EXPECT_EQ(rings(lattice, 100, 5).size(), 5U);
  }
  EXPECT_EQ(known_lattices().size(), 9U);
  EXPECT_THAT([] { find_lattice("hexagnal"); },
              testing::ThrowsMessage<std::invalid_argument>(
                  testing::HasSubstr("did you mean \"hexagonal\"?")));
}

TEST(Rings, StandWhereTheLatticeConstantPutsThem) {
  constexpr double kTwoPi = 2 * std::numbers::pi;
  EXPECT_NEAR(rings(Lattice::kLamellar, 200, 1)[0].q, kTwoPi / 200, 1e-15);
  // Cylinders 200 apart: planes sqrt(3)/2 of that.
  EXPECT_NEAR(rings(Lattice::kHexagonal, 200, 1)[0].q, kTwoPi / (200 * std::sqrt(3.0) / 2), 1e-15);
  EXPECT_NEAR(rings(Lattice::kFaceCenteredCubic, 4.07, 1)[0].q, kTwoPi * std::sqrt(3.0) / 4.07,
              1e-14);
}

TEST(Rings, AscendAndStayCompleteFarOut) {
  for (const Lattice lattice : {Lattice::kHexagonal, Lattice::kSimpleCubic}) {
    const auto found = rings(lattice, 50, 60);
    for (std::size_t i = 1; i < found.size(); ++i) EXPECT_GT(found[i].q, found[i - 1].q);
    const auto few = rings(lattice, 50, 20);
    EXPECT_EQ(few.back().multiplicity, found[19].multiplicity);
  }
}

TEST(Rings, RefuseBadArguments) {
  EXPECT_THROW(rings(Lattice::kLamellar, 0, 3), std::invalid_argument);
  EXPECT_THROW(rings(Lattice::kLamellar, 10, 0), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::lattices_test
