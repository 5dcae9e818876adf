#pragma once

#include "fft.h"

namespace foray::classifier {

// An image ready for analysis: mean 0 and variance 1 over the good pixels, smoothed by a Gaussian.
struct Prepared {
  Plane values;       // 0 where there is no good pixel
  Plane weight;       // 1 good, 0 not
  bool whole = true;  // every pixel is good
};

// Correlation of an image with itself for lags within half a plane.
//
// At a lag t it is 1 - <(f(x) - f(x + t))^2> / (2 variance), with the mean and the variance of the
// pixels that overlap, so that the edges do no harm: 1 at a period without noise, whatever the
// window.
class Autocorrelation {
 public:
  explicit Autocorrelation(const Prepared& image);

  [[nodiscard]] Eigen::Index most_rows() const { return most_rows_; }        // lags from 0
  [[nodiscard]] Eigen::Index most_columns() const { return most_columns_; }  // lags from -this
  // Correlation at a lag within the limits; for rows < 0 that of the opposite lag.
  [[nodiscard]] float at(Eigen::Index column, Eigen::Index row) const {
    return row < 0 ? values_(-row, most_columns_ - column) : values_(row, most_columns_ + column);
  }
  // Number of pixels that it comes from; 0 where there are too few.
  [[nodiscard]] float overlap(Eigen::Index column, Eigen::Index row) const {
    return row < 0 ? overlap_(-row, most_columns_ - column) : overlap_(row, most_columns_ + column);
  }

 private:
  Eigen::Index most_rows_;
  Eigen::Index most_columns_;
  Plane values_;
  Plane overlap_;
};

}  // namespace foray::classifier
