#include "unit_cell.h"

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>

// References:
// Keys (1981), doi:10.1109/TASSP.1981.1163711: interpolation by cubic convolution, a = -1/2.

namespace foray::classifier {
namespace {

std::array<float, 4> cubic_weights(float t) {
  const float s = 1 - t;
  return {-0.5F * t * s * s, 1 + t * t * (1.5F * t - 2.5F), 1 + s * s * (1.5F * s - 2.5F),
          -0.5F * s * t * t};
}

// Value between pixels; false where one of the 16 pixels is not a good one.
bool interpolate(const Prepared& image, double column, double row, float& value) {
  const auto j = static_cast<Eigen::Index>(std::floor(column));
  const auto i = static_cast<Eigen::Index>(std::floor(row));
  if (i < 1 || j < 1 || i + 2 >= image.values.rows() || j + 2 >= image.values.cols()) return false;
  if (!image.whole && image.weight.block<4, 4>(i - 1, j - 1).minCoeff() <= 0) return false;
  const auto across = cubic_weights(static_cast<float>(column - static_cast<double>(j)));
  const auto down = cubic_weights(static_cast<float>(row - static_cast<double>(i)));
  value = 0;
  for (Eigen::Index k = 0; k < 4; ++k) {
    const float* line = &image.values(i - 1 + k, j - 1);
    value += down[static_cast<std::size_t>(k)] * (across[0] * line[0] + across[1] * line[1] +
                                                  across[2] * line[2] + across[3] * line[3]);
  }
  return true;
}

// Sums over the two halves.
struct Sums {
  Eigen::ArrayXXd value[2];
  Eigen::ArrayXXd count[2];
};

void add_cell(const Prepared& image, const Eigen::Matrix2d& basis, const Eigen::Vector2d& corner,
              int half, Sums& sums) {
  const auto n = static_cast<int>(sums.value[0].rows());
  const Eigen::Vector2d across = basis.col(0) / n;
  const Eigen::Vector2d down = basis.col(1) / n;
  float value = 0;
  for (int j = 0; j < n; ++j) {
    Eigen::Vector2d place = corner + j * down;
    for (int i = 0; i < n; ++i, place += across) {
      if (!interpolate(image, place(0), place(1), value)) continue;
      sums.value[half](i, j) += value;
      sums.count[half](i, j) += 1;
    }
  }
}

}  // namespace

UnitCell average_cell(const Prepared& image, const Eigen::Matrix2d& basis, int n) {
  Sums sums;
  for (int half = 0; half < 2; ++half) {
    sums.value[half] = sums.count[half] = Eigen::ArrayXXd::Zero(n, n);
  }
  const Eigen::Vector2d size(static_cast<double>(image.values.cols() - 1),
                             static_cast<double>(image.values.rows() - 1));
  Eigen::Matrix<double, 2, 4> corners;
  corners << 0, size(0), 0, size(0), 0, 0, size(1), size(1);
  const Eigen::Matrix<double, 2, 4> fractional = basis.inverse() * corners;
  const Eigen::Vector2d low = fractional.rowwise().minCoeff().array().floor();
  const Eigen::Vector2d high = fractional.rowwise().maxCoeff().array().floor();
  for (double l = low(1); l <= high(1); ++l) {
    for (double k = low(0); k <= high(0); ++k) {
      const Eigen::Vector2d corner = basis * Eigen::Vector2d(k, l);
      // The cell's parallelogram against the image.
      const Eigen::Vector2d least = corner + basis.col(0).cwiseMin(0) + basis.col(1).cwiseMin(0);
      const Eigen::Vector2d most = corner + basis.col(0).cwiseMax(0) + basis.col(1).cwiseMax(0);
      if (most.minCoeff() < 0 || least(0) > size(0) || least(1) > size(1)) continue;
      const int half = (std::llround(k) + std::llround(l)) % 2 == 0 ? 0 : 1;
      add_cell(image, basis, corner, half, sums);
    }
  }
  UnitCell cell;
  const Eigen::ArrayXXd count = sums.count[0] + sums.count[1];
  cell.mean = (sums.value[0] + sums.value[1]) / count.max(1.0);
  cell.seen = (count > 0).cast<double>().mean();
  const auto both = (sums.count[0] > 0 && sums.count[1] > 0).cast<double>();
  cell.compared = both.mean();
  const Eigen::ArrayXXd difference =
      sums.value[0] / sums.count[0].max(1.0) - sums.value[1] / sums.count[1].max(1.0);
  cell.error = both * difference * (sums.count[0] * sums.count[1]).sqrt() / count.max(1.0);
  return cell;
}

}  // namespace foray::classifier
