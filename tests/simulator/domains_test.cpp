#include "foray/simulator/domains.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "domain_patterns.h"

namespace foray::simulator::domains_test {
namespace {

using Eigen::Vector2d;

constexpr double kPi = std::numbers::pi;
constexpr DomainKind kKinds[] = {DomainKind::kStripes,   DomainKind::kLabyrinth,
                                 DomainKind::kBubbles,   DomainKind::kNeedles,
                                 DomainKind::kAcDomains, DomainKind::kVortices};
constexpr double kPeriod = 20;
constexpr double kSide = 240;

DomainFrame some_frame(double orientation) {
  return {kPeriod, orientation, Vector2d(kSide, kSide)};
}

std::unique_ptr<const DomainPattern> some_pattern(DomainKind kind, std::uint64_t index,
                                                  double orientation = 0.4) {
  CounterStream random(3, index);
  return draw_pattern(kind, some_frame(orientation), random);
}

// Walls met on straight lines through the image along a direction, by the length of the lines.
double walls_met(const DomainPattern& pattern, double angle) {
  const Vector2d along(std::cos(angle), std::sin(angle));
  const Vector2d across(-along.y(), along.x());
  constexpr double kStep = 0.25;
  constexpr int kSteps = 600;
  int walls = 0, lines = 0;
  for (double off = -70; off <= 70; off += 7, ++lines) {
    const Vector2d start = Vector2d(kSide / 2, kSide / 2) + off * across - 75 * along;
    bool inside = pattern.distance(start) > 0;
    for (int k = 1; k <= kSteps; ++k) {
      const bool now = pattern.distance(start + k * kStep * along) > 0;
      if (now != inside) ++walls;
      inside = now;
    }
  }
  return walls / (lines * kSteps * kStep);
}

TEST(DrawPattern, StripesHaveTwoWallsAPeriodAcrossAndHardlyAnyAlong) {
  double across = 0, along = 0;
  for (std::uint64_t k = 0; k < 6; ++k) {
    const auto pattern = some_pattern(DomainKind::kStripes, k);
    across += walls_met(*pattern, 0.4 + kPi / 2) / 6;
    along += walls_met(*pattern, 0.4) / 6;
  }
  EXPECT_NEAR(across * kPeriod, 2, 0.1);
  EXPECT_LT(along * kPeriod, 0.4);
}

// Rice's formula: a Gaussian field of waves of one length, from all sides, is 0 on a line
// sqrt(2) / length times a unit of length.
TEST(DrawPattern, LabyrinthsMeetLinesOfAnyDirectionAsRiceSays) {
  double walls = 0;
  constexpr int kDrawn = 12;
  for (std::uint64_t k = 0; k < kDrawn; ++k) {
    const auto pattern = some_pattern(DomainKind::kLabyrinth, k);
    walls += walls_met(*pattern, 0.5 * static_cast<double>(k)) / kDrawn;
  }
  EXPECT_NEAR(walls * kPeriod, std::sqrt(2.0), 0.08);
}

TEST(DrawPattern, NeedlesAreLongAlongTheirAxis) {
  for (std::uint64_t k = 0; k < 4; ++k) {
    const auto pattern = some_pattern(DomainKind::kNeedles, k);
    EXPECT_GT(walls_met(*pattern, 0.4 + kPi / 2), 3 * walls_met(*pattern, 0.4));
    // A row a period, which needles fill but for their gaps.
    EXPECT_NEAR(walls_met(*pattern, 0.4 + kPi / 2) * kPeriod, 1.7, 0.35);
  }
}

// Share of the places that are within a domain.
double share_inside(const DomainPattern& pattern) {
  int inside = 0, all = 0;
  for (double x = 1; x < kSide; x += 1.7) {
    for (double y = 1; y < kSide; y += 1.7, ++all) {
      inside += pattern.distance(Vector2d(x, y)) > 0 ? 1 : 0;
    }
  }
  return static_cast<double>(inside) / all;
}

TEST(DrawPattern, BubblesCoverWhatDiscsOfAHexagonalLatticeCover) {
  for (std::uint64_t k = 0; k < 6; ++k) {
    const double share = share_inside(*some_pattern(DomainKind::kBubbles, k));
    // pi r^2 over the cell's area; r is 0.28 to 0.36 periods, up to a tenth is missing (and by
    // chance half as much again).
    EXPECT_GT(share, 0.85 * kPi * 0.28 * 0.28 / std::sqrt(0.75));
    EXPECT_LT(share, 1.02 * kPi * 0.36 * 0.36 / std::sqrt(0.75));
  }
}

// Power of what is inside at a wave vector, by the sum over places.
double power_at(const DomainPattern& pattern, double wave, double angle) {
  const Vector2d direction(std::cos(angle), std::sin(angle));
  std::complex<double> sum = 0;
  for (double x = 1; x < kSide; x += 2) {
    for (double y = 1; y < kSide; y += 2) {
      const Vector2d place(x, y);
      const double sign = pattern.distance(place) > 0 ? 1 : -1;
      // Faded towards the edges, so that they show no waves of their own.
      const double fade = std::sin(kPi * x / kSide) * std::sin(kPi * y / kSide);
      sum += fade * sign * std::polar(1.0, wave * direction.dot(place));
    }
  }
  return std::norm(sum);
}

TEST(DrawPattern, BubblesLieInRowsAlongTheOrientation) {
  for (std::uint64_t k = 0; k < 3; ++k) {
    const auto pattern = some_pattern(DomainKind::kBubbles, k, 0.2);
    const double wave = 2 * kPi / (std::sqrt(0.75) * kPeriod);
    double on = 0, off = 0;
    for (int turn = 0; turn < 3; ++turn) {
      on += power_at(*pattern, wave, 0.2 + kPi / 2 + turn * kPi / 3);
      off += power_at(*pattern, wave, 0.2 + turn * kPi / 3);
    }
    EXPECT_GT(on, 10 * off);
  }
}

TEST(DrawPattern, BandsRunAlongTwoDirectionsAtRightAngles) {
  // Walls' normals, weighed by nothing, by central differences.
  std::complex<double> fourfold = 0;
  int walls = 0;
  for (std::uint64_t k = 0; k < 4; ++k) {
    const auto pattern = some_pattern(DomainKind::kAcDomains, k, 0.3);
    for (double x = 2; x < kSide; x += 1.3) {
      for (double y = 2; y < kSide; y += 1.3) {
        const Vector2d place(x, y);
        if (std::abs(pattern->distance(place)) > 0.5) continue;
        constexpr double kStep = 1e-4;
        const double dx = pattern->distance(place + Vector2d(kStep, 0)) -
                          pattern->distance(place - Vector2d(kStep, 0));
        const double dy = pattern->distance(place + Vector2d(0, kStep)) -
                          pattern->distance(place - Vector2d(0, kStep));
        fourfold += std::polar(1.0, 4 * std::atan2(dy, dx));
        ++walls;
      }
    }
  }
  ASSERT_GT(walls, 1000);
  EXPECT_GT(std::abs(fourfold) / walls, 0.95);
  EXPECT_NEAR(std::arg(fourfold * std::polar(1.0, -4 * 0.3)), 0, 0.05);
}

// Whether six domains meet within a small circle.
bool is_core(const DomainPattern& pattern, const Vector2d& place, double radius) {
  constexpr int kPoints = 48;
  const auto at = [&](int step) {
    const double angle = 2 * kPi * step / kPoints + 0.01;
    return pattern.distance(place + radius * Vector2d(std::cos(angle), std::sin(angle))) > 0;
  };
  const bool first = at(0);
  bool last = first;
  int walls = 0;
  for (int k = 1; k < kPoints; ++k) {
    const bool now = at(k);
    walls += now != last ? 1 : 0;
    last = now;
  }
  return walls + (last != first ? 1 : 0) == 6;
}

TEST(DrawPattern, SixDomainsMeetAtACoreAPeriodSquared) {
  constexpr double kSmallSide = 6 * kPeriod;
  CounterStream random(3, 1);
  const auto pattern =
      draw_pattern(DomainKind::kVortices, {kPeriod, 0, Vector2d(kSmallSide, kSmallSide)}, random);
  constexpr int kCells = 60;
  constexpr double kStep = kSmallSide / kCells;
  std::vector<char> core(kCells * kCells, 0);
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j < kCells; ++j) {
      const int cell = i * kCells + j;
      core[static_cast<std::size_t>(cell)] =
          is_core(*pattern, kStep * Vector2d(j + 0.5, i + 0.5), 2) ? 1 : 0;
    }
  }
  int spots = 0;
  for (int start = 0; start < kCells * kCells; ++start) {
    if (core[static_cast<std::size_t>(start)] == 0) continue;
    ++spots;
    std::vector<int> open = {start};
    while (!open.empty()) {
      const int cell = open.back();
      open.pop_back();
      if (core[static_cast<std::size_t>(cell)] == 0) continue;
      core[static_cast<std::size_t>(cell)] = 0;
      const int i = cell / kCells, j = cell % kCells;
      if (i > 0) open.push_back(cell - kCells);
      if (i + 1 < kCells) open.push_back(cell + kCells);
      if (j > 0) open.push_back(cell - 1);
      if (j + 1 < kCells) open.push_back(cell + 1);
    }
  }
  // 36 cells of a period squared; pairs that are nearly one are not seen, edges cut some.
  EXPECT_NEAR(spots, 36, 9);
}

TEST(DrawPattern, DistanceGrowsByAPixelAPixelAtTheWalls) {
  for (const DomainKind kind : kKinds) {
    const auto pattern = some_pattern(kind, 2);
    std::vector<double> slopes;
    for (double x = 2; x < kSide; x += 1.9) {
      for (double y = 2; y < kSide; y += 1.9) {
        const Vector2d place(x, y);
        if (std::abs(pattern->distance(place)) > 0.3) continue;
        constexpr double kStep = 1e-4;
        const double dx = pattern->distance(place + Vector2d(kStep, 0)) -
                          pattern->distance(place - Vector2d(kStep, 0));
        const double dy = pattern->distance(place + Vector2d(0, kStep)) -
                          pattern->distance(place - Vector2d(0, kStep));
        slopes.push_back(std::hypot(dx, dy) / (2 * kStep));
      }
    }
    ASSERT_GT(slopes.size(), 100U) << name_of(kind);
    std::nth_element(slopes.begin(), slopes.begin() + static_cast<long>(slopes.size() / 2),
                     slopes.end());
    const bool exact = kind == DomainKind::kBubbles || kind == DomainKind::kNeedles ||
                       kind == DomainKind::kAcDomains;
    // Stripes are bent and the other two known to first order.
    EXPECT_NEAR(slopes[slopes.size() / 2], 1, exact ? 1e-6 : 0.1) << name_of(kind);
  }
}

TEST(DrawDomains, TellsWhatItDrewWithinItsOptions) {
  const DomainOptions options{.rows = 64,
                              .columns = 80,
                              .least_period = 8,
                              .most_period = 16,
                              .least_wall = 0.1,
                              .most_wall = 0.15,
                              .least_noise = 0.1,
                              .most_noise = 0.2};
  for (const DomainKind kind : kKinds) {
    const DomainImage drawn = draw_domains(kind, options, 1, 5);
    EXPECT_EQ(drawn.kind, kind);
    EXPECT_EQ(drawn.image.rows(), 64);
    EXPECT_EQ(drawn.image.cols(), 80);
    EXPECT_TRUE(drawn.period >= 8 && drawn.period <= 16);
    EXPECT_TRUE(drawn.wall_width >= 0.1 * drawn.period && drawn.wall_width <= 0.15 * drawn.period);
    EXPECT_TRUE(drawn.noise >= 0.1 && drawn.noise <= 0.2);
    const bool free = kind == DomainKind::kLabyrinth || kind == DomainKind::kVortices;
    EXPECT_EQ(drawn.orientation.has_value(), !free) << name_of(kind);
  }
}

TEST(DrawDomains, AddsTheNoiseThatItTellsToACleanImageOfDeviationOne) {
  for (const DomainKind kind : kKinds) {
    const DomainImage clean = draw_domains(kind, {.most_noise = 0}, 1, 2);
    const DomainImage noisy = draw_domains(kind, {.least_noise = 0.3, .most_noise = 0.3}, 1, 2);
    EXPECT_NEAR(clean.image.mean(), 0, 1e-12);
    EXPECT_NEAR(clean.image.square().mean(), 1, 1e-12);
    const scattering::Image added = noisy.image - clean.image;
    // 16384 pixels: a standard error of 0.6 %.
    EXPECT_NEAR(std::sqrt(added.square().mean()), 0.3, 0.008) << name_of(kind);
  }
}

TEST(DrawDomains, IsTheSameForTheSameSeedAndIndexOnly) {
  for (const DomainKind kind : kKinds) {
    const auto draw = [&](std::uint64_t seed, std::uint64_t index) {
      return draw_domains(kind, {.rows = 48, .columns = 48, .most_period = 16}, seed, index).image;
    };
    EXPECT_TRUE((draw(1, 2) == draw(1, 2)).all()) << name_of(kind);
    EXPECT_FALSE((draw(1, 2) == draw(1, 3)).all()) << name_of(kind);
    EXPECT_FALSE((draw(1, 2) == draw(2, 2)).all()) << name_of(kind);
  }
}

TEST(DrawDomains, RefusesOptionsOutOfRangeByName) {
  const auto refused = [](const DomainOptions& options, const std::string& name) {
    try {
      draw_domains(DomainKind::kStripes, options, 1, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what()).find(name) != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused({.rows = 3}, "rows"));
  EXPECT_TRUE(refused({.columns = 5000}, "columns"));
  EXPECT_TRUE(refused({.least_period = 2}, "least_period"));
  EXPECT_TRUE(refused({.least_period = 20, .most_period = 10}, "most_period"));
  EXPECT_TRUE(refused({.rows = 32, .most_period = 20}, "most_period"));
  EXPECT_TRUE(refused({.least_wall = 0}, "least_wall"));
  EXPECT_TRUE(refused({.most_wall = 0.5}, "most_wall"));
  EXPECT_TRUE(refused({.least_noise = -1}, "least_noise"));
  EXPECT_TRUE(refused({.least_noise = 2, .most_noise = 1}, "most_noise"));
}

TEST(DrawDomains, RefusesImagesThatTakeHoursByThePeriod) {
  const DomainOptions options{.rows = 4096, .columns = 4096, .least_period = 4};
  for (const DomainKind kind : {DomainKind::kBubbles, DomainKind::kNeedles, DomainKind::kAcDomains,
                                DomainKind::kVortices}) {
    try {
      draw_domains(kind, options, 1, 1);
      ADD_FAILURE() << name_of(kind);
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("least_period"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace foray::simulator::domains_test
