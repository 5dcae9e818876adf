#pragma once

#include <Eigen/Core>
#include <cmath>

namespace foray::classifier::testing {

// Clustered points by the formula of tests/data/classifier/make_umap_golden.py; d x n.
inline Eigen::MatrixXf formula_points(int n, int clusters, int dimensions) {
  Eigen::MatrixXf points(dimensions, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 1; j <= dimensions; ++j) {
      const double wild = std::sin(12.9898 * (i + 1) + 78.233 * j) * 43758.5453;
      const double centre = 2 * std::sin(1.7 * (i % clusters + 1) * j);
      points(j - 1, i) = static_cast<float>(centre + (wild - std::floor(wild)) - 0.5);
    }
  }
  return points;
}

}  // namespace foray::classifier::testing
