#pragma once

#include <Eigen/Core>

namespace foray::surrogate::detail {

/// A matrix that exists, by rows or by columns.
struct View {
  const double* data = nullptr;
  Eigen::Index rows = 0;
  Eigen::Index columns = 0;
  Eigen::Index to_next_row = 1;
  Eigen::Index to_next_column = 0;

  [[nodiscard]] View transposed() const {
    return {data, columns, rows, to_next_column, to_next_row};
  }
};

inline View view(const Eigen::Ref<const Eigen::MatrixXd>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), 1, matrix.outerStride()};
}

/// What of a product need not be computed: where a factor is zero, as it has to be, or the result
/// is not wanted.
struct Triangles {
  bool first_is_lower = false;
  bool first_is_upper = false;
  bool second_is_lower = false;
  bool result_is_lower = false;  ///< What is above its diagonal is left as it is.
};

/// result += factor * first * second, in one thread. Factors must not overlap the result.
void add_product(Eigen::Ref<Eigen::MatrixXd> result, double factor, const View& first,
                 const View& second, const Triangles& triangles = {});

}  // namespace foray::surrogate::detail
