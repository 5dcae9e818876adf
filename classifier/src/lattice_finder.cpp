#include "lattice_finder.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

namespace foray::classifier {
namespace {

constexpr int kPeaks = 30;           // highest peaks that make candidate bases
constexpr double kLeastArea = 40;    // of a cell [pixels^2]
constexpr double kShortest = 5;      // lattice vector [pixels]
constexpr double kLeastMean = 0.95;  // mean correlation of a lattice relative to the best one's
constexpr double kLeastGap = 0.015;  // loss of correlation that tells a finer lattice from chance,
constexpr double kGapErrors = 2.5;   // and in standard errors
// A lattice is more than chance when its points correlate by so much, or so many times the root of
// the mean square over all lags.
constexpr double kSureMean = 0.7;
constexpr double kSureRatio = 5;
constexpr double kNoiseArea = 12.6;  // pixels that smoothing makes one: 4 pi sigma^2

struct Peak {
  Eigen::Vector2d lag = Eigen::Vector2d::Zero();
  double height = 0;
  double weight = 0;
};

// The summit of the parabola through a pixel and its neighbours.
Peak summit(const Autocorrelation& c, Eigen::Index column, Eigen::Index row) {
  const double middle = c.at(column, row);
  const double dx = 0.5 * (c.at(column + 1, row) - c.at(column - 1, row));
  const double dy = 0.5 * (c.at(column, row + 1) - c.at(column, row - 1));
  const double xx = c.at(column + 1, row) + c.at(column - 1, row) - 2 * middle;
  const double yy = c.at(column, row + 1) + c.at(column, row - 1) - 2 * middle;
  const double xy = 0.25 * (c.at(column + 1, row + 1) + c.at(column - 1, row - 1) -
                            c.at(column + 1, row - 1) - c.at(column - 1, row + 1));
  Peak peak;
  peak.lag << static_cast<double>(column), static_cast<double>(row);
  peak.height = middle;
  peak.weight = c.overlap(column, row);
  const double determinant = xx * yy - xy * xy;
  if (xx >= 0 || determinant <= 1e-12) return peak;
  const Eigen::Vector2d step((xy * dy - yy * dx) / determinant, (xy * dx - xx * dy) / determinant);
  if (step.cwiseAbs().maxCoeff() > 1) return peak;
  peak.lag += step;
  peak.height += 0.5 * (dx * step(0) + dy * step(1));
  return peak;
}

// Whether a pixel and its neighbours are lags with overlap.
bool inside(const Autocorrelation& c, Eigen::Index column, Eigen::Index row) {
  if (std::abs(column) + 1 > c.most_columns() || std::abs(row) + 1 > c.most_rows()) return false;
  return c.overlap(column - 1, row - 1) > 0 && c.overlap(column + 1, row + 1) > 0 &&
         c.overlap(column + 1, row - 1) > 0 && c.overlap(column - 1, row + 1) > 0;
}

bool is_peak(const Autocorrelation& c, Eigen::Index column, Eigen::Index row) {
  const float middle = c.at(column, row);
  for (Eigen::Index dy = -1; dy <= 1; ++dy) {
    for (Eigen::Index dx = -1; dx <= 1; ++dx) {
      if ((dx != 0 || dy != 0) && c.at(column + dx, row + dy) > middle) return false;
    }
  }
  return true;
}

std::vector<Peak> highest_peaks(const Autocorrelation& c) {
  std::vector<Peak> peaks;
  for (Eigen::Index row = 0; row < c.most_rows(); ++row) {
    for (Eigen::Index column = 1 - c.most_columns(); column < c.most_columns(); ++column) {
      if (row == 0 && column <= 0) continue;
      if (c.at(column, row) <= 0.02F || !inside(c, column, row)) continue;
      if (is_peak(c, column, row)) peaks.push_back(summit(c, column, row));
    }
  }
  const auto higher = [](const Peak& a, const Peak& b) { return a.height > b.height; };
  const auto count = std::min<std::size_t>(peaks.size(), kPeaks);
  std::partial_sort(peaks.begin(), peaks.begin() + static_cast<std::ptrdiff_t>(count), peaks.end(),
                    higher);
  peaks.resize(count);
  return peaks;
}

struct LatticePoint {
  int m = 0;
  int n = 0;
  Peak peak;
};

// The correlation's peaks at the lattice's points in half a plane, each looked for within a pixel
// or two of its place, nearest points first and the basis refined on the way.
std::vector<LatticePoint> points_of(const Autocorrelation& c, Eigen::Matrix2d& basis, bool refine) {
  const double reach =
      std::hypot(static_cast<double>(c.most_rows()), static_cast<double>(c.most_columns()));
  const double height = basis.determinant() / std::max(basis.col(0).norm(), basis.col(1).norm());
  const int most = std::min(12, static_cast<int>(reach / height) + 1);
  std::vector<LatticePoint> points;
  for (int n = 0; n <= most; ++n) {
    for (int m = n == 0 ? 1 : -most; m <= most; ++m) {
      LatticePoint point;
      point.m = m;
      point.n = n;
      points.push_back(point);
    }
  }
  const Eigen::Matrix2d start = basis;
  std::sort(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return (start * Eigen::Vector2d(a.m, a.n)).squaredNorm() <
           (start * Eigen::Vector2d(b.m, b.n)).squaredNorm();
  });
  Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d right = Eigen::Matrix2d::Zero();
  std::vector<LatticePoint> found;
  for (LatticePoint& point : points) {
    const Eigen::Vector2d index(point.m, point.n);
    const Eigen::Vector2d place = basis * index;
    auto column = static_cast<Eigen::Index>(std::lround(place(0)));
    auto row = static_cast<Eigen::Index>(std::lround(place(1)));
    if (!inside(c, column, row)) continue;
    for (int climb = 0; climb < 2 && !is_peak(c, column, row); ++climb) {
      Eigen::Index best_column = column;
      Eigen::Index best_row = row;
      for (Eigen::Index k = 0; k < 9; ++k) {
        const Eigen::Index x = column + k % 3 - 1;
        const Eigen::Index y = row + k / 3 - 1;
        if (inside(c, x, y) && c.at(x, y) > c.at(best_column, best_row)) {
          best_column = x;
          best_row = y;
        }
      }
      column = best_column;
      row = best_row;
    }
    point.peak = summit(c, column, row);
    found.push_back(point);
    if (!refine || !is_peak(c, column, row)) continue;
    normal += point.peak.weight * index * index.transpose();
    right += point.peak.weight * point.peak.lag * index.transpose();
    if (normal.determinant() > 0.05 * normal(0, 0) * normal(1, 1)) {
      basis = right * normal.inverse();
    }
  }
  return found;
}

double mean_height(const std::vector<LatticePoint>& points) {
  double sum = 0;
  double weight = 0;
  for (const LatticePoint& point : points) {
    sum += point.peak.weight * point.peak.height;
    weight += point.peak.weight;
  }
  return weight > 0 ? sum / weight : 0;
}

// By how much the points outside a sublattice of index 2, 3, 5 or 7 correlate less than those in
// it, the largest over these sublattices; in units of what is allowed.
double gap_of(const std::vector<LatticePoint>& points) {
  double largest = 0;
  for (const int p : {2, 3, 5, 7}) {
    for (int k = 0; k <= p; ++k) {
      double sum[2] = {0, 0};
      double weight[2] = {0, 0};
      for (const LatticePoint& point : points) {
        // The p + 1 sublattices: m = k n, and n = 0, modulo p.
        const int rest = k < p ? (point.m - k * point.n) % p : point.n % p;
        const int part = rest == 0 ? 0 : 1;
        sum[part] += point.peak.weight * point.peak.height;
        weight[part] += point.peak.weight;
      }
      if (weight[0] <= 0 || weight[1] <= 0) continue;
      const double level = sum[0] / weight[0];
      const double gap = level - sum[1] / weight[1];
      const double error =
          std::max(1 - level, 0.0) * std::sqrt(kNoiseArea / weight[0] + kNoiseArea / weight[1]);
      const double allowed = kLeastGap * std::max(level, 0.05) + kGapErrors * error;
      largest = std::max(largest, gap / allowed);
    }
  }
  return largest;
}

struct LatticeCandidate {
  Eigen::Matrix2d basis;
  Eigen::Matrix2d inverse;
  double area = 0;
  double mean = 0;
  double gap = 0;
};

double root_mean_square(const Autocorrelation& c) {
  double sum = 0;
  double count = 0;
  for (Eigen::Index row = 0; row <= c.most_rows(); ++row) {
    for (Eigen::Index column = -c.most_columns(); column <= c.most_columns(); ++column) {
      if (c.overlap(column, row) <= 0) continue;
      sum += c.at(column, row) * c.at(column, row);
      count += 1;
    }
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

std::vector<LatticeCandidate> candidates_of(const Autocorrelation& c,
                                            const std::vector<Peak>& peaks) {
  std::vector<LatticeCandidate> candidates;
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    for (std::size_t j = i + 1; j < peaks.size(); ++j) {
      LatticeCandidate candidate;
      candidate.basis << peaks[i].lag, peaks[j].lag;
      if (std::abs(candidate.basis.determinant()) < kLeastArea) continue;
      candidate.basis = reduced_basis(candidate.basis);
      if (candidate.basis.col(0).norm() < kShortest) continue;
      const auto same = [&](const LatticeCandidate& other) {
        const Eigen::Matrix2d change = other.inverse * candidate.basis;
        return (change - change.array().round().matrix()).cwiseAbs().maxCoeff() < 0.1 &&
               std::abs(std::abs(change.determinant()) - 1) < 0.1;
      };
      if (std::any_of(candidates.begin(), candidates.end(), same)) continue;
      const auto points = points_of(c, candidate.basis, false);
      candidate.inverse = candidate.basis.inverse();
      candidate.area = candidate.basis.determinant();
      candidate.mean = mean_height(points);
      candidate.gap = gap_of(points);
      candidates.push_back(candidate);
    }
  }
  return candidates;
}

}  // namespace

Eigen::Matrix2d reduced_basis(const Eigen::Matrix2d& basis) {
  Eigen::Vector2d a = basis.col(0);
  Eigen::Vector2d b = basis.col(1);
  if (a.squaredNorm() > b.squaredNorm()) a.swap(b);
  for (int k = 0; k < 100; ++k) {
    b -= std::round(a.dot(b) / a.squaredNorm()) * a;
    if (b.squaredNorm() >= a.squaredNorm()) break;
    a.swap(b);
  }
  Eigen::Matrix2d result;
  result << a, b;
  if (result.determinant() < 0) result.col(1) = -result.col(1);
  return result;
}

std::optional<Eigen::Matrix2d> find_lattice(const Autocorrelation& correlation) {
  const std::vector<Peak> peaks = highest_peaks(correlation);
  const std::vector<LatticeCandidate> candidates = candidates_of(correlation, peaks);
  double best_mean = 0;
  for (const LatticeCandidate& one : candidates) {
    if (one.gap <= 1) best_mean = std::max(best_mean, one.mean);
  }
  const LatticeCandidate* best = nullptr;
  for (const LatticeCandidate& one : candidates) {
    if (one.gap > 1 || one.mean < kLeastMean * best_mean) continue;
    if (best == nullptr || one.area < best->area) best = &one;
  }
  if (best == nullptr) return std::nullopt;
  if (best->mean < std::min(kSureMean, kSureRatio * root_mean_square(correlation))) {
    return std::nullopt;
  }
  Eigen::Matrix2d basis = best->basis;
  points_of(correlation, basis, true);
  points_of(correlation, basis, true);
  // A fit that led away followed peaks of other points.
  if (!((basis - best->basis).norm() < 0.05 * best->basis.norm())) basis = best->basis;
  return reduced_basis(basis);
}

}  // namespace foray::classifier
