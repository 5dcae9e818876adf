#include "ring_search.h"

#include <algorithm>
#include <cmath>

namespace foray::scattering {
namespace {

constexpr int kSmall = 2;                 // half side of the box that is compared ...
constexpr int kLarge = 15;                // ... with its surroundings
constexpr double kStandsOut = 5;          // standard deviations of counting
constexpr std::size_t kMostRidge = 3000;  // ridge pixels; rings have tens of thousands

// Sums over any rectangle in four look-ups.
class AreaSums {
 public:
  explicit AreaSums(const Image& values)
      : sums_(Image::Zero(values.rows() + 1, values.cols() + 1)) {
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      double row = 0;
      for (Eigen::Index j = 0; j < values.cols(); ++j) {
        row += values(i, j);
        sums_(i + 1, j + 1) = sums_(i, j + 1) + row;
      }
    }
  }

  [[nodiscard]] double box(Eigen::Index i, Eigen::Index j, Eigen::Index half) const {
    const Eigen::Index top = std::max<Eigen::Index>(i - half, 0),
                       left = std::max<Eigen::Index>(j - half, 0);
    const Eigen::Index bottom = std::min(i + half + 1, sums_.rows() - 1),
                       right = std::min(j + half + 1, sums_.cols() - 1);
    return sums_(bottom, right) - sums_(top, right) - sums_(bottom, left) + sums_(top, left);
  }

 private:
  Image sums_;
};

// Score of a q: 1 on a ring, -1 half-way between two, 0 far from any.
double ring_score(const Eigen::VectorXd& rings, double q) {
  const double* const begin = rings.data();
  const double* const end = begin + rings.size();
  const auto above = std::upper_bound(begin, end, q) - begin;
  if (above == rings.size()) return 0;
  if (above == 0) {
    const double away = (rings[0] - q) / (rings[1] - rings[0]);
    return away < 0.5 ? std::cos(2 * M_PI * away) : 0;
  }
  return std::cos(2 * M_PI * (q - rings[above - 1]) / (rings[above] - rings[above - 1]));
}

double score(const std::vector<Eigen::Vector2d>& ridges, const Geometry& geometry,
             const Eigen::VectorXd& rings) {
  const Eigen::Matrix3d rotation = rotation_matrix(geometry);
  double sum = 0;
  for (const Eigen::Vector2d& pixel : ridges) {
    const Eigen::Vector3d t =
        rotation * Eigen::Vector3d(pixel[0] * geometry.pixel1 - geometry.poni1,
                                   pixel[1] * geometry.pixel2 - geometry.poni2, geometry.dist);
    sum += ring_score(rings, q_of(geometry, t));
  }
  return sum;
}

struct Step {
  double distance = 0, center = 0;  // relative; pixels
  int distances = 0, centers = 0;   // to each side
};

Geometry best_around(const std::vector<Eigen::Vector2d>& ridges, const Geometry& from,
                     const Eigen::VectorXd& rings, const Step& step) {
  Geometry best = from;
  double highest = score(ridges, from, rings);
  for (int d = -step.distances; d <= step.distances; ++d) {
    for (int i = -step.centers; i <= step.centers; ++i) {
      for (int j = -step.centers; j <= step.centers; ++j) {
        Geometry tried = from;
        tried.dist *= 1 + d * step.distance;
        tried.poni1 += i * step.center * from.pixel1;
        tried.poni2 += j * step.center * from.pixel2;
        const double found = score(ridges, tried, rings);
        if (found > highest) {
          highest = found;
          best = tried;
        }
      }
    }
  }
  return best;
}

}  // namespace

std::vector<Eigen::Vector2d> ridge_pixels(const Frame& frame) {
  const Image good = (frame.mask == 0).cast<double>();
  const Image counts = (frame.mask == 0).select(frame.counts, 0.0);
  const AreaSums values(counts), pixels(good);
  Image small = Image::Zero(counts.rows(), counts.cols());
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      const double n = pixels.box(i, j, kSmall);
      if (n > 12) small(i, j) = values.box(i, j, kSmall) / n;  // half of the box at least
    }
  }
  std::vector<Eigen::Vector2d> all;
  constexpr Eigen::Index kEdge = 3;
  for (Eigen::Index i = kEdge; i + kEdge < counts.rows(); ++i) {
    for (Eigen::Index j = kEdge; j + kEdge < counts.cols(); ++j) {
      if (frame.mask(i, j) != 0) continue;
      const double here = small(i, j);
      const bool ridge = (here > small(i - kEdge, j) && here > small(i + kEdge, j)) ||
                         (here > small(i, j - kEdge) && here > small(i, j + kEdge));
      if (!ridge) continue;
      const double around = values.box(i, j, kLarge) / std::max(pixels.box(i, j, kLarge), 1.0);
      const double n = pixels.box(i, j, kSmall);
      const double deviation = std::sqrt(std::max(around, 1.0 / n) / n);
      if (here - around > kStandsOut * deviation) {
        all.emplace_back(static_cast<double>(i) + 0.5, static_cast<double>(j) + 0.5);
      }
    }
  }
  if (all.size() <= kMostRidge) return all;
  std::vector<Eigen::Vector2d> some;
  for (std::size_t k = 0; k < kMostRidge; ++k) some.push_back(all[k * all.size() / kMostRidge]);
  return some;
}

Geometry coarse_geometry(const std::vector<Eigen::Vector2d>& ridges, const Geometry& start,
                         const Eigen::VectorXd& rings, const CalibrationOptions& options) {
  // Steps of one per cent and five pixels: the score's valleys are as wide as the rings' spacing.
  Step step{0.01, 5, static_cast<int>(std::ceil(options.distance_error / 0.01)),
            static_cast<int>(std::ceil(options.center_error / 5))};
  Geometry best = best_around(ridges, start, rings, step);
  for (int level = 0; level < 4; ++level) {
    step = {0.5 * step.distance, 0.5 * step.center, 2, 2};
    best = best_around(ridges, best, rings, step);
  }
  return best;
}

}  // namespace foray::scattering
