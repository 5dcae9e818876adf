#include "autocorrelation.h"

#include <algorithm>
#include <cmath>

namespace foray::classifier {
namespace {

// Lags up to this share of the side, and overlaps from this share of the good pixels.
constexpr double kLongestLag = 0.68;
constexpr double kLeastOverlap = 0.08;

// Sums over the pairs (x, x + t) of good pixels.
struct PairSums {
  float count = 0;
  float product = 0;
  float values = 0;   // f(x) + f(x + t)
  float squares = 0;  // f(x)^2 + f(x + t)^2
};

Plane padded(const Plane& plane, Eigen::Index rows, Eigen::Index columns) {
  Plane result = Plane::Zero(rows, columns);
  result.topLeftCorner(plane.rows(), plane.cols()) = plane;
  return result;
}

// Correlation of a with b plus that of b with a, for wrapped lags.
Plane both_ways(const Spectrum& a, const Spectrum& b, Eigen::Index columns) {
  const float scale = 2.0F / static_cast<float>(a.rows() * columns);
  Spectrum product(a.rows(), a.cols());
  product.real() = scale * (a.real() * b.real() + a.imag() * b.imag());
  product.imag().setZero();
  return inverse(std::move(product), columns);
}

Eigen::Index wrapped(Eigen::Index lag, Eigen::Index size) { return lag < 0 ? lag + size : lag; }

// Sums over rectangles of a plane, from its integral.
class Rectangles {
 public:
  explicit Rectangles(const Plane& plane)
      : integral_(Eigen::ArrayXXd::Zero(plane.cols() + 1, plane.rows() + 1)) {
    for (Eigen::Index row = 0; row < plane.rows(); ++row) {
      double line = 0;
      for (Eigen::Index column = 0; column < plane.cols(); ++column) {
        line += plane(row, column);
        integral_(column + 1, row + 1) = integral_(column + 1, row) + line;
      }
    }
  }
  // Over pixels x for which x + (column, row) or, if `far`, x - (column, row) is in the plane too.
  [[nodiscard]] float overlap(Eigen::Index column, Eigen::Index row, bool far) const {
    const Eigen::Index columns = integral_.rows() - 1;
    const Eigen::Index rows = integral_.cols() - 1;
    const Eigen::Index dx = far ? column : -column;
    const Eigen::Index dy = far ? row : -row;
    const Eigen::Index x0 = std::max<Eigen::Index>(0, dx);
    const Eigen::Index x1 = std::min(columns, columns + dx);
    const Eigen::Index y0 = std::max<Eigen::Index>(0, dy);
    const Eigen::Index y1 = std::min(rows, rows + dy);
    return static_cast<float>(integral_(x1, y1) - integral_(x0, y1) - integral_(x1, y0) +
                              integral_(x0, y0));
  }

 private:
  Eigen::ArrayXXd integral_;
};

float normalised(const PairSums& sums) {
  const float mean = 0.5F * sums.values / sums.count;
  const float variance = 0.5F * sums.squares / sums.count - mean * mean;
  if (!(variance > 1e-6F)) return 0;
  return (sums.product / sums.count - mean * mean) / variance;
}

}  // namespace

Autocorrelation::Autocorrelation(const Prepared& image)
    : most_rows_(static_cast<Eigen::Index>(kLongestLag * static_cast<double>(image.values.rows()))),
      most_columns_(
          static_cast<Eigen::Index>(kLongestLag * static_cast<double>(image.values.cols()))),
      values_(Plane::Zero(most_rows_ + 1, 2 * most_columns_ + 1)),
      overlap_(Plane::Zero(most_rows_ + 1, 2 * most_columns_ + 1)) {
  const Plane& f = image.values;
  const Eigen::Index rows = fast_size(f.rows() + most_rows_);
  const Eigen::Index columns = fast_size(f.cols() + most_columns_);
  const Spectrum spectrum = forward(padded(f, rows, columns));
  const Plane products = both_ways(spectrum, spectrum, columns);
  const Plane squared = f.square();
  Plane counts;
  Plane sums;
  Plane squares;
  if (!image.whole) {
    const Spectrum weights = forward(padded(image.weight, rows, columns));
    counts = both_ways(weights, weights, columns);
    sums = both_ways(spectrum, weights, columns);
    squares = both_ways(forward(padded(squared, rows, columns)), weights, columns);
  }
  const Rectangles first(f);
  const Rectangles second(squared);
  const float least = static_cast<float>(kLeastOverlap) * image.weight.sum();
  for (Eigen::Index row = 0; row <= most_rows_; ++row) {
    for (Eigen::Index column = -most_columns_; column <= most_columns_; ++column) {
      const Eigen::Index i = wrapped(row, rows);
      const Eigen::Index j = wrapped(column, columns);
      PairSums pair;
      pair.product = 0.5F * products(i, j);
      if (image.whole) {
        pair.count = static_cast<float>((f.rows() - row) * (f.cols() - std::abs(column)));
        if (pair.count < least) continue;
        pair.values = first.overlap(column, row, false) + first.overlap(column, row, true);
        pair.squares = second.overlap(column, row, false) + second.overlap(column, row, true);
      } else {
        pair.count = 0.5F * counts(i, j);
        if (pair.count < least) continue;
        pair.values = sums(i, j);
        pair.squares = squares(i, j);
      }
      values_(row, column + most_columns_) = normalised(pair);
      overlap_(row, column + most_columns_) = pair.count;
    }
  }
}

}  // namespace foray::classifier
