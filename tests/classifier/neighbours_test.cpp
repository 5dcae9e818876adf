#include "foray/classifier/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "foray/classifier/map_quality.h"
#include "foray/common/random.h"
#include "formula_points.h"

namespace foray::classifier::neighbours_test {
namespace {

using testing::formula_points;

Neighbours by_sorting(const Eigen::MatrixXf& points, int count) {
  Neighbours result{Eigen::MatrixXi(count, points.cols()), Eigen::MatrixXf(count, points.cols())};
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    std::vector<std::pair<double, int>> all;
    for (Eigen::Index j = 0; j < points.cols(); ++j) {
      const double distance = (points.col(j).cast<double>() - points.col(i).cast<double>()).norm();
      if (j != i) all.emplace_back(distance, static_cast<int>(j));
    }
    std::sort(all.begin(), all.end());
    for (int k = 0; k < count; ++k) {
      result.index(k, i) = all[static_cast<std::size_t>(k)].second;
      result.distance(k, i) = static_cast<float>(all[static_cast<std::size_t>(k)].first);
    }
  }
  return result;
}

// More points than a tile has rows, and far from the origin, where products lose digits.
TEST(FindNeighbours, AreThoseOfSortingAllDistances) {
  const Eigen::MatrixXf points = formula_points(1200, 7, 6).array() + 100.0F;
  const Neighbours found = find_neighbours(points, {.count = 9});
  const Neighbours truth = by_sorting(points, 9);
  EXPECT_EQ(found.index, truth.index);
  EXPECT_LT((found.distance - truth.distance).cwiseAbs().maxCoeff(), 1e-5F);
}

// Neighbours are 1e-6 to 1e-5 apart, the clusters 1e6 times that: products of floats cannot tell.
TEST(FindNeighbours, AreThoseOfSortingWithinClustersThatAreFarApart) {
  CounterStream stream(11, 0);
  Eigen::MatrixXf points(4, 600);
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    for (Eigen::Index j = 0; j < 4; ++j) {
      points(j, i) = static_cast<float>((i % 2 == 0 ? 1 : -1) + 1e-5 * stream.uniform());
    }
  }
  const Neighbours found = find_neighbours(points, {.count = 9});
  const Neighbours truth = by_sorting(points, 9);
  EXPECT_EQ(found.index, truth.index);
  EXPECT_EQ(found.distance, truth.distance);
  EXPECT_LT(truth.distance.row(0).maxCoeff(), 1e-5F);
}

TEST(FindNeighbours, ThroughTheGraphFindsNearlyAll) {
  const Eigen::MatrixXf points = formula_points(1000, 7, 6);
  const Neighbours truth = find_neighbours(points, {.count = 15});
  const Neighbours found = find_neighbours(points, {.count = 15, .exact_up_to = 10});
  EXPECT_GE(neighbour_recall(truth.index, found.index), 0.99);
  const Neighbours shared = find_neighbours(points, {.count = 15, .exact_up_to = 10, .threads = 3});
  EXPECT_EQ(found.index, shared.index);
}

TEST(FindNeighbours, AreFewerWhereThereAreFewPoints) {
  const Eigen::MatrixXf points = formula_points(4, 2, 3);
  EXPECT_EQ(find_neighbours(points, {.count = 15}).index.rows(), 3);
}

TEST(FindNeighbours, ThatCoincideAreAtDistanceZero) {
  const Neighbours found = find_neighbours(Eigen::MatrixXf::Constant(3, 30, 7.5F), {.count = 4});
  EXPECT_EQ(found.distance.maxCoeff(), 0);
  for (Eigen::Index i = 0; i < 30; ++i) {
    EXPECT_FALSE((found.index.col(i).array() == static_cast<int>(i)).any());
  }
}

TEST(FindNeighbours, RefusesBadInput) {
  Eigen::MatrixXf points = formula_points(20, 2, 3);
  EXPECT_THROW(find_neighbours(points, {.count = 0}), std::invalid_argument);
  EXPECT_THROW(find_neighbours(points, {.threads = 0}), std::invalid_argument);
  EXPECT_THROW(find_neighbours(points.leftCols(1)), std::invalid_argument);
  points(1, 4) = std::nanf("");
  EXPECT_THROW(find_neighbours(points), std::invalid_argument);
}

TEST(NearestTo, GivesOnePointsNeighbours) {
  const Eigen::MatrixXf points = formula_points(200, 7, 6);
  EXPECT_EQ(nearest_to(points, 17, 8), by_sorting(points, 8).index.col(17));
  EXPECT_EQ(nearest_to(points, 17, 1000).size(), 199);
  EXPECT_THROW(nearest_to(points, 200, 8), std::invalid_argument);
  EXPECT_THROW(nearest_to(points, 0, 0), std::invalid_argument);
}

TEST(NeighbourRecall, IsTheShareThatIsFound) {
  Eigen::MatrixXi truth(2, 2);
  truth << 1, 2, 3, 4;
  Eigen::MatrixXi found(2, 2);
  found << 3, 2, 1, 5;
  EXPECT_DOUBLE_EQ(neighbour_recall(truth, found), 0.75);
  EXPECT_THROW(neighbour_recall(truth, found.leftCols(1)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::neighbours_test
