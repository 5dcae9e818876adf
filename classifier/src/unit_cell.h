#pragma once

#include <Eigen/Core>

#include "autocorrelation.h"

namespace foray::classifier {

// All cells of an image averaged into one, n x n points, (i, j) at fractional (i / n, j / n).
struct UnitCell {
  Eigen::ArrayXXd mean;
  Eigen::ArrayXXd error;  // half the difference of two halves of the cells, scaled so that its
                          // power is that of the mean's noise
  double seen = 0;        // share of the points that the image shows
  double compared = 0;    // share of the points that both halves show
};

// basis: columns are lattice vectors (column, row) [pixels].
UnitCell average_cell(const Prepared& image, const Eigen::Matrix2d& basis, int n);

}  // namespace foray::classifier
