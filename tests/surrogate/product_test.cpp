#include "product.h"

#include <gtest/gtest.h>

#include <random>

#include "foray/common/random.h"

namespace foray::surrogate::detail::product_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd drawn(Index rows, Index columns, unsigned seed) {
  Rng rng(seed);
  std::normal_distribution<double> normal;
  MatrixXd values(rows, columns);
  for (double& value : values.reshaped()) value = normal(rng);
  return values;
}

// Sizes on both sides of a tile, of the rows copied at a time and of the depth of a block.
constexpr Index kSizes[] = {1, 7, 24, 25, 130, 300};

// Sums of 300 products of numbers of order one, in another order.
constexpr double kRounding = 1e-12;

TEST(AddProduct, IsThePlainProductOfRowsAndColumnsOfAnySize) {
  for (const Index m : kSizes)
    for (const Index n : kSizes)
      for (const Index k : kSizes) {
        // Parts of larger matrices, so that columns are not next to each other.
        const MatrixXd first = drawn(m + 3, k + 1, 1);
        const MatrixXd second = drawn(n + 2, k + 1, 2);
        MatrixXd result = drawn(m + 1, n, 3);
        const MatrixXd expected = result.topRows(m) - 2 * first.topLeftCorner(m, k) *
                                                          second.topLeftCorner(n, k).transpose();
        const Eigen::RowVectorXd beyond = result.row(m);
        add_product(result.topRows(m), -2, view(first.topLeftCorner(m, k)),
                    view(second.topLeftCorner(n, k)).transposed());
        EXPECT_LT((result.topRows(m) - expected).cwiseAbs().maxCoeff(), kRounding)
            << m << " " << n << " " << k;
        EXPECT_EQ(result.row(m), beyond);
      }
}

TEST(AddProduct, TrianglesChangeNothingButWhatIsNotWanted) {
  for (const Index n : kSizes) {
    const MatrixXd square = drawn(n, n, 4);
    const MatrixXd lower = square.triangularView<Eigen::Lower>();
    const MatrixXd other = drawn(n, 40, 5);
    const auto product = [&](const View& first, const View& second, const Triangles& triangles) {
      MatrixXd result = MatrixXd::Zero(first.rows, second.columns);
      add_product(result, 1, first, second, triangles);
      return result;
    };
    const auto near = [&](const MatrixXd& found, const MatrixXd& expected) {
      return (found - expected).cwiseAbs().maxCoeff() < kRounding;
    };
    EXPECT_TRUE(
        near(product(view(lower), view(other), {true, false, false, false}), lower * other));
    EXPECT_TRUE(near(product(view(lower).transposed(), view(other), {false, true, false, false}),
                     lower.transpose() * other));
    EXPECT_TRUE(near(product(view(other).transposed(), view(lower), {false, false, true, false}),
                     other.transpose() * lower));
    MatrixXd result = square;
    add_product(result, 1, view(other), view(other).transposed(), {false, false, false, true});
    const MatrixXd all = square + other * other.transpose();
    EXPECT_TRUE(near(result.triangularView<Eigen::Lower>(), all.triangularView<Eigen::Lower>()));
    EXPECT_EQ(MatrixXd(result.triangularView<Eigen::StrictlyUpper>()),
              MatrixXd(square.triangularView<Eigen::StrictlyUpper>()));
  }
}

}  // namespace
}  // namespace foray::surrogate::detail::product_test
