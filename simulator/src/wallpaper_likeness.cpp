#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "wallpaper_pattern.h"

namespace foray::simulator {
namespace {

using scattering::PlaneOperation;

constexpr int kSide = 40;          // even: shifts by half a cell fall on the grid
constexpr double kStretch = 0.04;  // relative change of lengths that a turn may bring

// Turns and mirrors that nearly keep the lattice and are none of the group's, and the identity.
std::vector<Eigen::Matrix2i> further_turns(const WallpaperPattern& pattern) {
  const Eigen::Matrix2d metric = pattern.basis().transpose() * pattern.basis();
  std::vector<Eigen::Matrix2i> turns = {Eigen::Matrix2i::Identity()};
  for (int code = 0; code < 625; ++code) {
    Eigen::Matrix2i turn;
    turn << code % 5 - 2, code / 5 % 5 - 2, code / 25 % 5 - 2, code / 125 - 2;
    if (std::abs(turn.determinant()) != 1) continue;
    const Eigen::Matrix2d moved = turn.cast<double>().transpose() * metric * turn.cast<double>();
    if ((moved - metric).norm() > 2 * kStretch * metric.norm()) continue;
    const auto& known = pattern.operations();
    if (std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.turn == turn; }))
      continue;
    turns.push_back(turn);
  }
  return turns;
}

Eigen::ArrayXXd sampled(const WallpaperPattern& pattern, const PlaneOperation& operation) {
  Eigen::ArrayXXd values(kSide, kSide);
  for (int j = 0; j < kSide; ++j) {
    for (int i = 0; i < kSide; ++i) {
      const Eigen::Vector2d place(static_cast<double>(i) / kSide, static_cast<double>(j) / kSide);
      values(i, j) = pattern.at(operation.turn.cast<double>() * place + operation.shift);
    }
  }
  return values;
}

// Mean over the neighbourhood, so that a shift between two points of the grid is seen at both.
Eigen::ArrayXXd smoothed(const Eigen::ArrayXXd& values) {
  Eigen::ArrayXXd along(kSide, kSide);
  Eigen::ArrayXXd both(kSide, kSide);
  const auto wrap = [](int k) { return (k + kSide) % kSide; };
  for (int i = 0; i < kSide; ++i) {
    along.row(i) = 0.25 * (values.row(wrap(i - 1)) + values.row(wrap(i + 1))) + 0.5 * values.row(i);
  }
  for (int j = 0; j < kSide; ++j) {
    both.col(j) = 0.25 * (along.col(wrap(j - 1)) + along.col(wrap(j + 1))) + 0.5 * along.col(j);
  }
  return both;
}

double correlation(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
  const Eigen::ArrayXXd u = a - a.mean();
  const Eigen::ArrayXXd v = b - b.mean();
  return (u * v).sum() / std::sqrt(u.square().sum() * v.square().sum());
}

// Correlation for every shift on the grid; the best shift.
Eigen::Vector2d best_shift(const Eigen::ArrayXXd& cell, const Eigen::Matrix2i& turn) {
  const bool translation = turn == Eigen::Matrix2i::Identity();
  double most = -2;
  Eigen::Vector2d best = Eigen::Vector2d::Zero();
  Eigen::ArrayXXd twice(2 * kSide, kSide);  // the turned cell, twice, so that columns are segments
  for (int j = 0; j < kSide; ++j) {
    for (int i = 0; i < kSide; ++i) {
      const int x = ((turn(0, 0) * i + turn(0, 1) * j) % kSide + kSide) % kSide;
      const int y = ((turn(1, 0) * i + turn(1, 1) * j) % kSide + kSide) % kSide;
      twice(i, j) = twice(i + kSide, j) = cell(x, y);
    }
  }
  for (int t = 0; t < kSide; ++t) {
    for (int s = 0; s < kSide; ++s) {
      // A translation by less than an eighth of the cell is the smoothness of the pattern.
      const int near = std::max(std::min(s, kSide - s), std::min(t, kSide - t));
      if (translation && near < kSide / 8) continue;
      double sum = 0;
      for (int j = 0; j < kSide; ++j) {
        sum += (cell.col(j) * twice.col((j + t) % kSide).segment(s, kSide)).sum();
      }
      if (sum > most) {
        most = sum;
        best << static_cast<double>(s) / kSide, static_cast<double>(t) / kSide;
      }
    }
  }
  // twice(x + s) = cell(turn (x + s)), so the shift after the turn is turn s.
  return turn.cast<double>() * best;
}

}  // namespace

double likeness_to_more(const WallpaperPattern& pattern) {
  const Eigen::ArrayXXd exact = sampled(pattern, PlaneOperation{});
  Eigen::ArrayXXd cell = smoothed(exact);
  cell -= cell.mean();
  double most = -1;
  for (const Eigen::Matrix2i& turn : further_turns(pattern)) {
    PlaneOperation operation{turn, best_shift(cell, turn)};
    double value = correlation(exact, sampled(pattern, operation));
    // Between the points of the grid by halving steps.
    for (double step = 0.5 / kSide; step > 0.05 / kSide; step *= 0.5) {
      const Eigen::Vector2d from = operation.shift;
      for (int k = 0; k < 9; ++k) {
        PlaneOperation other{turn, from + step * Eigen::Vector2d(k % 3 - 1, k / 3 - 1)};
        if (k == 4) continue;
        const double next = correlation(exact, sampled(pattern, other));
        if (next > value) {
          value = next;
          operation = other;
        }
      }
    }
    most = std::max(most, value);
  }
  return most;
}

}  // namespace foray::simulator
